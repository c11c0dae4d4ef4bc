"""Where every contract of the seeded market is: addresses follow from actors and the network, not from the seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from stellar_sdk import StrKey

from arb.localnet.ledger.assets import xdr_asset
from arb.localnet.soroban.codec import pack
from arb.localnet.soroban.identity import asset_contract_id, contract_id
from arb.localnet.soroban.values import HostValue, account, contract
from arb.localnet.traffic.actors import Actor, actor
from arb.localnet.traffic.contracts.calls import SALT
from arb.localnet.traffic.contracts.universe import CONTRACT_POOLS, ContractPool, Kind
from arb.localnet.traffic.universe import ANCHORS, asset

SINGLE = ("factory", "router", "route_executor", "flash_lender", "flash_route", "oracle", "detector")
"""Contracts of which there is one, by the names of their wasm."""


def deployer(wasm: str) -> Actor:
    """Who uploads a wasm; of those in `SINGLE` also who deploys and administers the contract."""
    return actor(f"deployer of {wasm}")


def keeper(pool: ContractPool) -> Actor:
    """Who provides a pool's liquidity, and deploys the pool unless a factory does."""
    return actor(f"keeper of {pool.name}")


@dataclass(frozen=True)
class Deployment:
    """The contracts by their addresses (C...)."""

    network_id: bytes
    network_passphrase: str

    def single(self, name: str) -> str:
        """The contract of a name in `SINGLE`."""
        return self._deployed(deployer(name))

    @cached_property
    def tokens(self) -> dict[str, str]:
        """The asset contracts by code."""
        ids = {code: asset_contract_id(self.network_id, xdr_asset(asset(code)).to_xdr_bytes()) for code in ANCHORS}
        return {code: StrKey.encode_contract(found) for code, found in ids.items()}

    @cached_property
    def pools(self) -> dict[ContractPool, str]:
        """The pools of `CONTRACT_POOLS`."""
        return {pool: self._pair(pool) if pool.kind is Kind.SOROSWAP else self._own(pool) for pool in CONTRACT_POOLS}

    def token(self, code: str) -> HostValue:
        """The asset contract of a code as a value."""
        return contract(self.tokens[code])

    def sorted_codes(self, pool: ContractPool) -> tuple[str, str]:
        """The codes of a pool in the network's order of their tokens, which is how contracts keep them."""
        base, quote = self.token(pool.base), self.token(pool.quote)
        return (pool.base, pool.quote) if base < quote else (pool.quote, pool.base)

    def described(self) -> dict[str, Any]:
        """What GET /localnet/contracts answers."""
        names = {"factory": "soroswap_factory", "router": "soroswap_router"}
        return {
            "network_passphrase": self.network_passphrase,
            **{names.get(name, name): self.single(name) for name in SINGLE},
            "pairs": list(self._pools_of(Kind.SOROSWAP)),
            "aquarius_pools": [pool | {"fee_bps": fee} for pool, fee in self._with_fee(Kind.AQUARIUS)],
            "phoenix_pools": [pool | {"fee_bps": fee} for pool, fee in self._with_fee(Kind.PHOENIX)],
            "assets": [{"asset": str(asset(code)), "contract": token} for code, token in self.tokens.items()],
        }

    def _pools_of(self, kind: Kind) -> Iterable[dict[str, Any]]:
        return (pool for pool, _ in self._with_fee(kind))

    def _with_fee(self, kind: Kind) -> Iterable[tuple[dict[str, Any], int]]:
        for pool, address in self.pools.items():
            if pool.kind is kind:
                tokens = [self.tokens[code] for code in self.sorted_codes(pool)]
                yield {"contract": address, "tokens": tokens}, pool.fee_bps

    def _deployed(self, who: Actor) -> str:
        return StrKey.encode_contract(contract_id(self.network_id, account(who.account_id), SALT))

    def _own(self, pool: ContractPool) -> str:
        return self._deployed(keeper(pool))

    def _pair(self, pool: ContractPool) -> str:
        """The factory deploys a pair with the hash of its tokens as salt."""
        salt = sha256(b"".join(pack(self.token(code)) for code in self.sorted_codes(pool))).digest()
        return StrKey.encode_contract(contract_id(self.network_id, contract(self.single("factory")), salt))
