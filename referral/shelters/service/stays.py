"""Arriving and leaving."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from referral.audit.operation import operation
from referral.cases.model import CaseFile
from referral.cases.queries import visible_case
from referral.cases.service import write_section
from referral.cases.states import CaseState
from referral.cases.strands import lock
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, KeysMissing, NotFound, StateConflict
from referral.kernel.permissions import Permission
from referral.shelters import policy
from referral.shelters.claims import end_claims
from referral.shelters.events import StayEnded, StayStarted
from referral.shelters.kinds import Destination
from referral.shelters.locks import lock_stay
from referral.shelters.model import Stay, StayBody
from referral.shelters.sealed import StayFacts, seal
from referral.shelters.service.holds import confirm_held, facts_of
from referral.shelters.states import STAY, StayState
from referral.vault.keys import keyring_of


@operation(Permission.SHELTER_MANAGE, policy.keeps_stay)
def check_in(actor: Actor, stay: Stay, *, at: datetime, answers: Mapping[str, Any]) -> Stay:
    """She has arrived at `at` (not in the future); a hold still good is confirmed by it.

    Where the circle has standing in the case, the service is recorded there with `answers` (of the
    form `service`, without kind and time). `InvalidInput` for a day outside the stay.
    """
    case = _case_of(actor, stay)
    if case is not None:
        lock(case, keyring_of(actor))
    lock_stay(stay)
    day = clock.local(_past(at)).date()
    if not stay.from_on <= day < stay.to_on:
        raise InvalidInput({"at": ["Choose a time within the days of the stay."]})
    if stay.state == StayState.HELD:
        confirm_held(actor, stay)
    states.advance(stay, "check_in", STAY)
    facts = replace(facts_of(actor, stay), arrived_at=_text(at))
    _keep(actor, stay, facts)
    events.publish(StayStarted(actor, facts.referral_id, facts.case_id, at))
    if case is not None:
        _record_service(actor, case, at, answers)
    return stay


@operation(Permission.SHELTER_MANAGE, policy.keeps_stay)
def check_out(actor: Actor, stay: Stay, *, at: datetime, destination: str) -> Stay:
    """She has left at `at` for a `Destination`; the beds are free from that day on."""
    lock_stay(stay)
    if destination not in set(Destination):
        raise InvalidInput({"destination": ["Choose from the answers listed."]})
    day = clock.local(_past(at)).date()
    facts = facts_of(actor, stay)
    if facts.arrived_at is not None and at < datetime.fromisoformat(facts.arrived_at):
        raise InvalidInput({"at": ["She cannot leave before she arrived."]})
    states.advance(stay, "check_out", STAY, to_on=max(day, stay.from_on))
    end_claims(stay, day)
    _keep(actor, stay, replace(facts, left_at=_text(at), destination=destination))
    events.publish(StayEnded(actor, facts.referral_id, facts.case_id, at))
    return stay


def _past(at: datetime) -> datetime:
    if at.tzinfo is None or at > clock.now():
        raise InvalidInput({"at": ["Choose a time that is not in the future."]})
    return at


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _keep(actor: Actor, stay: Stay, facts: StayFacts) -> None:
    body = session().get(StayBody, stay.id)
    sealed = seal(keyring_of(actor), stay.site.circle_id, stay, facts.to_content())
    if body is not None:
        body.body = sealed
    session().flush()


def _case_of(actor: Actor, stay: Stay) -> CaseFile | None:
    """The case that the stay is for, where the circle has standing in it."""
    case_id = facts_of(actor, stay).case_id
    if case_id is None:
        return None
    try:
        return visible_case(actor, case_id)
    except NotFound:
        return None


def _record_service(actor: Actor, case: CaseFile, at: datetime, answers: Mapping[str, Any]) -> None:
    """Write the service into the case, where it is open.

    A case that cannot be written to never keeps her from the bed.
    """
    if case.state not in {CaseState.REPORTED, CaseState.OPEN}:
        return
    written = {**answers, "kind": "shelter", "delivered_at": _text(at)}
    try:
        with session().begin_nested():
            write_section(actor, case, kind="service", answers=written)
    except (KeysMissing, StateConflict):
        return
