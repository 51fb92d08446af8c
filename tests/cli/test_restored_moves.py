"""A case had moved away from somebody; a backup of before is put in place with the tombstones."""

import pytest
from sqlalchemy import select

from referral.agencies.directory import directory_of
from referral.agencies.model import Circle
from referral.agencies.named_circles import admit_to_named_circle
from referral.audit.model import Tombstone
from referral.audit.shipments import Buried
from referral.audit.tombstones import Ended
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.cases.strands import case_view
from referral.followup.queries import visible_tasks
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, MovedAway, NotFound
from referral.notices.queries import visible_notices
from referral.referrals import queries as referral_queries
from referral.referrals import service
from tests.cases.district import read, statuses, write
from tests.factories.fixtures import Thread
from tests.factories.gap import confirm_accounts, ended, restore_with
from tests.factories.province import case_of, consent_of
from tests.referrals.test_moving import circle_of, declare, move, now, shows_nothing
from tests.referrals.test_thread import AGREED, accept, send
from tests.security.attacker import Attacker, snapshot

EARLIER, LATER, LAST = "canary-earlier-1e9b", "canary-later-b7d2", "canary-last-40af"
INCIDENT = {"forms": ["physical"], "unit": "20050"}
MEDICAL = {"seen_at": "2024-11-25T15:00:00Z"}
CHIEF, OFFICER, NURSE = "congan.supervisor", "congan.police_officer", "yte.health_worker"


def told(thief: Attacker, words: str) -> bool:
    return any(words in raw.decode(errors="ignore") for raw in thief.texts.values())


def raw_keys(actor: Actor, old: Attacker | None = None) -> Attacker:
    """What somebody's keys open in a copy of now, with what they hoarded before."""
    thief = Attacker.of(actor, snapshot())
    if old is not None:
        thief.secrets |= old.secrets
        thief.section_keys |= old.section_keys
    thief.run()
    return thief


def shared(thread: Thread) -> CaseFile:
    """A case of the police that the hospital reads and has written in."""
    case = case_of(
        thread.officer, incident=INCIDENT | {"account": EARLIER}, needs={"needs": ["shelter"]}
    )
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    accept(thread.nurse, send(thread, case))
    return case


def given_back(thread: Thread, case: CaseFile) -> None:
    """The hospital writes a part of its own, which the police may read."""
    write(thread.nurse, case.id, "medical", MEDICAL | {"findings": EARLIER})
    consent_of(thread.nurse, case, agency_id=thread.police.id, kinds=["medical"])
    asked = service.send_referral
    with db.unit_of_work():
        back = asked(
            thread.nurse,
            queries.visible_case(thread.nurse, case.id),
            kind="service",
            circle_id=thread.police.circle_id(),
            urgency="p2",
            kinds=["medical"],
            summary={"age_band": "25_39", "reason": "Cần bảo vệ."},
        )
    accept(thread.officer, back)


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_had_been_left_out_opens_nothing_until_the_case_moves_without_them(
    thread: Thread,
) -> None:
    case = shared(thread)
    given_back(thread, case)
    old = raw_keys(now(thread, CHIEF))
    assert told(old, EARLIER)
    with db.unit_of_work():
        cases.save_draft(thread.supervisor, None, place=f"needs:{case.id}", typed={"needs": ["x"]})
    restore_with(ended(Ended.LEFT_OUT, thread.supervisor.member_id, case.id))

    for username in (CHIEF, OFFICER):
        actor = now(thread, username)
        assert set(statuses(actor, case.id).values()) == {"sealed"}
        assert "move_again" in {t.kind for t in visible_tasks(actor) if t.case_id == case.id}
        assert not told(raw_keys(actor), EARLIER), "a copy and good keys open nothing of it"
        with pytest.raises(MovedAway):
            write(now(thread, username), case.id, "needs", {"needs": ["shelter"]}, 1)
        db.rollback()
    assert queries.visible_drafts(now(thread, CHIEF)) == []
    nurse = now(thread, NURSE)
    assert {s.status for s in read(nurse, case.id) if s.kind in {*AGREED, "medical"}} == {"open"}
    write(now(thread, NURSE), case.id, "medical", MEDICAL | {"findings": LATER}, 1)
    assert not told(raw_keys(now(thread, CHIEF), old), LATER)

    _moves_only_without_them(thread, case)
    officer = now(thread, OFFICER)
    found = {s.kind: s for s in read(officer, case.id) if s.status == "open"}
    assert found["incident"].answers["account"] == EARLIER
    assert found["medical"].answers["findings"] == LATER, "what came meanwhile is there as well"
    write(now(thread, OFFICER), case.id, "incident", INCIDENT | {"account": LAST}, 1)
    assert not told(raw_keys(now(thread, CHIEF), old), LAST)
    assert not told(raw_keys(now(thread, CHIEF)), EARLIER)
    assert statuses(now(thread, NURSE), case.id)["incident"] == "open"
    assert [t for t in visible_tasks(now(thread, OFFICER)) if t.kind == "move_again"] == []
    assert case_view(case.id).faults == {}
    db.rollback()


