"""docker-compose.yml, the image recipe and the secrets, checked without a container engine."""

import os
import re
import runpy
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.secured_nats import USERS

from arb.runtime.gateway_tokens import find, parse_holders
from arb.runtime.redaction import redact_text
from arb.runtime.settings import ServiceSettings

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
MAKE_SECRETS = runpy.run_path(str(ROOT / "deploy" / "make_secrets.py"))


def checkout(directory: Path) -> Path:
    """What compose reads of this repository, with secrets made, in a directory of its own."""
    shutil.copy(ROOT / "docker-compose.yml", directory)
    shutil.copytree(ROOT / "deploy", directory / "deploy", ignore=shutil.ignore_patterns("secrets"))
    MAKE_SECRETS["make"](directory / "deploy" / "secrets")
    return directory


def compose_command() -> list[str]:
    """`docker compose`, or docker-compose; skips where neither is installed."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True).returncode == 0:
            return command
    pytest.skip("NOT CHECKED: neither `docker compose` nor `docker-compose` is installed on this machine")


@pytest.mark.parametrize("profiles", [[], ["demo"], ["local"]], ids=["network", "demo", "local"])
@pytest.mark.parametrize("network", ["LOCAL", "TESTNET", "PUBLIC"])
def test_docker_compose_accepts_it(tmp_path: Path, profiles: list[str], network: str) -> None:
    arguments = [flag for profile in profiles for flag in ("--profile", profile)]
    command = [*compose_command(), *arguments, "config", "--quiet"]
    environment = {**os.environ, "STELLAR_NETWORK": network}

    ran = subprocess.run(command, cwd=checkout(tmp_path), env=environment, capture_output=True, text=True)

    assert (ran.returncode, ran.stderr) == (0, "")


def test_every_service_of_the_house_has_a_container() -> None:
    built = {service["build"]["args"]["SERVICE"] for service in OURS.values()}

    assert built == {path.parent.name for path in (ROOT / "services").glob("*/pyproject.toml")}
    for name, service in OURS.items():
        module = service["build"]["args"]["MODULE"].replace(".", "/")
        folders = [ROOT / "services" / service["build"]["args"]["SERVICE"], ROOT / "libs" / "runtime"]
        assert any(
            (folder / "arb" / f"{module}{end}").exists() for folder in folders for end in (".py", "/__main__.py")
        ), name


def test_containers_can_write_nothing_but_their_volume_and_gain_no_rights() -> None:
    for name, service in SERVICES.items():
        if name != "quickstart":
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), f"{name} is open to the world"


def test_a_container_learns_only_its_own_secrets() -> None:
    for name, service in SERVICES.items():
        known = {Path(file["path"]).stem for file in service.get("env_file", []) if "secrets" in file["path"]}
        assert known == ({name} & {"nats", *MAKE_SECRETS["SERVICES"]}), name
        given = {"accounts": ["keystore-passphrase"], "gateway": ["gateway-tokens"]}
        assert service.get("secrets") == given.get(name), name
        if name in MAKE_SECRETS["SERVICES"]:
            assert service["environment"]["ARB_KEYSTORE_PASSPHRASE"] == "", "from .env it would reach every container"
            assert service["environment"]["ARB_GATEWAY_TOKEN"] == "", "it is a person's own"


def test_services_start_after_bus_streams_and_network() -> None:
    assert SERVICES["provision"]["depends_on"] == {"nats": {"condition": "service_healthy"}}
    for name in ("accounts", "scanner", "executor", "gateway", "auditor"):
        waits = {other: how["condition"] for other, how in SERVICES[name]["depends_on"].items()}
        assert waits == {
            "provision": "service_completed_successfully",
            "localnet": "service_healthy",
            "quickstart": "service_healthy",
        }
        assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES["localnet"]["restart"] == "no", "its ledger does not outlive it"


def test_executors_can_be_scaled_and_each_has_a_name_of_its_own() -> None:
    executor = SERVICES["executor"]
    assert not {"container_name", "hostname", "ports"} & executor.keys()
    assert executor["environment"]["ARB_INSTANCE"] == "", "from .env all would get one name"


def test_secrets_are_made_once_for_the_owner_only(tmp_path: Path) -> None:
    """Given an empty directory, when secrets are made twice, then the second time changes nothing."""
    directory = tmp_path / "secrets"

    made = MAKE_SECRETS["make"](directory)
    before = {path: path.read_text() for path in made}

    assert MAKE_SECRETS["make"](directory) == []
    assert {path: path.read_text() for path in directory.iterdir()} == before
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert (*MAKE_SECRETS["SERVICES"], MAKE_SECRETS["OPERATOR"]) == USERS


def test_what_a_service_and_the_server_are_told_fits_together(tmp_path: Path) -> None:
    MAKE_SECRETS["make"](tmp_path / "secrets")
    server = dict(line.split("=", 1) for line in (tmp_path / "secrets" / "nats.env").read_text().splitlines())
    asked = set(re.findall(r"\$(ARB_NATS_\w+)", (ROOT / "deploy" / "nats.conf").read_text()))

    assert asked == set(server) | {"ARB_NATS_STORE"}
    for user in USERS:
        _, url = (tmp_path / "secrets" / f"{user}.env").read_text().strip().split("=", 1)
        assert ServiceSettings(NATS_URL=url).nats_url.startswith(f"nats://{user}:{server[f'ARB_NATS_{user.upper()}']}@")


def test_the_operators_token_is_one_the_gateway_takes(tmp_path: Path) -> None:
    MAKE_SECRETS["make"](tmp_path / "secrets")
    token = (tmp_path / "secrets" / "operator.token").read_text().strip()
    holders = parse_holders((tmp_path / "secrets" / "gateway-tokens").read_text().splitlines())

    found = find(token, holders)
    assert found is not None
    assert (found.name, found.role) == ("operator", "operator")
    assert token not in redact_text(token)


@pytest.mark.parametrize("name", ["requirements-build.lock", "requirements-runtime.lock"])
def test_containers_pin_what_the_workspace_pins(name: str) -> None:
    def pins(file: Path) -> set[tuple[str, str]]:
        return set(re.findall(r"^([\w.-]+==\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", file.read_text(), re.MULTILINE))

    container = pins(ROOT / "deploy" / name)
    assert container
    assert container <= pins(ROOT / "requirements.lock")


def test_nothing_but_sources_and_locks_reaches_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]

    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {
        "deploy/requirements-build.lock",
        "deploy/requirements-runtime.lock",
        "libs",
        "soroban/wasm",
        "services",
    }
