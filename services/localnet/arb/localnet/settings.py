"""Settings of localnet: flags first, then environment variables, then defaults that follow quickstart --local."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from arb.localnet.ledger.soroban_config import SorobanConfig

PASSPHRASE: Final = "Standalone Network ; February 2017"  # noqa: S105 - public, as every network's


class SettingError(Exception):
    """A setting nobody can work with. The message is one line: which, what was wrong, what is accepted."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the network behaves. `port` 0 takes any free one; `max_operations` is the room in a ledger.

    `wasm_dir` is where the contracts' code lies (None: where this installation has it).
    `manual` is for tests: no clock, a ledger closes when POST /localnet/close asks for it.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    ledger_seconds: float = 1.0
    seed: int = 7
    pools: Path | None = None
    traffic: bool = True
    traffic_rate: float = 1.0
    soroban: bool = True
    wasm_dir: Path | None = None
    max_operations: int = 1000
    damping: bool = True
    retained_ledgers: int = 17_280
    submit_timeout: float = 30.0
    manual: bool = False
    min_persistent_ttl: int = SorobanConfig().min_persistent_ttl
    passphrase: str = PASSPHRASE


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65_535:
        raise ValueError
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.05 <= value <= 3_600:
        raise ValueError
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 100:
        raise ValueError
    return value


def _operations(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 100_000:
        raise ValueError
    return value


def _life(text: str) -> int:
    value = int(text)
    if not 2 <= value <= SorobanConfig().max_entry_ttl:
        raise ValueError
    return value


def _switch(text: str) -> bool:
    values = {"on": True, "off": False}
    if text not in values:
        raise ValueError
    return values[text]


def _folder(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_dir():
        raise ValueError
    return path


def _file(text: str) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise ValueError
    return path


_READERS: Final[dict[str, tuple[Callable[[str], Any], str]]] = {
    "host": (str, "address to listen at"),
    "port": (_port, "0 to 65535; 0 takes a free one"),
    "ledger_seconds": (_seconds, "0.05 to 3600"),
    "seed": (int, "a whole number: the same seed gives the same market"),
    "pools": (_file, "an existing file of recorded pools"),
    "traffic": (_switch, "on or off"),
    "traffic_rate": (_rate, "0 to 100: how busy makers and takers are"),
    "soroban": (_switch, "on or off: whether the seeded market has contracts"),
    "wasm_dir": (_folder, "an existing folder with the contracts' wasm and SHA256SUMS"),
    "max_operations": (_operations, "1 to 100000 operations a ledger"),
    "damping": (_switch, "on or off: arbitrage damping as in core"),
    "retained_ledgers": (_operations, "1 to 100000 ledgers of history"),
    "manual": (_switch, "on or off: ledgers close only by POST /localnet/close"),
    "min_persistent_ttl": (_life, "2 to 3110400 ledgers that new contract data and code live without being archived"),
    "submit_timeout": (_seconds, "0.05 to 3600 seconds a submission waits for its ledger"),
}


def read(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """The settings of a run: `--ledger-seconds 1` or ARB_LOCALNET_LEDGER_SECONDS=1 and so on.

    Raises:
        SettingError: a flag is unknown, or a value is not accepted.
    """
    parser = _Parser(prog="python -m arb.localnet", description="A local Stellar network for demo and tests.")
    for name, (_reader, accepted) in _READERS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, help=accepted)
    flags = vars(parser.parse_args(arguments))
    values: dict[str, Any] = {}
    for name, (reader, accepted) in _READERS.items():
        variable = f"ARB_LOCALNET_{name.upper()}"
        shown = f"--{name.replace('_', '-')}" if flags[name] is not None else variable
        text = flags[name] if flags[name] is not None else environment.get(variable)
        if text is None:
            continue
        try:
            values[name] = reader(text)
        except ValueError:
            raise SettingError(f"{shown}={text!r} is not accepted: {accepted}") from None
    return Settings(**values)


class _Parser(argparse.ArgumentParser):
    """argparse, but a mistake becomes a SettingError instead of a page of usage."""

    def error(self, message: str) -> Any:
        raise SettingError(f"{message}; see --help")
