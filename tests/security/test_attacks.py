"""Attacks that were tried on the product, each of which must fail.

The attacker writes to the database, or belongs to an agency and bends what the pages offer.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select, update

from referral.accounts import service as accounts
from referral.accounts.model import Member, MemberBody
from referral.accounts.sessions import actor_for, start_session
from referral.accounts.signin import MOST_CODES, doorkeeper, sign_in
from referral.accounts.states import MemberState
from referral.agencies import directory
from referral.agencies import service as agencies
from referral.agencies.model import CircleWrapBody
from referral.agencies.queries import statistics_circle
from referral.agencies.states import CirclePurpose
from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.model import CaseFile, StrandRow
from referral.cases.strands import advance, case_view
from referral.kernel import clock, db, deployment
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import InvalidInput, NotFound, NotVerified, SignInRequired
from referral.kernel.ids import new_id
from referral.kernel.instance import RELEASE_FOLDER, instance
from referral.kernel.permissions import Permission
from referral.referrals import queries, release, service
from referral.referrals.model import Referral
from referral.shelters.schemas import BoardQuery, PlacesQuery
from referral.vault import strands
from referral.vault.directory import enrolment_context
from referral.vault.keys import MemberKeys, keyring_of
from referral.vault.passphrase import seal_record
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE, House, case_of, consent_of

SUMMARY = {"age_band": "25_39", "needs": ["health_care"], "reason": "Cần hỗ trợ."}
MINE = "mật khẩu của kẻ gian"


def send(
    actor: Actor,
    case: CaseFile,
    to: House,
    *,
    kinds: list[str],
    kind: str = "service",
    urgency: str = "p1",
) -> Referral:
    with db.unit_of_work():
        return service.send_referral(
            actor,
            cases_read.visible_case(actor, case.id),
            kind=kind,
            circle_id=to.circle_id(),
            urgency=urgency,
            kinds=kinds,
            summary=SUMMARY,
        )


def accept(actor: Actor, referral: Referral) -> None:
    with db.unit_of_work():
        service.accept_referral(
            actor,
            queries.visible_referral(actor, referral.id),
            worker_id=actor.member_id,
            first_contact_at=clock.now() + timedelta(hours=1),
        )


def shared(thread: Thread, case: CaseFile, to: House, actor: Actor, kinds: list[str]) -> None:
    consent_of(thread.officer, case, agency_id=to.id, kinds=kinds)
    accept(actor, send(thread.officer, case, to, kinds=kinds))


def read(actor: Actor, case: CaseFile) -> cases.OpenedCase:
    with db.unit_of_work():
        return cases.read_case(actor, cases_read.visible_case(actor, case.id))


def write(actor: Actor, case: CaseFile, kind: str, answers: dict[str, Any]) -> UUID:
    with db.unit_of_work():
        seen = cases_read.visible_case(actor, case.id)
        return cases.write_section(actor, seen, kind=kind, answers=answers).id


def overwrite(model: Any, *where: Any, **values: Any) -> None:
    """What a writer to the database does, behind the product's back."""
    db.begin_write()
    db.session().execute(update(model).where(*where).values(**values))
    db.commit()
    db.session().expire_all()


def again(actor: Actor) -> Actor:
    """The same session at its next request."""
    found = db.session().get_one(Member, actor.member_id)
    db.begin_write()
    token = start_session(
        found, MemberKeys.from_bytes(keyring_of(actor).member_secret()), is_proven=True
    )
    db.commit()
    return actor_for(token)


def test_a_role_that_was_raised_in_the_row_gives_no_power(thread: Thread) -> None:
    raised = "police_officer+supervisor+agency_administrator"
    overwrite(Member, Member.id == thread.officer.member_id, role=raised)
    actor = again(thread.officer)
    assert actor.role == "police_officer"
    assert Permission.BASIS_COSIGN not in actor.permissions
    assert Permission.MEMBER_MANAGE not in actor.permissions


def test_keys_planted_under_a_member_s_name_sign_nobody_in(thread: Thread) -> None:
    member_id = thread.supervisor.member_id
    member = db.session().get_one(Member, member_id)
    gate, keys = doorkeeper.gate, MemberKeys.generate()
    context = enrolment_context(deployment.current().id, member_id)
    planted = seal_record(gate.derivation, MINE, gate.cost, context, keys.to_bytes())
    assert sign_in(member.username, PASSPHRASE, "")
    overwrite(MemberBody, MemberBody.member_id == member_id, record=planted)
    overwrite(
        Member,
        Member.id == member_id,
        exchange_public=keys.exchange_public,
        signing_public=keys.signing_public,
    )
    with pytest.raises(InvalidInput):
        sign_in(member.username, MINE, "")
    db.begin_write()
    token = start_session(db.session().get_one(Member, member_id), keys, is_proven=True)
    db.commit()
    with pytest.raises(SignInRequired):
        actor_for(token)


