"""The reverse proxy hands every path of every service to that service, and to no other."""

import re

import pytest

from shared.contracts.catalogue import OWNERS
from shared.contracts.consumers import SERVICES
from shared.settings import PORTS
from tests.architecture.deployment import DEPLOY, declared_services, paths_of, proxy_rules, reached
from tests.architecture.tree import ROOT

PROMISED = {
    "directory": ("/v1/stores", "/v1/stores/s1", "/v1/staff", "/v1/settings/s1", "/v1/jwks"),
    "orders": ("/v1/orders", "/v1/orders:batch", "/v1/orders/o1/payments", "/v1/orders/o1/refunds"),
    "promotion": ("/v1/ad-spend:batch", "/v1/traffic:batch", "/v1/campaigns"),
    "cs": ("/v1/messages:batch", "/v1/cases", "/v1/reviews:batch"),
    "inventory": ("/v1/skus:batch", "/v1/movements:batch", "/v1/stock", "/v1/reservations"),
    "reporting": ("/v1/kpis", "/v1/kpis/catalog", "/v1/kpis/m/explain", "/v1/live", "/board"),
}
OF_ALL = ("/openapi.json", "/metrics", "/livez", "/readyz")


def _upstream(service: str) -> str:
    return f"{service}:{PORTS[service]}"


@pytest.mark.parametrize("service", SERVICES)
def test_promised_paths_reach_their_service(service: str) -> None:
    for path in PROMISED[service]:
        assert reached(path) == {_upstream(service)}, path


@pytest.mark.parametrize("service", SERVICES)
def test_paths_that_all_services_have_name_theirs(service: str) -> None:
    for path in OF_ALL:
        assert reached(f"/{service}{path}") == {_upstream(service)}, path
    for kind in ("audit", "feeds", "receipts", *(["webhooks"] if service in OWNERS else [])):
        assert reached(f"/v1/{kind}/{service}") == {_upstream(service)}, kind


def test_every_path_of_every_service_reaches_it() -> None:
    for name, service in declared_services().items():
        for path in sorted(paths_of(service) - set(OF_ALL)):
            assert reached(path) == {_upstream(name)}, path


def test_nothing_else_is_handed_on() -> None:
    for path in ("/metrics", "/openapi.json", "/v1/unknown", "/orders", "/"):
        assert reached(path) == set(), path


def test_every_rule_is_read_by_this_test_and_handled() -> None:
    text = (DEPLOY / "proxy" / "Caddyfile").read_text("utf-8")

    assert set(proxy_rules()) == {name for s in SERVICES for name in (s, f"{s}_itself")}
    assert len(re.findall(r"^\s*handle @", text, re.MULTILINE)) == len(proxy_rules())
    assert all(
        "*" not in pattern[:-1] for patterns, _ in proxy_rules().values() for pattern in patterns
    )


def test_streams_leave_as_they_come() -> None:
    text = (DEPLOY / "proxy" / "Caddyfile").read_text("utf-8")

    assert re.search(r"reverse_proxy \{args\[0\]\} \{[^}]*flush_interval -1", text)
    assert "@whole not path /v1/live*" in text
    assert re.findall(r"encode (\S+)", text) == ["@whole"]


def test_compose_publishes_the_port_of_the_proxy() -> None:
    text = (DEPLOY / "proxy" / "Caddyfile").read_text("utf-8")

    assert "{$SHOPFLEET_SITE::8080}" in text
    assert '"8080:8080"' in (ROOT / "docker-compose.yml").read_text("utf-8")
