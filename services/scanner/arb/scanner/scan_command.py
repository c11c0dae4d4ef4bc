"""`python -m arb.scanner scan FILE [--json]`: the scanner on a recorded market, one line a ledger.

Exit codes: 0 done, 2 wrong arguments or a file that is not a recording (one line on stderr says why), 130 interrupted.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from arb.markets.amount import format_amount
from arb.markets.recorded import RecordError, parse_records
from arb.scanner.adapters.recording import RecordingError, read_lines
from arb.scanner.domain.recorded_scan import LedgerScan, scan_recorded

EXIT_BAD_FILE = 2
EXIT_INTERRUPTED = 130

_HEADER = f"{'ledger':>10} {'pools':>6} {'paying':>6} {'profit XLM':>14} {'sent XLM':>16}  best cycle"


def run(arguments: Sequence[str]) -> int:
    """Scans and prints; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        for number, scan in enumerate(scan_recorded(parse_records(read_lines(options.file)))):
            if number == 0 and not options.json:
                _say(_HEADER)
            _say(json.dumps(as_json(scan), separators=(",", ":")) if options.json else _row(scan))
    except (RecordError, RecordingError) as wrong:
        sys.stderr.write(f"{options.file}: {wrong}\n")
        return EXIT_BAD_FILE
    except BrokenPipeError:
        # Whoever read had enough; Python would complain once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def as_json(scan: LedgerScan) -> dict[str, object]:
    """The printed object. Amounts are stroops; `assets` runs from native to native."""
    best = scan.best
    return {
        "ledger": scan.ledger,
        "pools": scan.pools,
        "opportunities": scan.opportunities,
        "best": None
        if best is None
        else {
            "assets": [str(asset) for asset in best.assets],
            "pools": list(best.pools),
            "amount_in": best.trade.amount_in,
            "amount_out": best.trade.amount_out,
            "profit": best.trade.profit,
        },
    }


def _row(scan: LedgerScan) -> str:
    counts = f"{scan.ledger:>10} {scan.pools:>6} {scan.opportunities:>6}"
    if scan.best is None:
        return f"{counts} {'-':>14} {'-':>16}  -"
    trade = scan.best.trade
    cycle = " > ".join(asset.code for asset in scan.best.assets)
    return f"{counts} {format_amount(trade.profit):>14} {format_amount(trade.amount_in):>16}  {cycle}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="arb scan", description="Run the scanner on a recorded market.")
    parser.add_argument("file", type=Path, metavar="FILE", help="recorded pool changes, JSON Lines, plain or gzipped")
    parser.add_argument("--json", action="store_true", help="one JSON object per ledger")
    return parser
