"""After a removal, what the circle had is sealed anew, and the old key opens nothing of it."""

import json
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.agencies import directory
from referral.agencies.model import Circle, CircleWrapBody
from referral.agencies.rewrapping import end_generations, rewrap_circle, share_key, shelves
from referral.agencies.service import renew_circle
from referral.cases import queries as case_queries
from referral.cases.model import CaseFile, Grant, GrantBundle, GrantBundleBody
from referral.cases.service import withdraw_consent
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotPermitted, NotVerified, StateConflict
from referral.kernel.ids import new_id
from referral.referrals.model import Referral
from referral.referrals.queries import line_of, visible_referral
from referral.vault import primitives
from referral.vault.boxes import new_circle_secret, rewrap_in_circle, seal_in_circle
from referral.vault.codec import pack
from referral.vault.grants import rewrap_grant
from referral.vault.keys import keyring_of
from referral.vault.primitives import Purpose
from tests.agencies.carrying import carry_over, report
from tests.cases.district import District, read, write
from tests.factories.fixtures import Thread
from tests.factories.province import case_of, consent_of
from tests.security.attacker import Attacker, snapshot

AGREED = ["incident", "needs"]


def remove(thread: Thread, leaver: Actor) -> None:
    house = next(h for h in thread.province.houses.values() if h.id == leaver.agency_id)
    with db.unit_of_work():
        member = db.session().get_one(Member, leaver.member_id)
        accounts.remove_member(thread.province.actor(house.administrator), member)


def boss(thread: Thread) -> Actor:
    return thread.province.actor(thread.hospital.administrator)


def sent(thread: Thread, case: CaseFile) -> UUID:
    district = District(
        None,  # type: ignore[arg-type]  # only the tests of a whole module have one
        thread.province,
        thread.police,
        thread.hospital,
        thread.clinic,
        thread.social,
    )
    return district.send(case, thread.hospital, AGREED)


def shared(thread: Thread, *, accepted: bool = True) -> tuple[CaseFile, UUID]:
    """A case of which the hospital has been sent two parts."""
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral_id = sent(thread, case)
    if accepted:
        District.accept(None, thread.nurse, referral_id)  # type: ignore[arg-type] # it needs no self
    return case, referral_id


def test_every_table_that_names_a_generation_is_on_a_shelf(thread: Thread) -> None:
    """Also one that comes later: whoever adds it says how it is carried over."""
    del thread
    named = {
        table.name
        for table in db.db.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith(("circle_generation", "heir_generation"))
    }
    assert {shelf.key.class_.__tablename__ for shelf in shelves.all} == named


@pytest.mark.promise("old-keys-come-to-an-end")
def test_what_is_carried_over_opens_to_who_stays_and_not_to_the_old_key(thread: Thread) -> None:
    cases = [shared(thread)[0] for _ in range(3)]
    circle_id = thread.hospital.circle_id()
    gone, before = thread.nurse, snapshot()
    old = Attacker.of(gone, before)
    old.run()
    thread.province.member(thread.hospital, "health_worker", "yte.stays")
    remove(thread, gone)
    behind = report(circle_id).behind
    assert behind == 3 + 3 + 3  # bundles, cards, summaries

    stays = thread.province.actor("yte.stays")
    assert sum(carry_over(stays, circle_id)) == behind
    with db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))

    now = report(circle_id)
    assert (now.generation, now.oldest, now.behind) == (2, 2, 0)
    left = select(func.count()).where(
        CircleWrapBody.circle_id == circle_id, CircleWrapBody.generation < 2
    )
    assert db.session().scalar(left) == 0
    hoarder = Attacker.of(gone, snapshot())
    hoarder.secrets |= old.secrets
    hoarder.run()
    mine = {str(b.id) for b in db.session().scalars(select(GrantBundle).join(Grant).where(
        Grant.receiver_circle_id == circle_id))}  # fmt: skip
    assert len(mine) == 3
    assert not {("grant_bundle_body", bundle) for bundle in mine} & hoarder.opened
    # What an entry said, its signature holds as it was sealed: the old key reads it, as before.
    as_it_was = {"section_revision_body", "audit_entry_body"}
    assert not [name for name in hoarder.opened if name[0] not in as_it_was]
    for reader in (thread.province.actor("yte.stays"), thread.officer):
        for case in cases:
            found = {s.kind: s.status for s in read(reader, case.id)}
            assert [found[kind] for kind in AGREED] == ["open", "open"]


