"""No secret reaches the log, however it was handed over."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from arb.runtime.logging import LogFormat, configure
from arb.runtime.redaction import REDACTED, redact_text, without_passphrases

SEED = "SAV76USXIJOBMEQXPANUOQM6F5LIOTLPDIDVRJBFFE2MDJXG24TAPUU7"
ADDRESS = "GBZXN7PIRZGNMHGA7MUUUF4GWPY5AYPV6LY4UV2GL6VJGIQRXFDNMADI"


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "text",
    [
        SEED,
        f" {SEED} ",
        f"seed={SEED}",
        f"seed{SEED}!",
        f'{{"key": "{SEED}"}}',
        f"{SEED[:28]} {SEED[28:]}",
        f"{SEED[:28]}\n{SEED[28:]}",
        " ".join(SEED[i : i + 4] for i in range(0, 56, 4)),
        f"{SEED}{SEED}",
    ],
)
def test_a_seed_is_taken_out_of_any_text(text: str) -> None:
    cleaned = redact_text(text)

    assert REDACTED in cleaned
    assert SEED[:12] not in cleaned
    assert SEED[-12:] not in cleaned


def test_addresses_hashes_and_assets_stay_readable() -> None:
    text = f"USDC:{ADDRESS} {'ab' * 32} NATIVE SELLS {ADDRESS} {ADDRESS}"

    assert redact_text(text) == text


def test_credentials_in_urls_go_and_the_host_stays() -> None:
    assert redact_text("nats://user:pw@bus:4222") == f"nats://{REDACTED}@bus:4222"
    assert redact_text("http://localhost:8000/rpc") == "http://localhost:8000/rpc"


@given(
    before=st.text(max_size=8),
    body=st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=55, max_size=55),
    after=st.text(max_size=8),
)
def test_no_seed_survives_whatever_stands_around_it(before: str, body: str, after: str) -> None:
    assert "S" + body not in redact_text(f"{before}S{body}{after}")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_log_hides_seeds_passphrases_and_traces_that_hold_them(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    log = configure("test", "INFO", log_format, secrets=("correct horse",))

    log.info("made", seed="abc", nested={"keystore_passphrase": "tell nobody"}, spaced=f" {SEED} ")
    log.warning("opened with correct horse")
    logging.getLogger("somebody.else").warning("they log %s", SEED)
    try:
        raise ValueError(f"bad key {SEED}")
    except ValueError:
        log.exception("failed")
    written = capsys.readouterr().err

    assert len(written.splitlines()) >= 4
    assert "somebody" in written or "they log" in written
    for secret in (SEED, "tell nobody", "correct horse", "'abc'", '"abc"'):
        assert secret not in written


def test_a_network_passphrase_is_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    configure("test").info("joined", network_passphrase="Standalone Network ; February 2017")

    assert "Standalone Network ; February 2017" in capsys.readouterr().err


def test_processes_that_do_not_open_the_keystore_get_no_passphrase() -> None:
    given = {"ARB_KEYSTORE_PASSPHRASE": "a", "arb_keystore_passphrase_file": "b", "ARB_KEYSTORE": "c", "PATH": "d"}

    assert without_passphrases(given) == {"ARB_KEYSTORE": "c", "PATH": "d"}
