"""What befalls those who hold keys: part of the whole thread."""

from typing import Any

from referral.accounts import recovery, reenrolment
from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND
from referral.accounts.heads import confirm_heads
from referral.accounts.model import Member
from referral.accounts.queries import member_by_username
from referral.agencies import rewrapping
from referral.agencies import service as agencies
from referral.kernel import db
from tests.factories.province import House


def leave(thread: Any) -> None:
    """A colleague has seen the log, and is no longer at the station."""
    officer = db.session().get_one(Member, thread.officer.member_id)
    thread.step(confirm_heads, thread.officer, officer)
    administrator = thread.province.actor(thread.police.administrator)
    thread.step(accounts.remove_member, administrator, member_by_username("ca.moi"))


def change_key(thread: Any, house: House) -> None:
    """A circle gets a new key, what it has is carried over, and the old key ends."""
    administrator = thread.province.actor(house.administrator)
    circle = house.circles["cases"]
    thread.step(agencies.renew_circle, administrator, circle)
    thread.step(rewrapping.share_key, administrator, circle)
    done = thread.step(rewrapping.rewrap_circle, administrator, circle, limit=10_000)
    assert done.report.can_end
    thread.step(rewrapping.end_generations, administrator, circle)


def prepare_for_loss(thread: Any) -> None:
    """A second agency is named, a recovery code written down, and a colleague comes back."""
    province, house, step = thread.province, thread.police, thread.step
    administrator = province.actor(house.administrator)
    step(reenrolment.name_second_agency, administrator, house.agency, second_id=thread.social.id)
    me = member_by_username(house.administrator)
    code = step(recovery.make_kit, administrator, me)
    step(recovery.confirm_kit, administrator, me, code=code)
    step(
        accounts.invite_new_administrator,
        FIRST_HAND,
        house.agency,
        username="ca.heir",
        display_name="Người kế nhiệm",
    )
    lost = member_by_username(house.users["supervisor"])
    step(reenrolment.begin_reenrolment, administrator, lost)
