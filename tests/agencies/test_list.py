"""A directory of thousands is read page by page, and found by a name typed as it comes."""

import pytest
from sqlalchemy import select

from referral.agencies.model import Agency
from referral.agencies.queries import count_agencies, find_agencies
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import new_id
from referral.kernel.paging import PAGE_SIZE, encode_cursor
from tests.agencies.conftest import Directory

MANY = PAGE_SIZE + 7


@pytest.fixture
def many(listed: Directory) -> Directory:
    """Until the test's end: schools of one and the same name; the write is never committed."""
    # Signed in before, since a sign-in commits: the tests ask as these two.
    assert listed.officer.permissions
    assert listed.province.actor(listed.police.administrator).permissions
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
    actor, seen, cursor, pages = many.province.actor(many.police.administrator), [], None, 0
    while True:
        page = find_agencies(actor, cursor=cursor)
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
    first = find_agencies(many.officer, name=typed)
    rest = find_agencies(many.officer, name=typed, cursor=first.next_cursor)
    assert (len(first.rows), len(rest.rows)) == (PAGE_SIZE, MANY - PAGE_SIZE)
    assert {row.kind for row in (*first.rows, *rest.rows)} == {"school"}
    assert find_agencies(many.officer, name=typed, state="live").rows == []


def test_what_nobody_is_called_is_not_found_and_a_page_of_nobody_is_refused(
    listed: Directory,
) -> None:
    for name in ("bệnh viện khác", "%", "_", "thcs\ndang"):
        assert find_agencies(listed.officer, name=name).rows == []
    for cursor in ("x", encode_cursor(clock.now(), new_id())):
        with pytest.raises(InvalidInput):
            find_agencies(listed.officer, cursor=cursor)
