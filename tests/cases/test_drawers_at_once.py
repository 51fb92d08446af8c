"""Cards are filed, written, deleted and looked for at the same time, and none is lost or left over.

On PostgreSQL, where two who write wait for each other only at rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, delete, select
from sqlalchemy.exc import OperationalError

from referral.agencies.model import Agency
from referral.cases import drawers, queries
from referral.cases import service as cases
from referral.cases.drawers import ROOM, WORTH_FILING, Filed, file_cards
from referral.cases.finding import found_cases
from referral.cases.model import Card, CardDrawer, Section
from referral.cases.search import sought
from referral.cli.demo import bulk
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.vault.keys import keyring_of
from tests.cases.district import District
from tests.factories.province import case_of
from tests.infrastructure.meanwhile import before_statement

pytestmark = pytest.mark.parametrize("standing", ["postgresql"], indirect=True)

NAME, OTHER, PHONE = "Hồ Thị Sương Mai", "Lê Thị Nhàn", "0400 777 123"
SECTIONS = {
    "identity": {"spoken_name": NAME, "age_band": "25_39", "sex": "female"},
    "safe_contact": {"reach": "set_times", "phone": PHONE},
    "needs": {"needs": ["health_care"]},
}


def fill(actor: Actor, count: int = WORTH_FILING) -> None:
    """So many loose cards more in the actor's circle: enough to be filed."""
    bulk.fill_cards(actor, [{"identity": {"paper_name": OTHER}}] * count)


def hits(actor: Actor, words: str) -> list[UUID]:
    with db.unit_of_work():
        result = cases.search_cases(actor, None, words=words)
    return [found.line.id for found in result.rows]


def lying(actor: Actor) -> list[tuple[UUID, Filed]]:
    """What the drawers of the actor's circles say, line by line."""
    db.rollback()
    opened = drawers.open_drawers(keyring_of(actor)).items()
    return [
        (drawer_id, Filed.of(line))
        for drawer_id, raw in opened
        for line in raw.decode().partition("\n\n")[2].split("\n")
    ]


def loosen(actor: Actor) -> None:
    """Every card of the actor's circles lies alone again."""
    db.rollback()
    db.begin_write()
    ours = CardDrawer.circle_id.in_(keyring_of(actor).circle_ids)
    db.session().execute(delete(CardDrawer).where(ours))
    db.commit()


@contextmanager
def elsewhere(district: District) -> Iterator[None]:
    """As another process does it: with a connection and a transaction of its own."""
    with district.home.app.app_context():
        yield
        db.rollback()


def identity_of(case_id: UUID) -> Section:
    held = select(Section).where(Section.case_id == case_id, Section.kind == "identity")
    return db.session().scalars(held).one()


def rename(actor: Actor, case_id: UUID, name: str) -> None:
    section = identity_of(case_id)
    with db.unit_of_work():
        cases.write_section(
            actor,
            queries.visible_case(actor, case_id),
            kind="identity",
            answers={**SECTIONS["identity"], "spoken_name": name},
            expected_revision=section.revision,
            section_id=section.id,
        )


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_what_is_withdrawn_while_somebody_files_it_stays_in_no_drawer(district: District) -> None:
    nurse = district.nurse
    case = case_of(district.officer, **SECTIONS)
    basis_id = district.share(case, district.hospital, nurse, ["safe_contact", "needs"])
    fill(nurse)
    done: list[str] = []

    def file_meanwhile() -> None:
        with elsewhere(district):
            hits(nurse, OTHER)
            done.append("filed")

    with before_statement(0, "DELETE FROM card ", file_meanwhile), db.unit_of_work():
        mine = queries.visible_case(district.officer, case.id)
        cases.withdraw_consent(district.officer, mine, basis_id=basis_id)
    assert done, "somebody filed in that instant"
    told = lying(nurse)
    assert told, "the others lie in a drawer"
    assert not [filed for _, filed in told if filed.case_id == case.id.hex]


FILED, LOOSE = "all lie in drawers", "all lie alone"


@pytest.mark.parametrize("before", [FILED, LOOSE])
@pytest.mark.parametrize("deed", ["file", "empty", "write"])
def test_a_search_misses_nothing_whatever_becomes_of_the_drawers_meanwhile(
    district: District, before: str, deed: str
) -> None:
    officer = district.officer
    case = case_of(officer, **SECTIONS)
    fill(officer)
    deeds = {
        "file": lambda: hits(district.second, OTHER),
        "empty": lambda: loosen(officer),
        "write": lambda: rename(district.second, case.id, NAME),
    }

    def meanwhile() -> None:
        with elsewhere(district):
            deeds[deed]()

    missed, number = [], 0
    while True:
        loosen(officer)
        if before is FILED:
            hits(officer, OTHER)
        db.rollback()
        with before_statement(number, "card", meanwhile) as seen:
            found = found_cases(officer, sought("suong mai"))
        if case.id not in [row.line.id for row in found.rows]:
            missed.append(seen[number])
        number += 1
        if number >= len(seen):
            break
    assert missed == []
    assert number > 2


def test_who_files_reads_cards_and_keys_while_nobody_else_can_change_them(
    district: District,
) -> None:
    worker, agency = district.worker, district.social
    case = case_of(worker, **SECTIONS)
    fill(worker, ROOM - 1)
    card = select(Card.id).where(Card.case_id == case.id).with_for_update(nowait=True)
    keys = select(Agency.id).where(Agency.id == agency.id).with_for_update(nowait=True)
    for words, row in (("card_body.body", card), ("INSERT INTO card_drawer", keys)):
        loosen(worker)
        assert was_held(district, words, row, lambda: file_cards(keyring_of(worker)))
        db.rollback()
    assert not was_held(district, "card_drawer_body", card, lambda: hits(worker, OTHER))


def was_held(district: District, words: str, row: Select[Any], act: Callable[[], object]) -> bool:
    """Whether somebody else would wait for the row before the first statement with these words."""
    found: list[bool] = []

    def ask() -> None:
        with elsewhere(district):
            try:
                db.session().execute(row).one()
            except OperationalError:
                found.append(True)
            else:
                found.append(False)

    with before_statement(0, words, ask):
        act()
    return found == [True]
