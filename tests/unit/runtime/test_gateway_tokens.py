"""Tokens and the list of their holders."""

import pytest

from arb.runtime.gateway_tokens import TokensError, find, holder, is_loopback, new_token, parse_holders
from arb.runtime.redaction import redact_text

DIGEST = "ab" * 32


def test_a_token_is_found_by_its_hash_and_no_other_is() -> None:
    # given two holders, written down and read again
    tokens = [new_token(), new_token()]
    holders = [holder("alice", "operator", tokens[0]), holder("wall", "viewer", tokens[1])]
    read = parse_holders(["# the desk", "", *map(str, holders)])

    assert [find(token, read) for token in tokens] == holders
    assert find(new_token(), read) is None
    assert find("", read) is None
    assert find("\ud800 é", read) is None
    # what is written down does not hold the token
    assert all(token not in "".join(map(str, holders)) for token in tokens)


def test_a_token_is_taken_out_of_every_text() -> None:
    token = new_token()
    assert token not in redact_text(f"nobody holds {token}.")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("alice:operator", "entry 1 is not name:role:sha256"),
        (f"alice:admin:{DIGEST}", "'admin' is no role: viewer or operator"),
        (f"Alice:viewer:{DIGEST}", "'Alice' is no name"),
        (f"executor:operator:{DIGEST}", "'executor' is the platform's own"),
        (f"ws-1:operator:{DIGEST}", "'ws-1' is the platform's own"),
        (f"alice:operator:{DIGEST.upper()}", "is not a SHA-256"),
    ],
)
def test_a_wrong_entry_is_named(entry: str, problem: str) -> None:
    with pytest.raises(TokensError, match="entry 1") as caught:
        parse_holders([entry])
    assert problem in str(caught.value)


def test_a_token_in_place_of_its_hash_is_not_repeated() -> None:
    token = new_token()
    for entry in (f"alice:operator:{token}", token, f"a:{token}:b", f"{token}:viewer:{DIGEST}"):
        with pytest.raises(TokensError) as caught:
            parse_holders([entry])
        assert token not in redact_text(str(caught.value))


def test_two_holders_of_one_name_are_refused() -> None:
    with pytest.raises(TokensError, match="entry 2: a is there already"):
        parse_holders([f"a:viewer:{DIGEST}", f"a:operator:{DIGEST}"])


def test_which_addresses_are_this_machine_alone() -> None:
    assert [h for h in ("127.0.0.1", "127.9.9.9", "::1", "localhost") if not is_loopback(h)] == []
    assert [h for h in ("0.0.0.0", "::", "", "10.0.0.1", "desk.example") if is_loopback(h)] == []
