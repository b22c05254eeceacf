"""docker-compose.yml speaks of commands, ports and variables that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.catalogue import OWNERS
from shared.contracts.consumers import SERVICES
from shared.settings import PORTS
from tests.architecture.deployment import (
    compose,
    example_variables,
    scripts,
    settings_of,
)
from tests.architecture.tree import ROOT

FILES = ("docker-compose.yml", "docker-compose.production.yml")
OURS = [name for service in SERVICES for name in (service, f"{service}-migrate")]
INTERPOLATION = re.compile(r"(?<!\$)\$\{(\w+)(?::?[-?][^}]*)?\}")


def _service(name: str, file: str = FILES[0]) -> dict[str, Any]:
    found: dict[str, Any] = compose(file)["services"][name]
    return found


def _filled(text: object) -> str:
    values = {name: value or "c2VjcmV0" for name, value in example_variables().items()}
    return INTERPOLATION.sub(lambda match: values[match[1]], str(text))


def test_compose_runs_every_service_and_the_engines() -> None:
    running = set(compose()["services"])

    assert running == {*OURS, "kafka", "postgres", "proxy", "prometheus", "grafana"}


@pytest.mark.parametrize("name", OURS)
def test_command_is_a_script_of_the_project(name: str) -> None:
    service = name.removesuffix("-migrate")
    arguments = ["migrate"] if name.endswith("-migrate") else []

    assert _service(name)["command"] == [service, *arguments]
    assert service in scripts()


@pytest.mark.parametrize("script", scripts())
def test_script_of_the_project_exists(script: str) -> None:
    module, _, function = scripts()[script].partition(":")
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")

    assert path.is_file()
    assert re.search(rf"^def {function}\(|^{function} = ", path.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", OURS)
def test_variables_are_settings(name: str, file: str) -> None:
    service = name.removesuffix("-migrate")
    fields = set(settings_of(service).model_fields)

    for variable in _service(name, file)["environment"]:
        prefix, _, field = variable.partition("_")
        assert prefix in {"SHOPFLEET", service.upper()}, variable
        assert field.lower() in fields, variable


@pytest.mark.parametrize("name", OURS)
def test_settings_are_complete_and_valid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = name.removesuffix("-migrate")
    environment = _service(name)["environment"] | _service(name, FILES[1])["environment"]
    for variable, value in environment.items():
        monkeypatch.setenv(variable, _filled(value))

    settings = settings_of(service)(_env_prefix=f"{service.upper()}_")

    assert settings.database_url.endswith(f"@postgres/{service}")
    assert settings.kafka_security == "SASL_SSL"
    assert settings.host == "0.0.0.0"


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_the_services_own(service: str) -> None:
    container = _service(service)
    probe = " ".join(container["healthcheck"]["test"])

    assert container["expose"] == [str(PORTS[service])]
    assert f"127.0.0.1:{PORTS[service]}/readyz" in probe


@pytest.mark.parametrize("service", SERVICES)
def test_feeds_are_where_the_owners_listen(service: str) -> None:
    feeds = json.loads(_service(service)["environment"]["SHOPFLEET_FEEDS"])

    assert feeds == {owner: f"http://{owner}:{PORTS[owner]}" for owner in OWNERS}


@pytest.mark.parametrize("service", SERVICES)
def test_service_waits_for_its_own_migrations(service: str) -> None:
    waits = _service(service)["depends_on"]

    assert waits[f"{service}-migrate"] == {"condition": "service_completed_successfully"}
    assert _service(f"{service}-migrate")["depends_on"] == {
        "postgres": {"condition": "service_healthy"}
    }


@pytest.mark.parametrize("name", OURS)
def test_service_sees_no_other_services_secrets(name: str) -> None:
    service = name.removesuffix("-migrate")
    text = json.dumps(_service(name)["environment"])

    others = [other for other in SERVICES if other != service]

    assert [other for other in others if f"{other.upper()}_DATABASE_PASSWORD" in text] == []
    assert "POSTGRES_PASSWORD" not in text


def test_every_interpolated_variable_is_explained_in_the_example() -> None:
    used = {
        match[1]
        for file in FILES
        for match in INTERPOLATION.finditer((ROOT / file).read_text("utf-8"))
    }

    assert used == set(example_variables())


def test_example_holds_no_secret() -> None:
    secrets = {
        name: value
        for name, value in example_variables().items()
        if re.search("PASSWORD|SECRET|KEY", name) and value
    }

    assert secrets == {}


def test_mounted_files_exist() -> None:
    mounts = [
        volume.split(":")[0]
        for container in compose()["services"].values()
        for volume in container.get("volumes", [])
    ]
    named = set(compose()["volumes"])

    assert [mount for mount in mounts if mount not in named and not (ROOT / mount).exists()] == []
    assert {mount for mount in mounts if not mount.startswith(".")} == named


def test_dependencies_exist() -> None:
    containers = compose()["services"]

    for name, container in containers.items():
        assert set(container.get("depends_on", {})) <= set(containers), name


def test_images_are_pinned_and_kafka_is_the_one_of_the_tests() -> None:
    pom = (ROOT / "deploy" / "kafka" / "pom.xml").read_text("utf-8")
    version = re.search(r"<kafka\.version>(.+)</kafka\.version>", pom)
    images = {
        name: container["image"]
        for name, container in compose()["services"].items()
        if name not in OURS
    }

    assert version is not None
    assert images["kafka"] == f"apache/kafka:{version[1]}"
    assert all(re.fullmatch(r"[\w./-]+:v?\d[\w.]*", image) for image in images.values())


def test_containers_of_ours_have_no_more_rights_than_they_need() -> None:
    for name in OURS:
        assert _service(name)["read_only"] is True
        assert _service(name)["cap_drop"] == ["ALL"]
        assert "ports" not in _service(name), "only the proxy is reached from outside"


def test_image_copies_files_that_exist_and_that_the_context_holds() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]

    assert {"constraints.txt", "services", "shared", "shopfleet"} <= set(copied)
    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert {f"!{source}" for source in copied} <= set(ignored)


def test_image_runs_as_nobody_on_exact_versions() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")

    assert re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) == ["python:3.11-slim"] * 2
    assert "--constraint constraints.txt" in dockerfile
    assert re.findall(r"^USER (\d+)$", dockerfile, re.MULTILINE) == ["10001"]
    assert "://" not in dockerfile


def test_production_reaches_kafka_over_tls_with_a_password() -> None:
    for service in SERVICES:
        environment = _service(service, FILES[1])["environment"]

        assert environment["SHOPFLEET_KAFKA_SECURITY"] == "SASL_SSL"
        assert environment["SHOPFLEET_KAFKA_REPLICATION"] == 3
        assert Path(environment["SHOPFLEET_KAFKA_CA_FILE"]).is_absolute()
        assert "kafka" not in _service(service, FILES[1])["depends_on"]
