"""A letter arrives once where that can be known, at most twice where it cannot, and is not lost."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from referral.kernel import clock, db
from referral.kernel.errors import NotPermitted
from referral.notices import outbox
from referral.notices.carriers import post_office
from referral.notices.kinds import Medium
from referral.notices.model import Channel
from referral.notices.outbox import AGAIN_AFTER, CUT_OFF_AFTER, KEPT_FOR
from referral.notices.queries import own_channels, visible_counts, visible_notices
from tests.notices.post import NUMBER, NURSE, pass_by


def _later(delay):
    clock.clock.shift += delay


def test_a_server_that_is_down_is_tried_again_ever_later_and_then_given_up(post):
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    post.send("p0")
    post.exchange.status = 503
    for delay in AGAIN_AFTER:
        post.deliver()
        post.deliver()  # not yet
        assert len(post.exchange.posts) == 1
        assert post.fates() == [("pending", "unreachable")]
        post.exchange.posts.clear()
        _later(delay)
    post.deliver()
    assert post.fates() == [("failed", "unreachable")]
    post.exchange.posts.clear()
    _later(timedelta(days=1))
    post.deliver()
    assert post.exchange.posts == []


def test_it_arrives_once_the_server_is_back(post):
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    post.send()
    post.exchange.status = 503
    post.deliver()
    post.exchange.status = 200
    _later(AGAIN_AFTER[0])
    post.deliver()
    assert post.fates() == [("sent", None)]
    marks = {sent.headers["Idempotency-Key"] for sent in post.exchange.posts}
    assert marks == {str(post.letters()[0].id)}


def test_a_server_that_is_down_is_asked_once_a_run_and_the_others_are_served(post):
    post.reach(post.nurse, Medium.PHONE, NUMBER)
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    for _ in range(3):
        post.send("p1")
    post.exchange.status = 503
    post.deliver()
    assert len(post.exchange.posts) == 1
    assert len(post.box.mails) == 3
    assert sorted(row.attempts for row in post.letters() if row.medium == "phone") == [0, 0, 1]


def test_where_nobody_can_tell_it_is_sent_twice_at_the_most(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.send()
    post.box.cuts_off_after_data = True
    post.deliver()
    assert post.fates() == [("pending", "cut_off")]
    for _ in range(3):
        _later(timedelta(hours=5))
        post.deliver()
    assert post.fates() == [("failed", "cut_off")]
    assert len(post.box.mails) == 2
    assert len({mail.message["Message-ID"] for mail in post.box.mails}) == 1


def test_whoever_took_a_letter_and_died_is_waited_for_and_it_goes_out_again(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.send()
    (letter,) = post.letters()
    with db.unit_of_work():
        db.begin_write()
        assert outbox.take(letter.id, lambda *_: None) is not None
    with db.unit_of_work():
        db.begin_write()
        assert outbox.take(letter.id, lambda *_: None) is None  # another has it
    post.deliver()
    assert post.told() == []
    _later(CUT_OFF_AFTER)
    post.deliver()
    _later(AGAIN_AFTER[0])
    post.deliver()
    assert post.told() == [NURSE]
    assert post.fates() == [("sent", None)]


def test_an_address_that_takes_nothing_is_not_tried_again(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.send()
    post.box.answers["RCPT"] = "550 nobody here"
    post.deliver()
    assert post.fates() == [("failed", "wrong_address")]


def test_what_is_not_set_up_any_more_fails_and_what_comes_later_is_not_written(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.send()
    carriers, post_office._carriers = post_office._carriers, {}
    post.deliver()
    assert post.fates() == [("failed", "not_configured")]
    post.send()
    assert len(post.letters()) == 1
    post_office._carriers = carriers
    post.send()
    assert len(post.letters()) == 2


def test_an_address_that_cannot_be_read_is_told_to_its_member(post):
    channel = post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.send()
    with db.unit_of_work():
        db.begin_write()
        db.session().execute(
            update(Channel).where(Channel.id == channel.id).values(sealed=b"GBV1 of another key")
        )
    post.deliver()
    assert post.fates() == [("dropped", "unreadable")]
    assert own_channels(post.nurse)[0].address == ""


def test_a_member_sees_what_came_of_the_own_letters_and_the_operator_counts(post):
    operator = post.province.worker(post.province.houses["vanhanh"], "system_administrator")
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.reach(post.officer, Medium.PHONE, NUMBER)
    post.send()
    post.exchange.status = 503
    post.deliver()
    (line,) = visible_notices(post.nurse)
    assert [(one.medium, one.state) for one in line.letters] == [("email", "sent")]
    assert visible_notices(post.officer) == []
    mail, phone = visible_counts(operator)
    assert (mail.waiting, mail.sent, mail.failed, mail.last_fault) == (0, 2, 0, None)
    assert (phone.sent, phone.failed, phone.last_fault) == (1, 0, None)
    for row in (post.nurse, post.officer):
        with pytest.raises(NotPermitted):
            visible_counts(row)


def test_letters_are_forgotten_after_a_month(post):
    post.reach(post.nurse, Medium.EMAIL, NURSE)
    post.send()
    post.deliver()
    pass_by(hours=1)
    post.deliver()
    assert len(post.letters()) == 1
    _later(KEPT_FOR)
    post.send()
    post.deliver()
    assert [row.state for row in post.letters()] == ["sent"]