def test_a_row_in_the_member_table_admits_nobody(thread: Thread) -> None:
    administrator = thread.province.actor(thread.police.administrator)
    with db.unit_of_work():
        member, code = accounts.invite_member(
            administrator,
            thread.police.agency,
            username="ke.gian",
            display_name="Kẻ gian",
            role="police_officer",
        )
    with db.unit_of_work():
        accounts.enrol(member.username, code, PASSPHRASE)
    overwrite(Member, Member.id == member.id, state=MemberState.ACTIVE)
    with pytest.raises(InvalidInput):
        sign_in(member.username, PASSPHRASE, "")


def test_a_wrap_in_a_row_makes_nobody_a_member_of_a_circle(thread: Thread) -> None:
    administrator = thread.province.actor(thread.police.administrator)
    with db.unit_of_work():
        other = agencies.make_circle(
            administrator,
            thread.police.agency,
            purpose=CirclePurpose.CASES,
            name_vi="tổ kín",
            name_en="sealed team",
        )
    assert keyring_of(again(administrator)).holds(other.id)
    db.begin_write()
    directory.store_wrap(other.id, 1, keyring_of(thread.officer).member_id, b"anything")
    db.commit()
    planted = select(CircleWrapBody).where(CircleWrapBody.circle_id == other.id)
    assert len(db.session().scalars(planted).all()) == 2
    assert not keyring_of(again(thread.officer)).holds(other.id)


def test_codes_of_the_second_factor_cannot_be_tried_one_after_the_other(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper.gate, "second_factor", True)
    member = db.session().get_one(Member, thread.officer.member_id)
    username, totp = member.username, pyotp.TOTP(thread.province.factors[member.username])
    wrong = next(c for c in ("000000", "111111") if not totp.verify(c, valid_window=5))
    for _ in range(MOST_CODES):
        with pytest.raises(InvalidInput):
            sign_in(username, PASSPHRASE, wrong)
    with pytest.raises(InvalidInput):
        sign_in(username, PASSPHRASE, totp.now())
    before = clock.clock.shift
    try:
        clock.clock.shift += timedelta(minutes=16)
        assert sign_in(username, PASSPHRASE, totp.now())
    finally:
        clock.clock.shift = before


def test_a_stolen_passphrase_does_not_get_past_the_factor_by_a_changed_row(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorkeeper.gate, "second_factor", True)
    member_id = thread.officer.member_id
    username = db.session().get_one(Member, member_id).username
    for changed in ({"role": "coordinator"}, {"state": MemberState.ENROLLED}):
        overwrite(Member, Member.id == member_id, has_factor=False, **changed)
        with pytest.raises(InvalidInput):
            sign_in(username, PASSPHRASE, "")


def test_a_reader_does_not_learn_which_other_agencies_help_her(thread: Thread) -> None:
    case = case_of(thread.officer)
    shared(thread, case, thread.hospital, thread.nurse, ["needs"])
    shared(thread, case, thread.clinic, thread.other_nurse, ["needs"])
    medical = {"seen_at": "2024-11-25T15:00:00Z", "findings": "bầm tím"}
    theirs = write(thread.other_nurse, case, "medical", medical)
    clinic = thread.clinic.circle_id()
    seen = read(thread.nurse, case).sections
    assert {s.kind for s in seen if s.status == "sealed"} >= {"identity"}
    assert theirs not in {s.section_id for s in seen}
    assert clinic not in {circle for s in seen for _, circle in s.readers}
    full = read(thread.officer, case).sections
    assert theirs in {s.section_id for s in full}
    assert clinic in {circle for s in full for _, circle in s.readers}


def test_custody_hands_on_nothing_that_another_agency_only_shared(thread: Thread) -> None:
    case = case_of(thread.officer)
    shared(thread, case, thread.hospital, thread.nurse, ["incident"])
    theirs = write(thread.nurse, case, "needs", {"needs": ["counselling"]})
    consent_of(thread.nurse, case, agency_id=thread.police.id, kinds=["needs"])
    accept(thread.officer, send(thread.nurse, case, thread.police, kinds=["needs"]))
    assert theirs in {s.section_id for s in read(thread.officer, case).sections}
    accept(thread.worker, send(thread.officer, case, thread.social, kinds=[], kind="custody"))
    held = {s.section_id: s for s in read(thread.worker, case).sections}
    assert held[theirs].status == "sealed"
    assert {s.kind for s in held.values() if s.status == "open"} >= {"identity", "needs"}
    view = case_view(case.id)
    assert not view.reads(thread.social.circle_id(), theirs, clock.now())


