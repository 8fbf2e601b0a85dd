"""What stands ready for process managers names roles, settings and paths that exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from segue.runtime.roles import Role
from segue.runtime.worker import GRACE
from segue.settings.load import rooms

DEPLOY = Path(__file__).parents[2] / "deploy"
SETTINGS = {str(field.alias) for room in rooms() for field in room.model_fields.values()}
ONE_ROLE = {role.value for role in Role} - {Role.ALL.value}
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "workers.yaml").read_text(encoding="utf-8"))
)
DEPLOYMENTS = [manifest for manifest in MANIFESTS if manifest["kind"] == "Deployment"]
PODS: list[dict[str, Any]] = [manifest["spec"]["template"]["spec"] for manifest in DEPLOYMENTS]
UNITS = [
    path.read_text(encoding="utf-8") for path in sorted((DEPLOY / "systemd").glob("*.service"))
]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [manifest for manifest in MANIFESTS if manifest["kind"] == kind]


def test_there_is_one_deployment_for_each_role() -> None:
    assert {pod["containers"][0]["args"][-1] for pod in PODS} == ONE_ROLE
    assert len(DEPLOYMENTS) == len(ONE_ROLE)


def test_every_variable_is_a_setting() -> None:
    written = (DEPLOY / "systemd" / "worker.env").read_text(encoding="utf-8")
    named = set(re.findall(r"^([A-Z_]+)=", written, re.MULTILINE))

    assert named <= SETTINGS
    assert {"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "DATABASE_URL", "SEGUE_DATA_DIR"} <= named
    assert set(of_kind("ConfigMap")[0]["data"]) <= SETTINGS


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_is_killed_only_after_the_drain(pod: dict[str, Any]) -> None:
    assert pod["terminationGracePeriodSeconds"] > GRACE.total_seconds()


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_is_asked_on_the_port_that_its_worker_opens(pod: dict[str, Any]) -> None:
    container = pod["containers"][0]
    port = of_kind("ConfigMap")[0]["data"]["SEGUE_PROBE_PORT"]

    assert [str(named["containerPort"]) for named in container["ports"]] == [port]
    assert {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness")} == {
        "/livez"
    }
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_a_selector_meets_its_pods() -> None:
    for deployment in DEPLOYMENTS:
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_killed_only_after_the_drain(unit: str) -> None:
    stop = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)

    assert stop
    assert int(stop[1]) > GRACE.total_seconds()


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_reads_the_settings_of_all_from_one_file(unit: str) -> None:
    assert "EnvironmentFile=/etc/segue/worker.env" in unit.splitlines()
    assert "Environment=" not in unit
