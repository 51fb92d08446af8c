"""The look: contrast of every tone, one dark list, and nothing of the stock look."""

import re
from itertools import product
from pathlib import Path

import flask_bootstrap
import pytest

from tests.web.gallery import ROOT

STATIC = ROOT / "referral/web/static"
TOKENS = (STATIC / "tokens.css").read_text(encoding="utf-8")
TONES = ("late", "soon", "done", "move", "halt")
TEXT = [
    *product(("ink", "ink-2", "ink-3"), ("paper", "surface", "sunken")),
    *((tone, ground) for tone in TONES for ground in ("paper", "surface", f"{tone}-soft")),
    *(("ink", f"{tone}-soft") for tone in TONES),
    ("accent", "paper"),
    ("accent", "surface"),
    ("accent-strong", "accent-soft"),
    ("ink", "accent-soft"),
    ("ink-2", "accent-soft"),
    ("late", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-stay", "stay"),
    ("surface", "late"),
    ("paper", "ink"),
    ("ink-2", "hatch"),
]
CONTROLS = list(product(("edge",), ("paper", "surface", "sunken")))
# Reboot, grid, forms and the word for hidden text are what we take from Bootstrap.
TAKEN = {"form-control", "form-select", "visually-hidden"}


def blocks() -> list[str]:
    return [part.split("}")[0] for part in re.split(r"color-scheme: \w+;", TOKENS)[1:]]


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_the_formula_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.parametrize("theme", [0, 2], ids=["light", "dark"])
def test_text_and_controls_have_the_contrast_of_wcag_aa(theme: int) -> None:
    colours = tokens(blocks()[theme])

    weak = [pair for pair in TEXT if contrast(*(colours[name] for name in pair)) < 4.5]
    faint = [pair for pair in CONTROLS if contrast(*(colours[name] for name in pair)) < 3]

    assert (weak, faint) == ([], [])


def test_dark_of_the_system_and_dark_by_hand_are_the_same() -> None:
    lists = [re.findall(r"--[\w-]+: [^;]+", block) for block in blocks()]

    assert len(lists[1]) > 25
    assert lists[1] == lists[2]


def classes_in(sheet: str) -> set[str]:
    return set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", sheet))


def test_no_class_of_ours_is_a_component_of_bootstrap() -> None:
    wheel = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/css/bootstrap.min.css"
    theirs = classes_in(wheel.read_text(encoding="utf-8"))
    ours = set().union(*(classes_in(s.read_text(encoding="utf-8")) for s in STATIC.glob("*.css")))
    used = {
        word
        for template in (ROOT / "templates").rglob("*.html")
        for given in re.findall(r'class="([^"]*)"', template.read_text(encoding="utf-8"))
        for word in re.sub(r"\{[{%].*?[%}]\}", " ", given).split()
    }

    assert {"btn", "card", "row", "badge"} <= theirs  # the detector detects
    assert (ours | used) & theirs <= TAKEN
