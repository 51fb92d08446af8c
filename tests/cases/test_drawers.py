"""Cards that lie together in drawers answer a search as they do alone, and no longer than alone."""

from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from referral.accounts.sessions import actor_for
from referral.agencies.model import Circle
from referral.agencies.rewrapping import end_generations
from referral.agencies.service import renew_circle
from referral.cases import drawers, queries
from referral.cases import service as cases
from referral.cases.drawers import WORTH_FILING, WORTH_KEEPING, Filed, forget_card
from referral.cases.model import Card, CardDrawer, CardDrawerBody, Section
from referral.cli.demo import bulk
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.vault.keys import keyring_of
from tests.agencies.carrying import carry_over
from tests.cases.district import District
from tests.factories.installation import together
from tests.factories.province import case_of

NAME, OTHER, PHONE = "Hồ Thị Sương Mai", "Lê Thị Nhàn", "0400 777 123"
SECTIONS = {
    "identity": {"spoken_name": NAME, "age_band": "25_39", "sex": "female"},
    "safe_contact": {"reach": "set_times", "phone": PHONE},
    "needs": {"needs": ["health_care"]},
}


def hits(actor: Actor, words: str) -> list[UUID]:
    db.rollback()
    with db.unit_of_work():
        result = cases.search_cases(actor, None, words=words)
    return [found.line.id for found in result.rows]


def filed(case_id: UUID, circle_id: UUID) -> UUID | None:
    """The drawer in which the circle's card of the case lies."""
    db.rollback()
    mine = select(Card.drawer_id).where(Card.case_id == case_id, Card.circle_id == circle_id)
    return db.session().execute(mine).scalar_one()


def drawers_of(circle_id: UUID) -> set[UUID]:
    db.rollback()
    return set(db.session().scalars(select(CardDrawer.id).where(CardDrawer.circle_id == circle_id)))


def fill(actor: Actor, count: int = WORTH_FILING) -> None:
    """So many more cards in the actor's circle, and a search after which they lie in drawers."""
    bulk.fill_cards(actor, [{"identity": {"paper_name": OTHER}}] * count)
    hits(actor, OTHER)


@pytest.mark.promise("found-by-name-without-tones")
def test_in_a_drawer_a_case_is_found_as_before_and_only_as_it_stands_now(
    district: District,
) -> None:
    officer, circle_id = district.officer, district.police.circle_id()
    case = case_of(officer, **SECTIONS)
    told = ("mai suong", "+84 400777123", case.code, "thi", "ho")
    alone = {words: hits(officer, words) for words in told}
    fill(officer)
    assert filed(case.id, circle_id) is not None
    assert {words: hits(officer, words) for words in told[:3]} == {w: alone[w] for w in told[:3]}
    assert case.id in hits(district.second, "mai suong")

    with db.unit_of_work():
        mine = queries.visible_case(officer, case.id)
        answers = {**SECTIONS["identity"], "spoken_name": "Hồ Thị Lài"}
        held = select(Section.id).where(Section.case_id == case.id, Section.kind == "identity")
        cases.write_section(
            officer,
            mine,
            kind="identity",
            answers=answers,
            expected_revision=1,
            section_id=db.session().scalars(held).one(),
        )
    assert filed(case.id, circle_id) is None
    assert hits(officer, "ho lai") == [case.id]
    assert hits(officer, "suong mai") == [], "what she was called before counts no more"


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_what_is_withdrawn_leaves_its_drawer_with_all_that_lay_in_it(district: District) -> None:
    nurse, circle_id = district.nurse, district.hospital.circle_id()
    case = case_of(district.officer, **SECTIONS)
    basis_id = district.share(case, district.hospital, nurse, ["safe_contact", "needs"])
    fill(nurse)
    drawer_id = filed(case.id, circle_id)
    assert drawer_id is not None
    assert case.id in hits(nurse, PHONE)
    with db.unit_of_work():
        mine = queries.visible_case(district.officer, case.id)
        cases.withdraw_consent(district.officer, mine, basis_id=basis_id)
    for words in (PHONE, case.code):
        assert case.id not in hits(nurse, words)
    assert drawer_id not in drawers_of(circle_id)
    body = select(CardDrawerBody).where(CardDrawerBody.drawer_id == drawer_id)
    assert db.session().scalars(body).all() == []
    assert len(hits(nurse, OTHER)) == 50, "the others are found, and lie in another drawer"
    assert drawers_of(circle_id)


