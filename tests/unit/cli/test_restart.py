"""When a process is started again, and what is said about its end."""

import json
import signal
from pathlib import Path

import pytest

from arb.cli.launcher.last_words import LONGEST, how_ended, last_words
from arb.cli.launcher.restart import RestartPolicy


def test_delays_double_up_to_the_longest_and_then_it_is_over() -> None:
    policy = RestartPolicy(first_delay=0.1, longest_delay=1.0, deaths_allowed=6, window=30)

    delays = [policy.after_death(float(second)) for second in range(7)]

    assert delays == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0, None]


def test_deaths_long_ago_do_not_count() -> None:
    policy = RestartPolicy(first_delay=0.1, deaths_allowed=2, window=30)

    assert [policy.after_death(float(100 * n)) for n in range(10)] == [0.1] * 10


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "it said nothing"),
        (["first", "", "NUM_ACCOUNTS=0 is wrong", ""], "NUM_ACCOUNTS=0 is wrong"),
        ([json.dumps({"event": "cannot_start", "level": "error", "reason": "NATS is away"})], "NATS is away"),
        # the error, not what was said while ending
        (
            [json.dumps({"event": "crashed", "level": "error"}), json.dumps({"event": "bye", "level": "info"})],
            "crashed",
        ),
        (["[1, 2]"], "[1, 2]"),
        (["x" * 1000], "x" * LONGEST + "…"),
    ],
)
def test_last_words_are_one_line(tmp_path: Path, lines: list[str], expected: str) -> None:
    log = tmp_path / "log"
    log.write_text("\n".join(lines))

    assert last_words(log) == expected


def test_words_of_an_earlier_run_do_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("the run before\n")

    assert last_words(log, since=log.stat().st_size) == "it said nothing"
    assert last_words(tmp_path / "none") == "it left no log"


def test_a_signal_has_its_name() -> None:
    assert (how_ended(3), how_ended(-signal.SIGKILL)) == ("ended with exit code 3", "was killed by SIGKILL")
