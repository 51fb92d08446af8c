"""A search finds what is in one's circles, tells nobody what was looked for, and nothing else."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from referral.agencies import named_circles
from referral.audit.detail import Said
from referral.audit.model import AuditEntry
from referral.audit.opening import details_of
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.finding import BEST, SearchResult, found_cases
from referral.cases.model import Card, CardBody, CaseFile, Grant
from referral.cases.search import Found, Hit, Sought, sought
from referral.cli.demo import bulk
from referral.kernel import clock, db, deployment
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import InvalidInput, KeysMissing, NotPermitted, Unreadable
from referral.referrals import service as referrals
from referral.vault.audit_chain import AuditRecord
from referral.vault.boxes import open_in_circle
from referral.vault.keys import CircleSecret, keyring_of
from referral.vault.primitives import Purpose
from tests.cases.district import District
from tests.factories.province import case_of
from tests.infrastructure.statements import counted

NAME, PHONE = "Hồ Thị Sương Mai", "0400 777 123"
SECTIONS = {
    "identity": {"spoken_name": NAME, "age_band": "25_39", "sex": "female"},
    "safe_contact": {"reach": "set_times", "phone": PHONE},
    "needs": {"needs": ["health_care"]},
}


def search(actor: Actor, words: str) -> SearchResult:
    db.rollback()
    with db.unit_of_work():
        return cases.search_cases(actor, None, words=words)


def hits(actor: Actor, words: str) -> list[UUID]:
    return [found.line.id for found in search(actor, words).rows]


@pytest.mark.promise("found-by-name-without-tones")
def test_a_case_is_found_by_name_phone_and_code_by_everybody_in_its_circle(
    district: District,
) -> None:
    case = case_of(district.officer, **SECTIONS)
    for actor in (district.officer, district.second, district.supervisor):
        for words, by in (
            ("mai suong", Found.SPOKEN_NAME),
            ("+84 400777123", Found.PHONE),
            (case.code, Found.CODE),
        ):
            found = {f.line.id: f for f in search(actor, words).rows}[case.id]
            assert found.by == by
            assert found.line.code == case.code
            assert found.line.card["age_band"] == "25_39"


def test_a_search_has_one_entry_with_the_count_and_without_the_words(district: District) -> None:
    officer = district.officer
    case_of(officer, **SECTIONS)
    before = _last_seq(officer)
    count = len(hits(officer, "suong mai"))
    assert count > 0
    query = select(AuditEntry).where(
        AuditEntry.chain_id == officer.agency_id, AuditEntry.seq > before
    )
    (entry,) = db.session().scalars(query).all()
    assert (entry.operation, entry.object_id) == ("cases.search_cases", None)
    record = AuditRecord.read(entry.raw)
    (detail,) = details_of(keyring_of(officer), [record]).values()
    assert detail.facts == {Said.COUNT: (count,)}


def _last_seq(actor: Actor) -> int:
    query = select(AuditEntry.seq).where(AuditEntry.chain_id == actor.agency_id)
    return max(db.session().scalars(query))


@pytest.mark.promise("unseen-case-does-not-exist")
def test_another_agency_finds_only_by_what_it_was_given(district: District) -> None:
    case = case_of(district.officer, **SECTIONS)
    everybody = (district.nurse, district.other_nurse, district.worker)
    for words in (NAME, PHONE, case.code):
        assert not [a for a in everybody if case.id in hits(a, words)]
    basis_id = district.share(case, district.hospital, district.nurse, ["needs", "safe_contact"])
    assert case.id not in hits(district.nurse, NAME), "her name was not shared"
    assert case.id in hits(district.nurse, PHONE)
    assert case.id in hits(district.nurse, case.code)
    kept = _cards(case.id, district.hospital.circle_id())
    with db.unit_of_work():
        mine = queries.visible_case(district.officer, case.id)
        cases.withdraw_consent(district.officer, mine, basis_id=basis_id)
    for words in (PHONE, case.code):
        assert case.id not in hits(district.nurse, words)
    _put_back(kept)
    for words in (PHONE, case.code):
        assert case.id not in hits(district.nurse, words), "a card without a grant"


@dataclass
class EndedMeanwhile:
    """What is looked for, while somebody else ends every access that the cases were found by."""

    sought: Sought
    may_be_code: bool = False

    def in_case(self, code: str, card: str) -> Hit | None:
        db.session().execute(update(Grant).values(ended_at=clock.now()))
        return self.sought.in_case(code, card)


@pytest.mark.promise("unseen-case-does-not-exist")
def test_a_case_that_was_withdrawn_while_it_was_looked_for_is_left_out(district: District) -> None:
    case_of(district.officer, **SECTIONS)
    db.rollback()
    db.begin_write()
    looked_for: Any = EndedMeanwhile(sought(NAME))
    found = found_cases(district.officer, looked_for)
    assert (list(found.rows), found.has_more) == ([], False)
    db.rollback()


def _cards(case_id: UUID, circle_id: UUID) -> list[tuple[dict[str, object], bytes]]:
    db.rollback()
    rows = db.session().execute(
        select(Card, CardBody.body)
        .join(CardBody, CardBody.card_id == Card.id)
        .where(Card.case_id == case_id, Card.circle_id == circle_id)
    )
    columns = ("id", "case_id", "circle_id", "circle_generation")
    found = [({name: getattr(card, name) for name in columns}, body) for card, body in rows]
    assert found
    return found


def _put_back(kept: list[tuple[dict[str, object], bytes]]) -> None:
    db.rollback()
    db.begin_write()
    for columns, body in kept:
        db.session().execute(insert(Card).values(columns))
        db.session().execute(insert(CardBody).values(card_id=columns["id"], body=body))
    db.commit()


@pytest.mark.promise("named-circle-by-key")
def test_who_was_left_out_of_a_named_circle_finds_nothing_with_any_of_their_keys(
    district: District,
) -> None:
    case = case_of(district.officer, **SECTIONS)
    boss = district.province.actor(district.police.administrator)
    inside = (district.officer, district.supervisor)
    with db.unit_of_work():
        ids = [actor.member_id for actor in inside]
        named = named_circles.name_circle(boss, district.police.agency, member_ids=ids).id
    db.rollback()
    with db.unit_of_work():
        mine = queries.visible_case(district.officer, case.id)
        referrals.move_case(district.officer, mine, circle_id=named)
    for words in (NAME, PHONE, case.code):
        assert case.id in hits(district.officer, words)
        assert case.id not in hits(district.second, words)
    assert _opens(district.officer, case.id)
    assert not _opens(district.second, case.id)


def _opens(actor: Actor, case_id: UUID) -> bool:
    """Whether any secret in the actor's ring, of whatever circle, opens any card of the case."""
    keyring, here = keyring_of(actor), deployment.current().id
    query = select(CardBody.body).join(Card, Card.id == CardBody.card_id)
    bodies = db.session().scalars(query.where(Card.case_id == case_id)).all()
    assert bodies
    secrets = [
        keyring.circle(circle_id, generation)
        for circle_id in keyring.circle_ids
        for generation in keyring.generations(circle_id)
    ]

    def opens(secret: CircleSecret, body: bytes) -> bool:
        try:
            return bool(open_in_circle(secret, Purpose.CARD, here, case_id, body))
        except Unreadable:
            return False

    return any(opens(secret, body) for secret in secrets for body in bodies)


