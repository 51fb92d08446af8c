"""The part of the thread in which a case is kept to a named circle."""

from typing import Any

from referral.agencies import named_circles
from referral.agencies.model import Circle
from referral.cases import service as cases
from referral.kernel.actor import Actor
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.province import House
from tests.security.canaries import answers


def live_apart(thread: Any) -> None:
    """A case for one person alone, a second taken in and left out, a request passed on."""
    step, officer = thread.step, thread.officer
    circle = _named(thread, thread.police, officer)
    officer = thread.province.worker(thread.police, "police_officer")
    sections = {kind: answers(kind, thread.plant) for kind in ("identity", "needs")}
    case = step(cases.open_case, officer, sections=sections)
    step(referrals.move_case, officer, case, circle_id=circle.id)
    step(named_circles.renew_named_circle, officer, circle)
    supervisor = thread.province.worker(thread.police, "supervisor")
    member_id = supervisor.member_id
    step(named_circles.admit_to_named_circle, officer, circle, member_id=member_id)
    supervisor = thread.province.worker(thread.police, "supervisor")
    terms = {"member_id": member_id, "relation": "kin_of_survivor"}
    step(referrals.declare_conflict, supervisor, case, **terms)
    thread.officer = thread.province.worker(thread.police, "police_officer")
    thread.consent(case, ["needs"], agency_id=thread.hospital.id)
    asked = thread.send(case, thread.hospital.circle_id(), ["needs"])
    theirs = _named(thread, thread.hospital, thread.nurse)
    row = referral_queries.visible_referral(thread.nurse, asked.id)
    step(referrals.pass_on_referral, thread.nurse, row, circle_id=theirs.id)
    thread.nurse = thread.province.worker(thread.hospital, "health_worker")


def _named(thread: Any, house: House, member: Actor) -> Circle:
    administrator = thread.province.actor(house.administrator)
    members = [member.member_id]
    made: Circle = thread.step(
        named_circles.name_circle, administrator, house.agency, member_ids=members
    )
    return made
