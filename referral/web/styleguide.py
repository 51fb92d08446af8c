"""The parts of the look on one page, each shown by calling it; in a demo, for who draws pages."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, render_template

from referral.cases.forms_in_force import shelf
from referral.kernel import clock, deployment
from referral.kernel.errors import NotFound

bp = Blueprint("styleguide", __name__)
PAIRS: Final = (
    ("ink", "paper"),
    ("ink-3", "sunken"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("late", "late-soft"),
    ("soon", "soon-soft"),
    ("done", "done-soft"),
    ("move", "move-soft"),
    ("on-stay", "stay"),
    ("edge", "surface"),
)
"""What stands on what: each pair is shown with its contrast in both themes."""
NOBODY: Final = UUID(int=0)
TOKENS: Final = Path(__file__).parent / "static" / "tokens.css"


@bp.get("/styleguide")
def show_styleguide() -> str:
    """Every public macro of `templates/_macros/`, with long names; not found but in a demo."""
    if not deployment.current().is_demo:
        raise NotFound("only a demo shows it")
    now = clock.now()
    return render_template(
        "styleguide/show_styleguide.html",
        pairs=[(pair, [f"{contrast(*pair, theme):.2f}" for theme in themes()]) for pair in PAIRS],
        at=lambda minutes: now + timedelta(minutes=minutes),
        question=shelf.form("referral_summary").fields[0],
        letter=SimpleNamespace(medium="email", state="failed", at=now, why=_why),
        details=[SimpleNamespace(state=s) for s in ("open", "sealed", "missing", "not_verified")],
        stay=_stay,
        bases=_bases(),
        may=SimpleNamespace(send=False, withdraw=True, cosign=True),
        nobody=NOBODY,
    )


def _why(locale: str) -> str:
    return "hộp thư không nhận" if locale == "vi" else "the mailbox does not take it"


def _stay(look: str, **more: Any) -> SimpleNamespace:
    """A claim on the board that looks so."""
    facts = SimpleNamespace(case_code="7QK-4MD", case_id=NOBODY)
    ends = {"to_on": date(2024, 11, 28), "expires_at": clock.now(), "state": look}
    return SimpleNamespace(look=look, stay=SimpleNamespace(id=NOBODY, facts=facts, **ends, **more))


def _bases() -> list[SimpleNamespace]:
    line = {
        "basis_id": NOBODY,
        "is_legal": False,
        "purpose": "",
        "kinds": "Vụ việc, Nhu cầu hỗ trợ",
        "ended_at": None,
        "expires_at": date(2025, 2, 23),
        "is_carried": False,
        "cosign_by": None,
        "may_cosign": False,
        "not_sent": "",
    }
    waiting = {"is_legal": True, "cosign_by": clock.now(), "may_cosign": True}
    return [
        SimpleNamespace(**line, state="live", recipient="Trung tâm Y tế huyện A Lưới"),
        SimpleNamespace(**line | waiting, state="waiting", recipient="Công an huyện A Lưới"),
    ]


def themes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colours of `tokens.css`, light and dark."""
    sheet = TOKENS.read_text(encoding="utf-8")
    light, dark, *_ = [part.split("}")[0] for part in re.split(r"color-scheme: \w+;", sheet)[1:]]
    return colours(light), colours(dark)


def colours(block: str) -> dict[str, str]:
    """The colours that a block of the sheet names."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


def contrast(one: str, other: str, theme: Mapping[str, str]) -> float:
    """The contrast of two tokens in a theme, by the formula of WCAG."""
    low, high = sorted((luminance(theme[one]), luminance(theme[other])))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
