"""What goes wrong in one run of the fault bench, drawn from a seed: the same seed is the same plan."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

Moment = Literal["before", "after"]
Market = Literal["basket", "route", "both"]

LINE_FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "send": (
        "lost",
        "deaf",
        "late",
        "slow",
        "try_again_later",
        "duplicate",
        "error",
        "swallowed",
        "sent_but_error",
        "sent_but_try_again_later",
    ),
    "outcome": ("lost", "slow", "lagging"),
    "sequences": ("lost", "slow", "lagging"),
    "spendable": ("lost", "slow"),
    "build": ("lost", "slow"),
    "sign": ("lost", "deaf", "slow", "restarted"),
    "venues_moved": ("lost", "slow"),
    "ledgers": ("backwards", "silent"),
}
"""What can befall each call to the network, and to the signer. `late`: lost for the caller, and delivered ledgers
later all the same; `swallowed`: answered PENDING and never passed on; `lagging`: answered truly, as of ledgers ago."""

KILLS: Final = ("append", "append", "append", "send", "outcome", "build", "sign", "sequences")
"""Where an executor may die, or stand still for a while: mostly around what it records."""

DISTURBANCES: Final = ("spend", "bump", "next", "pool", "merge", "crowd", "crowd")
"""What others do: spend the trading account's balance, use up many of a channel's sequence numbers or just the next
one, trade in the same pools, merge a channel away, fill the next ledgers at a higher fee."""


@dataclass(frozen=True)
class LineFault:
    """What befalls the `at`-th call of this name on one executor's line; `ledgers` is how long or how far back."""

    call: str
    at: int
    kind: str
    ledgers: int


@dataclass(frozen=True)
class Kill:
    """One life of an executor ends around its `at`-th call of this name."""

    call: str
    at: int
    moment: Moment


@dataclass(frozen=True)
class Pause:
    """All of one executor stands still for so many ledgers around its `at`-th call of this name, in any life."""

    call: str
    at: int
    moment: Moment
    ledgers: int


@dataclass(frozen=True)
class StoreFault:
    """The `at`-th append raises, before the event was stored or after; the executor lives on."""

    at: int
    moment: Moment


@dataclass(frozen=True)
class Disturbance:
    """Somebody else acts, and is in a ledger, right before the first executor's `at`-th call of this name goes out."""

    what: str
    call: str
    at: int


@dataclass(frozen=True)
class ExecutorFaults:
    """What befalls one executor. `kills` end one life each, in this order."""

    line: tuple[LineFault, ...]
    kills: tuple[Kill, ...]
    store: tuple[StoreFault, ...]
    clock_seconds: int
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class FaultPlan:
    """One run."""

    seed: int
    market: Market
    channels: int
    validity: int
    max_open: int
    """The limit on open trades."""
    again: bool
    """Whether the scanner finds the same once more a ledger later."""
    executors: tuple[ExecutorFaults, ...]
    disturbances: tuple[Disturbance, ...]

    @property
    def faults(self) -> Counter[str]:
        """How many of each kind the plan holds."""
        count = Counter(f"others {each.what}" for each in self.disturbances)
        count["two executors"] += len(self.executors) - 1
        for executor in self.executors:
            count.update(f"{each.call} {each.kind}" for each in executor.line)
            count.update(f"killed {each.moment} {each.call}" for each in executor.kills)
            count.update(f"store fails {each.moment} writing" for each in executor.store)
            count.update(f"stands still {each.moment} {each.call}" for each in executor.pauses)
            count["clock off by an hour"] += executor.clock_seconds != 0
        return +count


def draw(seed: int) -> FaultPlan:
    """The plan of a seed."""
    dice = Random(seed)
    return FaultPlan(
        seed=seed,
        market=dice.choice(("basket", "route", "both")),
        channels=dice.randint(1, 3),
        validity=dice.randint(8, 24),
        max_open=dice.choice((1, 2, 5)),
        again=dice.random() < 0.4,
        executors=tuple(_executor(dice) for _ in range(dice.choice((1, 2)))),
        disturbances=tuple(_disturbance(dice) for _ in range(dice.choice((0, 0, 1, 1, 2)))),
    )


def _executor(dice: Random) -> ExecutorFaults:
    return ExecutorFaults(
        line=tuple(_line_fault(dice) for _ in range(dice.randint(0, 6))),
        kills=tuple(
            Kill(dice.choice(KILLS), _soon(dice, 5), dice.choice(("before", "after")))
            for _ in range(dice.choice((0, 1, 1, 2)))
        ),
        store=tuple(
            StoreFault(_soon(dice, 6), dice.choice(("before", "after"))) for _ in range(dice.choice((0, 0, 1, 2)))
        ),
        clock_seconds=dice.choice((0, 0, 3_600, -3_600)),
        pauses=tuple(
            Pause(dice.choice(KILLS), _soon(dice, 5), dice.choice(("before", "after")), dice.randint(3, 30))
            for _ in range(dice.choice((0, 0, 0, 1)))
        ),
    )


def _line_fault(dice: Random) -> LineFault:
    call = dice.choice(("send", "send", "send", "outcome", "outcome", "sign", *LINE_FAULTS))
    return LineFault(call, _soon(dice, 4), dice.choice(LINE_FAULTS[call]), dice.randint(1, 5))


def _disturbance(dice: Random) -> Disturbance:
    return Disturbance(dice.choice(DISTURBANCES), dice.choice(("build", "send", "send", "outcome")), _soon(dice, 2))


def _soon(dice: Random, most: int) -> int:
    """A number under `most`, more often a small one: most runs make few calls."""
    return min(dice.randrange(most), dice.randrange(most))
