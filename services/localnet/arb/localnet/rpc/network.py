"""Methods about the network: getHealth, getNetwork, getVersionInfo, getFeeStats."""

from typing import Any, Final

from arb.localnet.node import fees
from arb.localnet.node.node import Node
from arb.localnet.rpc.params import Params

VERSION: Final = "arb-localnet 0.1.0"
_FEE_LEDGERS: Final = 10
"""The window of stellar-rpc's classic fee statistics."""


def get_health(node: Node, _params: Params) -> dict[str, Any]:
    """Healthy, and from which to which ledger history reaches."""
    oldest = node.history.ledger(node.history.oldest)
    return {
        "status": "healthy",
        "latestLedger": node.history.latest,
        "latestLedgerCloseTime": str(node.ledger.last.close_time),
        "oldestLedger": node.history.oldest,
        "oldestLedgerCloseTime": str(oldest.close_time) if oldest is not None else "0",
        "ledgerRetentionWindow": node.history.retained_ledgers,
    }


def get_network(node: Node, _params: Params) -> dict[str, Any]:
    """Passphrase and protocol."""
    return {"passphrase": node.network_passphrase, "protocolVersion": node.ledger.last.protocol_version}


def get_version_info(node: Node, _params: Params) -> dict[str, Any]:
    """What answers here."""
    return {
        "version": VERSION,
        "commitHash": "",
        "buildTimestamp": "",
        "captiveCoreVersion": f"{VERSION} (a model of stellar-core, not it)",
        "protocolVersion": node.ledger.last.protocol_version,
    }


def get_fee_stats(node: Node, _params: Params) -> dict[str, Any]:
    """Fees per operation of the last ledgers; contract calls apart, without what they pay for resources."""
    ledgers = node.history.last(_FEE_LEDGERS)
    classic = fees.distribution(fees.charged(ledgers), 0)
    contracts = fees.distribution(fees.charged_for_contracts(ledgers), 0)
    return {
        "sorobanInclusionFee": _window(contracts, len(ledgers)),
        "inclusionFee": _window(classic, len(ledgers)),
        "latestLedger": node.history.latest,
    }


def _window(found: fees.Distribution, ledgers: int) -> dict[str, Any]:
    return {**found.texts(), "transactionCount": str(found.transactions), "ledgerCount": ledgers}
