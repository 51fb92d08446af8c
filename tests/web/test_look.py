"""The look: contrast of every tone, one dark list, and nothing of the stock look."""

import re
from itertools import product
from pathlib import Path

import flask_bootstrap
import pytest

from referral.web.styleguide import colours, contrast
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


def test_contrast_is_the_formula_of_wcag() -> None:
    grey = {"black": "#000000", "white": "#ffffff", "grey": "#767676"}
    assert contrast("black", "white", grey) == pytest.approx(21)
    assert contrast("grey", "white", grey) == pytest.approx(4.54, abs=0.01)


@pytest.mark.promise("usable-by-everyone")
@pytest.mark.parametrize("theme", [0, 2], ids=["light", "dark"])
def test_text_and_controls_have_the_contrast_of_wcag_aa(theme: int) -> None:
    shown = colours(blocks()[theme])

    weak = [pair for pair in TEXT if contrast(*pair, shown) < 4.5]
    faint = [pair for pair in CONTROLS if contrast(*pair, shown) < 3]

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
