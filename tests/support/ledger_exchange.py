"""Our Soroswap contracts on a whole ledger, with assets' own contracts as tokens: pools in a chain of three tokens."""

from hashlib import sha256
from pathlib import Path

from stellar_sdk import Asset
from support.contract_ledger import GENESIS, ContractLedger

from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban import values as v
from arb.localnet.soroban.values import HostValue

WASM = Path(__file__).parents[2] / "soroban" / "wasm"
LATER = v.u64(GENESIS + 10**9)
DEPTH = 10**12


def salt(name: str) -> bytes:
    """A contract's salt by the name it has here."""
    return sha256(name.encode()).digest()


class LedgerExchange:
    """XLM-USD and USD-EUR pairs behind a router; `maker` provides, every trader holds all three tokens."""

    def __init__(self, *traders: str, config: SorobanConfig | None = None) -> None:
        self.world = world = ContractLedger("issuer", "maker", *traders, config=config)
        self.assets = [Asset.native(), *(Asset(code, world.address("issuer")) for code in ("USD", "EUR"))]
        self.tokens = [v.address(world.asset_contract("maker", asset)) for asset in self.assets]
        for name in ("maker", *traders):
            world.classic(
                world.builder(world.root).append_payment_op(world.address(name), Asset.native(), "1000000"), world.root
            )
            for asset in self.assets[1:]:
                world.trust(name, asset, "issuer", "1000000")
        self.factory = self.deploy("factory")
        pair = v.bytes_(world.upload("maker", (WASM / "pair.wasm").read_bytes()))
        self.run("maker", self.factory, "initialize", v.address(world.address("maker")), pair)
        self.router = self.deploy("router")
        self.run("maker", self.router, "initialize", v.address(self.factory))
        for first in (0, 1):
            self.add(first, first + 1, DEPTH, DEPTH)

    def deploy(self, name: str, *args: HostValue) -> str:
        """One of our contracts by the name of its file."""
        return self.world.deploy("maker", (WASM / f"{name}.wasm").read_bytes(), *args, salt=salt(name))

    def run(self, who: str, contract: str, function: str, *args: HostValue) -> HostValue:
        """A call that has to succeed; its value."""
        done = self.world.call(who, contract, function, *args)
        assert done.value is not None, (function, done.code, done.errors)
        return done.value

    def add(self, a: int, b: int, amount_a: int, amount_b: int) -> None:
        """Open or deepen the pool of two tokens."""
        wanted = (v.i128(amount_a), v.i128(amount_b), v.i128(0), v.i128(0))
        maker = v.address(self.world.address("maker"))
        self.run("maker", self.router, "add_liquidity", self.tokens[a], self.tokens[b], *wanted, maker, LATER)

    def swap(self, who: str, amount: int, *, least: int = 0) -> tuple[HostValue, ...]:
        """Arguments of a swap of XLM to EUR over both pools."""
        return v.i128(amount), v.i128(least), v.vec(self.tokens), v.address(self.world.address(who)), LATER
