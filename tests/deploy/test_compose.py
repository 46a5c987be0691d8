"""docker-compose.yml and the embedded default are the same installation: services, ports, settings, headers."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from larder_local.gateway import SECURITY_HEADERS
from larder_local.layout import DEFAULT_PORTS, SERVICES, Layout, service_processes

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.fixture(scope="module")
def embedded() -> dict[str, dict[str, str]]:
    layout = Layout(Path("/data"), Path("/opt/larder"), DEFAULT_PORTS, "postgresql://x", "nats://x")
    return {process.name: dict(process.environment) for process in service_processes(layout)}


def test_both_run_the_same_services(compose: dict[str, Any]) -> None:
    assert set(compose) == set(DEFAULT_PORTS)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_the_same_port_and_the_same_settings(
    name: str, compose: dict[str, Any], embedded: dict[str, dict[str, str]]
) -> None:
    contained = compose[name]["environment"]
    assert contained["LARDER_PORT"] == embedded[name]["LARDER_PORT"]
    assert set(contained) == set(embedded[name])


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_built_from_its_own_dockerfile(name: str, compose: dict[str, Any]) -> None:
    dockerfile = ROOT / compose[name]["build"]["dockerfile"]
    text = dockerfile.read_text()
    assert "HEALTHCHECK" in text
    assert f'"-m", "{name.replace("-", "_")}"' in text
    assert re.search(r"^USER ", text, re.MULTILINE)


@pytest.mark.parametrize("name", [*SERVICES, "gateway"])
def test_containers_are_read_only_and_without_privileges(name: str, compose: dict[str, Any]) -> None:
    service = compose[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] not in {"root", "0", "0:0"}


def test_both_gateways_send_the_same_security_headers() -> None:
    caddy = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text().lower()
    for name, value in SECURITY_HEADERS.items():
        assert f'{name} "{value.lower()}"' in caddy


def test_only_the_gateway_is_published(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose.items() if "ports" in service] == ["gateway"]


def test_every_variable_of_the_compose_file_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used == explained
