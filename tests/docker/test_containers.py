"""The containers themselves: built, started by docker compose, healthy. Needs a container engine."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.compose import DockerCompose

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerCompose]:
    """Bus, provisioner and auditor in containers, from a copy of the repository with secrets of its own."""
    for command in (["docker", "info"], ["docker", "compose", "version"]):
        if shutil.which("docker") is None or subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip(f"NOT CHECKED: `{' '.join(command)}` fails here: a container engine with compose is needed")
    # Named anew each time: containers and volumes of a platform that runs on this machine must not be touched.
    copy = tmp_path_factory.mktemp("checkout") / f"arb-{uuid.uuid4().hex[:8]}"
    copy.mkdir()
    for name in ("docker-compose.yml", ".dockerignore"):
        shutil.copy(ROOT / name, copy)
    for name in ("libs", "services", "deploy", "soroban/wasm"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "secrets"))
    text = (copy / "docker-compose.yml").read_text()
    (copy / "docker-compose.yml").write_text(text.replace("name: stellar-arbitrage\n", f"name: {copy.name}\n"))
    (copy / ".env").write_text("ARB_NATS_PORT=0\n")
    subprocess.run(["python3", str(copy / "deploy" / "make_secrets.py")], check=True, capture_output=True)
    compose = DockerCompose(str(copy), build=True, wait=True, services=["auditor"])
    try:
        compose.start()
        yield compose
    finally:
        compose.stop()


def test_the_provisioner_ends_and_the_auditor_is_healthy(platform: DockerCompose) -> None:
    states = {c.Service: (c.State, c.ExitCode) for c in platform.get_containers(include_all=True)}

    assert states["provision"] == ("exited", 0)
    assert states["auditor"][0] == "running"
    assert platform.get_container("auditor").Health == "healthy"


def test_a_service_is_not_root_and_cannot_write_its_own_code(platform: DockerCompose) -> None:
    out, _, code = platform.exec_in_container(["python", "-c", "import os; print(os.getuid())"], "auditor")
    assert (out.strip(), code) == ("10001", 0)
    with pytest.raises(subprocess.CalledProcessError):
        platform.exec_in_container(["touch", "/app/x"], "auditor")


def test_it_stops_in_order_when_asked(platform: DockerCompose) -> None:
    subprocess.run(
        [*platform.docker_compose_command(), "stop", "auditor"], cwd=platform.context, check=True, capture_output=True
    )

    states = {c.Service: c.ExitCode for c in platform.get_containers(include_all=True)}
    assert states["auditor"] == 0  # 137 would be a service that had to be killed
