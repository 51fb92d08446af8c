"""A case that moves to another circle of its agency opens there, and nowhere else from then on."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.accounts import reenrolment
from referral.accounts.model import Member
from referral.agencies import named_circles
from referral.audit.model import Tombstone
from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.model import Card, CaseFile, Grant, GrantBundle
from referral.cases.strands import case_view
from referral.followup.queries import visible_tasks
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ConsentMissing, InvalidInput, NotFound, NotPermitted
from referral.notices.queries import visible_notices
from referral.referrals import queries, service
from referral.referrals.model import Referral
from tests.accounts.test_reenrolment import come_back
from tests.cases.district import read, statuses, write
from tests.factories.fixtures import Thread
from tests.factories.province import case_of, consent_of
from tests.referrals.test_thread import AGREED, accept, send
from tests.security.attacker import Attacker, snapshot

EARLIER, LATER = "canary-earlier-7a2e", "canary-later-c41b"
INCIDENT = {"forms": ["physical"], "unit": "20050"}


@pytest.fixture
def staffed(thread: Thread) -> Thread:
    """The hospital has two nurses in its working circle."""
    thread.province.member(thread.hospital, "health_worker", "yte.second")
    thread.hospital.users["health_worker"] = "yte.health_worker"
    return thread


def now(thread: Thread, username: str) -> Actor:
    """Somebody's next request."""
    db.rollback()
    return thread.province.actor(username)


def circle_of(thread: Thread, house: str, *usernames: str) -> UUID:
    """A named circle made by the administrator for some people; none of its keys is the maker's."""
    boss = now(thread, f"{house}.admin")
    ids = [thread.province.actor(name).member_id for name in usernames]
    with db.unit_of_work():
        agency = thread.province.houses[house].agency
        return named_circles.name_circle(boss, agency, member_ids=ids).id


def move(actor: Actor, case: CaseFile, circle_id: UUID) -> None:
    with db.unit_of_work():
        service.move_case(actor, cases_read.visible_case(actor, case.id), circle_id=circle_id)


def declare(actor: Actor, case: CaseFile, member: Actor, circle_id: UUID | None = None) -> None:
    with db.unit_of_work():
        service.declare_conflict(
            actor,
            cases_read.visible_case(actor, case.id),
            member_id=member.member_id,
            relation="kin_of_perpetrator",
            circle_id=circle_id,
        )


def told(thief: Attacker, words: str) -> bool:
    return any(words in raw.decode(errors="ignore") for raw in thief.texts.values())


def shows_nothing(actor: Actor, case: CaseFile) -> None:
    with pytest.raises(NotFound):
        cases_read.visible_case(actor, case.id)
    assert case.id not in {line.id for line in cases_read.visible_cases(actor).rows}
    assert queries.referrals_of(actor, case.id) == []
    assert case.id not in {task.case_id for task in visible_tasks(actor)}
    asked = set(db.session().scalars(select(Referral.id).where(Referral.case_id == case.id)))
    assert not {notice.object_id for notice in visible_notices(actor)} & {case.id, *asked}
    assert not [d for d in cases_read.visible_drafts(actor) if str(case.id) in d.place]


