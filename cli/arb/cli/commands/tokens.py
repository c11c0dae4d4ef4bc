"""`arb tokens`: who may operate the gateway, in a file of names, roles and hashes."""

import fcntl
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from arb.cli.credentials import tokens_file
from arb.cli.output import Exit, fail, print_json
from arb.runtime.gateway_tokens import ROLES, Holder, TokensError, holder, new_token, parse_holders

_FILE = click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=tokens_file,
    show_default="ARB_GATEWAY_TOKENS_FILE",
    help="The list of holders, as the gateway reads it.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")


@click.group()
def command() -> None:
    """Tokens for the WebSocket gateway: make one, list their holders, take one back.

    The gateway sees a change of the file within seconds; whoever is connected with a token that was taken back is
    disconnected. Of a token the file holds only the hash.
    """


@command.command("new")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True, help="What it allows.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="A new file for the token (0600); default: printed."
)
@_FILE
@_JSON
def new(name: str, role: str, out: Path | None, file: Path, as_json: bool) -> None:
    """Make a token for NAME. It is shown once: keep it, or write it to a file with --out."""
    token = new_token()
    with _changing(file) as holders:
        if any(one.name == name for one in holders):
            fail(f"{name} holds a token already: `arb tokens revoke {name}` first", Exit.USAGE)
        try:
            made = holder(name, role, token)
        except TokensError as error:
            fail(str(error), Exit.USAGE)
        if out is not None:
            _write_new(out, f"{token}\n")
        _replace(file, [*holders, made])
    if as_json:
        print_json({"name": name, "role": role, **({"file": str(out)} if out is not None else {"token": token})})
    else:
        click.echo(str(out) if out is not None else token)


@command.command("list")
@_FILE
@_JSON
def list_(file: Path, as_json: bool) -> None:
    """Who holds a token, and for what."""
    holders = _read(file)
    if as_json:
        print_json({"tokens": [{"name": one.name, "role": one.role} for one in holders]})
        return
    for one in holders:
        click.echo(f"{one.name}  {one.role}")


@command.command("revoke")
@click.argument("name")
@_FILE
@_JSON
def revoke(name: str, file: Path, as_json: bool) -> None:
    """Take NAME's token back."""
    with _changing(file) as holders:
        left = [one for one in holders if one.name != name]
        if len(left) == len(holders):
            fail(f"{file} names no {name}", Exit.NEGATIVE)
        _replace(file, left)
    if as_json:
        print_json({"revoked": name})


def _read(file: Path) -> tuple[Holder, ...]:
    try:
        return parse_holders(file.read_text(encoding="utf-8").splitlines()) if file.exists() else ()
    except (OSError, UnicodeDecodeError, TokensError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or error}", Exit.USAGE)


@contextmanager
def _changing(file: Path) -> Iterator[tuple[Holder, ...]]:
    """The holders now; nobody else changes them meanwhile."""
    try:
        lock = os.open(file.parent, os.O_RDONLY)
    except OSError as error:
        fail(f"{file.parent} cannot be used: {error.strerror}", Exit.USAGE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _read(file)
    finally:
        os.close(lock)


def _replace(file: Path, holders: Sequence[Holder]) -> None:
    """Write the list anew, whole or not at all; who may read it stays as it was."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    _write_new(draft, "".join(f"{one}\n" for one in holders))
    if file.exists():
        draft.chmod(stat.S_IMODE(file.stat().st_mode))
    draft.replace(file)


def _write_new(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        fail(f"{file} cannot be made: {error.strerror}", Exit.USAGE)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