def test_a_member_who_comes_after_the_end_holds_no_old_key_and_reads_all(thread: Thread) -> None:
    case, referral_id = shared(thread)
    circle_id = thread.hospital.circle_id()
    remove(thread, thread.nurse)
    carry_over(boss(thread), circle_id)
    with db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))
    thread.province.member(thread.hospital, "health_worker", "yte.later")
    later = thread.province.actor("yte.later")
    assert keyring_of(later).generations(circle_id) == [2]
    assert {s.kind for s in read(later, case.id) if s.status == "open"} == set(AGREED)
    line = line_of(later, visible_referral(later, referral_id))
    assert line.summary["reason"] == "Cần khám trong ngày."


@pytest.mark.promise("accepted-while-the-sender-sleeps")
def test_what_waits_for_an_answer_is_not_opened_to_be_sealed_anew(thread: Thread) -> None:
    case, referral_id = shared(thread, accepted=False)
    circle_id = thread.hospital.circle_id()
    thread.province.member(thread.hospital, "health_worker", "yte.stays")
    remove(thread, thread.nurse)
    carry_over(boss(thread), circle_id)
    waiting = report(circle_id)
    assert (waiting.behind, waiting.waiting) == (0, 1)
    with pytest.raises(StateConflict), db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))

    stays = thread.province.actor("yte.stays")
    District.accept(None, stays, referral_id)  # type: ignore[arg-type] # it needs no self
    assert report(circle_id).behind == 1
    carry_over(stays, circle_id)
    with db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))
    assert {s.kind for s in read(stays, case.id) if s.status == "open"} == set(AGREED)


@pytest.mark.promise("old-keys-come-to-an-end")
def test_a_writer_has_nothing_carried_over_that_was_not_given(thread: Thread) -> None:
    """A bundle put back after its grant ended, and one of another grant, stay under the old key."""
    case, _ = shared(thread)
    other, _ = shared(thread)
    circle_id = thread.hospital.circle_id()
    copy = snapshot()
    basis = next(r for r in copy["sharing_basis"] if r["case_id"] == case.id)
    with db.unit_of_work():
        seen = case_queries.visible_case(thread.officer, case.id)
        withdraw_consent(thread.officer, seen, basis_id=basis["id"])
    given = {r["id"]: r for r in copy["case_grant"] if r["receiver_circle_id"] == circle_id}
    planted = [r for r in copy["grant_bundle"] if r["grant_id"] in given]
    bodies = {r["bundle_id"]: r["body"] for r in copy["grant_bundle_body"]}
    living = next(g["id"] for g in given.values() if g["case_id"] == other.id)
    marks = []
    with db.unit_of_work():
        db.begin_write()
        for row in planted:
            marks.append(mark := new_id())
            db.session().add(GrantBundle(
                id=mark, grant_id=living if row["grant_id"] != living else row["grant_id"],
                circle_generation=1, made_at=row["made_at"]))  # fmt: skip
            db.session().flush()
            wrong = bodies[row["id"]] if row["grant_id"] != living else b"x" * 200
            db.session().add(GrantBundleBody(bundle_id=mark, body=wrong))
        ended = next(r for r in planted if r["grant_id"] != living)
        marks.append(back := new_id())
        db.session().add(GrantBundle(
            id=back, grant_id=ended["grant_id"], circle_generation=1, made_at=ended["made_at"]
        ))  # fmt: skip
        db.session().flush()
        db.session().add(GrantBundleBody(bundle_id=back, body=bodies[ended["id"]]))
        db.session().execute(
            update(Grant).where(Grant.id == ended["grant_id"]).values(ended_at=None)
        )
    with db.unit_of_work():
        renew_circle(boss(thread), db.session().get_one(Circle, circle_id))
    carry_over(boss(thread), circle_id)
    for mark in marks:
        assert db.session().get_one(GrantBundle, mark).circle_generation == 1
    assert report(circle_id).behind == len(marks)
    with pytest.raises(StateConflict), db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))


def test_nothing_is_sealed_anew_to_a_key_that_the_log_does_not_state(thread: Thread) -> None:
    circle_id = thread.hospital.circle_id()
    with db.unit_of_work():
        renew_circle(boss(thread), db.session().get_one(Circle, circle_id))
    db.rollback()
    ring = keyring_of(thread.province.actor(thread.hospital.administrator))
    old, new = ring.circle(circle_id, 1), ring.circle(circle_id, 2)
    stated = directory.key_of(circle_id)
    planted = new_circle_secret(circle_id, 2)
    here, card = stated.deployment, new_id()
    raw = seal_in_circle(old, Purpose.CARD, here, card, b"{}")
    assert rewrap_in_circle(old, (new, stated), Purpose.CARD, card, raw)
    for wrong in (planted, old):
        with pytest.raises(NotPermitted):
            rewrap_in_circle(old, (wrong, stated), Purpose.CARD, card, raw)
    with pytest.raises(TypeError):
        replace(stated, public=planted.exchange_public, witness=object())
    police = directory.key_of(thread.police.circle_id())
    for receiver in (police, stated):
        held = old if receiver is police else new  # another circle, or no newer generation
        with pytest.raises(NotPermitted):
            rewrap_grant(held, receiver, case_id=card, grant_id=card, raw=raw, vouched=frozenset())