def test_custody_that_was_taken_back_cannot_be_taken_any_more(thread: Thread) -> None:
    case = case_of(thread.officer)
    shared(thread, case, thread.social, thread.worker, ["needs"])
    offer = send(thread.officer, case, thread.social, kinds=[], kind="custody")
    with db.unit_of_work():
        service.cancel_referral(thread.officer, queries.visible_referral(thread.officer, offer.id))
    db.begin_write()
    with pytest.raises(NotVerified):
        advance(case_view(case.id), keyring_of(thread.worker), "custody_taken", (offer.id,))
    db.rollback()
    assert case_view(case.id).custodian_agency == thread.police.id


@pytest.mark.promise("no-referral-is-lost")
def test_custody_whose_offer_expired_is_not_taken_even_by_raw_keys(
    thread: Thread, time_machine_hours: Callable[[float], None]
) -> None:
    """The job that expires it has no keys and signs nothing: it destroys the release key."""
    case = case_of(thread.officer)
    shared(thread, case, thread.social, thread.worker, ["needs"])
    offer = send(thread.officer, case, thread.social, kinds=[], kind="custody", urgency="p3")
    before = clock.now()
    proof = release.custody_proof(offer)
    early = taking(thread, case, offer, b"", before)
    time_machine_hours(24 * 11)
    with db.unit_of_work():
        assert service.expire_referrals(SYSTEM, None) == 1
    for forged in (early, taking(thread, case, offer, b"", before), taking(thread, case, offer)):
        db.begin_write()
        plant(case, forged)
        db.rollback()
    assert instance.names(RELEASE_FOLDER) == []
    with pytest.raises(NotFound):
        release.custody_proof(offer)
    view = case_view(case.id)
    assert view.custodian_agency == thread.police.id
    shown = queries.visible_referral(thread.officer, offer.id)
    assert (shown.state, len(proof)) == ("expired", 32)
    read(thread.officer, case)  # the giver's next session signs the end of the offer
    assert not case_view(case.id).offered
    with pytest.raises(NotVerified):
        advance(case_view(case.id), keyring_of(thread.worker), "custody_taken", (offer.id, proof))
    db.rollback()


def taking(thread: Thread, case: CaseFile, offer: Referral, *shown: Any) -> strands.SignedEntry:
    """What the receiver signs with raw keys: without a proof, or with one, now or before."""
    proof, at = (shown[:1], shown[1]) if shown else ((), clock.now())
    ring = keyring_of(thread.worker)
    log = directory.directory_of(ring.agency_id)
    place = case_view(case.id).place(ring.agency_id)
    payload = (offer.id, *proof)
    return strands.write_entry(ring, place, log, at=at, kind="custody_taken", payload=payload)


def plant(case: CaseFile, entry: strands.SignedEntry) -> None:
    """Write it into the database: it is not believed, and names the fault."""
    said = strands.StrandEntry.read(entry.raw)
    where = {"case_id": case.id, "agency_id": said.agency_id, "seq": said.seq}
    db.session().add(StrandRow(id=new_id(), **where, raw=entry.raw, signature=entry.signature))
    db.session().flush()
    view = case_view(case.id)
    assert view.faults == {said.agency_id: "custody was not released"}
    assert view.custodian_agency != said.agency_id


def test_no_agency_can_draw_the_province_s_facts_to_itself(thread: Thread) -> None:
    office = thread.province.house("thongke", "lead_department", "statistician")
    before = statistics_circle().id
    for house in (thread.police, thread.hospital):
        with pytest.raises(InvalidInput), db.unit_of_work():
            agencies.make_circle(
                thread.province.actor(house.administrator),
                house.agency,
                purpose=CirclePurpose.STATISTICS,
                name_vi="thống kê",
                name_en="statistics",
            )
    assert statistics_circle().id == before == office.circle_id("statistics")


@pytest.mark.parametrize("day", ["9999-12-31", "3000-01-01"])
def test_a_day_at_the_end_of_the_calendar_is_refused(day: str) -> None:
    assert set(PlacesQuery().validate({"unit_code": "20050", "on": day})) == {"on"}
    assert "from_on" in BoardQuery().validate({"from_on": day})
    assert not BoardQuery().validate({"from_on": "2999-12-31"})
