"""A price oracle by SEP-40: Reflector, or the feed of a local network.

Newer Reflector contracts have no `twap` and no `x_…`: time-weighted and cross prices are computed here, from the
records, whatever the version.
"""

import asyncio
from typing import ClassVar, Final, Literal, NamedTuple

from arb.contracts.venues.errors import UnusablePriceError
from arb.contracts.venues.typed_contract import TypedContract
from arb.markets import oracle
from arb.markets.oracle import MOST_DECIMALS, Price

MOST_RECORDS: Final = 20
"""The most that `prices` answers."""


class OracleAsset(NamedTuple):
    """What a price is of: a token contract ("Stellar", C...) or anything else by name ("Other", "BTC")."""

    kind: Literal["Stellar", "Other"]
    code: str


class OracleTerms(NamedTuple):
    """What its prices mean: in `base`, with `decimals` places, one every `resolution` seconds."""

    base: OracleAsset
    decimals: int
    resolution: int
    version: int
    """0 for a contract that does not say."""

    @property
    def one(self) -> int:
        """The price of the base itself."""
        return int(10**self.decimals)


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

    async def price(self, asset: OracleAsset, timestamp: int) -> Price | None:
        """The record of the period that `timestamp` (unix seconds) falls in; None when there is none."""
        return self._record("price", await self._read("price", tuple(asset), timestamp))

    async def lastprice(self, asset: OracleAsset, *, now: int, resolution: int) -> Price | None:
        """The newest record; None when there is none, or none newer than two resolutions (seconds) before `now`.

        A price is in the oracle's base for one whole asset, with its decimals; its time is in unix seconds.
        Some oracles answer with what they have however old it is: freshness is judged here.
        """
        found = self._record("lastprice", await self._read("lastprice", tuple(asset)))
        if found is None:
            return None
        if found.timestamp > now + resolution:
            raise UnusablePriceError(self.id, f"a price of {found.timestamp}, which is after {now}")
        return None if oracle.is_stale(found.timestamp, now, resolution) else found

    async def prices(self, asset: OracleAsset, records: int = MOST_RECORDS) -> tuple[Price, ...]:
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

    async def twap(
        self, asset: OracleAsset, terms: OracleTerms, *, now: int, records: int = MOST_RECORDS
    ) -> int | None:
        """The average of the newest records by how long each held; None when there is none fresh (see `lastprice`)."""
        if asset == terms.base:
            return terms.one
        return oracle.twap(await self.prices(asset, records), now, terms.resolution)

    async def cross_price(self, asset: OracleAsset, quote: OracleAsset, terms: OracleTerms, *, now: int) -> int | None:
        """What one whole `asset` costs in whole `quote`, with the oracle's decimals; None when either is not fresh."""
        price, quote_price = await asyncio.gather(self._now(asset, terms, now), self._now(quote, terms, now))
        if price is None or quote_price is None:
            return None
        return oracle.cross_price(price, quote_price, terms.decimals)

    async def _now(self, asset: OracleAsset, terms: OracleTerms, now: int) -> int | None:
        if asset == terms.base:
            return terms.one
        found = await self.lastprice(asset, now=now, resolution=terms.resolution)
        return None if found is None else found.price

    def _record(self, function: str, value: object) -> Price | None:
        if value is None:
            return None
        fields = self._fields(function, value, price=int, timestamp=int)
        found = Price(fields["price"], fields["timestamp"])
        if found.price <= 0:
            raise UnusablePriceError(self.id, f"a price of {found.price} at {found.timestamp}")
        return found

    def _asset(self, function: str, value: object) -> OracleAsset:
        match value:
            case ("Stellar" | "Other" as kind, str(code)):
                return OracleAsset(kind, code)
        raise self._not_that(function, f"answered {value!r:.60}, expected Stellar(address) or Other(symbol)")
