"""`arb keys`: the keystore of the accounts service, in the hands of a person."""

import os
import sys
from pathlib import Path

import click

from arb.cli.launcher.network import starts_own_network
from arb.cli.launcher.state import ROOT, NoStateError, StateDir
from arb.cli.output import Exit, fail
from arb.runtime.settings import ServiceSettings


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.option("--state", type=click.Path(path_type=Path, file_okay=False), help="State directory of a run.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(state: Path | None, arguments: tuple[str, ...]) -> None:
    """Make, bring, list, exchange, back up and restore keys; change the passphrase.

    `arb keys --help` lists the verbs. The keystore is that of ARB_KEYSTORE, of --state DIR, or of `arb up` on the
    network in the settings.
    """
    wants_help = not arguments or {"-h", "--help"} & {*arguments}
    environment = {} if wants_help else _keystore(state)
    # Keys are the business of the accounts service alone: the command line never imports it, it becomes it. So no
    # secret is ever in this program.
    given = arguments or ("--help",)
    os.execve(sys.executable, [sys.executable, "-m", "arb.accounts", "keys", *given], {**os.environ, **environment})  # noqa: S606


def _keystore(state: Path | None) -> dict[str, str]:
    """Settings that name keystore and passphrase of a run, as `arb up` gives them to the service."""
    settings = ServiceSettings.load()
    chosen = StateDir(state if state is not None else _directory(settings))
    environment = {"ARB_STATE_DIR": str(chosen.path)}
    if state is not None or settings.keystore is None:
        environment["ARB_KEYSTORE"] = str(chosen.keystore)
    said = settings.keystore_passphrase is not None or settings.keystore_passphrase_file is not None
    made_for_it = chosen.path / "keystore.passphrase"
    if not said and made_for_it.exists():
        environment["ARB_KEYSTORE_PASSPHRASE_FILE"] = str(made_for_it)
    return environment


def _directory(settings: ServiceSettings) -> Path:
    if "state_dir" in settings.model_fields_set:
        return settings.state_dir
    if not starts_own_network(settings):
        return ROOT / settings.network.lower()
    # Every local network has keys of its own: those of the newest are meant.
    try:
        return StateDir.existing(None).path
    except NoStateError as none:
        fail(str(none), Exit.USAGE)
