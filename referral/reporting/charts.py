"""The chart of a frozen edition: bars by month of the whole province, as SVG for a strict CSP.

The bars stand where there is room, and lie below one another on a phone. Title and place are words
of the page, which break where a drawing cannot. Only what is frozen is drawn. A month that is not
published is a dashed outline of one fixed length with the symbol in it, never a zero and never a
hint of its size.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Literal

from referral.reporting.labels import WORDS, grouped, month_label

Theme = Literal["light", "dark"]
Shape = Literal["wide", "narrow"]

_THEMES: dict[Theme, dict[str, Any]] = json.loads(
    Path(__file__).with_name("vega_lite_theme.json").read_text(encoding="utf-8")
)
_VIETNAMESE = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " ₫"]}
_OUTLINE_SHARE = 0.14
_LEAST_TOP = 5
_SIZES: dict[Shape, dict[str, int]] = {
    "wide": {"width": 700, "height": 240},
    "narrow": {"width": 250, "height": 312},
}
_ROOM_FOR_NUMBERS: dict[Shape, float] = {"wide": 1.08, "narrow": 1.22}
_BESIDE: dict[Shape, dict[str, Any]] = {"wide": {"dy": -8}, "narrow": {"dx": 6, "align": "left"}}
_CHARTED = "persons_by_month"


def spec(frozen: Mapping[str, Any], theme: Theme, shape: Shape, locale: str) -> dict[str, Any]:
    """Return the Vega-Lite specification of the chart, with its data in it."""
    table = _charted(frozen)
    points = _points(frozen, table)
    top = max([_LEAST_TOP, *(point["value"] for point in points if point["value"] is not None)])
    for point in points:
        point["length"] = top * _OUTLINE_SHARE if point["value"] is None else point["value"]
    months = {
        "field": "month",
        "type": "ordinal",
        "sort": [point["month"] for point in points],
        "title": WORDS["month"][locale],
        "axis": {"labelAngle": 0, "grid": False, "domain": True},
    }
    counts = {
        "field": "length",
        "type": "quantitative",
        "title": table["counts"][locale],
        "scale": {"domain": [0, top * _ROOM_FOR_NUMBERS[shape]], "nice": False},
        "axis": {"format": ",d", "tickMinStep": 1, "grid": True, "domain": False},
    }
    across, up = (months, counts) if shape == "wide" else (counts, months)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        **_SIZES[shape],
        "data": {"values": points},
        "encoding": {"x": across, "y": up},
        "layer": _layers(
            frozen["rule"]["symbol"], _THEMES[theme]["axis"]["labelColor"], _BESIDE[shape]
        ),
        "config": {**_THEMES[theme], "aria": False},
    }


def _layers(symbol: str, muted: str, beside: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw bars with their numbers, and outlines with the symbol where there is no number."""
    shown, hidden = [{"filter": "datum.value !== null"}], [{"filter": "datum.value === null"}]
    outline = {
        "type": "bar",
        "fill": "transparent",
        "stroke": muted,
        "strokeDash": [4, 3],
        "cornerRadiusEnd": 0,
    }
    end = {"type": "text", **beside}
    number = {"field": "value", "type": "quantitative", "format": ","}
    return [
        {"transform": shown, "mark": "bar"},
        {"transform": hidden, "mark": outline},
        {"transform": shown, "mark": end, "encoding": {"text": number}},
        {
            "transform": hidden,
            "mark": {**end, "fontSize": 16, "fontWeight": 600},
            "encoding": {"text": {"value": symbol}},
        },
    ]


def sentence(frozen: Mapping[str, Any], locale: str) -> str:
    """Say the chart in words: the text alternative, months that are not published named once."""
    told, hidden = [], []
    for point in _points(frozen, _charted(frozen)):
        month = month_label(point["key"])
        if point["value"] is None:
            hidden.append(month)
        else:
            told.append(f"{month}: {grouped(point['value'], locale)}")
    if hidden:
        told.append(f"{WORDS['hidden'][locale]}: {', '.join(hidden)}")
    said = "; ".join(told)
    return f"{_period(frozen, 'chart_of_province', locale)}. {said[:1].upper()}{said[1:]}."


def render_svg(frozen: Mapping[str, Any], theme: Theme, shape: Shape, locale: str) -> str:
    """Draw the chart, with title and description inside and no style attribute or element.

    The first call of a process takes about half a second, and the process must not fork after it.
    The same edition, theme, shape and locale are drawn once.
    """
    return _draw(
        json.dumps(spec(frozen, theme, shape, locale), sort_keys=True),
        WORDS["chart_title"][locale],
        sentence(frozen, locale),
        locale,
    )


@lru_cache(maxsize=64)
def _draw(specification: str, title: str, description: str, locale: str) -> str:
    import vl_convert  # noqa: PLC0415  # starts a script engine that a later fork would hang in

    svg: str = vl_convert.vegalite_to_svg(
        specification, format_locale=_VIETNAMESE if locale == "vi" else None
    )
    # The picture is one image to a screen reader; its parts are described in `sentence`.
    svg = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)
    words = f'<title id="title">{escape(title)}</title><desc id="desc">{escape(description)}</desc>'
    opening = '<svg role="img" aria-labelledby="title desc" '
    head, rest = svg.replace("<svg ", opening, 1).split(">", 1)
    return f"{head}>{words}{rest}"


def _charted(frozen: Mapping[str, Any]) -> dict[str, Any]:
    table: dict[str, Any] = next(t for t in frozen["tables"] if t["code"] == _CHARTED)
    return table


def _points(frozen: Mapping[str, Any], table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return month and value of the province's row; the value is None if not published."""
    one_year = frozen["period"]["first"][:4] == frozen["period"]["last"][:4]
    points = []
    for column, value in zip(table["columns"][:-1], table["values"][-1][:-1], strict=True):
        month = column["code"]
        points.append(
            {
                "key": month,
                "month": month[5:] if one_year else f"{month[5:]}/{month[2:4]}",
                "value": value if isinstance(value, int) else None,
            }
        )
    return points


def _period(frozen: Mapping[str, Any], word: str, locale: str) -> str:
    ends = {name: month_label(month) for name, month in frozen["period"].items()}
    return WORDS[word][locale].format(**ends)
