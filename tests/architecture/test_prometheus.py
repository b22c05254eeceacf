"""Prometheus scrapes what runs, and its rules speak of metrics that exist."""

import subprocess
from typing import Any

import pytest

from shared.contracts.consumers import SERVICES
from shared.settings import PORTS
from tests.architecture.deployment import DEPLOY, metric_names, metrics_in, read_yaml

FOLDER = DEPLOY / "prometheus"
OF_PROMETHEUS = {"up", "ALERTS"}
RULES: list[dict[str, Any]] = [
    rule for group in read_yaml(FOLDER / "alerts.yml")["groups"] for rule in group["rules"]
]


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "alerts.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_promtool_is_content(arguments: tuple[str, ...]) -> None:
    result = subprocess.run(
        ["promtool", *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_service_is_scraped_at_its_port() -> None:
    [job] = [
        job
        for job in read_yaml(FOLDER / "prometheus.yml")["scrape_configs"]
        if job["job_name"] == "shopfleet"
    ]
    targets = {config["labels"]["service"]: config["targets"] for config in job["static_configs"]}

    assert targets == {service: [f"{service}:{PORTS[service]}"] for service in SERVICES}
    assert job.get("metrics_path", "/metrics") == "/metrics"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rule_speaks_of_metrics_that_exist(rule: dict[str, Any]) -> None:
    named = metrics_in(rule["expr"])

    assert named
    assert named - metric_names() - OF_PROMETHEUS == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rule_says_how_urgent_it_is_and_what_is_wrong(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_rule_is_tested_firing_and_silent(rule: dict[str, Any]) -> None:
    tried = [
        case.get("exp_alerts", [])
        for test in read_yaml(FOLDER / "alerts_test.yml")["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ]

    fires = [expected for expected in tried if expected]

    assert fires, "no test in which it fires"
    assert len(fires) < len(tried) or any(
        len(test["input_series"]) > 1
        for test in read_yaml(FOLDER / "alerts_test.yml")["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ), "no test in which something stays silent"


def test_absence_of_each_service_is_noticed() -> None:
    [rule] = [rule for rule in RULES if rule["alert"] == "ServiceUnwatched"]

    for service in SERVICES:
        assert f'absent(up{{job="shopfleet", service="{service}"}})' in rule["expr"]


def test_reader_of_expressions_finds_every_metric() -> None:
    expression = (
        'histogram_quantile(0.99, sum by (service, le) (rate(a_bucket{x="b_total"}[5m]))) > 1 '
        "or absent(c_total) unless on (d) e_seconds offset 5m"
    )

    assert metrics_in(expression) == {"a_bucket", "c_total", "e_seconds"}


def test_invented_metric_would_be_noticed() -> None:
    assert "events_accepted_total" in metric_names()
    assert "accept_to_visible_seconds_bucket" in metric_names()
    assert "events_accepted" not in metric_names()
