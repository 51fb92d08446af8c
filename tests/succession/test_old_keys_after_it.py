"""A successor gives its circle a new key and ends the older one: what it took over stays open."""

import pytest

from referral.agencies.model import Circle
from referral.agencies.rewrapping import end_generations
from referral.agencies.service import renew_circle
from referral.kernel import db
from tests.agencies.carrying import carry_over, report
from tests.factories.province import case_of
from tests.succession.conftest import Reform
from tests.succession.ending import end
from tests.succession.test_what_passes import opened


def renew_and_end(reform: Reform) -> None:
    boss = reform.province.actor(reform.ward.administrator)
    circle_id = reform.ward.circle_id()
    with db.unit_of_work():
        renew_circle(boss, db.session().get_one(Circle, circle_id))
    boss = reform.province.actor(reform.ward.administrator)
    carry_over(boss, circle_id)
    assert (report(circle_id).behind, report(circle_id).waiting) == (0, 0)
    with db.unit_of_work():
        end_generations(
            reform.province.actor(reform.ward.administrator),
            db.session().get_one(Circle, circle_id),
        )


@pytest.mark.promise("succession-carries-what-was-in-hand")
@pytest.mark.parametrize("is_read_before", [False, True])
def test_the_end_of_an_older_key_shuts_nothing_that_was_taken_over(
    reform: Reform,
    is_read_before: bool,
) -> None:
    case = case_of(reform.old_officer)
    end(reform.province, reform.district, reform.ward)
    if is_read_before:
        assert set(opened(reform.officer, case).values()) == {"open"}
    renew_and_end(reform)
    assert set(opened(reform.officer, case).values()) == {"open"}
