"""Notices reach those they are for, and tell nothing of what they are about."""

import re
from uuid import uuid4

import pytest

from referral.kernel import db
from referral.kernel.errors import NotFound, NotPermitted
from referral.notices.kinds import NoticeKind
from referral.notices.queries import unread_count, visible_notice, visible_notices
from referral.notices.service import mark_read, post

TELLING = re.compile(
    r"bạo lực|violence|abuse|nạn nhân|victim|survivor|tạm lánh|shelter|công an|police"
    r"|bệnh viện|hospital|y tế|health|\bbạn\b",
    re.IGNORECASE,
)


def _post(office, **whom):
    with db.unit_of_work():
        db.begin_write()
        return post(office.circle_id, NoticeKind.TASK_DUE, "case", uuid4(), **whom)


def test_a_circles_notice_reaches_each_member_and_nobody_else(office):
    notice = _post(office)
    for member in (office.officer, office.colleague):
        (line,) = visible_notices(member)
        assert (line.id, line.object_id, line.is_read) == (notice.id, notice.object_id, False)
        assert unread_count(member) == 1
    assert visible_notices(office.stranger) == []
    with pytest.raises(NotFound):
        visible_notice(office.stranger, notice.id)


def test_a_members_notice_is_theirs_alone(office):
    notice = _post(office, member_id=office.colleague.member_id)
    assert [line.id for line in visible_notices(office.colleague)] == [notice.id]
    assert visible_notices(office.officer) == []
    with pytest.raises(NotPermitted), db.unit_of_work():
        mark_read(office.officer, notice)


def test_a_notice_read_stays_in_the_list_behind_the_new_ones(office):
    old = _post(office)
    with db.unit_of_work():
        mark_read(office.officer, visible_notice(office.officer, old.id))
    new = _post(office)
    lines = visible_notices(office.officer)
    assert [(line.id, line.is_read) for line in lines] == [(new.id, False), (old.id, True)]
    assert unread_count(office.officer) == 1


def test_reading_a_notice_again_changes_nothing(office):
    notice = _post(office)
    moments = []
    for _ in range(2):
        with db.unit_of_work():
            moments.append(mark_read(office.officer, notice).read_at)
    assert moments[0] == moments[1]


def test_a_notice_of_an_unknown_kind_is_refused(office):
    db.begin_write()
    with pytest.raises(ValueError, match="is not a valid NoticeKind"):
        post(office.circle_id, "Hồ Thị Mây is here", "case", uuid4())
    db.rollback()
    assert visible_notices(office.officer) == []


@pytest.mark.promise("nothing-on-her-screen-tells")
def test_no_notice_tells_what_it_is_about():
    assert TELLING.search("Công an xã báo")  # the detector detects
    texts = [text for kind in NoticeKind for text in (kind.label_vi, kind.label_en)]
    assert all(texts)
    assert [text for text in texts if TELLING.search(text)] == []