def _moves_only_without_them(thread: Thread, case: CaseFile) -> None:
    """Back where it was, to a circle with the colleague, or by who may name no circle: not so."""
    together = circle_of(thread, "congan", OFFICER, CHIEF)
    with pytest.raises(InvalidInput):
        move(now(thread, OFFICER), case, together)
    db.rollback()
    with pytest.raises(InvalidInput):
        _to_the_others(now(thread, OFFICER), case)
    db.rollback()
    with pytest.raises(MovedAway):
        declare(now(thread, CHIEF), case, thread.supervisor)
    db.rollback()
    _to_the_others(now(thread, CHIEF), case)
    shows_nothing(now(thread, CHIEF), case)
    db.rollback()


def _to_the_others(actor: Actor, case: CaseFile) -> None:
    with db.unit_of_work():
        service.move_case(actor, queries.visible_case(actor, case.id))


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_what_was_declared_comes_back_as_tombstones_of_those_left_out(thread: Thread) -> None:
    """Each is in the transaction of the move; a restore with them leaves nobody else out."""
    case, quiet = shared(thread), case_of(thread.officer)
    declare(now(thread, CHIEF), case, thread.supervisor)
    with pytest.raises(InvalidInput):
        move(now(thread, OFFICER), quiet, thread.police.circle_id())
    db.rollback()
    rows = db.session().scalars(select(Tombstone).where(Tombstone.kind == "left_out")).all()
    working = directory_of(thread.police.id).circles[thread.police.circle_id()].member_ids
    gone = {(row.subject_id, row.case_id) for row in rows}
    assert gone == {(m, case.id) for m in working - {thread.officer.member_id}}
    known = [Buried(row.kind, row.subject_id, row.case_id, row.at) for row in rows]
    restore_with(*known)  # of a backup that knows it all: nothing is to be done again
    assert statuses(now(thread, OFFICER), case.id)["incident"] == "open"
    shows_nothing(now(thread, CHIEF), case)
    assert case_view(case.id).left_out == {}
    db.rollback()


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_referral_that_waits_is_passed_on_unseen(thread: Thread) -> None:
    """What the circle had been asked, and what it is asked after the restore."""
    case = case_of(thread.nurse, needs={"needs": ["shelter"], "other_needs": EARLIER})
    consent_of(thread.nurse, case, agency_id=thread.police.id, kinds=["needs"])
    first = _asks(thread, case)
    restore_with(ended(Ended.LEFT_OUT, thread.supervisor.member_id, case.id))
    second = _asks(thread, case)
    for username in (CHIEF, OFFICER):
        actor = now(thread, username)
        lines = referral_queries.inbox(actor).rows
        assert {line.id for line in lines} == {first, second}
        assert all(line.is_put_away and not line.summary for line in lines)
        assert first in {n.object_id for n in visible_notices(actor) if n.kind == "move_waits"}
        assert not told(raw_keys(actor), "25_39")
    waiting = referral_queries.visible_referral(now(thread, OFFICER), first)
    with pytest.raises(MovedAway):
        accept(now(thread, OFFICER), waiting)
    db.rollback()
    chief = now(thread, CHIEF)
    with db.unit_of_work():
        service.pass_on_referral(chief, referral_queries.visible_referral(chief, first))
    chief, officer = now(thread, CHIEF), now(thread, OFFICER)
    assert referral_queries.inbox(chief).rows == []
    lines = referral_queries.inbox(officer).rows
    assert [line.summary["age_band"] for line in lines] == ["25_39", "25_39"]
    for referral_id in (first, second):
        officer = now(thread, OFFICER)
        accept(officer, referral_queries.visible_referral(officer, referral_id))
    needs = {s.kind: s for s in read(now(thread, OFFICER), case.id)}["needs"]
    assert needs.answers["other_needs"] == EARLIER
    with pytest.raises(NotFound):
        queries.visible_case(now(thread, CHIEF), case.id)
    assert not told(raw_keys(now(thread, CHIEF)), EARLIER)
    assert case_view(case.id).faults == {}
    db.rollback()


