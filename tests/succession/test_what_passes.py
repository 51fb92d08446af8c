"""After the end of an agency its successor has in hand what it had: cases, referrals, consents."""

from datetime import date, timedelta

import pytest

from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.strands import case_view
from referral.followup.kinds import TaskKind
from referral.followup.queries import visible_tasks
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound, SignInRequired
from referral.referrals import queries, service
from tests.factories.province import PASSPHRASE, case_of, consent_of
from tests.succession.conftest import Reform
from tests.succession.ending import end, on

AGREED = ["incident", "needs"]
SUMMARY = {"age_band": "25_39", "needs": ["shelter"], "reason": "Cần bảo vệ tại nhà."}


def send(actor, case, to):
    with db.unit_of_work():
        return service.send_referral(
            actor, case, kind="service", circle_id=to.circle_id(), urgency="p0",
            kinds=AGREED, summary=SUMMARY,
        )  # fmt: skip


def accept(actor, referral_id):
    with db.unit_of_work():
        return service.accept_referral(
            actor,
            queries.visible_referral(actor, referral_id),
            worker_id=actor.member_id,
            first_contact_at=clock.now() + timedelta(hours=1),
        )


def read(actor, case):
    db.rollback()
    with db.unit_of_work():
        return cases.read_case(actor, cases_read.visible_case(actor, case.id))


def opened(actor, case) -> dict[str, str]:
    return {section.kind: section.status for section in read(actor, case).sections}


def write(actor, case, kind, answers, revision=0):
    with db.unit_of_work():
        return cases.write_section(
            actor, cases_read.visible_case(actor, case.id), kind=kind, answers=answers,
            expected_revision=revision,
        )  # fmt: skip


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_what_was_sent_on_25_june_is_accepted_by_the_successor_on_2_july(reform: Reform) -> None:
    on(date(2025, 6, 25))
    case = case_of(reform.nurse)
    basis_id = consent_of(reform.nurse, case, agency_id=reform.district.id, kinds=AGREED)
    referral = send(reform.nurse, case, reform.district)
    assert queries.count_waiting(reform.officer) == 0
    end(reform.province, reform.district, reform.ward)
    on(date(2025, 7, 2))
    (line,) = queries.inbox(reform.officer).rows
    assert line.to_name("vi") == "huyen (nay là xa)"
    assert line.summary["reason"] == SUMMARY["reason"]
    with pytest.raises(NotFound):
        cases_read.visible_case(reform.officer, case.id)
    accept(reform.officer, referral.id)
    statuses = opened(reform.officer, case)
    assert {kind for kind, status in statuses.items() if status == "open"} == set(AGREED)
    assert statuses["identity"] == "sealed"
    seen = read(reform.nurse, case).opening.view
    assert seen.faults == {}
    assert seen.is_carried(seen.bases[basis_id])
    (task,) = [t for t in visible_tasks(reform.officer) if t.kind == TaskKind.RECONFIRM]
    assert task.object_id == basis_id
    with db.unit_of_work():
        cases.withdraw_consent(
            reform.nurse, cases_read.visible_case(reform.nurse, case.id), basis_id=basis_id
        )
    write(reform.nurse, case, "needs", {"needs": ["shelter"]}, revision=1)
    with pytest.raises(NotFound):
        cases_read.visible_case(reform.officer, case.id)
    assert queries.visible_referral(reform.officer, referral.id).state == "withdrawn"
    assert not [t for t in visible_tasks(reform.officer) if t.kind == TaskKind.RECONFIRM]


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_custodian_that_ends_hands_case_tasks_and_answers_to_its_successor(
    reform: Reform,
) -> None:
    case = case_of(reform.old_officer)
    consent_of(reform.old_officer, case, agency_id=reform.hospital.id, kinds=AGREED)
    referral = send(reform.old_officer, case, reform.hospital)
    before = {(t.kind, t.case_id) for t in visible_tasks(reform.old_officer)}
    end(reform.province, reform.district, reform.ward)
    assert {(t.kind, t.case_id) for t in visible_tasks(reform.officer)} >= before
    (line,) = cases_read.visible_cases(reform.officer).rows
    assert (line.is_custodian, line.card["spoken_name"]) == (True, "Hồ Thị Mây")
    accept(reform.nurse, referral.id)
    assert opened(reform.nurse, case)["incident"] == "open"
    assert set(opened(reform.officer, case).values()) == {"open"}
    (line,) = cases_read.visible_cases(reform.officer).rows
    assert line.card["spoken_name"] == "Hồ Thị Mây"
    write(reform.officer, case, "needs", {"needs": ["shelter"]}, revision=1)
    db.rollback()
    view = case_view(case.id)
    assert view.custodian_agency == reform.ward.id
    assert view.faults == {}
    answers = {s.kind: s.answers for s in read(reform.nurse, case).sections}
    assert answers["needs"]["needs"] == ["shelter"]
    assert {(t.kind, t.case_id) for t in visible_tasks(reform.officer)} >= before


def test_who_belonged_to_the_ended_agency_signs_in_no_more_and_has_no_session(
    reform: Reform,
) -> None:
    token = reform.province.token(reform.district.users["police_officer"])
    end(reform.province, reform.district, reform.ward)
    with pytest.raises(SignInRequired):
        actor_for(token)
    for username in (reform.district.administrator, *reform.district.users.values()):
        with pytest.raises(InvalidInput):
            sign_in(username, PASSPHRASE, "")