def test_who_works_on_no_case_may_not_look_for_one(district: District) -> None:
    case_of(district.officer, **SECTIONS)
    administrator = district.province.actor(district.police.administrator)
    for actor in (administrator, SYSTEM):
        with pytest.raises((NotPermitted, KeysMissing)):
            search(actor, NAME)


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_card_that_was_exchanged_is_found_by_its_code_alone(district: District) -> None:
    case, other = case_of(district.officer, **SECTIONS), case_of(district.officer)
    body = _cards(other.id, district.police.circle_id())[0][1]
    db.begin_write()
    mine = db.session().scalars(select(Card).where(Card.case_id == case.id)).one()
    db.session().get_one(CardBody, mine.id).body = body
    db.commit()
    assert case.id not in hits(district.officer, NAME)
    assert case.id not in hits(district.officer, "0400123456")
    assert hits(district.officer, case.code) == [case.id]


def test_the_best_stand_first_the_newest_before_and_no_more_than_fifty(district: District) -> None:
    worker = district.worker
    typed, other, longer = "Lò Thị Thủy", "Lò Thị Thùy", "Lò Thị Thủy Tiên"
    made = {name: _named(worker, name) for name in (typed, other, longer)}
    newer = _named(worker, typed)
    assert hits(worker, typed) == [newer, made[typed], made[longer], made[other]]
    bulk.fill_cards(worker, [{"identity": {"paper_name": other}}] * BEST)
    result = search(worker, typed)
    assert result.has_more
    assert len(result.rows) == BEST
    assert [found.line.id for found in result.rows][:3] == [newer, made[typed], made[longer]]


def _named(actor: Actor, name: str) -> UUID:
    return case_of(actor, identity={"paper_name": name}).id


def test_too_little_is_refused_and_nothing_is_opened(district: District) -> None:
    with pytest.raises(InvalidInput):
        search(district.officer, "h")


def test_a_search_or_a_list_asks_the_database_as_often_for_many_cases_as_for_few(
    district: District,
) -> None:
    worker = district.worker

    def asked() -> tuple[int, int]:
        with counted() as count:
            search(worker, "Quách Thị Vừng")
        with counted() as listed, db.unit_of_work():
            cases.list_cases(worker, None)
        return count(), listed()

    _named(worker, "Quách Thị Vừng")
    few = asked()
    bulk.fill_cards(worker, [{"identity": {"paper_name": "Quách Thị Vừng"}}] * 120)
    assert asked() == few
    query = select(CaseFile.id)
    some = db.session().scalars(query.limit(3)).all()
    with counted() as control:
        for case_id in some:
            db.session().execute(query.where(CaseFile.id == case_id)).all()
    assert control() == len(some) == 3