def _asks(thread: Thread, case: CaseFile) -> object:
    nurse = now(thread, NURSE)
    with db.unit_of_work():
        return service.send_referral(
            nurse,
            queries.visible_case(nurse, case.id),
            kind="service",
            circle_id=thread.police.circle_id(),
            urgency="p1",
            kinds=["needs"],
            summary={"age_band": "25_39", "reason": "Cần bảo vệ trong đêm."},
        ).id


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_case_that_had_left_all_of_its_circle_is_moved_again_by_one_of_them(
    thread: Thread,
) -> None:
    """Whoever has the circle's key can hand the case on, and opens nothing by it."""
    case = case_of(thread.officer, incident=INCIDENT | {"account": EARLIER})
    working = directory_of(thread.police.id).circles[thread.police.circle_id()].member_ids
    thread.province.member(thread.police, "police_officer", "congan.late")
    thread.police.users["police_officer"] = OFFICER
    restore_with(*(ended(Ended.LEFT_OUT, member_id, case.id) for member_id in sorted(working)))
    restore_with(ended(Ended.LEFT_OUT, thread.officer.member_id, case.id))  # and once more
    assert set(statuses(now(thread, "congan.late"), case.id).values()) == {"sealed"}
    late = circle_of(thread, "congan", "congan.late")
    move(now(thread, OFFICER), case, late)
    shows_nothing(now(thread, OFFICER), case)
    (incident,) = read(now(thread, "congan.late"), case.id)
    assert incident.answers["account"] == EARLIER
    move(now(thread, "congan.late"), case, thread.police.circle_id())
    assert statuses(now(thread, OFFICER), case.id) == {"incident": "open"}, "a person's decision"
    db.rollback()


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_circle_that_is_asked_only_after_the_restore_passes_the_case_on_unseen(
    thread: Thread,
) -> None:
    """The backup was made before the referral came in which somebody was left out of."""
    case = case_of(thread.nurse, needs={"needs": ["shelter"], "other_needs": EARLIER})
    consent_of(thread.nurse, case, agency_id=thread.police.id, kinds=["needs"])
    restore_with(ended(Ended.LEFT_OUT, thread.supervisor.member_id, case.id))
    asked = _asks(thread, case)
    chief = now(thread, CHIEF)
    assert [line.is_put_away for line in referral_queries.inbox(chief).rows] == [True]
    assert not told(raw_keys(chief), "25_39")
    with pytest.raises(MovedAway):
        accept(chief, referral_queries.visible_referral(chief, asked))
    db.rollback()
    chief = now(thread, CHIEF)
    with db.unit_of_work():
        service.pass_on_referral(chief, referral_queries.visible_referral(chief, asked))
    officer = now(thread, OFFICER)
    accept(officer, referral_queries.visible_referral(officer, asked))
    assert statuses(now(thread, OFFICER), case.id)["needs"] == "open"
    quiet = case_of(now(thread, OFFICER), needs={"needs": ["shelter"]})
    write(now(thread, OFFICER), quiet.id, "needs", {"needs": ["health_care"]}, 1)
    shows_nothing(now(thread, CHIEF), case)
    db.rollback()


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_had_come_into_the_circle_only_later_is_left_out_as_well(thread: Thread) -> None:
    """Nobody knows which circle it was: all of the agency's that the case is in let go of it."""
    case = case_of(thread.officer, needs={"needs": ["shelter"], "other_needs": EARLIER})
    mine = circle_of(thread, "congan", OFFICER)
    move(now(thread, OFFICER), case, mine)
    restore_with(ended(Ended.LEFT_OUT, thread.supervisor.member_id, case.id))
    assert statuses(now(thread, OFFICER), case.id) == {"needs": "sealed"}
    officer = now(thread, OFFICER)
    with db.unit_of_work():
        row = db.session().get_one(Circle, mine)
        admit_to_named_circle(officer, row, member_id=thread.supervisor.member_id)
    chief = now(thread, CHIEF)
    assert statuses(chief, case.id) == {"needs": "sealed"}
    assert not told(raw_keys(chief), EARLIER)
    move(now(thread, OFFICER), case, circle_of(thread, "congan", OFFICER))
    assert statuses(now(thread, OFFICER), case.id) == {"needs": "open"}
    shows_nothing(now(thread, CHIEF), case)
    db.rollback()


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_with_a_gap_too_nothing_is_left_to_who_had_been_left_out(thread: Thread) -> None:
    """The access waits for the custodian; what came with it is put away all the same."""
    case = case_of(thread.nurse, needs={"needs": ["shelter"], "other_needs": EARLIER})
    consent_of(thread.nurse, case, agency_id=thread.police.id, kinds=["needs"])
    officer, asked = now(thread, OFFICER), _asks(thread, case)
    accept(officer, referral_queries.visible_referral(officer, asked))
    chief = now(thread, CHIEF)
    assert told(raw_keys(chief), "25_39")
    with db.unit_of_work():
        cases.save_draft(chief, None, place=f"needs:{case.id}", typed={"needs": ["x"]})
    restore_with(ended(Ended.LEFT_OUT, chief.member_id, case.id), is_gap=True)
    confirm_accounts(thread.province)
    chief = now(thread, CHIEF)
    assert not told(raw_keys(chief), "25_39")
    assert queries.visible_drafts(chief) == []
    db.rollback()
