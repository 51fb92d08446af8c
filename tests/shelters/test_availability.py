"""What is free: derived, dated by the keeper's word, and silent where it would tell."""

from datetime import timedelta

import pytest
import time_machine

from referral.agencies.geography import PROVINCE_CODE
from referral.agencies.kinds import AgencyKind
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput
from referral.shelters import queries, service
from tests.shelters.refuge import UNIT, in_days, register

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


def _confirm(refuge, site=None):
    with db.unit_of_work():
        service.confirm_places(refuge.keeper, site or refuge.site)


def _near(refuge, actor=None, unit=UNIT, on=0):
    return queries.places_near(actor or refuge.officer, unit_code=unit, on=in_days(on))


def test_an_officer_sees_how_many_places_a_circle_has_and_no_site(refuge):
    _confirm(refuge)
    (line,) = _near(refuge)
    assert (line.circle_id, line.free) == (refuge.house.circle_id("shelter"), 4)
    assert line.name("vi") == "nha shelter"
    assert refuge.site.code_name not in repr(line)
    assert str(refuge.site.id) not in repr(line)


def test_unknown_is_shown_before_anybody_confirmed_and_after_twelve_hours(refuge):
    assert [(line.free, line.confirmed_at) for line in _near(refuge)] == [(None, None)]
    _confirm(refuge)
    said_at = refuge.site.confirmed_at
    for hours, free in ((11.99, 4), (12, None)):
        with time_machine.travel(said_at + timedelta(hours=hours), tick=False):
            (line,) = _near(refuge)
            assert (line.free, line.confirmed_at) == (free, said_at)
            assert queries.is_fresh(refuge.site) is (free is not None)


def test_a_hold_takes_its_room_from_the_count_and_gives_it_back_when_it_runs_out(refuge):
    _confirm(refuge)
    refuge.hold("P1-1")
    assert _near(refuge)[0].free == 1
    assert _near(refuge, on=1)[0].free == 4
    with time_machine.travel(clock.now() + service.HOLD_LASTS, tick=False):
        assert _near(refuge)[0].free == 4


def test_confirming_a_hold_leaves_the_count_as_it_is(refuge):
    _confirm(refuge)
    stay = refuge.hold("P2-1")
    before = _near(refuge)[0].free
    with db.unit_of_work():
        service.confirm_stay(refuge.keeper, stay)
    assert _near(refuge)[0].free == before == 3


def test_who_stays_on_is_not_counted_as_a_free_bed(refuge):
    refuge.stay("P2-1")
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        _confirm(refuge)
        assert _near(refuge)[0].free == 3


@pytest.mark.promise("shelter-place-stays-secret")
def test_one_secret_site_silences_the_count_of_its_whole_circle(refuge):
    secret = register(refuge.keeper, refuge.house, code_name="Sim Tím", site_class="secret")
    _confirm(refuge)
    before = _near(refuge)
    assert [(line.free, line.confirmed_at, line.pooled) for line in before] == [(None, None, True)]
    _confirm(refuge, secret)
    refuge.hold("P1-1")
    assert _near(refuge) == before


def test_only_circles_that_serve_the_unit_are_named(refuge):
    _confirm(refuge)
    assert _near(refuge, unit="19813") == []
    register(refuge.keeper, refuge.house, code_name="Mai Vàng", units=["19813"])
    assert _near(refuge)[0].free == 4


def test_a_province_is_served_by_what_serves_its_communes(refuge):
    register(refuge.keeper, refuge.house, code_name="Mai Vàng", units=[UNIT, "19813"])
    _confirm(refuge)

    (line,) = _near(refuge, unit=PROVINCE_CODE)

    assert (line.circle_id, line.free) == (refuge.house.circle_id("shelter"), 4)
    assert _near(refuge, unit="480") == []


def test_a_closed_site_has_no_places(refuge):
    _confirm(refuge)
    with db.unit_of_work():
        service.close_site(refuge.keeper, refuge.site)
    assert _near(refuge)[0].free is None


def test_who_may_not_ask_for_places_is_told_of_none(refuge):
    _confirm(refuge)
    assert _near(refuge, refuge.night_keeper) == []
    assert _near(refuge, refuge.province.actor(refuge.police.administrator)) == []


def test_a_circle_with_free_places_comes_first(refuge):
    empty = refuge.province.house("aaa", AgencyKind.SHELTER, "shelter_keeper", unit=UNIT)
    _confirm(refuge)
    order = [line.circle_id for line in _near(refuge)]
    assert order == [refuge.house.circle_id("shelter"), empty.circle_id("shelter")]


def test_the_board_shows_each_bed_on_each_night_under_the_names_the_keepers_use(refuge):
    stay = refuge.hold("P1-1", from_on=in_days(1), to_on=in_days(3), case_code="7QK-4MD")
    board = queries.board(refuge.night_keeper, refuge.site, in_days(0), 4)
    room = board.rooms[0]
    assert (room.code, room.name) == ("P1", "Phòng Cúc")
    assert [bed.label for bed in room.beds] == ["Giường cửa sổ", "Giường trong", "Nôi"]
    assert [bed.is_cot for bed in room.beds] == [False, False, True]
    assert [cell.state for cell in room.beds[0].cells] == ["free", "hold", "hold", "free"]
    assert [cell.state for cell in room.beds[1].cells] == [
        "free",
        "room_taken",
        "room_taken",
        "free",
    ]
    assert board.stays[stay.id].facts.case_code == "7QK-4MD"
    assert board.stays[stay.id].bed_codes == ("P1-1",)


@pytest.mark.parametrize("nights", [0, -1, 63])
def test_the_board_is_of_a_size_that_can_be_read(refuge, nights):
    with pytest.raises(InvalidInput):
        queries.board(refuge.keeper, refuge.site, in_days(0), nights)


def test_tonight_is_counted_by_the_local_clock(refuge):
    """At 17:30 UTC it is half past midnight here: tonight is the new day's night."""
    with time_machine.travel("2026-03-01T17:30:00Z", tick=False):
        stay = refuge.hold("P1-1")
        assert str(stay.from_on) == "2026-03-02"
