"""Who may judge a risk otherwise than it was worked out, whatever the way to write it."""

from uuid import UUID

import pytest

from referral.cases import service as cases
from referral.cases.queries import visible_case
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from tests.cases.district import District
from tests.factories.province import case_of

LOWERED = {"weapon": "yes", "judged": "medium", "judged_reason": "đã thu giữ hung khí"}


def assess(actor: Actor, case_id: UUID, answers: dict[str, str]) -> object:
    db.rollback()
    with db.unit_of_work():
        case = visible_case(actor, case_id)
        on = clock.today().isoformat()
        said = {"assessed_on": on, **answers}
        return cases.write_section(actor, case, kind="risk_triage", answers=said)


def test_only_a_supervisor_judges_a_risk_lower(district: District) -> None:
    case_id = case_of(district.officer).id
    with pytest.raises(InvalidInput) as refusal:
        assess(district.officer, case_id, LOWERED)
    assert list(refusal.value.fields) == ["judged"]
    assert assess(district.supervisor, case_id, LOWERED)
    assert assess(district.officer, case_id, {**LOWERED, "judged": "high"})


def test_a_case_is_not_opened_with_a_risk_judged_lower_either(district: District) -> None:
    db.rollback()
    said = {"assessed_on": clock.today().isoformat(), **LOWERED}
    with pytest.raises(InvalidInput), db.unit_of_work():
        cases.open_case(district.officer, None, sections={"risk_triage": said})
