"""`arb localnet`: a local Stellar network to run, and contracts to deploy to it and to call."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from arb.cli.failures import one_line
from arb.cli.localnet import calls, running
from arb.cli.localnet.keys import DEFAULT, KeyChoiceError, funded_address
from arb.cli.localnet.network import DEFAULT_URL, LocalServer, NotLocalError, UnknownContractError, local_server
from arb.cli.localnet.printing import print_answer, print_refusal, print_status
from arb.cli.output import Exit, fail, print_json
from arb.contracts.contract_errors import NotAContractError
from arb.contracts.errors import Rejected
from arb.contracts.invocation.fees import FeeAboveCap
from arb.contracts.spec.errors import SpecError

T = TypeVar("T")

_URL = click.option("--url", default=DEFAULT_URL, show_default=True, envvar="ARB_LOCALNET_URL", help="The network.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")
_ARGUMENTS = click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="NAME=VALUE",
    help="An argument, plain or JSON; an address may be @NAME of a key.",
)
_SOURCE = click.option(
    "--source", default=DEFAULT, show_default=True, help="Who calls: a name (a test key), or a file with a seed (S...)."
)
_SIGNERS = click.option(
    "--signer", "signers", multiple=True, help="Another key, named like --source, that authorises what a call needs."
)


_WRONG = (KeyChoiceError, NotLocalError, UnknownContractError, NotAContractError, SpecError, calls.NotWasmError)


@click.group()
def command() -> None:
    """Run a local Stellar network; deploy and call contracts on it.

    Keys are test identities that follow from a name, such as alice: everybody has them, so they sign for local networks
    only. Exit codes: 1 the network or the contract refused, 2 wrong arguments, 3 no network there, 4 port taken.
    """


@command.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def up(options: tuple[str, ...]) -> None:
    """Run a local network until Ctrl-C. OPTIONS are its own, such as --port 0 --seed 11 (`arb localnet up --help`).

    With --json among them, what it says once it is ready is one JSON object: its URL and its contracts.
    """
    as_json = "--json" in options

    async def ready(url: str) -> None:
        async with local_server(url) as server:
            contracts = await server.contracts()
        answer = {"url": url, "contracts": contracts}
        print_json(answer) if as_json else print_status(answer)

    with one_line():
        code = asyncio.run(running.run([option for option in options if option != "--json"], ready))
    raise SystemExit(code)


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_ARGUMENTS
@click.option("--salt", help="What the contract's id follows from, beside the source; default: a new one every time.")
@_SOURCE
@_SIGNERS
@_URL
@_JSON
def deploy(
    file: Path,
    arguments: tuple[str, ...],
    salt: str | None,
    source: str,
    signers: tuple[str, ...],
    url: str,
    as_json: bool,
) -> None:
    """Upload the contract FILE (wasm) and create it, with arguments for its constructor."""
    caller, given, wasm = calls.Caller(source, signers), _named(arguments), file.read_bytes()
    answer = _ask(url, lambda server: calls.deploy(server, caller, wasm, given, salt), as_json=as_json)
    print_json(answer) if as_json else print_answer(answer)


@command.command()
@click.argument("contract")
@click.argument("function")
@_ARGUMENTS
@_SOURCE
@_SIGNERS
@_URL
@_JSON
def invoke(
    contract: str,
    function: str,
    arguments: tuple[str, ...],
    source: str,
    signers: tuple[str, ...],
    url: str,
    as_json: bool,
) -> None:
    """Call FUNCTION of CONTRACT (its id, or its name in `status`) by a transaction, and wait for its ledger."""
    caller, given = calls.Caller(source, signers), _named(arguments)
    answer = _ask(url, lambda server: calls.invoke(server, caller, contract, function, given), as_json=as_json)
    print_json(answer) if as_json else print_answer(answer)


@command.command()
@click.argument("account")
@_URL
@_JSON
def fund(account: str, url: str, as_json: bool) -> None:
    """Let Friendbot create ACCOUNT: an address (G...), the name of a test key, or a file with a seed."""

    with _refusals(as_json=as_json):
        address = funded_address(account)

    async def run(server: LocalServer) -> dict[str, Any]:
        answer = await server.fund(address)
        return {"address": address, "tx_hash": answer.tx_hash, "already_funded": answer.already_funded}

    answer = _ask(url, run, as_json=as_json)
    print_json(answer) if as_json else print_answer(answer)


@command.command()
@_URL
@_JSON
def status(url: str, as_json: bool) -> None:
    """Ledger, queue, memory and contracts of a running network."""

    async def run(server: LocalServer) -> dict[str, Any]:
        latest = await server.rpc.get_latest_ledger()
        answer = {
            "url": server.url,
            "ledger": latest.sequence,
            "close_time": latest.close_time,
            "protocol": latest.protocol_version,
        }
        return {**answer, **(await server.status() or {}), "contracts": await server.contracts()}

    answer = _ask(url, run, as_json=as_json)
    print_json(answer) if as_json else print_status(answer)


def _named(arguments: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not name or not equals:
            fail(f"--arg {argument}: expected NAME=VALUE", Exit.USAGE)
        if name in given:
            fail(f"--arg {name} is given twice", Exit.USAGE)
        given[name] = value
    return given


def _ask(url: str, work: Callable[[LocalServer], Awaitable[T]], *, as_json: bool) -> T:
    """Do something with the network at `url`; every error ends with its line and its exit code."""

    async def run() -> T:
        async with local_server(url) as server:
            return await work(server)

    with one_line(), _refusals(as_json=as_json):
        return asyncio.run(run())


@contextmanager
def _refusals(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except calls.RefusedError as refused:
        print_refusal(refused, as_json=as_json)
        raise SystemExit(Exit.NEGATIVE) from None
    except _WRONG as error:
        fail(str(error), Exit.USAGE)
    except (FeeAboveCap, Rejected) as error:
        fail(str(error), Exit.NEGATIVE)
