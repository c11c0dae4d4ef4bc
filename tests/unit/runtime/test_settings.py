"""Settings: presets per network, and one exact line for every wrong value."""

import os
from pathlib import Path

import pytest
from pydantic import Field

from arb.runtime.settings import ServiceSettings

CONTRACT = "CDLZFC3SYJYDZT7K67VZ75HPJVIEUVNIXF47ZG2FB2RMQQVU2HHGCYSC"
ISSUER = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting leaks in from outside, nor from a `.env` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ARB_", "STELLAR_", "NATS_", "ARBITRAGE_", "REFLECTOR_", "NUM_ACCOUNTS")):
            monkeypatch.delenv(name)


def load(monkeypatch: pytest.MonkeyPatch, **variables: str) -> ServiceSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return ServiceSettings.load()


def test_without_any_setting_it_is_the_local_network(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch)

    assert (settings.network, settings.network_passphrase) == ("LOCAL", "Standalone Network ; February 2017")
    assert (settings.horizon_url, settings.rpc_urls) == ("http://localhost:8000", ("http://localhost:8000/rpc",))
    assert (settings.mode, settings.num_accounts, settings.scan_interval) == ("live", 10, 15.0)
    assert (settings.nats_url, settings.ws_port, settings.http_port) == ("nats://127.0.0.1:4222", 8768, 8780)
    assert settings.health_port == 0


def test_testnet_brings_its_endpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, STELLAR_NETWORK="testnet")

    assert settings.network_passphrase == "Test SDF Network ; September 2015"
    assert settings.horizon_url == "https://horizon-testnet.stellar.org"
    assert settings.rpc_urls == ("https://soroban-testnet.stellar.org",)
    assert settings.mode == "live"


def test_public_is_paper_until_somebody_says_live(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, STELLAR_NETWORK="PUBLIC", STELLAR_RPC_URL="https://a.example/, https://b.example:8443")

    assert settings.mode == "paper"
    assert settings.rpc_urls == ("https://a.example", "https://b.example:8443")
    assert load(monkeypatch, ARB_MODE="live").mode == "live"


def test_the_longer_name_of_the_rpc_url_wins_and_an_empty_one_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    both = load(monkeypatch, STELLAR_SOROBAN_RPC_URL="http://long:1", STELLAR_RPC_URL="http://short:1")
    short = load(monkeypatch, STELLAR_SOROBAN_RPC_URL="")

    assert (both.rpc_urls, short.rpc_urls) == (("http://long:1",), ("http://short:1",))


def test_a_dot_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STELLAR_NETWORK=TESTNET\nNUM_ACCOUNTS=3\n")

    settings = load(monkeypatch, NUM_ACCOUNTS="4")

    assert (settings.network, settings.horizon_url) == ("TESTNET", "https://horizon-testnet.stellar.org")
    assert settings.num_accounts == 4


def test_lists_and_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, ARB_ASSETS=f"BAR:{ISSUER}, FOO:{ISSUER}", ARBITRAGE_DETECTOR_CONTRACT_ID=CONTRACT)

    assert settings.extra_assets == (f"BAR:{ISSUER}", f"FOO:{ISSUER}")
    assert settings.detector_contract_id == CONTRACT


