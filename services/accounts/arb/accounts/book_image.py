"""What the books of our accounts are written down as: lines of JSON, read back only by the same fold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter

from arb.accounts.domain.record import AccountRecord
from arb.eventlog import Aggregated, Head
from arb.eventlog.snapshot import schema_of

VERSION: Final = 1
"""Of what the fold means: one more whenever the same events lead to another record. A golden file holds it."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One account. Its sums stand apart: JSON has no keys of two parts."""

    account: str
    began: int
    head: Head
    record: AccountRecord
    booked: tuple[tuple[str, str, int], ...]
    """Account, asset, amount."""


_LINE: Final = TypeAdapter(_Line)
SCHEMA: Final = schema_of("accounts.books", VERSION, _LINE.json_schema())


def lines_of(books: Mapping[str, Aggregated[AccountRecord]]) -> Iterator[bytes]:
    """As text, each line made when it is asked for."""
    for account, kept in books.items():
        booked = tuple((owner, asset, amount) for (owner, asset), amount in kept.state.booked.items())
        yield _LINE.dump_json(_Line(account, kept.began, kept.head, replace(kept.state, booked={}), booked))


def books_of(lines: Iterable[bytes]) -> dict[str, Aggregated[AccountRecord]]:
    """Read back. Raises ValueError."""
    books: dict[str, Aggregated[AccountRecord]] = {}
    for text in lines:
        line = _LINE.validate_json(text)
        booked = {(owner, asset): amount for owner, asset, amount in line.booked}
        books[line.account] = Aggregated(replace(line.record, booked=booked), line.head, line.began)
    return books
