"""Whatever happens to a case or a referral, a next step stands with somebody."""

import inspect
from datetime import timedelta
from typing import get_args
from uuid import uuid4

import pytest
import time_machine

from referral import app
from referral.cases import service as cases
from referral.cases.events import CaseClosed, CustodyTaken
from referral.followup import handlers
from referral.followup.queries import visible_tasks
from referral.followup.tasks import morning_of
from referral.kernel import clock, db, events
from referral.kernel.actor import SYSTEM
from referral.notices.queries import visible_notices
from referral.referrals import service as referrals
from referral.referrals.events import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEnded,
    ReferralSent,
)
from referral.referrals.queries import visible_referral
from tests.factories.province import case_of, consent_of
from tests.followup.conftest import SECTIONS

pytestmark = pytest.mark.heavy

HOUR = timedelta(hours=1)


def _publish(event):
    with db.unit_of_work():
        db.begin_write()
        events.publish(event)


def _open(actor, case=None):
    return {t.kind: t for t in visible_tasks(actor) if case is None or t.case_id == case.id}


def _told(actor):
    return {notice.kind for notice in visible_notices(actor)}


def _sent(commune, referral_id, decide_by):
    police, hospital = commune.police.circle_id(), commune.hospital.circle_id()
    _publish(
        ReferralSent(
            commune.officer, referral_id, commune.case.id, police, hospital, "p1", decide_by
        )
    )


def _ended(commune, referral_id, state):
    police, hospital = commune.police.circle_id(), commune.hospital.circle_id()
    _publish(ReferralEnded(referral_id, commune.case.id, police, hospital, state))


def _kinds(annotation):
    """The events of a parameter: one, or any of several."""
    return get_args(annotation) or (annotation,)


def test_every_handler_of_this_room_hears_its_event():
    told = {
        function
        for name, function in inspect.getmembers(handlers, inspect.isfunction)
        if function.__module__ == handlers.__name__ and not name.startswith("_")
    }
    heard = {
        (event, function)
        for function in told
        for event in _kinds(next(iter(inspect.signature(function).parameters.values())).annotation)
    }
    assert len(heard) >= 10
    assert heard <= set(app.SUBSCRIPTIONS)


def test_a_case_opened_by_police_goes_to_a_social_worker_within_a_day(commune):
    task = _open(commune.officer)["hand_over"]
    assert task.case_code == commune.case.code
    assert task.due_at - clock.now() < 24 * HOUR
    assert not task.is_late
    with time_machine.travel(clock.now() + 25 * HOUR):
        assert _open(commune.officer)["hand_over"].is_late


def test_social_services_hand_over_to_nobody(commune):
    case = case_of(commune.social_worker, **SECTIONS)
    assert "hand_over" not in _open(commune.social_worker, case)


def test_a_new_custodian_ends_the_hand_over_and_takes_the_follow_up(commune):
    case = commune.case
    social = commune.social
    _publish(CustodyTaken(case.id, social.id, social.circle_id()))
    assert _open(commune.officer) == {}
    assert "case_received" in _told(commune.social_worker)
    row = handlers.tasks.open_tasks(case.id, handlers.TaskKind.FOLLOW_UP)[0]
    assert row.circle_id == social.circle_id()
    assert row.due_at == morning_of(clock.today() + timedelta(days=3))


def test_a_legal_basis_waits_for_its_cosignature(commune):
    with db.unit_of_work():
        basis = cases.claim_legal_basis(
            commune.officer,
            commune.case,
            reason="danger_to_life",
            account="Bị đe dọa giết ngay trong đêm nay.",
            kinds=["incident"],
            agency_id=commune.hospital.id,
        )
    task = _open(commune.supervisor)["cosign"]
    assert (task.object_id, task.due_at) == (basis.id, basis.cosign_by)
    assert "cosign_wanted" in _told(commune.supervisor)
    with db.unit_of_work():
        cases.cosign_basis(commune.supervisor, commune.case, basis_id=basis.id)
    assert "cosign" not in _open(commune.supervisor)


def test_a_basis_nobody_cosigned_asks_for_nothing_more(commune):
    with db.unit_of_work():
        basis = cases.claim_legal_basis(
            commune.officer,
            commune.case,
            reason="danger_to_life",
            account="Bị đe dọa giết ngay trong đêm nay.",
            kinds=["incident"],
            agency_id=commune.hospital.id,
        )
    assert "cosign" in _open(commune.supervisor)
    with time_machine.travel(basis.cosign_by + HOUR):
        with db.unit_of_work():
            assert cases.lapse_bases(SYSTEM, None) == 1
        assert "cosign" not in _open(commune.supervisor)


@pytest.mark.promise("no-referral-is-lost")
def test_a_silent_referral_becomes_the_senders_task_when_it_is_late(commune):
    decide_by = clock.now() + 2 * HOUR
    _sent(commune, uuid4(), decide_by)
    assert "referral_received" in _told(commune.nurse)
    assert "await_answer" not in _open(commune.officer)
    with time_machine.travel(decide_by + HOUR):
        assert _open(commune.officer)["await_answer"].is_late


