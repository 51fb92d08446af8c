"""What else is under way tonight: an access that waits, new keys, agencies that end, a PIN."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.accounts import parking, recovery, sessions
from referral.accounts.founding import countersign_plan
from referral.accounts.queries import member_by_username, oneself
from referral.accounts.sessions import actor_for
from referral.agencies import named_circles, succession
from referral.agencies import service as agencies
from referral.agencies.model import Circle
from referral.agencies.queries import circles_of
from referral.agencies.states import CirclePurpose
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import Grant
from referral.kernel import db
from referral.kernel.clock import clock
from referral.notices import channels
from referral.notices.addresses import box
from referral.notices.kinds import Medium
from referral.vault.keys import MemberKeys, keyring_of
from tests.factories.gap import confirm_accounts, restore_with_gap
from tests.factories.province import House

PIN = "402817"
LONG = timedelta(hours=4)
WITH_A_PIN = "duty_officer"
ENDING = "ending_administrator"
"""An administrator whose agency ends today; no role of its own, and a column of the table."""


def after_a_restore(living: Any) -> None:
    """A case that the hospital read before a backup was put in place: her custodian decides."""
    case = living.leave_open()
    living.consent(case, ["incident"], agency_id=living.hospital.id)
    asked = living.send(case, living.hospital.circle_id(), ["incident", "needs"])
    living.accept(living.nurse, asked)
    restore_with_gap()
    confirm_accounts(living.province)
    worker = living.province.worker
    living.officer = worker(living.police, "police_officer")
    living.nurse = worker(living.hospital, "health_worker")
    living.keeper = worker(living.shelter, "shelter_keeper")
    living.worker = worker(living.social, "social_worker")
    found = case_queries.visible_case(living.officer, case.id)
    (waiting,) = living.step(cases.list_suspended, living.officer, found)
    living.put(suspended_case=case.id, grant_id=waiting.id)


def grant_of(case_id: UUID) -> UUID:
    """An access to a case."""
    found = db.session().scalars(select(Grant.id).where(Grant.case_id == case_id)).first()
    db.rollback()
    assert found is not None
    return UUID(str(found))


def new_keys(living: Any) -> None:
    """A circle in the middle of changing its key, one whose old key may end, and a named one."""
    step, house = living.step, living.police
    administrator = living.province.actor(house.administrator)
    step(agencies.renew_circle, administrator, house.circles["cases"])
    names = {"name_vi": living.plant("circle.vi"), "name_en": living.plant("circle.en")}
    other = step(
        agencies.make_circle, administrator, house.agency, purpose=CirclePurpose.CASES, **names
    )
    step(agencies.renew_circle, administrator, other)
    members = [living.officer.member_id]
    named = step(named_circles.name_circle, administrator, house.agency, member_ids=members)
    living.officer = living.province.worker(house, "police_officer")
    step(named_circles.renew_named_circle, living.officer, named)
    theirs = select(Circle.id).where(Circle.agency_id == living.hospital.id, Circle.is_named)
    living.put(
        renewed_circle=other.id,
        named_circle=named.id,
        hospital_named=db.session().scalars(theirs).one(),
        officer=living.officer.member_id,
        police_circles=",".join(str(row.id) for row in circles_of(house.id)),
    )
    db.rollback()


def channel_of(living: Any, actor: Any) -> Any:
    """An address whose code may be typed for as long as any sweep, and has not been."""
    channel = living.step(
        channels.add_channel,
        actor,
        oneself(actor),
        medium=Medium.EMAIL,
        address="someone@example.vn",
    )
    with db.unit_of_work():
        db.begin_write()
        channel.asked_at = clock.now() + LONG
    living.put(channel_code=box.code(channel))
    return channel.id


def kits(living: Any) -> None:
    """A code on paper that counts, and one that was not typed again yet."""
    made = {}
    for name, house in {"kit_code": living.police, "recovery_code": living.hospital}.items():
        actor = living.province.actor(house.administrator)
        me = member_by_username(house.administrator)
        made[name] = living.step(recovery.make_kit, actor, me)
    living.step(recovery.confirm_kit, actor, me, code=made["recovery_code"])
    living.put(**made)


def endings(living: Any) -> None:
    """An agency whose keys may pass today, and one that has passed them all."""
    station = living.province.house("tramhai", "commune_police")
    for house in (living.chair, station):
        _planned(living, house)
    administrator = living.province.actor(station.administrator)
    living.step(succession.pass_circle, administrator, station.circles["cases"])
    living.cast[ENDING] = station.administrator
    living.put(chair_circle=living.chair.circle_id())


def _planned(living: Any, house: House) -> None:
    administrator = living.province.actor(house.administrator)
    plan = {
        "on": clock.today(),
        "successors": {house.circle_id(): living.social.circle_id()},
    }
    report = living.step(succession.state_succession, administrator, house.agency, **plan)
    countersign_plan(living.province.root, house.id, report.digits)


def tokens(living: Any) -> dict[str, str]:
    """A session of each of the cast, whose passphrase counts as given for as long as any sweep.

    Beside the officer's there are another that is open, and one that is locked.
    """
    found = {}
    for role, username in living.cast.items():
        token = living.province.token(username)
        if role == WITH_A_PIN:
            _with_a_pin(token)
        found[role] = _proven_for_long(token)
    officer = living.cast["police_officer"]
    other, locked = living.province.token(officer), living.province.token(officer)
    parked = _with_a_pin(locked)
    assert parking.park(actor_for(locked))
    living.put(session_id=actor_for(other).session_id, parked_token=parked, pin=PIN)
    db.rollback()
    return found


def _with_a_pin(token: str) -> str:
    actor = actor_for(token)
    prepared = parking.prepare_pin(actor, PIN)
    with db.unit_of_work():
        kept: str = parking.choose_pin(actor, oneself(actor), prepared=prepared)
    return kept


def _proven_for_long(token: str) -> str:
    actor = actor_for(token)
    keys = MemberKeys.from_bytes(keyring_of(actor).member_secret())
    clock.shift += LONG
    try:
        with db.unit_of_work():
            db.begin_write()
            return sessions.renew_session(str(actor.session_id), keys)
    finally:
        clock.shift -= LONG
