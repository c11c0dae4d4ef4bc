"""`scan` on the recorded public network, against an independent brute force that shares no code with the scanner."""

import gzip
import json
import subprocess
import sys
from functools import cache
from itertools import groupby, pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arb.markets.recorded import parse_records
from arb.scanner.domain.recorded_scan import scan_recorded

RECORDING = Path(__file__).parents[4] / "shared" / "data" / "pubnet_pools_49265302_49265360.jsonl.gz"
Hop = tuple[int, int, str]
"""Reserve in, reserve out, pool id."""
Hops = tuple[Hop, ...]
MOST = 2**63 - 1


def scan(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "arb.scanner", "scan", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


# ---- the independent side: CAP-38 with 30 basis points, every cycle by hand, every amount that could be better


def pay(hops: Hops, amount: int) -> int:
    """What strictly sending `amount` brings, 0 where a pool refuses."""
    for reserve_in, reserve_out, _ in hops:
        if amount > MOST - reserve_in:
            return 0
        amount = 9970 * reserve_out * amount // (10000 * reserve_in + 9970 * amount)
        if amount == 0:
            return 0
    return amount


def unrounded(hops: Hops, amount: int) -> tuple[int, int]:
    """What `amount` would bring without any rounding, as an exact fraction (numerator, denominator)."""
    over, under = amount, 1
    for reserve_in, reserve_out, _ in hops:
        over, under = 9970 * reserve_out * over, 10000 * reserve_in * under + 9970 * over
    return over, under


def reaches(hops: Hops, amount: int, profit: int) -> bool:
    over, under = unrounded(hops, amount)
    return over >= (amount + profit) * under


def rises(hops: Hops, amount: int) -> bool:
    """Whether one stroop more would gain more, without rounding."""
    over, under = unrounded(hops, amount)
    next_over, next_under = unrounded(hops, amount + 1)
    return next_over * under - over * next_under > under * next_under


@cache
def real_peak(hops: Hops) -> int:
    """The integer input of greatest unrounded profit, which is concave: where it stops to rise."""
    low, high = 0, hops[-1][1]
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if rises(hops, middle) else (low, middle)
    return low


def amounts_that_could_gain(hops: Hops, profit: int) -> range:
    """All inputs whose unrounded profit reaches `profit`: rounding only loses, so no other input can."""
    peak = real_peak(hops)
    if not reaches(hops, peak, profit):
        return range(0)
    below, first = 0, peak
    while first - below > 1:
        middle = (below + first) // 2
        below, first = (below, middle) if reaches(hops, middle, profit) else (middle, first)
    last, above = peak, hops[-1][1]
    while above - last > 1:
        middle = (above + last) // 2
        last, above = (middle, above) if reaches(hops, middle, profit) else (last, middle)
    return range(first, last + 1)


def profitable_rate(hops: Hops) -> bool:
    gain, cost = 1, 1
    for reserve_in, reserve_out, _ in hops:
        gain, cost = gain * 9970 * reserve_out, cost * 10000 * reserve_in
    return gain > cost


def cycles(pools: dict[str, dict[str, Any]]) -> list[Hops]:
    """Every directed cycle of 2 to 4 pools through native, by walking the graph."""
    trades: dict[str, list[tuple[str, Hop]]] = {}
    for row in pools.values():
        if row["reserve_a"] > 0 and row["reserve_b"] > 0:
            a, b = (row["reserve_a"], row["reserve_b"])
            trades.setdefault(row["a"], []).append((row["b"], (a, b, row["pool"])))
            trades.setdefault(row["b"], []).append((row["a"], (b, a, row["pool"])))
    found: list[Hops] = []
    walks: list[tuple[str, tuple[str, ...], Hops]] = [("native", (), ())]
    for hops_so_far in range(4):
        longer = []
        for at, seen, hops in walks:
            for to, hop in trades.get(at, []):
                if to == "native" and hops_so_far >= 1 and hop[2] not in {used[2] for used in hops}:
                    found.append((*hops, hop))
                elif to != "native" and to not in seen:
                    longer.append((to, (*seen, to), (*hops, hop)))
        walks = longer
    return [hops for hops in found if profitable_rate(hops)]


def any_gain(hops: Hops) -> bool:
    """Whether some input gains at least a stroop: outward from the peak, over all that could."""
    could = amounts_that_could_gain(hops, 1)
    if not could:
        return False
    peak = min(max(real_peak(hops), could[0]), could[-1])
    outward = (peak + side * step for step in range(len(could)) for side in (1, -1))
    return any(pay(hops, amount) > amount for amount in outward if amount in could)


def recorded_ledgers() -> list[tuple[int, dict[str, dict[str, Any]]]]:
    """Every ledger with all pools as they are after it."""
    with gzip.open(RECORDING, "rt") as lines:
        rows = [json.loads(line) for line in lines]
    pools: dict[str, dict[str, Any]] = {}
    ledgers = []
    for ledger, changes in groupby(rows, key=lambda row: row["ledger"]):
        for row in changes:
            pools.pop(row["pool"], None)
            if not row["deleted"]:
                pools[row["pool"]] = row
        ledgers.append((ledger, dict(pools)))
    return ledgers


def test_every_ledger_of_the_recording_against_brute_force() -> None:
    if not RECORDING.is_file():
        pytest.skip(f"RECORDED MARKET NOT CHECKED: {RECORDING} is missing")
    # given the recorded market / when scanned
    done = scan(RECORDING, "--json")
    assert done.returncode == 0, done.stderr
    scans = [json.loads(line) for line in done.stdout.splitlines()]
    ledgers = recorded_ledgers()
    assert [line["ledger"] for line in scans] == [ledger for ledger, _ in ledgers]
    gaining: dict[Hops, bool] = {}
    beaten: dict[tuple[Hops, int], bool] = {}
    for line, (_, pools) in zip(scans, ledgers, strict=True):
        # then it knows the same pools, and as many cycles that gain as brute force
        assert line["pools"] == len(pools)
        every = cycles(pools)
        for hops in every:
            if hops not in gaining:
                gaining[hops] = any_gain(hops)
        assert line["opportunities"] == sum(gaining[hops] for hops in every)
        # and the best is a real cycle with exactly these amounts
        best = line["best"]
        assert best is not None
        shown = next(hops for hops in every if [hop[2] for hop in hops] == best["pools"])
        assert best["assets"][0] == best["assets"][-1] == "native"
        assert len(best["assets"]) == len(best["pools"]) + 1
        assert pay(shown, best["amount_in"]) == best["amount_out"]
        assert best["amount_out"] - best["amount_in"] == best["profit"] > 0
        # and no amount through any cycle gains one stroop more
        for hops in every:
            key = (hops, best["profit"] + 1)
            if key not in beaten:
                beaten[key] = any(pay(hops, x) - x >= key[1] for x in amounts_that_could_gain(*key))
            assert not beaten[key], f"{hops} gains more than {best['profit']} in ledger {line['ledger']}"
    # and the burst that was really there is seen: more than one XLM
    assert max(line["best"]["profit"] for line in scans) > 10_000_000


ISSUER = "GAZD65EDX3PQOIY3WPY6FTURYK5VWUG4Q5OW4BDKFI6R7VY2WBPZTLNL"
NAMES = ["native", *(f"{code}:{ISSUER}" for code in ("AAA", "BBB", "CCC", "DDD"))]
PAIRS = [(a, b) for number, a in enumerate(NAMES) for b in NAMES[number + 1 :]]
small_market = st.dictionaries(
    st.sampled_from(PAIRS), st.tuples(st.integers(1, 2000), st.integers(1, 2000)), min_size=2, max_size=7
)


@settings(max_examples=60, deadline=None)
@given(small_market)
def test_small_markets_against_every_permutation_and_every_amount(
    market: dict[tuple[str, str], tuple[int, int]],
) -> None:
    # given pools of at most 2,000 stroops a side
    rows = [
        {"ledger": 5, "pool": f"{number:064x}", "a": a, "b": b, "reserve_a": x, "reserve_b": y, "shares": 1}
        for number, ((a, b), (x, y)) in enumerate(market.items())
    ]
    # when scanned
    (result,) = scan_recorded(parse_records(json.dumps(row | {"fee_bps": 30, "deleted": False}) for row in rows))
    # then counts and best profit are those of trying every order of assets with every amount
    sides = {}
    for (a, b), (x, y) in market.items():
        sides[a, b], sides[b, a] = (x, y, ""), (y, x, "")
    gains = []
    for between in (2, 3):
        for chosen in permutations(NAMES[1:], between):
            path = ("native", *chosen, "native")
            steps = list(pairwise(path))
            if all(step in sides for step in steps):
                hops = tuple(sides[step] for step in steps)
                gains.append(max(pay(hops, amount) - amount for amount in range(1, 2001)))
    assert result.opportunities == sum(gain > 0 for gain in gains)
    assert (result.best.trade.profit if result.best else 0) == max([0, *gains])


def test_a_bad_file_is_one_line_with_name_and_line_and_exit_code_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"ledger": 1, "pool": "zz"}\n')
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(b'{"ledger": 1}\n' * 1000)[:40])
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, says in (
        (bad, "line 1: pool is 'zz'"),
        (cut, "line 1: the gzip data is damaged"),
        (binary, "line 1: not UTF-8"),
        (tmp_path / "missing", "cannot be read: No such file"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        done = scan(path, "--json")
        assert done.returncode == 2
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"{path}: ")
        assert says in line


def test_a_plain_file_and_the_readable_table(tmp_path: Path) -> None:
    # given three pools in plain text around which an amount gains
    plain = tmp_path / "plain.jsonl"
    reserves = [
        ("native", NAMES[1], 10**9, 10**9),
        (NAMES[1], NAMES[2], 10**9, 10**9),
        ("native", NAMES[2], 2**30, 10**9),
    ]
    plain.write_text(
        "\n".join(
            json.dumps(
                {"ledger": 3, "pool": f"{number:064x}", "a": a, "b": b, "reserve_a": x, "reserve_b": y}
                | {"shares": 1, "fee_bps": 30, "deleted": False}
            )
            for number, (a, b, x, y) in enumerate(reserves)
        )
    )
    # when shown to a person / then there is a heading and one row that names the cycle
    done = scan(plain)
    assert done.returncode == 0, done.stderr
    heading, row = done.stdout.splitlines()
    assert heading.split()[0] == "ledger"
    assert row.endswith("XLM > AAA > BBB > XLM")
