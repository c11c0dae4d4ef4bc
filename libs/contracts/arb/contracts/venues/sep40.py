"""A price oracle by SEP-40: Reflector, or the feed of a local network. Only what it recorded; averages are for callers.

Newer Reflector contracts have no `twap` and no `x_…`: time-weighted and cross prices are computed from `prices`.
"""

import asyncio
from typing import ClassVar, Final, Literal, NamedTuple

from arb.contracts.venues.errors import UnusablePriceError
from arb.contracts.venues.typed_contract import TypedContract

MOST_RECORDS: Final = 20
"""The most that `prices` answers."""
MOST_DECIMALS: Final = 38
"""Ten to the power of more does not fit an i128."""
STALE_AFTER: Final = 2
"""Resolutions after which the newest price is taken for none."""


class OracleAsset(NamedTuple):
    """What a price is of: a token contract ("Stellar", C...) or anything else by name ("Other", "BTC")."""

    kind: Literal["Stellar", "Other"]
    code: str


class PriceRecord(NamedTuple):
    """`price` / 10**decimals of the oracle's base for one whole asset, as of `timestamp` (unix seconds)."""

    price: int
    timestamp: int


class OracleTerms(NamedTuple):
    """What its prices mean: in `base`, with `decimals` places, one every `resolution` seconds."""

    base: OracleAsset
    decimals: int
    resolution: int
    version: int
    """0 for a contract that does not say."""


class PriceOracle(TypedContract):
    """UnusablePriceError for a price that is not positive, from the future, or with decimals or times that lie."""

    kind: ClassVar[str] = "a SEP-40 oracle"
    functions: ClassVar[tuple[str, ...]] = (
        "assets", "base", "decimals", "last_timestamp", "lastprice", "price", "prices", "resolution",
    )  # fmt: skip

    async def terms(self) -> OracleTerms:
        """What its prices mean now. Read again now and then: a contract can be upgraded."""
        base, decimals, resolution, version = await asyncio.gather(
            self.base(), self.decimals(), self.resolution(), self.version()
        )
        return OracleTerms(base, decimals, resolution, version)

    async def base(self) -> OracleAsset:
        return self._asset("base", await self._read("base"))

    async def assets(self) -> tuple[OracleAsset, ...]:
        listed = await self._read("assets")
        if not isinstance(listed, list):
            raise self._not_that("assets", f"answered {listed!r:.60}, expected a list")
        return tuple(self._asset("assets", each) for each in listed)

    async def decimals(self) -> int:
        decimals = await self._integer("decimals")
        if not 0 <= decimals <= MOST_DECIMALS:
            raise UnusablePriceError(self.id, f"{decimals} decimals: expected 0 to {MOST_DECIMALS}")
        return decimals

    async def resolution(self) -> int:
        """Seconds between two records."""
        resolution = await self._integer("resolution")
        if resolution <= 0:
            raise UnusablePriceError(self.id, f"a resolution of {resolution} seconds")
        return resolution

    async def version(self) -> int:
        """0 for a contract that does not say."""
        return await self._integer("version") if await self._declares("version") else 0

    async def last_timestamp(self) -> int:
        """Unix seconds of the newest record of any asset; 0 before the first."""
        return await self._integer("last_timestamp")

    async def price(self, asset: OracleAsset, timestamp: int) -> PriceRecord | None:
        """The record of the period that `timestamp` (unix seconds) falls in; None when there is none."""
        return self._record("price", await self._read("price", tuple(asset), timestamp))

    async def lastprice(self, asset: OracleAsset, *, now: int, resolution: int) -> PriceRecord | None:
        """The newest record; None when there is none, or none newer than two resolutions (seconds) before `now`.

        Old oracles answer with what they have however old it is: freshness is judged here.
        """
        found = self._record("lastprice", await self._read("lastprice", tuple(asset)))
        if found is None or found.timestamp < now - STALE_AFTER * resolution:
            return None
        if found.timestamp > now + resolution:
            raise UnusablePriceError(self.id, f"a price of {found.timestamp}, which is after {now}")
        return found

    async def prices(self, asset: OracleAsset, records: int = MOST_RECORDS) -> tuple[PriceRecord, ...]:
        """At most `records` (1 to 20) of the newest records, newest first; some periods may be missing."""
        answer = await self._read("prices", tuple(asset), records)
        if answer is None:
            return ()
        if not isinstance(answer, list):
            raise self._not_that("prices", f"answered {answer!r:.60}, expected a list")
        found = {record for record in (self._record("prices", each) for each in answer) if record is not None}
        if len({record.timestamp for record in found}) != len(found):
            raise UnusablePriceError(self.id, "two prices of one asset for the same time")
        return tuple(sorted(found, key=lambda record: -record.timestamp))

    def _record(self, function: str, value: object) -> PriceRecord | None:
        if value is None:
            return None
        fields = self._fields(function, value, price=int, timestamp=int)
        found = PriceRecord(fields["price"], fields["timestamp"])
        if found.price <= 0:
            raise UnusablePriceError(self.id, f"a price of {found.price} at {found.timestamp}")
        return found

    def _asset(self, function: str, value: object) -> OracleAsset:
        match value:
            case ("Stellar" | "Other" as kind, str(code)):
                return OracleAsset(kind, code)
        raise self._not_that(function, f"answered {value!r:.60}, expected Stellar(address) or Other(symbol)")
