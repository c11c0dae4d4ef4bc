"""`arb contract`: what a deployed contract declares, and what its functions answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from arb.cli.failures import one_line
from arb.cli.output import Exit, fail, print_json
from arb.contracts.contract import Contract
from arb.contracts.contract_errors import CallFailedError, ContractCallError, NotAContractError
from arb.contracts.interfaces import InterfaceCache
from arb.contracts.rpc import RpcClient
from arb.contracts.spec.describe import described
from arb.contracts.spec.errors import MissingFunctionError, SpecError, WrongArgumentError
from arb.contracts.spec.printing import plain, printed
from arb.contracts.spec.text import arguments_of_text, json_of_result
from arb.runtime.settings import ServiceSettings
from arb.runtime.strkeys import is_strkey

T = TypeVar("T")

_RPC = click.option("--rpc", "url", help="RPC server to ask instead of the one in the settings.")
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line.")


@click.group()
def command() -> None:
    """Look into deployed contracts. Nothing is ever submitted."""


@command.command()
@click.argument("contract_id", metavar="ID")
@_RPC
@_JSON
def inspect(contract_id: str, url: str | None, as_json: bool) -> None:
    """Print the interface of the contract ID: functions with their documentation, types, errors, events.

    Exit code 1 when there is no such contract or when it declares no interface, 2 when ID is no contract id.
    """

    async def run(contract: Contract) -> None:
        interface = await contract.interface()
        if as_json:
            print_json({"contract": contract_id, **described(interface)})
        else:
            click.echo(printed(interface))

    _with_contract(contract_id, url, run)


@command.command()
@click.argument("contract_id", metavar="ID")
@click.argument("function")
@click.option("--arg", "arguments", multiple=True, metavar="NAME=VALUE", help="An argument; once for each.")
@_RPC
@_JSON
def call(contract_id: str, function: str, arguments: tuple[str, ...], url: str | None, as_json: bool) -> None:
    """Simulate FUNCTION of the contract ID and print what it would return.

    VALUE is read by the declared type: plain text for numbers, texts, addresses and (in hexadecimal) bytes, JSON for
    the rest, as in --arg 'path=["C…", "C…"]'. Exit code 1 when the call fails or the contract is not what it declares,
    2 when the arguments do not fit.
    """
    given = _named(arguments)

    async def run(contract: Contract) -> None:
        interface = await contract.interface()
        values = arguments_of_text(interface, function, given)
        try:
            answer = json_of_result(interface, function, await contract.read(function, **values))
        except ContractCallError as refused:
            if not as_json:
                raise
            error = {"name": refused.name, "code": refused.code, "doc": refused.doc, "contract": refused.origin}
            print_json({"contract": contract_id, "function": function, "error": error})
            raise SystemExit(Exit.NEGATIVE) from None
        if as_json:
            print_json({"contract": contract_id, "function": function, "result": answer})
        else:
            click.echo(_readable(answer))

    _with_contract(contract_id, url, run)


def _named(arguments: tuple[str, ...]) -> dict[str, str]:
    given: dict[str, str] = {}
    for argument in arguments:
        name, separator, value = argument.partition("=")
        if not separator or not name:
            fail(f"--arg {argument!r} is not NAME=VALUE", Exit.USAGE)
        if name in given:
            fail(f"--arg {name} is given twice", Exit.USAGE)
        given[name] = value
    return given


def _readable(answer: Any) -> str:
    """A text as it is, anything else as indented JSON."""
    return plain(answer) if isinstance(answer, str) else json.dumps(answer, indent=2)


def _with_contract(contract_id: str, url: str | None, run: Callable[[Contract], Awaitable[T]]) -> T:
    if not is_strkey(contract_id, "C"):
        fail(f"{contract_id[:64]!r} is not a contract id: expected C and 55 characters", Exit.USAGE)
    urls = _urls(url)

    async def opened() -> T:
        rpc = RpcClient(urls)
        try:
            return await run(Contract(rpc, contract_id, InterfaceCache()))
        finally:
            await rpc.close()

    with one_line():
        try:
            return asyncio.run(opened())
        except (WrongArgumentError, MissingFunctionError) as error:
            fail(plain(str(error)), Exit.USAGE)
        except (NotAContractError, SpecError, CallFailedError) as error:
            fail(plain(str(error)), Exit.NEGATIVE)


def _urls(given: str | None) -> tuple[str, ...]:
    if given is not None:
        if urlsplit(given).scheme not in ("http", "https"):
            fail(f"--rpc {given!r} is not an http(s) URL", Exit.USAGE)
        return (given,)
    settings = ServiceSettings.load()
    if not settings.rpc_urls:
        fail("no RPC server: set STELLAR_SOROBAN_RPC_URL or give --rpc", Exit.USAGE)
    return settings.rpc_urls
