"""An address is used once its member has typed the code that was sent there, and is sealed."""

import pytest
from sqlalchemy import select, update

from referral.accounts.queries import oneself
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted
from referral.kernel.instance import SESSION_KEY
from referral.notices import channels
from referral.notices.addresses import box, normalised
from referral.notices.kinds import Medium
from referral.notices.model import Channel
from referral.notices.queries import hours_of, own_channel, own_channels
from referral.vault.channel_box import ChannelBox
from referral.vault.primitives import random_key
from tests.notices.post import NUMBER, NURSE, pass_by


def _add(actor, medium=Medium.EMAIL, address=NURSE):
    with db.unit_of_work():
        return channels.add_channel(actor, oneself(actor), medium=medium, address=address)


def _confirm(actor, channel, code):
    with db.unit_of_work():
        return channels.confirm_channel(actor, channel, code=code)


@pytest.mark.parametrize(
    ("medium", "address", "code_goes_to"),
    [(Medium.EMAIL, NURSE, NURSE), (Medium.PHONE, "0912 000-111", NUMBER)],
)
def test_nothing_but_a_code_goes_to_an_address_before_the_code_is_typed(
    post, medium, address, code_goes_to
):
    channel = _add(post.nurse, medium, address)
    post.send()
    post.deliver()
    code = post.code(medium)
    assert post.told() == [code_goes_to]
    assert post.letters() == []
    assert _confirm(post.nurse, channel, f" {code} ")
    post.send()
    post.deliver()
    assert post.told() == [code_goes_to]


def test_five_wrong_codes_end_the_right_one(post):
    channel = _add(post.nurse)
    post.deliver()
    code = post.code(Medium.EMAIL)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert not _confirm(post.nurse, channel, wrong)
    assert not _confirm(post.nurse, channel, code)
    assert not _confirm(post.nurse, channel, "mã số")
    assert not own_channels(post.nurse)[0].is_confirmed


def test_a_code_is_good_for_half_an_hour_and_for_its_address_alone(post):
    first = _add(post.nurse).id
    post.deliver()
    old = post.code(Medium.EMAIL)
    second = _add(post.nurse)
    post.deliver()
    new = post.code(Medium.EMAIL)
    assert old != new or first != second.id  # one in a million is the same by chance
    assert _confirm(post.nurse, second, old) == (old == new)
    pass_by(minutes=30)
    assert not _confirm(post.nurse, second, new)
    with pytest.raises(NotFound):
        own_channel(post.nurse, first)


def test_a_code_that_is_no_longer_good_is_not_sent(post):
    _add(post.nurse)
    pass_by(minutes=31)
    post.deliver()
    assert post.told() == []


def test_ten_addresses_a_day_and_no_more_however_often_they_are_given_up(post):
    for _ in range(channels.MOST_A_DAY):
        channel = _add(post.nurse)
        with db.unit_of_work():
            channels.remove_channel(post.nurse, channel)
    with pytest.raises(InvalidInput):
        _add(post.nurse)
    _add(post.officer)
    pass_by(days=1)
    _add(post.nurse)


@pytest.mark.parametrize(
    ("medium", "address"),
    [
        (Medium.EMAIL, "lan"),
        (Medium.EMAIL, "lan@example.vn\nBcc: all@example.vn"),
        (Medium.EMAIL, "hồng@example.vn"),
        (Medium.EMAIL, f"{'a' * 250}@example.vn"),
        (Medium.PHONE, "113"),
        (Medium.PHONE, "+84 912"),
        (Medium.PHONE, "0912000111&to=+84912000222"),
        (Medium.PHONE, "lan@example.vn"),
    ],
)
def test_what_is_no_address_is_refused(medium, address):
    with pytest.raises(InvalidInput):
        normalised(medium, address)


def test_a_number_is_written_with_its_country():
    for typed in ("0912000111", "0912.000.111", "(+84) 912 000 111", "+84912000111"):
        assert normalised(Medium.PHONE, typed) == NUMBER


def test_a_way_that_is_not_set_up_is_refused(settle):
    province = settle(()).province
    house = province.house("ca", "commune_police", "police_officer")
    with pytest.raises(InvalidInput):
        _add(province.worker(house, "police_officer"))


def test_nobody_sees_confirms_or_removes_another_s_channel(post):
    channel = _add(post.nurse)
    assert own_channels(post.officer) == []
    with pytest.raises(NotFound):
        own_channel(post.officer, channel.id)
    for attempt in (
        lambda: channels.confirm_channel(post.officer, channel, code="000000"),
        lambda: channels.remove_channel(post.officer, channel),
    ):
        with pytest.raises(NotPermitted), db.unit_of_work():
            attempt()


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_an_address_is_sealed_in_the_database_and_bound_to_its_row(post):
    first = post.reach(post.nurse, Medium.PHONE, NUMBER)
    second = post.reach(post.officer, Medium.PHONE, "+84912000222")
    raw = db.session().scalar(select(Channel.sealed).where(Channel.id == first.id))
    assert NUMBER.encode() not in raw
    assert len(raw) == len(second.sealed)
    assert box.open(first) == NUMBER
    with db.unit_of_work():
        db.begin_write()
        db.session().execute(
            update(Channel).where(Channel.id == second.id).values(sealed=first.sealed)
        )
    assert own_channels(post.officer)[0].address == ""
    other = ChannelBox(random_key())
    assert other.code(first.id, raw, first.asked_at) != box.code(first)
    assert (post.home.app.config["REFERRAL_SETTINGS"].instance_path / SESSION_KEY).exists()


def test_quiet_hours_are_from_nine_to_six_unless_chosen(post):
    usual = hours_of(post.nurse.member_id)
    assert (usual.from_hour, usual.until_hour) == (21, 6)
    for hours in ((22, 5), (0, 0)):
        with db.unit_of_work():
            channels.choose_quiet_hours(
                post.nurse, oneself(post.nurse), from_hour=hours[0], until_hour=hours[1]
            )
        chosen = hours_of(post.nurse.member_id)
        assert (chosen.from_hour, chosen.until_hour) == hours
    assert hours_of(post.officer.member_id) == usual
    assert clock.now()
