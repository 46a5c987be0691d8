"""docker-compose.yml keeps what it promises, and is the same installation as the embedded default.

Nothing is built or run here; `deploy/try-compose` does that, and deploy/README.md has its figures.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from larder_local.gateway import SECURITY_HEADERS
from larder_local.keys import Keys, make_keys
from larder_local.layout import DEFAULT_PORTS, SERVICES, Layout, service_processes
from servicekit.access import ACCOUNTS

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = ("keys", "setup", "tools")
OURS = [name for name, container in CONTAINERS.items() if "build" in container]
LASTING = [name for name in CONTAINERS if name not in ONCE]
PINNED = re.compile(r"^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.-]+)?$")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")


@pytest.fixture(scope="module")
def embedded() -> dict[str, dict[str, str]]:
    layout = Layout(Path("/data"), Path("/opt/larder"), DEFAULT_PORTS, Keys(Path("/run/keys")))
    return {process.name: dict(process.environment) for process in service_processes(layout)}


def dockerfile(name: str) -> str:
    return (ROOT / CONTAINERS[name]["build"]["dockerfile"]).read_text()


def volumes(name: str) -> dict[str, str]:
    """Where each volume of a container is mounted: `{"keys-larder": "/run/keys:ro"}`."""
    return dict(entry.split(":", 1) for entry in CONTAINERS[name].get("volumes", []))


def test_what_runs_without_a_profile_is_what_the_embedded_default_runs() -> None:
    by_default = {name for name, container in CONTAINERS.items() if "profiles" not in container}
    assert by_default == {*DEFAULT_PORTS, "keys", "setup"}


def test_profiles_add_what_not_everybody_wants() -> None:
    profiles = {name: container["profiles"] for name, container in CONTAINERS.items() if "profiles" in container}
    assert profiles == {
        "tools": ["tools"],
        "reaper": ["lambda"],
        "s3": ["s3"],
        "inference-worker-gpu": ["gpu"],
        "prometheus": ["monitoring"],
        "grafana": ["monitoring"],
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_the_same_port_and_the_same_settings(name: str, embedded: dict[str, dict[str, str]]) -> None:
    contained = CONTAINERS[name]["environment"]
    assert contained["LARDER_PORT"] == embedded[name]["LARDER_PORT"]
    given_by_a_person = {"HF_TOKEN", "LARDER_ENVIRONMENT"} | {
        key
        for key in contained
        if "SLACK" in key
        or "LAMBDA" in key
        or key.startswith(
            ("LARDER_MAX_", "LARDER_RETENTION_", "LARDER_OBJECT_STORE", "AWS_", "LARDER_ENGINE", "LARDER_VLLM_")
        )
    }
    assert set(contained) - given_by_a_person == set(embedded[name])  # the embedded one inherits these


@pytest.mark.parametrize("name", OURS)
def test_each_image_has_one_dockerfile_with_a_pinned_base_that_an_argument_replaces(name: str) -> None:
    text = dockerfile(name)
    assert PINNED.match(re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)[1])
    assert "FROM ${BASE}" in text
    assert all(PINNED.match(image) for image in re.findall(r"^ARG NODE=(\S+)$", text, re.MULTILINE))
    assert re.search(r"^USER (?!root|0)", text, re.MULTILINE)


@pytest.mark.parametrize("name", [name for name in CONTAINERS if name not in OURS])
def test_an_image_of_others_is_pinned(name: str) -> None:
    assert PINNED.match(CONTAINERS[name]["image"])


@pytest.mark.parametrize("name", [name for name in OURS if name not in ONCE])
def test_a_lasting_container_says_whether_it_is_well(name: str) -> None:
    assert "HEALTHCHECK" in dockerfile(name)


@pytest.mark.parametrize("name", ["audit-api", "regex-extractor", "keys"])
def test_torch_is_only_where_a_model_is(name: str) -> None:
    lock = "deploy/tools" if name == "keys" else f"services/{name}"
    assert "torch" not in dockerfile(name)
    assert "torch" not in (ROOT / lock / "requirements.lock").read_text()


@pytest.mark.parametrize("name", OURS)
def test_python_packages_are_pinned_by_hash(name: str) -> None:
    installs = re.findall(r"^RUN pip install (.*)$", dockerfile(name), re.MULTILINE)
    assert all("--require-hashes" in each or each.endswith("torch==2.13.0") for each in installs)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_read_only_unprivileged_and_bounded(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "gateway" else [])
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["user"].partition(":")[0] not in {"", "root", "0"}
    assert {"mem_limit", "cpus", "pids_limit"} <= set(container)
    assert container["logging"]["options"]["max-size"]


def test_what_is_written_lies_on_named_volumes_and_nothing_of_the_host_is_writable() -> None:
    for name in CONTAINERS:
        for source, target in volumes(name).items():
            assert source in COMPOSE["volumes"] or (
                source.startswith(("./deploy/", "./secrets")) and target.endswith(":ro")
            )


def test_every_volume_is_used() -> None:
    assert {source for name in CONTAINERS for source in volumes(name) if not source.startswith(".")} == set(
        COMPOSE["volumes"]
    )


def test_secrets_come_from_files_only() -> None:
    for name, container in CONTAINERS.items():
        given = {key: value for key, value in container.get("environment", {}).items() if SECRET.search(key)}
        given.pop("LARDER_KEYS", None)
        assert {key for key in given if not key.endswith("_FILE")} <= {"HF_TOKEN", "AWS_ACCESS_KEY_ID"}, name
        for url in (value for key, value in container.get("environment", {}).items() if key.endswith("_URL")):
            assert not re.search(r"://[^/@]*:[^/@]*@", url), name


@pytest.mark.parametrize("account", [account.name for account in ACCOUNTS])
def test_an_accounts_keys_are_seen_by_its_service_and_by_what_sets_up(account: str) -> None:
    readers = {name for name in CONTAINERS if f"keys-{account}" in volumes(name)}
    twins = {"inference-worker": {"inference-worker-gpu"}}.get(account, set())
    assert readers - {"setup", "tools"} == {account, "keys"} | twins
    assert all(volumes(name)[f"keys-{account}"].endswith(":ro") for name in readers - {"keys"})


def test_the_keys_container_writes_every_folder_of_keys_and_reaches_no_network(tmp_path: Path) -> None:
    made = {path.name for path in make_keys(tmp_path).folder.iterdir()}
    assert volumes("keys") == {f"keys-{name}": f"/keys/{name}" for name in made}
    assert CONTAINERS["keys"]["network_mode"] == "none"


def test_keys_come_before_the_servers_migrations_before_the_services_and_all_before_the_door() -> None:
    def waits_for(name: str) -> dict[str, str]:
        return {other: how["condition"] for other, how in CONTAINERS[name].get("depends_on", {}).items()}

    done, healthy = "service_completed_successfully", "service_healthy"
    assert waits_for("postgres") == waits_for("nats") == {"keys": done}
    assert waits_for("setup") == {"keys": done, "postgres": healthy}
    assert waits_for("tools") == waits_for("audit-api") == {"setup": done, "nats": healthy}
    assert all(waits_for(name) == {"audit-api": healthy} for name in SERVICES if name != "audit-api")
    assert waits_for("gateway") == {"audit-api": healthy, "trainer-orchestrator": healthy}


def test_what_ends_by_itself_is_not_started_again_and_what_lasts_is() -> None:
    assert {CONTAINERS[name]["restart"] for name in ONCE} == {"no"}
    assert {CONTAINERS[name]["restart"] for name in LASTING} == {"unless-stopped"}


def test_only_the_door_and_the_dashboard_are_published_and_only_on_this_machine() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert set(published) == {"gateway", "grafana"}
    assert all(":-127.0.0.1:" in port for ports in published.values() for port in ports)


def test_the_door_cannot_reach_the_database_or_the_broker() -> None:
    inside = {name for name, container in CONTAINERS.items() if "inside" in container.get("networks", [])}
    assert {"postgres", "nats"} <= inside
    assert not inside & {"gateway", "grafana"}
    assert CONTAINERS["postgres"]["networks"] == CONTAINERS["nats"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_both_gateways_send_the_same_security_headers() -> None:
    caddy = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text().lower()
    for name, value in SECURITY_HEADERS.items():
        assert f'{name} "{value.lower()}"' in caddy


def test_every_variable_has_a_default_and_is_explained_in_the_example() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{[A-Z_]+(?!:-|[A-Z_])", text) == []
    example = (ROOT / ".env.example").read_text()
    composes_own = {"COMPOSE_PROFILES"}
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) | composes_own == set(
        re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)
    )
    assert all(line.startswith("#") for line in example.splitlines() if line), "the example must work as it is"


def test_what_a_dockerfile_copies_is_let_into_the_build() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for name in OURS:
        for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile(name), re.MULTILINE):
            for source in sources.split():
                assert (ROOT / source).exists(), (name, source)
                assert any(Path(source).is_relative_to(folder) for folder in allowed), (name, source)


def test_the_dashboard_shows_only_metrics_that_services_have() -> None:
    sources = "".join(
        path.read_text() for folder in ("shared/src", "services") for path in (ROOT / folder).rglob("*.py")
    )
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/larder.json").read_text())
    shown = {
        name
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
        for name in re.findall(r"\blarder_\w+", target["expr"])
    }
    assert shown
    known = set(re.findall(r'"(larder_\w+)"', sources))
    unknown = {name for name in shown if not {name, re.sub(r"_(total|bucket|sum|count)$", "", name)} & known}
    assert unknown == set()


def test_prometheus_asks_every_service_and_grafana_asks_prometheus() -> None:
    asked = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    targets = {target for job in asked for group in job["static_configs"] for target in group["targets"]}
    assert targets == {f"{name}:{CONTAINERS[name]['environment']['LARDER_PORT']}" for name in SERVICES}
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    assert source["datasources"][0]["url"] == "http://prometheus:9090"