@pytest.mark.promise("conflict-of-interest-left-out")
def test_who_has_a_conflict_of_interest_opens_nothing_written_later(thread: Thread) -> None:
    """The supervisor declares it, keeps every key and an old copy, and the officer works on."""
    officer, chief = thread.officer, thread.supervisor
    case = case_of(officer, incident=INCIDENT | {"account": EARLIER}, needs={"needs": ["shelter"]})
    consent_of(officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    accept(thread.nurse, send(thread, case))
    with db.unit_of_work():
        cases.save_draft(chief, None, place=f"needs:{case.id}", typed={"needs": ["x"]})
    old = Attacker.of(chief, snapshot())
    old.run()
    assert told(old, EARLIER)

    declare(now(thread, "congan.supervisor"), case, chief)
    officer, chief = now(thread, "congan.police_officer"), now(thread, "congan.supervisor")
    shows_nothing(chief, case)
    found = {s.kind: s for s in read(officer, case.id)}
    assert found["conflict"].answers["relation"] == "kin_of_perpetrator"
    assert found["incident"].answers["account"] == EARLIER
    write(
        now(thread, "congan.police_officer"), case.id, "incident", INCIDENT | {"account": LATER}, 1
    )
    write(now(thread, "congan.police_officer"), case.id, "identity", {"spoken_name": LATER})

    hoarder = Attacker.of(chief, snapshot())
    hoarder.secrets |= old.secrets
    hoarder.section_keys |= old.section_keys
    hoarder.run()
    assert told(hoarder, EARLIER), "what was read stays known"
    assert not told(hoarder, LATER)
    stays = Attacker.of(now(thread, "congan.police_officer"), snapshot())
    stays.run()
    assert told(stays, LATER)
    assert statuses(now(thread, "yte.health_worker"), case.id)["incident"] == "open"
    assert case_view(case.id).faults == {}


@pytest.mark.promise("conflict-of-interest-left-out")
def test_only_oneself_or_by_a_supervisor_and_never_where_nobody_is_left(thread: Thread) -> None:
    officer, chief = thread.officer, thread.supervisor
    case = case_of(officer)
    with pytest.raises(NotPermitted):
        declare(officer, case, chief)
    with pytest.raises(InvalidInput):
        declare(chief, case, thread.nurse)
    mine = circle_of(thread, "congan", "congan.police_officer")
    with pytest.raises(InvalidInput):
        declare(now(thread, "congan.police_officer"), case, officer, mine)
    alone = case_of(thread.nurse, needs={"needs": ["health_care"]})
    with pytest.raises(InvalidInput) as refused:
        declare(thread.nurse, alone, thread.nurse)
    assert "hand the case over" in str(refused.value.fields)
    assert statuses(now(thread, "yte.health_worker"), alone.id) == {"needs": "open"}

    declare(now(thread, "congan.supervisor"), case, officer)  # for the officer, by the supervisor
    shows_nothing(now(thread, "congan.police_officer"), case)
    for circle_id in (thread.police.circle_id(), mine):
        with pytest.raises(InvalidInput):
            move(now(thread, "congan.supervisor"), case, circle_id)


@pytest.mark.promise("named-circle-by-key")
def test_a_referral_under_way_goes_to_the_circle_that_has_the_case(staffed: Thread) -> None:
    """Before acceptance: summary and waiting keys are sealed anew; the old circle opens neither."""
    case = case_of(staffed.officer, incident=INCIDENT | {"account": EARLIER}, needs=NEEDS)
    agreed = consent_of(staffed.officer, case, agency_id=staffed.hospital.id, kinds=AGREED)
    referral = send(staffed, case)
    named = circle_of(staffed, "yte", "yte.second", "yte.admin")
    nurse = now(staffed, "yte.health_worker")
    with db.unit_of_work():
        mine = queries.visible_referral(nurse, referral.id)
        service.pass_on_referral(nurse, mine, circle_id=named)
    nurse, second = now(staffed, "yte.health_worker"), now(staffed, "yte.second")
    with pytest.raises(NotFound):
        queries.visible_referral(nurse, referral.id)
    assert queries.count_waiting(nurse) == 0
    assert [line.summary["age_band"] for line in queries.inbox(second).rows] == ["25_39"]
    accept(second, referral)
    assert statuses(now(staffed, "yte.second"), case.id)["incident"] == "open"
    shows_nothing(now(staffed, "yte.health_worker"), case)

    write(now(staffed, "congan.police_officer"), case.id, "incident", INCIDENT | LATE, 1)
    assert {s.kind: s for s in read(now(staffed, "yte.second"), case.id)}["incident"].answers[
        "account"
    ] == LATER
    left = Attacker.of(now(staffed, "yte.health_worker"), snapshot())
    left.run()
    assert not told(left, LATER)
    assert not told(left, EARLIER)

    again = send(staffed, db.session().get_one(CaseFile, case.id))  # asks the hospital, as before
    assert again.to_circle_id == named
    assert queries.count_waiting(now(staffed, "yte.health_worker")) == 0
    with db.unit_of_work():
        officer = now(staffed, "congan.police_officer")
        mine = cases_read.visible_case(officer, case.id)
        cases.withdraw_consent(officer, mine, basis_id=agreed)
    with pytest.raises(NotFound):
        cases_read.visible_case(now(staffed, "yte.second"), case.id)
    assert case_view(case.id).faults == {}


@pytest.mark.promise("conflict-of-interest-left-out")
def test_a_conflict_is_declared_on_a_report_before_there_is_a_case(thread: Thread) -> None:
    with db.unit_of_work():
        told = {
            "received_at": "2024-11-25T15:00:00Z",
            "channel": "in_person",
            "immediate_danger": "no",
            "least_facts": EARLIER,
        }
        report = cases.report_incident(thread.officer, None, answers=told)
    declare(now(thread, "congan.supervisor"), report, thread.supervisor)
    shows_nothing(now(thread, "congan.supervisor"), report)
    officer = now(thread, "congan.police_officer")
    with db.unit_of_work():
        cases.meet_survivor(officer, cases_read.visible_case(officer, report.id))
    write(now(thread, "congan.police_officer"), report.id, "identity", {"spoken_name": LATER})
    shows_nothing(now(thread, "congan.supervisor"), report)
    assert case_view(report.id).faults == {}


@pytest.mark.promise("named-circle-by-key")
def test_no_case_goes_to_a_circle_that_keys_of_before_open(
    staffed: Thread, time_machine_hours: Callable[[float], None]
) -> None:
    """One of them came back with new keys: who has the lost ones and a copy has its old secret."""
    case = case_of(staffed.nurse, incident=INCIDENT | {"account": LATER}, needs=NEEDS)
    named = circle_of(staffed, "yte", "yte.second", "yte.admin")
    lost = Attacker.of(now(staffed, "yte.second"), snapshot())
    lost.run()
    boss, member = now(staffed, "yte.admin"), now(staffed, "yte.second").member_id
    with db.unit_of_work():
        lost_member = db.session().get_one(Member, member)
        _, code = reenrolment.begin_reenrolment(boss, lost_member, compromised=True)
    time_machine_hours(25)
    come_back(now(staffed, "yte.admin"), db.session().get_one(Member, member), code)
    with pytest.raises(InvalidInput) as refused:
        move(now(staffed, "yte.health_worker"), case, named)
    assert "new keys" in str(refused.value.fields)
    inside = now(staffed, "yte.admin")
    with db.unit_of_work():
        db.begin_write()
        named_circles.renew_where_needed(inside)
    move(now(staffed, "yte.health_worker"), case, named)
    thief = Attacker(snapshot(), keys=lost.keys)
    thief.secrets |= lost.secrets
    thief.run()
    assert not told(thief, LATER)
    stays = Attacker.of(now(staffed, "yte.admin"), snapshot())
    stays.run()
    assert told(stays, LATER)


NEEDS = {"needs": ["health_care"]}
LATE = {"account": LATER}


def test_a_consent_for_one_circle_alone_does_not_go_along(staffed: Thread) -> None:
    """What rests on it ends, who gave it is told, and what the agency was given goes along."""
    case = case_of(staffed.officer, incident=INCIDENT, needs=NEEDS)
    with db.unit_of_work():
        cases.record_consent(
            staffed.officer,
            case,
            kinds=["needs"],
            purpose="support",
            expires_at=clock.now() + timedelta(days=9),
            answers={"given_by": "survivor", "how": ["written"]},
            circle_id=staffed.hospital.circle_id(),
        )
    narrow = send(staffed, case, kinds=["needs"])
    accept(staffed.nurse, narrow)
    waiting = send(staffed, case, kinds=["needs"])
    consent_of(staffed.officer, case, agency_id=staffed.hospital.id, kinds=["incident"])
    accept(staffed.nurse, send(staffed, case, kinds=["incident"]))
    named = circle_of(staffed, "yte", "yte.second", "yte.health_worker")
    move(now(staffed, "yte.health_worker"), case, named)
    found = statuses(now(staffed, "yte.second"), case.id)
    assert (found["incident"], found["needs"]) == ("open", "sealed")
    states = dict(db.session().execute(select(Referral.id, Referral.state)).all())
    assert (states[narrow.id], states[waiting.id]) == ("withdrawn", "declined")
    buried = select(Tombstone.kind).where(Tombstone.subject_id.in_([narrow.id, waiting.id]))
    assert set(db.session().scalars(buried)) == {"withdrawn", "declined"}
    about = {n.object_id for n in visible_notices(now(staffed, "congan.police_officer"))}
    assert {narrow.id, waiting.id} <= about
    with pytest.raises(ConsentMissing):
        send(staffed, db.session().get_one(CaseFile, case.id), kinds=["needs"])


def test_a_case_moves_on_and_back_again_and_everybody_keeps_working(staffed: Thread) -> None:
    case = case_of(staffed.officer, incident=INCIDENT, needs=NEEDS)
    consent_of(staffed.officer, case, agency_id=staffed.hospital.id, kinds=AGREED)
    accept(staffed.nurse, send(staffed, case))
    first = circle_of(staffed, "congan", "congan.police_officer", "congan.supervisor")
    second = circle_of(staffed, "congan", "congan.police_officer")
    home = staffed.police.circle_id()
    for revision, circle_id in enumerate((first, second, home, first), start=1):
        move(now(staffed, "congan.police_officer"), case, circle_id)
        officer = now(staffed, "congan.police_officer")
        answers = {"needs": ["health_care"], "children_count": revision}
        write(officer, case.id, "needs", answers, revision)
        view = case_view(case.id)
        assert (view.faults, view.custodian_circle) == ({}, circle_id)
        assert {s.holder_circle for s in view.sections.values()} == {circle_id}
        bundles = select(Grant.receiver_circle_id).join(GrantBundle)
        assert home not in db.session().scalars(bundles).all() or circle_id == home
        cards = select(Card.circle_id).where(Card.case_id == case.id)
        assert set(db.session().scalars(cards)) == {circle_id, staffed.hospital.circle_id()}
        nurse = now(staffed, "yte.health_worker")
        assert {s.kind: s for s in read(nurse, case.id)}["needs"].answers == answers
        if circle_id == second:
            shows_nothing(now(staffed, "congan.supervisor"), case)
    (line,) = queries.outbox(now(staffed, "congan.supervisor")).rows
    assert line.case_id == case.id
    with pytest.raises(InvalidInput):
        move(now(staffed, "congan.police_officer"), case, first)
    with pytest.raises(InvalidInput):
        move(now(staffed, "congan.police_officer"), case, staffed.hospital.circle_id())
