"""The last touches before the demo opens: notices read, places confirmed, forms half filled in."""

from dataclasses import replace
from datetime import datetime, timedelta

from referral.agencies.named_circles import name_circle
from referral.agencies.queries import agency as agency_row
from referral.cases import service as cases
from referral.cases.queries import visible_case, visible_cases
from referral.cli.demo.cases import LOCAL, PRESENT
from referral.cli.demo.enrolment import Province
from referral.cli.demo.routes import CENTRE
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.clock import clock
from referral.notices.queries import visible_notice, visible_notices
from referral.notices.service import mark_read
from referral.referrals.service import move_case
from referral.shelters import queries as places
from referral.shelters import service as shelters

MORNING = datetime(2024, 11, 25, 7, 30, tzinfo=LOCAL)
"""When everybody last read their notices: what came later is new when the demo opens."""
NOT_CONFIRMED = frozenset({"sim-tim", "son-tra"})
"""Sites whose keeper has not said today how many places are free: shown as unknown."""
OFFICER, NURSE = "pon.hongha", "nghia.aluoi"
CHIEF, CASE_WORKER = "tuong.ctxh", "an.ctxh"
REPORT = {
    "channel": ["call_or_message"],
    "reporter_relation": ["neighbour"],
    "least_facts": ["Hàng xóm nghe tiếng kêu cứu khoảng 21 giờ 30; đang đến nơi."],
}
"""What an officer has typed, by input name, and not yet written down."""
FINDINGS = {
    "findings": ["Đau vùng vai phải, có vết bầm ở cẳng tay; tỉnh táo, mạch và huyết áp ổn định."],
}
"""What a nurse has typed."""


def read_notices(province: Province) -> None:
    """Everybody has read what came until this morning."""
    clock.travel(MORNING)
    for actor in province.actors.values():
        with db.unit_of_work():
            while _read_page(actor):
                pass


def _read_page(actor: Actor) -> bool:
    unread = [line.id for line in visible_notices(actor) if not line.is_read]
    for notice_id in unread:
        mark_read(actor, visible_notice(actor, notice_id))
    return bool(unread)


def _set_apart(province: Province) -> None:
    """The centre keeps its oldest open case to two people, for whom it has a named circle."""
    chief = replace(province.actors[CHIEF], session_id=None)  # asks for no passphrase again
    members = [province.actors[name].member_id for name in (CHIEF, CASE_WORKER)]
    with db.unit_of_work():
        own = [line for line in visible_cases(chief, states=("open",)).rows if line.is_custodian]
        centre = agency_row(province.agency_ids[CENTRE])
        named = name_circle(chief, centre, member_ids=[m for m in members if m is not None])
        for line in own[-1:]:
            move_case(chief, visible_case(chief, line.id), circle_id=named.id)


def prepare_evening(province: Province) -> None:
    """A case is set apart, keepers have counted free places, an officer and a nurse are typing."""
    clock.travel(PRESENT - timedelta(minutes=25))
    _set_apart(province)
    with db.unit_of_work():
        for site in province.cast.sites:
            if site.slug not in NOT_CONFIRMED:
                keeper = province.actors[province.cast.keeper_of(site.managed_by)]
                row = places.visible_site(keeper, province.site_ids[site.slug])
                shelters.confirm_places(keeper, row)
    clock.travel(PRESENT - timedelta(seconds=20))
    with db.unit_of_work():
        officer, nurse = province.actors[OFFICER], province.actors[NURSE]
        cases.save_draft(officer, None, place="incident_report", typed=dict(REPORT))
        for line in visible_cases(nurse, states=("open",)).rows[:1]:
            cases.save_draft(nurse, None, place=f"medical:{line.id}", typed=dict(FINDINGS))
