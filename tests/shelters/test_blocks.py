"""A bed out of use: offered to nobody, over nobody's head, and used again."""

from datetime import timedelta

import pytest
import time_machine

from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.shelters import queries, service
from referral.shelters.errors import BedTaken
from tests.shelters.refuge import UNIT, in_days


def _block(refuge, code="P2-1", from_on=0, to_on=3, actor=None):
    (bed_id,) = refuge.beds(code)
    with db.unit_of_work():
        return service.block_bed(
            actor or refuge.keeper,
            refuge.site,
            bed_id=bed_id,
            from_on=in_days(from_on),
            to_on=in_days(to_on),
        )


def _free(refuge):
    with db.unit_of_work():
        service.confirm_places(refuge.keeper, refuge.site)
    (line,) = queries.places_near(refuge.officer, unit_code=UNIT, on=clock.today())
    return line.free


def _unblock(refuge, code="P2-1"):
    (bed_id,) = refuge.beds(code)
    with db.unit_of_work():
        service.unblock_bed(refuge.keeper, refuge.site, bed_id=bed_id)


@pytest.mark.promise("a-bed-is-given-once")
def test_a_bed_out_of_use_is_not_free_and_cannot_be_held_until_it_is_used_again(refuge):
    before = _free(refuge)
    _block(refuge)

    assert _free(refuge) == before - 1
    with pytest.raises(BedTaken):
        refuge.hold("P2-1")
    db.rollback()
    board = queries.board(refuge.keeper, refuge.site, clock.today(), 4)
    states = {bed.code: [c.state for c in bed.cells] for room in board.rooms for bed in room.beds}
    assert states["P2-1"] == ["block", "block", "block", "free"]

    _unblock(refuge)
    assert _free(refuge) == before
    refuge.hold("P2-1")


@pytest.mark.promise("a-bed-is-given-once")
def test_nobody_is_moved_by_a_block(refuge):
    refuge.hold("P2-1", from_on=in_days(1), to_on=in_days(2))

    with pytest.raises(BedTaken):
        _block(refuge)
    db.rollback()
    _block(refuge, from_on=2, to_on=4)


def test_a_hold_that_ran_out_is_in_nobodys_way(refuge):
    refuge.hold("P2-1")
    with time_machine.travel(clock.now() + service.HOLD_LASTS, tick=False):
        _block(refuge)


def test_used_again_from_tonight_the_nights_before_stay_what_they_were(refuge):
    claim = _block(refuge)
    with time_machine.travel(clock.now() + timedelta(days=1), tick=False):
        _unblock(refuge)
        assert (claim.released_at, claim.to_on) == (None, clock.today())
        with pytest.raises(StateConflict):
            _unblock(refuge)


def test_a_block_needs_sensible_days_and_a_keeper_of_the_site(refuge):
    for from_on, to_on, field in ((-1, 2, "from_on"), (1, 1, "to_on"), (0, 400, "to_on")):
        with pytest.raises(InvalidInput) as refused:
            _block(refuge, from_on=from_on, to_on=to_on)
        assert list(refused.value.fields) == [field]
        db.rollback()
    for other in (refuge.officer, refuge.night_keeper):
        with pytest.raises(NotPermitted):
            _block(refuge, actor=other)
