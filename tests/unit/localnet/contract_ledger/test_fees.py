"""Resource fees follow the network's formulas."""

from dataclasses import replace

from arb.localnet.ledger.soroban_config import SorobanConfig
from arb.localnet.soroban.fees import RentChange, Resources, events_fee, non_refundable_fee, rent_fee

CONFIG = SorobanConfig()
FRESH = RentChange(persistent=True, code=False, old_size=0, new_size=1024, old_live_until=0, new_live_until=1_314)


def test_declared_resources_each_round_up() -> None:
    used = Resources(10_001, 1, 2, 1, 1, 724)
    # 8 for instructions, three reads and two writes of entries, one byte each way, 1 KB of history, 724 bytes sent
    assert non_refundable_fee(CONFIG, used) == 8 + 3 * 6_250 + 2 * 10_000 + 2 + 4 + 16_235 + 1_149
    assert events_fee(CONFIG, 1) == 10


def test_rent_is_for_size_and_time() -> None:
    # 1 KB for 1,215 ledgers at 1,000 stroops, and the writing of one TTL entry of 48 bytes
    writing = 10_000 + -(-48 * 3_500 // 1024)
    assert rent_fee(CONFIG, [FRESH], 100) == 1_000 + writing
    assert rent_fee(CONFIG, [replace(FRESH, persistent=False)], 100) == 500 + writing
    assert rent_fee(CONFIG, [replace(FRESH, code=True)], 100) == 333 + writing


def test_growth_is_paid_for_the_time_already_bought() -> None:
    grown = replace(FRESH, old_size=512, old_live_until=1_314)
    assert rent_fee(CONFIG, [grown], 100) == 500
    assert rent_fee(CONFIG, [replace(grown, new_size=512)], 100) == 0
