"""What befalls those who hold keys: part of the whole thread."""

from typing import Any

from referral.accounts import recovery, reenrolment
from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND
from referral.accounts.heads import confirm_heads
from referral.accounts.model import Member
from referral.accounts.queries import member_by_username
from referral.agencies import named_circles, rewrapping
from referral.agencies import service as agencies
from referral.agencies.model import Circle
from referral.cases import service as cases
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.province import House
from tests.security.canaries import answers


def apart(thread: Any) -> None:
    """A case for one person alone, a second taken in and left out, a request passed on."""
    step, province, officer = thread.step, thread.province, thread.officer
    circle = _named(thread, thread.police, officer)
    officer = province.worker(thread.police, "police_officer")
    sections = {kind: answers(kind, thread.plant) for kind in ("identity", "needs")}
    case = step(cases.open_case, officer, sections=sections)
    step(referrals.move_case, officer, case, circle_id=circle.id)
    step(named_circles.renew_named_circle, officer, circle)
    member_id = province.worker(thread.police, "supervisor").member_id
    step(named_circles.admit_to_named_circle, officer, circle, member_id=member_id)
    supervisor = province.worker(thread.police, "supervisor")
    terms = {"member_id": member_id, "relation": "kin_of_survivor"}
    step(referrals.declare_conflict, supervisor, case, **terms)
    thread.officer = province.worker(thread.police, "police_officer")
    thread.consent(case, ["needs"], agency_id=thread.hospital.id)
    asked = thread.send(case, thread.hospital.circle_id(), ["needs"])
    theirs = _named(thread, thread.hospital, thread.nurse)
    row = referral_queries.visible_referral(thread.nurse, asked.id)
    step(referrals.pass_on_referral, thread.nurse, row, circle_id=theirs.id)
    thread.nurse = province.worker(thread.hospital, "health_worker")


def _named(thread: Any, house: House, member: Actor) -> Circle:
    administrator = thread.province.actor(house.administrator)
    members = [member.member_id]
    made: Circle = thread.step(
        named_circles.name_circle, administrator, house.agency, member_ids=members
    )
    return made


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
