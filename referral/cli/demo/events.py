"""What happened in the invented year, moment by moment, in the order in which it must be written.

Signed strands and the access log refuse to go back in time, so that the whole province is written
in one order: every event at its own moment, each at least two seconds after the one before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from enum import StrEnum

from referral.cli.demo import tonight
from referral.cli.demo.cases import LOCAL, PRESENT, FollowUpPlan, NeedPlan, SyntheticCase
from referral.cli.demo.hosts import DemoSite
from referral.cli.demo.passages import (
    Lodging,
    Passage,
    Stays,
    end_of,
    met_at,
    passages_of,
)

LATEST = PRESENT - timedelta(seconds=30)
"""What the plan would have later has not happened yet when the demo opens."""
SPACING = timedelta(seconds=2)


class Step(StrEnum):
    """One act of one person."""

    REPORT = "report"
    MEET = "meet"
    CONSENT = "consent"
    CLAIM = "claim"
    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    SEARCHED = "searched"
    CANCEL = "cancel"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    HOLD = "hold"
    CONFIRM = "confirm"
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    CONTACT = "contact"
    COMPLETE = "complete"
    SERVE = "serve"
    OFFER = "offer"
    TAKE = "take"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Event:
    """What is done at a moment, in a case; about a passage, a need or a follow-up if it names one.

    `agency` is the slug of who does it.
    """

    at: datetime
    step: Step
    case: SyntheticCase
    agency: str
    passage: Passage | None = None
    need: NeedPlan | None = None
    follow_up: FollowUpPlan | None = None


def timeline(cases: Sequence[SyntheticCase], sites: Sequence[DemoSite]) -> list[Event]:
    """Everything that happened until the demo opens, in the order in which it is written."""
    stays = Stays(cases, sites)
    stories = [(case, passages_of(case, stays)) for case in cases]
    extra = tonight.passages(cases, stays)
    found = [event for case, made in stories for event in _story(case, made, extra)]
    return spaced(event for event in found if event.at <= LATEST)


def later_timeline(cases: Sequence[SyntheticCase], sites: Sequence[DemoSite]) -> list[Event]:
    """Everything that happens in cases that come after the demo has opened."""
    stays = Stays(cases, sites)
    return spaced(e for case in cases for e in _story(case, passages_of(case, stays), ()))


def spaced(events: Iterable[Event], after: datetime | None = None) -> list[Event]:
    """The events in order, none less than two seconds after the one before, or after `after`."""
    found: list[Event] = []
    last = after
    for event in sorted(events, key=lambda event: event.at):
        last = event.at if last is None else max(event.at, last + SPACING)
        found.append(replace(event, at=last))
    return found


def _story(
    case: SyntheticCase, made: Sequence[Passage], extra: Sequence[Passage]
) -> Iterator[Event]:
    tonights = [passage for passage in extra if passage.case is case]
    handed_over = _hand_over(case, made)
    yield Event(case.reported_at, Step.REPORT, case, case.opener)
    yield Event(met_at(case), Step.MEET, case, case.opener)
    for number, passage in enumerate([*made, *tonights]):
        passage.number = number
        if handed_over and passage.sent_at > handed_over:
            passage.sender = case.centre
        if passage.sender != passage.receiver or passage.kind == "shelter":
            yield from _passage(passage, case)
    yield from _services(case, made)
    if handed_over:
        yield Event(handed_over, Step.OFFER, case, case.opener)
        yield Event(handed_over + timedelta(hours=2), Step.TAKE, case, case.centre)
    elif tonight.offers_late(case):
        yield Event(tonight.OFFERED_AT, Step.OFFER, case, case.opener)
    yield from _follow_ups(case, handed_over)
    if case.closure:
        yield Event(end_of(case), Step.CLOSE, case, case.centre)


def _hand_over(case: SyntheticCase, made: Sequence[Passage]) -> datetime | None:
    """When another agency gives the case to the centre: once what it began has been sent.

    None where the centre opened it, and where it would fall after the demo's opening.
    """
    if case.opener == case.centre or tonight.offers_late(case):
        return None
    soon = case.reported_at + timedelta(days=4)
    asked = [p.sent_at for p in made if p.state != "sent" and p.sent_at < soon]
    at = max([case.reported_at + timedelta(hours=18), *(a + timedelta(minutes=30) for a in asked)])
    at = min(at, end_of(case) - timedelta(hours=30))
    is_asked_itself = any(p.state == "sent" and p.receiver == case.centre for p in made)
    return None if is_asked_itself or at > case.horizon - timedelta(hours=20) else at


def _passage(passage: Passage, case: SyntheticCase) -> Iterator[Event]:
    def event(at: datetime, step: Step, agency: str) -> Event:
        return Event(at, step, case, agency, passage=passage)

    sender, receiver = passage.sender, passage.receiver
    basis = Step.CLAIM if passage.is_legal else Step.CONSENT
    yield event(passage.sent_at - timedelta(minutes=5), basis, sender)
    yield event(passage.sent_at, Step.SEND, sender)
    match passage.state:
        case "declined":
            yield event(passage.decided_at, Step.DECLINE, receiver)
            yield event(passage.decided_at + timedelta(hours=3), Step.SEARCHED, sender)
        case "cancelled":
            yield event(passage.decided_at, Step.CANCEL, sender)
        case "expired":
            yield event(passage.decided_at, Step.EXPIRE, receiver)
            yield event(passage.decided_at + timedelta(hours=3), Step.SEARCHED, sender)
        case "withdrawn":
            if passage.takes_first:
                early = passage.sent_at + (passage.decided_at - passage.sent_at) / 2
                yield event(early, Step.ACCEPT, receiver)
            yield event(passage.decided_at, Step.WITHDRAW, sender)
        case "accepted" | "in_service" | "completed":
            yield event(passage.decided_at, Step.ACCEPT, receiver)
            yield from _help(passage, passage.lodging, case)


def _help(passage: Passage, lodging: Lodging | None, case: SyntheticCase) -> Iterator[Event]:
    """What the receiver does once it has accepted."""

    def event(at: datetime, step: Step) -> Event:
        return Event(at, step, case, passage.receiver, passage=passage)

    if lodging is not None:
        yield event(passage.decided_at + timedelta(minutes=4), Step.HOLD)
        if lodging.arrives_at < PRESENT:
            yield event(passage.decided_at + timedelta(minutes=9), Step.CONFIRM)
            yield event(lodging.arrives_at, Step.CHECK_IN)
        if lodging.leaves_at is not None:
            yield event(lodging.leaves_at, Step.CHECK_OUT)
        return
    end = end_of(case)
    contact = min(passage.contact_at, end - timedelta(hours=20))
    yield event(contact, Step.CONTACT)
    if passage.state == "completed":
        done = max(
            _served_at(passage, contact) + timedelta(minutes=15), contact + timedelta(days=1)
        )
        yield event(min(done, end - timedelta(hours=5)), Step.COMPLETE)


def _need_of(passage: Passage) -> NeedPlan | None:
    """The need of hers that this referral answered."""
    for need in passage.case.needs:
        if need.kind == passage.plan.service and need.status == "delivered":
            return need if need.delivered_by == passage.receiver else None
    return None


def _served_at(passage: Passage, contact: datetime) -> datetime:
    need = _need_of(passage)
    planned = need.delivered_at if need and need.delivered_at else contact
    after = max(planned, contact + timedelta(minutes=20))
    return min(after, end_of(passage.case) - timedelta(hours=10))


def _services(case: SyntheticCase, made: Sequence[Passage]) -> Iterator[Event]:
    """Help given: by whom the referral asked, else by whoever opened the case.

    A stay is recorded by its keeper at arrival; what still waits for an answer was not given.
    """
    for need in case.needs:
        if need.status != "delivered" or need.delivered_at is None:
            continue
        mine = [p for p in made if p.plan.service == need.kind]
        if any(p.lodging or p.state == "sent" for p in mine):
            continue
        asked = next((p for p in mine if p.is_given and _need_of(p) is need), None)
        if asked is not None:
            at = _served_at(asked, min(asked.contact_at, end_of(case) - timedelta(hours=20)))
            yield Event(at, Step.SERVE, case, asked.receiver, need=need)
        else:
            at = max(need.delivered_at, met_at(case) + timedelta(minutes=10))
            at = min(at, end_of(case) - timedelta(hours=6))
            yield Event(at, Step.SERVE, case, case.opener, need=need)


def _follow_ups(case: SyntheticCase, handed_over: datetime | None) -> Iterator[Event]:
    last = case.follow_ups[-1] if case.follow_ups else None
    for number, plan in enumerate(case.follow_ups):
        at = datetime.combine(plan.met_on, time(9, 10 + case.number % 40), LOCAL)
        if plan is last and case.next_on and case.next_on > plan.next_on:
            plan = replace(plan, next_on=case.next_on)  # noqa: PLW2901 - the same, with her next day
        at += timedelta(minutes=number)
        is_over = handed_over and at > handed_over + timedelta(hours=3)
        custodian = case.centre if is_over else case.opener
        yield Event(at, Step.FOLLOW_UP, case, custodian, follow_up=plan)
