"""Entry point of the `arb` command."""

import importlib
import os

import click

from arb.cli.output import Exit, fail
from arb.runtime.redaction import redact_text

_COMMANDS = {
    "audit": "arb.cli.commands.audit",
    "backtest": "arb.cli.commands.backtest",
    "bench": "arb.cli.commands.bench",
    "contract": "arb.cli.commands.contract",
    "demo": "arb.cli.commands.demo",
    "doctor": "arb.cli.commands.doctor",
    "keys": "arb.cli.commands.keys",
    "localnet": "arb.cli.commands.localnet",
    "scan": "arb.cli.commands.scan",
    "send": "arb.cli.commands.send",
    "tokens": "arb.cli.commands.tokens",
    "up": "arb.cli.commands.up",
}


class _LazyGroup(click.Group):
    """Imports a verb only when it is used, so that `arb --help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Stellar Arbitrage: finds and executes arbitrage on the Stellar network.

    Exit codes: 0 yes; 1 it ran and the answer is no; 2 wrong arguments or settings; 3 a needed server does not answer;
    4 a port is taken; 70 a defect of arb itself.
    """


def main() -> None:
    """Run the command line. An error nobody thought of is one line as well; ARB_LOG_LEVEL=DEBUG shows where it is."""
    try:
        cli(prog_name="arb")
    except Exception as error:
        if os.environ.get("ARB_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        what = f"{type(error).__name__}: {redact_text(str(error))}"
        fail(f"a defect of arb, please report it: {what} (ARB_LOG_LEVEL=DEBUG shows where)", Exit.DEFECT)
