"""How far long work is: shown to a person at a terminal on standard error, and to nobody else."""

import pytest

from arb.cli.audit import progress
from arb.runtime.progress import PROGRESS_LINE, TELL_PROGRESS, Progress


@pytest.mark.parametrize(
    ("terminal", "quiet", "shown"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_bar_is_for_a_person_who_looks(
    terminal: bool, quiet: bool, shown: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rich.console.Console.is_terminal", property(lambda _: terminal))
    with progress.bar("verifying", 10, quiet=quiet) as advance:
        advance(4)
    with progress.bars(("scanner", "executor"), quiet=quiet) as reached:
        reached("scanner", 3, 9)
        reached("somebody else", 1, 2)

    said = capsys.readouterr()
    assert said.out == ""
    assert ("verifying" in said.err, "scanner" in said.err) == (shown, shown)


def test_a_process_says_how_far_it_is_when_somebody_listens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Progress(9).reached(3)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv(TELL_PROGRESS, "1")
    told = Progress(9)
    for done in range(9):
        told.reached(done)
    [line, *_] = capsys.readouterr().err.splitlines()
    said = PROGRESS_LINE.fullmatch(line)
    assert said is not None
    assert said.groups() == ("0", "9")
