"""`arb contract` on a running network: what it prints, how it reads arguments, its exit codes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from support.cli import Outcome, arb
from support.localnet import Localnet, running_localnet

from arb.cli.main import cli


@pytest.fixture(scope="module")
def network() -> Iterator[Localnet]:
    with running_localnet(traffic="on", ledger_seconds=1) as running:
        yield running


@pytest.fixture(scope="module")
def deployed(network: Localnet) -> dict[str, Any]:
    """Where the market's contracts are."""
    found: dict[str, Any] = requests.get(f"{network.url}/localnet/contracts", timeout=10).json()
    return found


def here(*arguments: str) -> Outcome:
    """`arb <arguments>` in this process: starting one for each would take longer than all they do."""
    result = CliRunner().invoke(cli, list(arguments))
    return Outcome(result.exit_code, result.stdout, result.stderr)


async def test_inspect_prints_the_interface(network: Localnet, deployed: dict[str, Any], tmp_path: Path) -> None:
    detector = deployed["detector"]

    read = await arb("contract", "inspect", detector, directory=tmp_path, STELLAR_SOROBAN_RPC_URL=network.rpc_url)
    as_json = await arb("contract", "inspect", detector, "--json", directory=tmp_path, STELLAR_RPC_URL=network.rpc_url)

    assert read.code == as_json.code == 0
    assert "fn set_reflector_contract_id(contract_id: BytesN<32>) -> Result<(), Error>;" in read.out
    assert "struct RealAsset {\n    code: String,\n    issuer: String,\n}" in read.out
    assert "NoOpportunityFound = 3," in read.out
    functions = {function["name"]: function for function in as_json.json["functions"]}
    assert functions["is_asset_supported"]["inputs"] == [{"name": "asset_code", "type": "String", "doc": ""}]


def test_call_reads_arguments_by_their_declared_types(network: Localnet, deployed: dict[str, Any]) -> None:
    rpc = ("--rpc", network.rpc_url)
    token, pair = deployed["assets"][0]["contract"], deployed["pairs"][0]

    supported = here("contract", "call", deployed["detector"], "get_supported_assets", *rpc, "--json")
    balance = here("contract", "call", token, "balance", "--arg", f"id={deployed['oracle']}", *rpc)
    quoted = here(
        "contract", "call", deployed["soroswap_router"], "router_get_amounts_out", *rpc, "--json",
        *("--arg", "amount_in=10000000", "--arg", f'path=["{pair["tokens"][0]}", "{pair["tokens"][1]}"]'),
    )  # fmt: skip

    assert supported.json["result"][0].keys() == {"code", "issuer"}
    assert (balance.code, balance.out) == (0, "0\n")
    assert quoted.json["result"][0] == "10000000"
    assert int(quoted.json["result"][1]) > 0


def test_a_refusal_is_exit_code_1_with_the_contracts_own_name(network: Localnet, deployed: dict[str, Any]) -> None:
    call = ("contract", "call", deployed["detector"], "scan_opportunities", "--arg", 'assets=["NONE"]')
    rpc = ("--rpc", network.rpc_url)

    read = here(*call, "--arg", "min_profit=1", *rpc)
    as_json = here(*call, "--arg", "min_profit=1", *rpc, "--json")

    assert read.code == as_json.code == 1
    assert "InvalidAsset (2)" in read.complaint
    assert as_json.json["error"] == {"name": "InvalidAsset", "code": 2, "doc": "", "contract": deployed["detector"]}


def test_what_does_not_fit_is_exit_code_2_and_says_so(network: Localnet, deployed: dict[str, Any]) -> None:
    rpc, detector = ("--rpc", network.rpc_url), deployed["detector"]
    scan = ("contract", "call", detector, "scan_opportunities", *rpc)
    calls = {
        ("contract", "inspect", "CABC", *rpc): "not a contract id",
        ("contract", "inspect", detector, "--rpc", "localhost"): "not an http(s) URL",
        ("contract", "call", detector, "swap", *rpc): "no function 'swap'",
        (*scan,): "argument 'assets': expected a value, got none",
        (*scan, "--arg", "assets"): "not NAME=VALUE",
        (*scan, "--arg", "assets=[]", "--arg", "assets=[]"): "given twice",
        (*scan, "--arg", "assets=XLM", "--arg", "min_profit=1"): "expected Vec<String>, as JSON, got 'XLM'",
        (*scan, "--arg", "assets=[1]", "--arg", "min_profit=1"): "argument 'assets' at [0]: expected String",
        (*scan, "--arg", "assets=[]", "--arg", "min_profit=1.5"): "argument 'min_profit': expected i128",
        (*scan, "--arg", "assets=[]", "--arg", "min=1"): "argument 'min': expected one of assets, min_profit",
    }
    for call, complaint in calls.items():
        outcome = here(*call)
        assert (outcome.code, outcome.out) == (2, ""), call
        assert complaint in outcome.complaint


def test_no_contract_is_1_and_no_server_is_3(network: Localnet) -> None:
    nobody = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"
    absent = here("contract", "inspect", nobody, "--rpc", network.rpc_url)
    unreachable = here("contract", "inspect", nobody, "--rpc", "http://127.0.0.1:9/")
    assert (absent.code, unreachable.code) == (1, 3)
    assert "is not there" in absent.complaint
    assert "cannot be asked" in unreachable.complaint
