"""Entry point of the `arb` command."""

import importlib

import click

_COMMANDS = {
    "audit": "arb.cli.commands.audit",
    "bench": "arb.cli.commands.bench",
    "demo": "arb.cli.commands.demo",
    "doctor": "arb.cli.commands.doctor",
    "scan": "arb.cli.commands.scan",
    "send": "arb.cli.commands.send",
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
    4 a port is taken.
    """


def main() -> None:
    """Run the command line."""
    cli(prog_name="arb")
