"""Rights by command, and the bound on wrong tokens."""

from arb.gateway.domain.access import ADDRESSES, WINDOW_SECONDS, WRONG_PER_ADDRESS, WrongTokens, needed, suffices
from arb.gateway.domain.requests import COMMANDS

OPERATORS = {"start_engine", "stop_engine", "halt", "resume", "set_limits"}


def test_what_changes_anything_needs_an_operator_and_everything_else_a_viewer() -> None:
    assert {command for command in COMMANDS if needed(command) == "operator"} == OPERATORS
    assert {command for command in COMMANDS if needed(command) == "none"} == {"ping", "authenticate"}
    # A command that is forgotten here is not open to everybody
    assert needed("withdraw") == "viewer"


def test_rights_include_the_lesser_ones() -> None:
    assert suffices("operator", "viewer")
    assert suffices("viewer", "none")
    assert not suffices("viewer", "operator")
    assert not suffices("none", "viewer")


def test_an_address_that_was_wrong_too_often_waits_until_the_window_has_passed() -> None:
    # given as many wrong tokens as are borne, a second apart
    wrong = WrongTokens()
    for second in range(WRONG_PER_ADDRESS):
        assert wrong.wait("10.0.0.1", second) == 0
        wrong.note("10.0.0.1", second)

    # then no other is looked at until the first of them is a minute old, and nobody else waits
    assert wrong.wait("10.0.0.1", 10.0) == WINDOW_SECONDS - 10
    assert wrong.wait("10.0.0.2", 10.0) == 0
    assert wrong.wait("10.0.0.1", WINDOW_SECONDS) == 0


def test_addresses_that_are_kept_in_mind_are_bounded() -> None:
    wrong = WrongTokens()
    for number in range(2 * ADDRESSES):
        wrong.note(str(number), 0.0)
    assert len(wrong._seen) == ADDRESSES
