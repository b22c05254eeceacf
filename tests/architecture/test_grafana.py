"""Grafana finds its source and its board, and the board shows metrics that exist."""

import json
from collections.abc import Iterator
from typing import Any

from tests.architecture.deployment import DEPLOY, compose, metric_names, metrics_in, read_yaml
from tests.architecture.test_prometheus import OF_PROMETHEUS

FOLDER = DEPLOY / "grafana"
BOARDS = sorted((FOLDER / "boards").glob("*.json"))


def _boards() -> Iterator[dict[str, Any]]:
    for path in BOARDS:
        yield json.loads(path.read_text(encoding="utf-8"))


def _expressions(board: dict[str, Any]) -> list[str]:
    panels = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    return panels + [note["expr"] for note in board["annotations"]["list"]]


def _source() -> dict[str, Any]:
    [source] = read_yaml(FOLDER / "provisioning" / "datasources" / "prometheus.yaml")["datasources"]
    found: dict[str, Any] = source
    return found


def test_source_is_the_prometheus_of_compose() -> None:
    assert _source()["url"] == "http://prometheus:9090"
    assert "prometheus" in compose()["services"]


def test_boards_are_where_grafana_looks() -> None:
    [provider] = read_yaml(FOLDER / "provisioning" / "dashboards" / "shopfleet.yaml")["providers"]
    container = compose()["services"]["grafana"]
    mounts = dict(
        volume.removesuffix(":ro").split(":") for volume in container["volumes"] if ":" in volume
    )
    home = container["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]

    assert mounts["./deploy/grafana/boards"] == provider["options"]["path"]
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    assert home in {f"{provider['options']['path']}/{path.name}" for path in BOARDS}


def test_panels_show_metrics_that_exist() -> None:
    for board in _boards():
        for expression in _expressions(board):
            assert metrics_in(expression), expression
            assert metrics_in(expression) - metric_names() - OF_PROMETHEUS == set(), expression


def test_panels_ask_the_source_that_is_there() -> None:
    for board in _boards():
        asked = {
            target["datasource"]["uid"]
            for panel in board["panels"]
            for target in panel.get("targets", [])
        }

        assert asked == {_source()["uid"]}


def test_panels_are_told_apart_and_do_not_overlap() -> None:
    for board in _boards():
        cells = [
            (x, y)
            for panel in board["panels"]
            for place in [panel["gridPos"]]
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]

        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        assert all(panel["title"] for panel in board["panels"])