WRONG = [
    (
        {"STELLAR_NETWORK": "MOON"},
        "STELLAR_NETWORK='MOON' is wrong (input should be 'LOCAL', 'TESTNET' or 'PUBLIC'); "
        "accepted: LOCAL, TESTNET or PUBLIC",
    ),
    (
        {"STELLAR_NETWORK": "PUBLIC"},
        "STELLAR_SOROBAN_RPC_URL is missing: PUBLIC has no default RPC server; accepted: http(s) URLs, comma separated",
    ),
    (
        {"STELLAR_NETWORK": "TESTNET", "STELLAR_NETWORK_PASSPHRASE": "Public Global Stellar Network ; September 2015"},
        "STELLAR_NETWORK_PASSPHRASE is not the passphrase of TESTNET, 'Test SDF Network ; September 2015'; "
        "accepted: the passphrase of STELLAR_NETWORK",
    ),
    (
        {"STELLAR_NETWORK_PASSPHRASE": "Public Global Stellar Network ; September 2015"},
        "STELLAR_NETWORK_PASSPHRASE is that of PUBLIC: set STELLAR_NETWORK=PUBLIC; "
        "accepted: the passphrase of STELLAR_NETWORK",
    ),
    (
        {"STELLAR_HORIZON_URL": "horizon.stellar.org"},
        "STELLAR_HORIZON_URL='horizon.stellar.org' is not a URL of the kind wanted; accepted: an http(s) URL",
    ),
    (
        {"STELLAR_RPC_URL": "http://a:1,ftp://b"},
        "STELLAR_SOROBAN_RPC_URL='http://a:1,ftp://b' is not a URL of the kind wanted; "
        "accepted: http(s) URLs, comma separated",
    ),
    (
        {"NATS_URL": "http://127.0.0.1:4222"},
        "NATS_URL='http://127.0.0.1:4222' is not a URL of the kind wanted; accepted: a nats:// or tls:// URL",
    ),
    (
        {"NATS_URL": "nats://user:hunter2@host:99999"},
        "NATS_URL='nats://[redacted]@host:99999' is not a URL of the kind wanted; accepted: a nats:// or tls:// URL",
    ),
    (
        {"ARB_FAILPOINT": "executor.send.after,executor.lunch"},
        "ARB_FAILPOINT='executor.send.after,executor.lunch' is wrong: 'executor.lunch' is no failpoint; accepted: "
        "names from docs/faults.md, comma separated, each with *N for the Nth time; never on PUBLIC",
    ),
    (
        {
            "STELLAR_NETWORK": "PUBLIC",
            "STELLAR_RPC_URL": "http://a:1",
            "ARB_FAILPOINT": "executor.signed.after_store",
        },
        "ARB_FAILPOINT is for tests: PUBLIC has real money on it; accepted: "
        "names from docs/faults.md, comma separated, each with *N for the Nth time; never on PUBLIC",
    ),
    (
        {"STELLAR_NETWORK": "PUBLIC", "STELLAR_RPC_URL": "http://a:1", "ARB_CLOCK_OFFSET_SECONDS": "3600"},
        "ARB_CLOCK_OFFSET_SECONDS is for tests: PUBLIC has real money on it; accepted: "
        "seconds this service's clock is to be wrong by, for tests, up to a day; never on PUBLIC",
    ),
    (
        {"NUM_ACCOUNTS": "ten"},
        "NUM_ACCOUNTS='ten' is not a number in plain digits; accepted: a number from 1 to 100",
    ),
    (
        {"NUM_ACCOUNTS": "0"},
        "NUM_ACCOUNTS='0' is wrong (input should be greater than or equal to 1); accepted: a number from 1 to 100",
    ),
    (
        {"ARBITRAGE_SCAN_INTERVAL": "0"},
        "ARBITRAGE_SCAN_INTERVAL='0' is wrong (input should be greater than or equal to 1); "
        "accepted: seconds, from 1 to 3600",
    ),
    (
        {"ARB_MODE": "dry"},
        "ARB_MODE='dry' is wrong (input should be 'paper' or 'live'); accepted: paper or live",
    ),
    (
        {"ARB_WS_PORT": "70000"},
        "ARB_WS_PORT='70000' is wrong (input should be less than or equal to 65535); "
        "accepted: a port from 1 to 65535, or 0 for a free one",
    ),
    (
        {"ARBITRAGE_DETECTOR_CONTRACT_ID": CONTRACT[:-1] + "D"},
        f"ARBITRAGE_DETECTOR_CONTRACT_ID='{CONTRACT[:-1]}D' is not a contract id; "
        "accepted: a contract id, C and 55 characters",
    ),
    (
        {"ARB_ASSETS": f"BAR:{ISSUER},AQUA"},
        f"ARB_ASSETS='BAR:{ISSUER},AQUA' holds 'AQUA', which is not CODE:ISSUER; "
        "accepted: CODE:ISSUER, comma separated",
    ),
    (
        {"ARB_ASSETS": f"XLM:{ISSUER}"},
        f"ARB_ASSETS='XLM:{ISSUER}' is wrong: asset XLM:{ISSUER} looks like native and is another one: only the latter"
        " is traded; accepted: CODE:ISSUER, comma separated",
    ),
    (
        {"ARB_LOG_LEVEL": "loud"},
        "ARB_LOG_LEVEL='LOUD' is wrong (input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'); "
        "accepted: DEBUG, INFO, WARNING or ERROR",
    ),
]


@pytest.mark.parametrize(("variables", "line"), WRONG, ids=[" ".join(variables) for variables, _ in WRONG])
def test_a_wrong_setting_is_one_line_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variables: dict[str, str], line: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        load(monkeypatch, **variables)

    assert caught.value.code == 2
    assert capsys.readouterr().err == line + "\n"


def test_a_service_adds_its_own_settings_with_their_own_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Own(ServiceSettings):
        depth: int = Field(validation_alias="ARB_DEPTH", description="a number of hops")

    with pytest.raises(SystemExit):
        Own.load()

    assert capsys.readouterr().err == "ARB_DEPTH is missing; accepted: a number of hops\n"


def test_secrets_show_neither_in_the_settings_nor_in_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, ARB_KEYSTORE_PASSPHRASE="correct horse")

    assert "correct horse" not in repr(settings)
    assert settings.secrets == ("correct horse",)


NOT_NUMBERS = ["1e-7", "1e3", "1_0", "١٢", "１２", "NaN", "Infinity", "12.0", "+12", "0x10", "1,000", "9" * 20]


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_numbers_are_plain_digits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        load(monkeypatch, NUM_ACCOUNTS=text)
    assert capsys.readouterr().err.startswith(f"NUM_ACCOUNTS={text!r} is not a number in plain digits")


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775808"])
def test_no_number_is_larger_than_the_networks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        load(monkeypatch, NUM_ACCOUNTS=text)
    assert "is more than 64 bits hold" in capsys.readouterr().err


@pytest.mark.parametrize("text", [*NOT_NUMBERS[:6], "-1", "0.1", "1.00000000000"])
def test_seconds_are_plain_decimals(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    with pytest.raises(SystemExit):
        load(monkeypatch, ARBITRAGE_SCAN_INTERVAL=text)


def test_a_secret_key_in_the_wrong_setting_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = "SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDVRJBFFE2MDJXG24TAPUU7"
    # With a blank that was pasted along, within it or around it, it is a secret key all the same
    for pasted in (seed, f" {seed}\n", f"{seed[:28]} {seed[28:]}"):
        for variable in ("ARB_ASSETS", "ARBITRAGE_DETECTOR_CONTRACT_ID", "NUM_ACCOUNTS", "NATS_URL", "ARB_MODE"):
            with monkeypatch.context() as only:
                with pytest.raises(SystemExit):
                    load(only, **{variable: pasted})
                said = capsys.readouterr().err
                assert said.startswith(variable)
                assert seed[:12] not in said
                assert seed[-12:] not in said