def test_a_planted_bundle_that_opens_is_passed_over_without_a_word(thread: Thread) -> None:
    """Anybody can seal to a circle, and what they seal need be nothing at all."""
    case, _ = shared(thread)
    key = directory.key_of(thread.hospital.circle_id())
    grant = db.session().scalars(
        select(Grant).where(Grant.receiver_circle_id == key.circle_id)
    ).one()  # fmt: skip
    context = ("grant", key.deployment, case.id, grant.id, key.agency_id, key.circle_id)
    for content in (pack(("not", "keys")), pack(7), b"\x00", pack((b"t" * 16, (("a", "b", "c"),)))):
        body = primitives.seal_to(
            key.public,
            Purpose.GRANT,
            (context, key.generation),
            primitives.padded(content),
        )
        with db.unit_of_work():
            db.begin_write()
            row = GrantBundle(
                id=new_id(), grant_id=grant.id, circle_generation=1, made_at=grant.made_at
            )
            db.session().add(row)
            db.session().flush()
            db.session().add(GrantBundleBody(bundle_id=row.id, body=body))
    assert {s.kind for s in read(thread.nurse, case.id) if s.status == "open"} == set(AGREED)


def test_who_may_seal_anew_and_who_may_end(thread: Thread) -> None:
    circle_id = thread.hospital.circle_id()
    circle = db.session().get_one(Circle, circle_id)
    for verb in (rewrap_circle, share_key):
        with pytest.raises(NotPermitted), db.unit_of_work():
            verb(thread.officer, circle)
    for verb in (end_generations, renew_circle):
        with pytest.raises(NotPermitted), db.unit_of_work():
            verb(thread.nurse, circle)
    with pytest.raises(StateConflict), db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))
    for wrong in ("x", "1:", "9" * 9 + ":zz"):
        with pytest.raises(InvalidInput), db.unit_of_work():
            rewrap_circle(thread.nurse, db.session().get_one(Circle, circle_id), after=wrong)


@pytest.mark.promise("who-left-reads-nothing-new")
def test_a_circle_renewed_for_a_lost_device_closes_what_is_written_from_then_on(
    thread: Thread,
) -> None:
    case, _ = shared(thread)
    lost = Attacker.of(thread.nurse, snapshot())
    lost.run()
    with db.unit_of_work():
        renew_circle(boss(thread), db.session().get_one(Circle, thread.hospital.circle_id()))
    stolen = set(lost.secrets)
    write(thread.officer, case.id, "needs", {"needs": ["shelter"], "other_needs": "canary-77aa"}, 1)
    thief = Attacker(snapshot(), secrets=stolen, section_keys=set(lost.section_keys))
    thief.run()
    assert not [t for t in thief.texts.values() if b"canary-77aa" in t]
    nurse = thread.province.actor("yte.health_worker")
    assert "canary-77aa" in json.dumps([s.answers for s in read(nurse, case.id)])


def test_an_ended_generation_is_stated_no_more(thread: Thread) -> None:
    circle_id = thread.hospital.circle_id()
    wraps = db.session().scalars(
        select(CircleWrapBody).where(CircleWrapBody.circle_id == circle_id)
    ).all()  # fmt: skip
    kept = [(w.member_id, w.body) for w in wraps]
    with db.unit_of_work():
        renew_circle(boss(thread), db.session().get_one(Circle, circle_id))
    with db.unit_of_work():
        end_generations(boss(thread), db.session().get_one(Circle, circle_id))
    with pytest.raises(NotVerified):
        directory.directory_of(thread.hospital.id).stated_public(circle_id, 1)
    with db.unit_of_work():  # a writer puts the old wraps back
        db.begin_write()
        for member_id, body in kept:
            directory.store_wrap(circle_id, 1, member_id, body)
    nurse = thread.province.actor("yte.health_worker")
    assert keyring_of(nurse).generations(circle_id) == [2]
    assert db.session().scalar(select(func.count()).select_from(Referral)) == 0
