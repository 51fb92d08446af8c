"""A directory of thousands is read page by page, and found by a name typed as it comes."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from referral.accounts.roles import permissions_of
from referral.agencies.model import Agency
from referral.agencies.queries import (
    count_agencies,
    recipients,
    visible_agencies,
    visible_agency,
)
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound
from referral.kernel.ids import new_id
from referral.kernel.paging import PAGE_SIZE, encode_cursor
from tests.agencies.conftest import Directory

MANY = PAGE_SIZE + 7


@pytest.fixture
def many(listed: Directory) -> Directory:
    """Until the test's end: schools of one and the same name; the write is never committed."""
    # Signed in before, since a sign-in commits: the tests ask as these two.
    assert listed.officer.permissions
    assert listed.administrator.permissions
    db.begin_write()
    like = db.session().get_one(Agency, listed.police.id)
    for _ in range(MANY):
        db.session().add(
            Agency(
                id=new_id(),
                kind="school",
                name_vi="Trường THCS Đặng Huệ",
                name_en="Dang Hue School",
                unit_code=like.unit_code,
                unit_valid_from=like.unit_valid_from,
                valid_from=like.valid_from,
                state="listed",
                state_at=clock.now(),
            )
        )
    db.session().flush()
    return listed


def test_each_agency_is_on_one_page_and_in_the_order_of_names(many: Directory) -> None:
    actor, seen, cursor, pages = many.administrator, [], None, 0
    while True:
        page = visible_agencies(actor, cursor=cursor)
        assert len(page.rows) <= PAGE_SIZE
        seen += [row.id for row in page.rows]
        pages, cursor = pages + 1, page.next_cursor
        if cursor is None:
            break
    assert pages == 2
    every = select(Agency.id).order_by(Agency.name_vi, Agency.id)
    assert seen == list(db.session().scalars(every))
    assert len(seen) == len(set(seen)) == count_agencies(actor) > PAGE_SIZE


@pytest.mark.parametrize("typed", ["Đặng Huệ", "dang hue", "  ĐANG  hue ", "hue school", "THCS đ"])
def test_a_name_is_found_as_it_is_typed(many: Directory, typed: str) -> None:
    first = visible_agencies(many.administrator, name=typed)
    rest = visible_agencies(many.administrator, name=typed, cursor=first.next_cursor)
    assert (len(first.rows), len(rest.rows)) == (PAGE_SIZE, MANY - PAGE_SIZE)
    assert {row.kind for row in (*first.rows, *rest.rows)} == {"school"}
    assert visible_agencies(many.administrator, name=typed, state="live").rows == []


def test_what_nobody_is_called_is_not_found_and_a_page_of_nobody_is_refused(
    listed: Directory,
) -> None:
    for name in ("bệnh viện khác", "%", "_", "thcs\ndang"):
        assert visible_agencies(listed.administrator, name=name).rows == []
    for cursor in ("x", encode_cursor(clock.now(), new_id())):
        with pytest.raises(InvalidInput):
            visible_agencies(listed.administrator, cursor=cursor)


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_what_waits_to_take_part_is_known_to_who_enters_or_administers_agencies(
    many: Directory,
) -> None:
    officer, boss = many.officer, many.administrator
    waiting = visible_agencies(boss, state="listed").rows[0]
    assert visible_agency(boss, waiting.id) == waiting
    assert {row.name_vi for row in visible_agencies(officer).rows} == set(many.province.houses)
    assert count_agencies(officer) == len(many.province.houses)
    with pytest.raises(NotFound):
        visible_agency(officer, waiting.id)
    unconfirmed = replace(officer, permissions=frozenset())
    assert [row.id for row in visible_agencies(unconfirmed).rows] == [many.police.id]
    with pytest.raises(NotFound):
        visible_agency(unconfirmed, many.hospital.id)
    auditor = replace(officer, permissions=permissions_of("auditor"))
    assert visible_agency(auditor, many.hospital.id)
    assert recipients(officer, on=clock.today())
    assert recipients(auditor, on=clock.today()) == []
