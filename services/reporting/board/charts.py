"""The hourly chart: today as a line over yesterday's, or several lines of today."""

from typing import Any

from nicegui import ui

from services.reporting.board.formats import symbol
from services.reporting.board.shapes import Chart, Line
from services.reporting.board.texts import Texts
from shared.kernel.money import exponent

COLOURS = ("#2f6fe4", "#d9730d", "#8a63d2")
"""Of today's lines, in order; told apart on the light and on the dark card."""
YESTERDAY = "#97a1b0"
_AXIS = "#7d8695"  # legible on the light and on the dark card
_GRID = "rgba(125, 134, 149, 0.18)"
_FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_NO_VALUE = "'\N{EM DASH}'"


class HourChart:
    """An ECharts line chart that is drawn once and then told the numbers that changed."""

    def __init__(self, chart: Chart, texts: Texts) -> None:
        self._chart = chart
        self._element = ui.echart(options_of(chart, texts), renderer="svg").classes("hours")

    def show(self, chart: Chart) -> None:
        """Show another moment of the day."""
        if chart == self._chart:
            return
        self._chart = chart
        self._element.options["xAxis"]["data"] = list(chart.labels)
        for drawn, line in zip(self._element.options["series"], chart.lines, strict=True):
            drawn.update(_points(line.points))
        self._element.update()


def options_of(chart: Chart, texts: Texts) -> dict[str, Any]:
    """Return the chart as ECharts takes it; keys that begin with a colon hold JavaScript."""
    return {
        "animationDuration": 300,
        "animationDurationUpdate": 250,
        "grid": {"left": 8, "right": 22, "top": 40, "bottom": 4, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "icon": "roundRect",
            "itemWidth": 14,
            "itemHeight": 3,
            "itemGap": 20,
            "textStyle": {"color": _AXIS, "fontFamily": _FONT},
        },
        "tooltip": _tooltip(chart.currency),
        "xAxis": {
            "type": "category",
            "boundaryGap": False,
            "data": list(chart.labels),
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": _GRID}},
            "axisLabel": {"color": _AXIS, "fontFamily": _FONT, "hideOverlap": True},
        },
        "yAxis": {
            "type": "value",
            "splitNumber": 4,
            "splitLine": {"lineStyle": {"color": _GRID}},
            "axisLabel": {
                "color": _AXIS,
                "fontFamily": _FONT,
                ":formatter": _axis_writer(texts),
            },
        },
        "series": [
            _line(line, YESTERDAY if line.is_former else COLOURS[place % len(COLOURS)], place)
            for place, line in enumerate(chart.lines)
        ],
    }


def _tooltip(currency: str | None) -> dict[str, Any]:
    digits = 0 if currency is None else exponent(currency)
    sign = "" if currency is None else symbol(currency)
    number = (
        "Number(v).toLocaleString('en-US', "
        f"{{minimumFractionDigits: {digits}, maximumFractionDigits: {digits}}})"
    )
    return {
        "trigger": "axis",
        "confine": True,
        "backgroundColor": "var(--card)",
        "borderColor": "var(--line)",
        "textStyle": {"color": "var(--ink)", "fontFamily": _FONT},
        "axisPointer": {"lineStyle": {"color": _AXIS, "type": "solid", "opacity": 0.5}},
        ":valueFormatter": f"v => v == null ? {_NO_VALUE} : '{sign}' + {number}",
    }


def _axis_writer(texts: Texts) -> str:
    return (
        f"v => new Intl.NumberFormat('{texts.language.tag}', "
        "{notation: 'compact', maximumFractionDigits: 1}).format(v)"
    )


def _points(data: tuple[str | None, ...]) -> dict[str, Any]:
    """Return the values of a line; in the first hour of a day it is a point, to be seen too."""
    is_point = sum(value is not None for value in data) == 1
    return {"data": list(data), "showSymbol": is_point}


def _line(told: Line, colour: str, place: int) -> dict[str, Any]:
    is_main = not told.is_former
    line: dict[str, Any] = {
        "name": told.name,
        "type": "line",
        **_points(told.points),
        "smooth": 0.25,
        "smoothMonotone": "x",
        "symbol": "circle",
        "symbolSize": 6,
        "color": colour,
        "lineStyle": {"width": 2.5 if is_main else 1.5, "type": "solid" if is_main else "dashed"},
        "z": 3 if is_main else 2,
    }
    if not place:
        line["areaStyle"] = {"color": colour, "opacity": 0.1}
    return line
