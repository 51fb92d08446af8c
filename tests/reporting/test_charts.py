"""The chart draws what is frozen, in both languages and themes, fit for a strict CSP."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from referral.reporting.charts import Shape, sentence, spec
from referral.reporting.labels import grouped
from tests.reporting.edition import frozen, table_of

# Rendering starts a script engine, after which a process must not fork; the tests of the whole
# suite do fork, so the drawing is done in a process of its own.
_DRAW = """
import json, sys
from referral.reporting.charts import render_svg
edition = json.load(sys.stdin)
json.dump(
    {
        f"{theme} {shape} {locale}": render_svg(edition, theme, shape, locale)
        for theme in ("light", "dark")
        for shape in ("wide", "narrow")
        for locale in ("vi", "en")
    },
    sys.stdout,
)
"""


SHAPES: tuple[Shape, ...] = ("wide", "narrow")


def draw(edition: dict[str, Any]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", _DRAW],
        input=json.dumps(edition),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=Path(__file__).parents[2],
    )
    pictures: dict[str, str] = json.loads(done.stdout)
    return pictures


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    return draw(frozen())


def test_charts_import_without_starting_the_engine() -> None:
    code = "import sys, referral.reporting.charts; sys.exit('vl_convert' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_style_attribute_element_script_or_outside_address_is_in_the_picture(
    drawn: dict[str, str],
) -> None:
    for svg in drawn.values():
        assert not re.search(r"\sstyle\s*=|<style|<script|\son\w+=", svg)
        assert set(re.findall(r"https?://[^\"]+", svg)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }


def test_the_picture_is_one_image_with_title_and_words_for_who_cannot_see_it(
    drawn: dict[str, str],
) -> None:
    for name, svg in drawn.items():
        locale = name.split()[-1]
        ids = re.search(r'<svg role="img" aria-labelledby="(\S+) (\S+)"', svg)
        assert ids
        title = {
            "vi": "Người bị bạo lực được phát hiện, theo tháng",
            "en": "Survivors detected, by month",
        }[locale]
        assert f'<title id="{ids[1]}">{title}</title>' in svg
        assert f'<desc id="{ids[2]}">{sentence(frozen(), locale)}</desc>' in svg
        assert not re.search(r'role="graphics|aria-roledescription', svg)


def test_numbers_are_written_as_the_language_does(drawn: dict[str, str]) -> None:
    assert ">1.413<" in drawn["light wide vi"]
    assert ">1,413<" in drawn["light wide en"]
    assert grouped(1234.5, "vi") == "1.234,5"
    assert grouped(1234.5, "en") == "1,234.5"


def test_each_theme_has_its_own_ground(drawn: dict[str, str]) -> None:
    assert "#FFFFFF" in drawn["light wide vi"]
    assert "#192124" in drawn["dark wide vi"]


def test_the_narrow_picture_fits_a_phone_with_its_letters_as_large_as_drawn(
    drawn: dict[str, str],
) -> None:
    for name, svg in drawn.items():
        size = re.search(r'<svg [^>]*width="([0-9.]+)" height="([0-9.]+)"', svg)
        assert size
        assert (float(size[1]) < 340) == ("narrow" in name), name


def test_the_bars_lie_below_one_another_on_a_phone() -> None:
    wide, narrow = (spec(frozen(), "light", shape, "vi")["encoding"] for shape in SHAPES)

    assert (wide["x"]["field"], wide["y"]["field"]) == ("month", "length")
    assert (narrow["x"]["field"], narrow["y"]["field"]) == ("length", "month")


def test_a_month_not_published_is_a_dashed_outline_and_never_a_zero() -> None:
    edition = frozen()
    table_of(edition, "persons_by_month")["values"][-1][1] = edition["rule"]["symbol"]

    drawing = spec(edition, "light", "wide", "vi")

    hidden = drawing["data"]["values"][1]
    assert hidden["value"] is None
    assert hidden["length"] > 0
    assert drawing["layer"][1]["mark"]["strokeDash"]
    assert "không công bố để bảo mật: 02/2024" in sentence(edition, "vi")


def test_the_outline_has_one_height_whatever_was_withheld() -> None:
    edition = frozen()
    values = table_of(edition, "persons_by_month")["values"][-1]
    values[1] = values[2] = edition["rule"]["symbol"]

    points = spec(edition, "light", "wide", "vi")["data"]["values"]

    assert points[1]["length"] == points[2]["length"]


def test_a_symbol_in_the_table_is_a_symbol_in_the_picture(drawn: dict[str, str]) -> None:
    edition = frozen()
    table_of(edition, "persons_by_month")["values"][-1][1] = edition["rule"]["symbol"]
    svg = draw(edition)["light wide vi"]
    assert ">…<" in svg
    assert re.search(r'<path d="[^"]+" stroke="[^"]+" stroke-dasharray="4,3"/>', svg)
    assert re.findall(r">(0[123])<", svg) == ["01", "02", "03"]
    assert ">…<" not in drawn["light wide vi"]
