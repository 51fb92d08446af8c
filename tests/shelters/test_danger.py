"""Life is in danger at a shelter, and the keeper is alone: what may be shared then."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ConsentMissing, InvalidInput, NotPermitted
from referral.referrals import queries
from referral.referrals import service as referrals
from tests.cases.district import statuses
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.shelters import refuge as built
from tests.shelters.refuge import Refuge

pytestmark = pytest.mark.heavy
PLANS = (*built.PLANS, Plan("yte", "health_facility", ("health_worker",)))
SAID = "Chị bất tỉnh, cần cấp cứu ngay trong đêm."


@pytest.fixture
def refuge(settle: Callable[..., Installation]) -> Refuge:
    return built.in_province(settle(PLANS).province)


def claim(refuge: Refuge, actor: Actor, case_id: UUID, *kinds: str) -> None:
    with db.unit_of_work():
        cases.claim_legal_basis(
            actor,
            db.session().get_one(CaseFile, case_id),
            reason="danger_to_life",
            account=SAID,
            kinds=list(kinds),
            agency_id=refuge.province.houses["yte"].id,
        )


def send(refuge: Refuge, case_id: UUID, *kinds: str) -> UUID:
    with db.unit_of_work():
        return referrals.send_referral(
            refuge.keeper,
            cases_read.visible_case(refuge.keeper, case_id),
            kind="service",
            circle_id=refuge.province.houses["yte"].circle_id(),
            urgency="p0",
            kinds=list(kinds),
            summary={"reason": SAID},
        ).id


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_keeper_alone_calls_a_hospital_at_once_and_it_ends_unless_co_signed(
    refuge: Refuge, time_machine_hours: Callable[[float], None]
) -> None:
    case_id = refuge.asked().case_id
    nurse = refuge.province.actor("yte.health_worker")
    with pytest.raises(ConsentMissing):
        send(refuge, case_id, "needs")
    claim(refuge, refuge.keeper, case_id, "needs")
    sent = send(refuge, case_id, "needs")
    with db.unit_of_work():
        referrals.accept_referral(
            nurse,
            queries.visible_referral(nurse, sent),
            worker_id=nurse.member_id,
            first_contact_at=clock.now() + timedelta(minutes=10),
        )
    assert statuses(nurse, case_id)["needs"] == "open"
    told = cases_read.visible_bases(
        refuge.officer, cases_read.visible_case(refuge.officer, case_id)
    )
    assert ("legal", refuge.house.id) in {(row.form, row.recorded_by_agency_id) for row in told}
    db.rollback()
    time_machine_hours(25)
    later = refuge.province.actor("yte.health_worker")
    assert statuses(later, case_id)["needs"] == "sealed"


@pytest.mark.promise("only-what-she-agreed")
def test_a_keeper_shares_nothing_that_the_shelter_cannot_read(refuge: Refuge) -> None:
    case_id = refuge.asked().case_id
    with pytest.raises(InvalidInput):
        claim(refuge, refuge.keeper, case_id, "identity")
    with pytest.raises(InvalidInput):
        send(refuge, case_id, "identity")
    with pytest.raises(NotPermitted):
        claim(refuge, refuge.night_keeper, case_id, "needs")
