"""How high the risk is, as the page of a case says it; it opens and closes no service."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from referral.cases.forms.risk import Level, Risk, level_in_force
from referral.cases.forms_in_force import shelf
from referral.cases.opening import OPEN, OpenedSection
from referral.cases.service import OpenedCase
from referral.web.format import language
from referral.web.forms import option_label

BY_FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class RiskLine:
    """The newest level that this session may read."""

    level: Level
    label: str
    on: str
    """The day on which it was judged, as it is kept."""
    is_validated: bool


def result_rows(section: OpenedSection) -> list[tuple[str, str]]:
    """What the answers of a scored section come to, as lines below them."""
    risk = _risk_of(section)
    if risk is None:
        return []
    score = risk.score(section.answers)
    if score is None:
        return [(gettext("Level worked out"), gettext("None yet: an answer is missing"))]
    said = [score.band.name(language())]
    if score.unanswered:
        said.append(gettext("%(count)s not answered", count=score.unanswered))
    if not risk.is_validated:
        said.append(gettext("the tool has not been validated"))
    return [(gettext("Level worked out"), " · ".join(said))]


def newest_risk(opened: OpenedCase) -> RiskLine | None:
    """The level that was judged last, by a scored form or at a follow-up."""
    found = [line for section in opened.sections if (line := _line(section)) is not None]
    return max(found, key=lambda line: (line.on, -line.level.rank), default=None)


def _line(section: OpenedSection) -> RiskLine | None:
    if section.status != OPEN:
        return None
    risk = _risk_of(section)
    if risk is not None:
        level = level_in_force(risk, section.answers)
        return _as_line(level, section.answers.get("assessed_on"), risk.is_validated)
    given = section.current_answers
    if section.kind == BY_FOLLOW_UP and given.get("risk_band") in {level.value for level in Level}:
        return _as_line(Level(given["risk_band"]), given.get("met_on"), True)
    return None


def _as_line(level: Level | None, on: Any, is_validated: bool) -> RiskLine | None:  # noqa: FBT001 - private, as the dataclass has it
    if level is None:
        return None
    label = option_label(BY_FOLLOW_UP, "risk_band", level.value)
    return RiskLine(level, label, str(on or ""), is_validated)


def _risk_of(section: OpenedSection) -> Risk | None:
    form = shelf.all().get(section.kind)
    return form.as_of(section.form_version).risk if form is not None else None