@pytest.mark.promise("no-referral-is-lost")
def test_a_declined_referral_has_its_sender_find_another(commune):
    referral_id, due_at = uuid4(), clock.now() + 3 * HOUR
    _sent(commune, referral_id, clock.now() + 2 * HOUR)
    police = commune.police.circle_id()
    _publish(ReferralDeclined(referral_id, commune.case.id, police, due_at))
    task = _open(commune.officer)["find_another"]
    assert (task.object_id, task.due_at) == (referral_id, due_at)
    assert "referral_declined" in _told(commune.officer)
    with time_machine.travel(due_at + HOUR):
        assert "await_answer" not in _open(commune.officer)


@pytest.mark.promise("no-referral-is-lost")
def test_an_expired_referral_has_its_sender_find_another_now(commune):
    referral_id = uuid4()
    _sent(commune, referral_id, clock.now())
    _ended(commune, referral_id, "expired")
    assert _open(commune.officer)["find_another"].is_late
    assert "await_answer" not in _open(commune.officer)
    assert {"referral_received", "referral_ended"} <= _told(commune.nurse)


@pytest.mark.promise("no-referral-is-lost")
def test_a_withdrawn_referral_has_the_custodian_speak_with_her(commune):
    referral_id = uuid4()
    _sent(commune, referral_id, clock.now() + HOUR)
    _ended(commune, referral_id, "withdrawn")
    task = _open(commune.officer)["follow_up"]
    assert task.due_at == morning_of(clock.today() + timedelta(days=1))
    assert "find_another" not in _open(commune.officer)


def test_a_cancelled_referral_leaves_nothing_to_wait_for(commune):
    referral_id = uuid4()
    _sent(commune, referral_id, clock.now() - HOUR)
    assert "await_answer" in _open(commune.officer)
    _ended(commune, referral_id, "cancelled")
    assert set(_open(commune.officer)) == {"hand_over"}


def test_an_accepted_referral_is_a_named_promise_until_it_is_kept(commune):
    referral_id, at = uuid4(), clock.now() + HOUR
    police, hospital = commune.police.circle_id(), commune.hospital.circle_id()
    nurse = commune.nurse
    _sent(commune, referral_id, clock.now() + HOUR)
    _publish(ReferralAccepted(nurse, referral_id, commune.case.id, hospital, nurse.member_id, at))
    (task,) = handlers.tasks.open_tasks(commune.case.id, object_id=referral_id)
    assert (task.kind, task.member_id, task.due_at) == ("first_contact", nurse.member_id, at)
    assert "referral_accepted" in _told(commune.officer)
    _publish(ReferralCompleted(referral_id, commune.case.id, police, hospital))
    assert handlers.tasks.open_tasks(commune.case.id, object_id=referral_id) == []
    assert "referral_completed" in _told(commune.officer)


def test_the_same_event_twice_gives_one_task(commune):
    referral_id = uuid4()
    police = commune.police.circle_id()
    for _ in range(2):
        _publish(ReferralDeclined(referral_id, commune.case.id, police, clock.now()))
    assert len(handlers.tasks.open_tasks(commune.case.id, object_id=referral_id)) == 1


def test_a_closed_case_asks_for_nothing(commune):
    _sent(commune, uuid4(), clock.now())
    assert _open(commune.officer) != {}
    _publish(CaseClosed(commune.case.id))
    assert _open(commune.officer) == {}


def _refer(commune, kind, circle_id, kinds):
    with db.unit_of_work():
        return referrals.send_referral(
            commune.officer,
            commune.case,
            kind=kind,
            circle_id=circle_id,
            urgency="p2",
            kinds=kinds,
            summary={"reason": "Cần hỗ trợ trong tuần."},
        )


def test_custody_taken_for_real_moves_the_next_step_to_the_social_worker(commune):
    case, worker = commune.case, commune.social_worker
    with db.unit_of_work():
        cases.write_section(commune.officer, case, kind="safe_contact", answers={})
    referral = _refer(commune, "custody", commune.social.circle_id(), [])
    at = clock.now() + HOUR
    with db.unit_of_work():
        referrals.accept_referral(
            worker,
            visible_referral(worker, referral.id),
            worker_id=worker.member_id,
            first_contact_at=at,
        )
    assert set(_open(worker)) == {"first_contact", "follow_up"}
    assert _open(worker)["first_contact"].due_at == at
    assert _open(commune.officer) == {}


def test_a_refusal_for_real_comes_back_to_the_officer(commune):
    consent_of(commune.officer, commune.case, agency_id=commune.hospital.id, kinds=["needs"])
    referral = _refer(commune, "service", commune.hospital.circle_id(), ["needs"])
    with db.unit_of_work():
        referrals.decline_referral(
            commune.nurse, visible_referral(commune.nurse, referral.id), reason="no_capacity"
        )
    assert _open(commune.officer)["find_another"].object_id == referral.id
    assert _open(commune.nurse) == {}


def test_a_withdrawal_for_real_leaves_her_followed_up(commune):
    basis_id = consent_of(
        commune.officer, commune.case, agency_id=commune.hospital.id, kinds=["needs"]
    )
    referral = _refer(commune, "service", commune.hospital.circle_id(), ["needs"])
    with db.unit_of_work():
        cases.withdraw_consent(commune.officer, commune.case, basis_id=basis_id)
    assert set(_open(commune.officer)) == {"hand_over", "follow_up"}
    assert handlers.tasks.open_tasks(commune.case.id, object_id=referral.id) == []
    assert "referral_ended" in _told(commune.nurse)
