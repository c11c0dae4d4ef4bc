"""Which processes a platform is made of."""

from pathlib import Path

import pytest

from arb.cli.launcher.specs import Options, service_spec
from arb.cli.launcher.state import StateDir


@pytest.fixture
def options(tmp_path: Path) -> Options:
    (tmp_path / "logs").mkdir()
    return Options(state=StateDir(tmp_path), ws_port=1, http_port=2, executors=2)


def test_several_executors_are_one_service_under_names_of_their_own(options: Options) -> None:
    assert options.services == (
        ("auditor", "auditor"),
        ("accounts", "accounts"),
        ("scanner", "scanner"),
        ("executor-1", "executor"),
        ("executor-2", "executor"),
        ("gateway", "gateway"),
    )
    specs = [service_spec(service, options, {}, "nats://bus", name=name) for name, service in options.services]
    for spec in specs[3:5]:
        assert spec.command[-2:] == ["-m", "arb.executor"]
        assert spec.env["ARB_INSTANCE"] == spec.name
        assert spec.log_file.stem == spec.name
        assert not spec.opens_keystore
    assert len({spec.env["ARB_HEALTH_PORT"] for spec in specs}) == len(specs)


def test_a_single_executor_has_the_name_of_its_service(tmp_path: Path) -> None:
    alone = Options(state=StateDir(tmp_path), ws_port=1, http_port=2)
    assert ("executor", "executor") in alone.services
