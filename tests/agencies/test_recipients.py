"""Who may receive on a day: live, in force, and serving the place."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from referral.agencies import directory
from referral.agencies.model import Agency, Circle, CircleArea
from referral.agencies.queries import (
    circles_of,
    recipient,
    recipient_names,
    recipients,
    statistics_circle,
    visible_agencies,
)
from referral.agencies.states import AgencyState, CirclePurpose
from referral.kernel import clock, db
from referral.kernel.errors import NotFound
from referral.kernel.ids import new_id
from referral.vault.boxes import new_circle_secret
from referral.vault.keys import keyring_of
from tests.agencies.conftest import Directory


def names(listed: Directory, on: date, **also: object) -> set[str]:
    found = recipients(listed.officer, on=on, **also)  # type: ignore[arg-type]  # by keyword
    return {line.name_vi for line in found}


def set_dates(listed: Directory, valid_from: date, valid_to: date | None) -> None:
    """Until the test's end: the write is never committed."""
    write(listed, valid_from=valid_from, valid_to=valid_to)


def write(listed: Directory, **columns: object) -> None:
    """Change the hospital's row by a statement of its own, whatever the session holds."""
    hospital_id = listed.hospital.id
    db.begin_write()
    statement = update(Agency).where(Agency.id == hospital_id).values(**columns)
    assert db.session().execute(statement).rowcount == 1


def test_every_live_agency_but_one_s_own_and_the_operator_may_receive(listed: Directory) -> None:
    assert names(listed, clock.today()) == {"yte"}
    assert names(listed, clock.today(), purpose=CirclePurpose.SHELTER) == {"nha shelter"}


@pytest.mark.parametrize(("days", "may"), [(-1, False), (0, True), (10, True), (11, False)])
def test_an_agency_receives_from_its_first_day_to_its_last(
    listed: Directory, days: int, may: bool
) -> None:
    first = date(2025, 7, 1)
    set_dates(listed, first, first + timedelta(days=10))
    on = first + timedelta(days=days)
    assert ("yte" in names(listed, on)) is may


def test_an_agency_that_is_not_live_receives_nothing(listed: Directory) -> None:
    write(listed, state=AgencyState.PENDING)
    assert names(listed, clock.today()) == set()


def test_a_shelter_is_offered_in_the_units_it_serves_under_its_code_name(
    listed: Directory,
) -> None:
    today, shelter = clock.today(), CirclePurpose.SHELTER
    assert names(listed, today, purpose=shelter, unit_code="20050") == {"nha shelter"}
    assert names(listed, today, purpose=shelter, unit_code="19753") == set()
    circle_id = listed.shelter.circle_id("shelter")
    db.begin_write()
    db.session().add(CircleArea(id=new_id(), circle_id=circle_id, unit_code="19753"))
    db.session().flush()
    assert names(listed, today, purpose=shelter, unit_code="19753") == {"nha shelter"}
    line = recipient(circle_id)
    assert line.name("vi") == "nha shelter"
    assert line.name("en") == "nha shelter"


def test_names_of_circles_are_known_whatever_their_state(listed: Directory) -> None:
    wanted = [listed.police.circle_id(), listed.shelter.circle_id("shelter")]
    found = recipient_names(wanted)
    assert {line.name_vi for line in found.values()} == {"congan", "nha shelter"}
    assert recipient_names([]) == {}
    with pytest.raises(NotFound):
        recipient(new_id())


def test_the_directory_lists_all_and_each_agency_s_circles(listed: Directory) -> None:
    assert {a.name_vi for a in visible_agencies(listed.officer).rows} == {
        "congan", "yte", "nha", "vanhanh",
    }  # fmt: skip
    assert visible_agencies(listed.officer, state=AgencyState.PENDING).rows == []
    assert [c.purpose for c in circles_of(listed.shelter.id)] == ["shelter"]


def test_a_row_alone_makes_no_statistics_circle(listed: Directory) -> None:
    db.begin_write()
    db.session().add(
        Circle(
            id=new_id(),
            agency_id=listed.police.id,
            purpose=CirclePurpose.STATISTICS,
            name_vi="thống kê",
            name_en="statistics",
            generation=1,
            made_at=clock.now() + timedelta(hours=1),
        )
    )
    db.session().get_one(Agency, listed.police.id).kind = "lead_department"
    db.session().flush()
    with pytest.raises(NotFound):
        statistics_circle()


def test_a_changed_row_draws_the_province_s_facts_to_nobody(listed: Directory) -> None:
    """The police's administrator helps the writer, and names a circle so in the signed log."""
    keyring, circle_id = keyring_of(listed.administrator), new_id()
    secret = new_circle_secret(circle_id)
    db.begin_write()
    log = directory.append(
        keyring,
        listed.police.id,
        at=clock.now(),
        kind="circle_keyed",
        payload=(circle_id, "statistics", 1, secret.exchange_public, (keyring.member_id,)),
    )
    db.session().add(
        Circle(
            id=circle_id,
            agency_id=listed.police.id,
            purpose=CirclePurpose.STATISTICS,
            name_vi="thống kê",
            name_en="statistics",
            generation=1,
            made_at=clock.now() + timedelta(hours=1),
        )
    )
    db.session().get_one(Agency, listed.police.id).kind = "lead_department"
    db.session().flush()
    assert log.circles[circle_id].purpose == "statistics"
    with pytest.raises(NotFound):
        statistics_circle()
