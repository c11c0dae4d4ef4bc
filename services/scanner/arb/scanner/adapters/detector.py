"""The detector contract over RPC, by simulation only."""

from collections.abc import Sequence

from pydantic import ValidationError

from arb.contracts.contract_errors import ContractCallError
from arb.contracts.errors import NetworkError
from arb.contracts.rpc import RpcClient
from arb.contracts.venues import detector
from arb.contracts.venues.errors import NotThatContractError
from arb.messages.commands.scanner import SupportedAsset
from arb.messages.routes import Signal
from arb.scanner.ports import DetectorError


class ContractDetector:
    """Implements `arb.scanner.ports.Detector`."""

    def __init__(self, rpc: RpcClient, contract: detector.Detector) -> None:
        self._rpc = rpc
        self._detector = contract
        self.contract = contract.id

    async def supported_assets(self) -> tuple[SupportedAsset, ...]:
        """See Detector. An asset without an issuer is the network's own."""
        try:
            listed = await self._detector.get_supported_assets()
        except NetworkError as fault:
            raise _error(fault) from fault
        return tuple(SupportedAsset(code=asset.code, issuer=asset.issuer or "native") for asset in listed)

    async def scan(self, codes: Sequence[str], min_profit: int) -> tuple[int, tuple[Signal, ...]]:
        """See Detector. The ledger is that which the node showed before it was asked: the answer is not older."""
        try:
            ledger = (await self._rpc.get_latest_ledger()).sequence
            claimed = await self._detector.scan_opportunities(codes, min_profit)
            return ledger, tuple(Signal(**claim._asdict()) for claim in claimed)
        except NetworkError as fault:
            raise _error(fault) from fault
        except ValidationError as odd:
            raise DetectorError(
                "not_a_detector", f"a signal with values that cannot be: {odd.errors()[0]['msg']}"
            ) from odd


def _error(fault: NetworkError) -> DetectorError:
    if isinstance(fault, ContractCallError):
        return DetectorError(f"refused:{fault.name or fault.code}", str(fault))
    if isinstance(fault, NotThatContractError):
        return DetectorError("not_a_detector", str(fault))
    return DetectorError("unreachable", str(fault))