def test_a_case_without_a_card_is_found_by_its_code_though_another_circle_filed_its_own(
    district: District,
) -> None:
    nurse, circle_id = district.nurse, district.hospital.circle_id()
    case = case_of(district.officer, **SECTIONS)
    district.share(case, district.hospital, nurse, ["needs"])
    fill(district.officer)
    assert filed(case.id, district.police.circle_id())
    with db.unit_of_work():
        db.begin_write()
        forget_card(case.id, circle_id)
    assert hits(nurse, case.code) == [case.id]


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_drawer_that_does_not_open_is_passed_over_and_its_cards_are_read(
    district: District,
) -> None:
    worker, circle_id = district.worker, district.social.circle_id()
    case = case_of(worker, **SECTIONS)
    fill(worker)
    drawer_id = filed(case.id, circle_id)
    db.begin_write()
    body = db.session().get_one(CardDrawerBody, drawer_id)
    body.body = body.body[:-1] + bytes([body.body[-1] ^ 1])
    db.commit()
    assert case.id in hits(worker, "suong mai")


def test_a_drawer_with_few_cards_left_is_emptied_into_another(district: District) -> None:
    nurse, circle_id = district.other_nurse, district.clinic.circle_id()
    fill(nurse)
    (thin,) = drawers_of(circle_id)
    db.begin_write()
    kept = select(Card.id).where(Card.drawer_id == thin).limit(WORTH_KEEPING - 1)
    written = update(Card).where(Card.drawer_id == thin, Card.id.not_in(kept))
    db.session().execute(written.values(drawer_id=None))
    db.commit()
    fill(nurse, WORTH_FILING)
    assert thin not in drawers_of(circle_id)
    loose = select(func.count()).where(Card.circle_id == circle_id, Card.drawer_id.is_(None))
    assert (db.session().scalar(loose) or 0) < WORTH_FILING - WORTH_KEEPING


@pytest.mark.promise("old-keys-come-to-an-end")
def test_drawers_are_carried_over_to_a_newer_key_and_what_does_not_open_goes(
    district: District,
) -> None:
    worker, agency = district.worker, district.social
    circle_id, boss = agency.circle_id(), district.province.actor(agency.administrator)
    case = case_of(worker, **SECTIONS)
    fill(worker)
    before = drawers_of(circle_id)
    with db.unit_of_work():
        renew_circle(boss, db.session().get_one(Circle, circle_id))
    worker = district.province.actor("ctxh.social_worker")
    carry_over(worker, circle_id, limit=100)
    with db.unit_of_work():
        end_generations(boss, db.session().get_one(Circle, circle_id))
    assert filed(case.id, circle_id) in before
    assert case.id in hits(worker, "suong mai")


@pytest.mark.promise("old-keys-come-to-an-end")
def test_an_emptied_drawer_does_not_keep_an_old_key_in_use(district: District) -> None:
    agency = district.hospital
    circle_id, boss = agency.circle_id(), district.province.actor(agency.administrator)
    case = case_of(district.nurse, **SECTIONS)
    fill(district.nurse)
    emptied = filed(case.id, circle_id)
    assert emptied
    with db.unit_of_work():
        db.begin_write()
        forget_card(case.id, circle_id)
    with db.unit_of_work():
        renew_circle(boss, db.session().get_one(Circle, circle_id))
    carry_over(district.province.actor("yte.health_worker"), circle_id, limit=100)
    assert emptied in drawers_of(circle_id)
    with db.unit_of_work():
        report = end_generations(boss, db.session().get_one(Circle, circle_id))
    assert report.oldest == report.generation


def test_two_sessions_that_file_at_once_put_each_card_into_one_drawer(district: District) -> None:
    officer, circle_id = district.officer, district.police.circle_id()
    bulk.fill_cards(officer, [{"identity": {"paper_name": OTHER}}] * 2 * WORTH_FILING)
    names = ("congan.police_officer", "congan.second")
    parts = [[district.province.token(name)] for name in names]
    db.rollback()
    assert together(district.home.environment, _file, parts) == ["filed", "filed"]
    said = [
        (drawer_id, UUID(Filed.of(line).case_id))
        for drawer_id, raw in drawers.open_drawers(keyring_of(officer)).items()
        for line in raw.decode().partition("\n\n")[2].split("\n")
    ]
    pointing = select(Card.drawer_id, Card.case_id).where(Card.circle_id == circle_id)
    lying = {tuple(row) for row in db.session().execute(pointing)}
    assert len(said) == len(set(said))
    loose = {line for line in lying if line[0] is None}
    assert len(loose) < WORTH_FILING < len(lying)
    assert lying - loose <= set(said), "each card points to a drawer that tells of its case"


def _file(barrier, token: str) -> str:
    actor = actor_for(token)
    db.rollback()
    barrier.wait()
    with db.unit_of_work():
        cases.search_cases(actor, None, words=OTHER)
    return "filed"
