"""Amounts: stroops as int inside, decimal text with up to seven places at the border."""

import re
from typing import Final

from arb.markets.errors import AmountError

STROOPS_PER_UNIT: Final = 10**7
INT64_MAX: Final = 2**63 - 1

_TEXT: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,7}))?")
_LONGEST: Final = 40


def parse_amount(text: str) -> int:
    """Stroops of a decimal text: "1.5" gives 15000000.

    AmountError for anything but ASCII digits with at most seven decimals (no sign, exponent, separator or space) and
    for more than INT64_MAX stroops.
    """
    if not isinstance(text, str):
        raise AmountError(f'amount {text!r} is not text: write it as a decimal string like "1.5"')
    match = _TEXT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise AmountError(f"amount {text[:_LONGEST]!r} is not a decimal number with at most 7 decimals, like 1.5")
    whole, decimals = match.groups()
    stroops = int(whole) * STROOPS_PER_UNIT + int((decimals or "").ljust(7, "0"))
    if stroops > INT64_MAX:
        raise AmountError(f"amount {text!r} is more than the network can hold (922337203685.4775807)")
    return stroops


def format_amount(stroops: int) -> str:
    """Decimal text as Horizon writes it, always seven places: 15000000 gives "1.5000000". A loss keeps its sign."""
    if not isinstance(stroops, int) or isinstance(stroops, bool):
        raise AmountError(f"stroops {stroops!r} is not an int")
    whole, decimals = divmod(abs(stroops), STROOPS_PER_UNIT)
    return f"{'-' if stroops < 0 else ''}{whole}.{decimals:07d}"
