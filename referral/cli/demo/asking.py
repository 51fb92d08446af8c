"""The referrals of the invented year: who was asked for what, how urgently, and with what end."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import exp, log
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only

from referral.cli.demo import shares, texts
from referral.cli.demo.agencies import Cast
from referral.cli.demo.beds import Slot, is_wrong, seat_guests
from referral.cli.demo.believable import MOUNTAIN
from referral.cli.demo.cases import LOCAL, YEAR_TO, ReferralPlan, SyntheticCase
from referral.cli.demo.draw import deal, exact, portion, spread
from referral.cli.demo.lodging import check_ins, is_guest
from referral.cli.demo.routes import receiver_of

Cases = Sequence[SyntheticCase]
LAST_MOMENT = datetime.combine(YEAR_TO, time(20, 0), LOCAL)
URGENT = frozenset({"P0", "P1"})
UNDECIDED = frozenset({"sent", "received", "info_requested", "expired", "entered_in_error"})
FLOOD = (date(2024, 10, 26), date(2024, 10, 31))


def plan_referrals(draw: Random, cases: Cases, cast: Cast) -> None:
    """Who was referred to whom, how urgently, and how each referral stands."""
    count = len(cases)
    order = sorted(
        cases, key=lambda c: (not is_guest(c), c.risk != "high", -len(c.needs), c.number)
    )
    referred = order[: portion(shares.REFERRED, shares.BASE_SURVIVORS, count)]
    total = portion(shares.REFERRALS, shares.BASE_SURVIVORS, count)
    slots = _share_out(draw, referred, exact(shares.DESTINATIONS, total), cast)
    for case, mode in zip(referred, deal(draw, shares.CONSENT_MODES, len(referred)), strict=True):
        case.consent_mode = "through_interpreter" if case.interpreter_needed else mode
    urgencies = _urgencies(draw, slots)
    states = _states(draw, slots)
    _reconcile(urgencies, states)
    seat_guests(slots, urgencies, states)
    declined = sum(state == "declined" for state in states)
    reasons = deal(draw, shares.DECLINE_REASONS, declined)
    for slot, urgency, state in zip(slots, urgencies, states, strict=True):
        case, service = slot
        plan = _referral(draw, slot, urgency, state)
        plan.to_agency = receiver_of(cast, service, case)
        if state == "declined":
            plan.decline_reason = reasons.pop()
        case.referrals.append(plan)
    _decide(draw, [(case, plan) for case in referred for plan in case.referrals])


def _share_out(draw: Random, referred: Cases, wanted: dict[str, int], cast: Cast) -> list[Slot]:
    """Who is referred for which service: by need, to another agency, and nobody left out."""
    slots: list[Slot] = []
    held: dict[int, int] = {case.number: 0 for case in referred}
    for case in _beds(draw, referred, wanted["shelter"]):
        slots.append((case, "shelter"))
        held[case.number] += 1
    for service, total in sorted(wanted.items(), key=lambda item: item[1]):
        if service == "shelter":
            continue
        able = [case for case in referred if _is_elsewhere(cast, service, case)]
        draw.shuffle(able)
        able.sort(key=lambda c: (_strangled_first(service, c), held[c.number]))
        for case in (able * 2)[:total]:
            slots.append((case, service))
            held[case.number] += 1
    return _nobody_left_out(referred, slots, held, cast)


def _beds(draw: Random, referred: Cases, total: int) -> list[SyntheticCase]:
    """Who is referred for a bed: every guest, the earliest a second time, then some in vain."""
    guests = sorted(filter(is_guest, referred), key=lambda case: case.reported_on)
    again = guests[: check_ins(guests) - len(guests)]
    in_vain = [case for case in referred if not is_guest(case)]
    draw.shuffle(in_vain)
    in_vain.sort(key=lambda case: not case.needs_kind("shelter"))
    return [*guests, *again, *in_vain][:total]


def _is_elsewhere(cast: Cast, service: str, case: SyntheticCase) -> bool:
    return receiver_of(cast, service, case) != case.opened_by


def _strangled_first(service: str, case: SyntheticCase) -> int:
    if service == "health_care" and case.strangled:
        return 0
    return 1 if case.needs_kind(service) else 2


def _nobody_left_out(
    referred: Cases, slots: list[Slot], held: dict[int, int], cast: Cast
) -> list[Slot]:
    for case in [c for c in referred if not held[c.number]]:
        for index, (other, service) in enumerate(slots):
            spare = held[other.number] > 1 and not other.strangled and service != "shelter"
            if spare and _is_elsewhere(cast, service, case):
                slots[index] = (case, service)
                held[other.number] -= 1
                held[case.number] += 1
                break
    return sorted(slots, key=lambda slot: slot[0].number)


def _urgencies(draw: Random, slots: Sequence[Slot]) -> list[str]:
    """The most urgent go to those strangled (health first), then to those at high risk."""
    hand = sorted(deal(draw, shares.URGENCIES, len(slots)))
    order = list(range(len(slots)))
    draw.shuffle(order)

    def rank(index: int) -> int:
        case, service = slots[index]
        if case.strangled and service == "health_care":
            return 0
        if case.strangled or (case.risk == "high" and service in {"shelter", "protection"}):
            return 1
        return 2 if case.risk == "high" else 3

    order.sort(key=rank)
    result = [""] * len(slots)
    # The rest by chance: not every urgent referral is for someone at high risk.
    sure = sum(rank(index) < 2 for index in order)
    rest = hand[sure:]
    draw.shuffle(rest)
    for index, urgency in zip(order, hand[:sure] + rest, strict=True):
        result[index] = urgency
    return result


def _states(draw: Random, slots: Sequence[Slot]) -> list[str]:
    """What is still under way belongs to the latest cases, so that the others could be closed."""
    counts = exact(shares.REFERRAL_STATES, len(slots))
    under_way = [s for s, n in counts.items() if s in shares.OPEN_STATES for _ in range(n)]
    ended = [s for s, n in counts.items() if s not in shares.OPEN_STATES for _ in range(n)]
    draw.shuffle(under_way)
    draw.shuffle(ended)
    return ended + under_way  # slots come in the order of the reports


def _reconcile(urgencies: Sequence[str], states: list[str]) -> None:
    """What is urgent never expires, and an emergency never waits for an answer."""

    for index, state in enumerate(states):
        if not is_wrong(urgencies[index], state):
            continue
        for other, instead in enumerate(states):
            alike = (state in shares.OPEN_STATES) == (instead in shares.OPEN_STATES)
            fits = not is_wrong(urgencies[index], instead)
            fits = fits and not is_wrong(urgencies[other], state)
            if alike and fits:
                states[index], states[other] = instead, state
                break


def _referral(draw: Random, slot: Slot, urgency: str, state: str) -> ReferralPlan:
    case, service = slot
    sent = case.reported_at + timedelta(hours=draw.uniform(0.5, 20))
    if state in shares.OPEN_STATES:
        latest = LAST_MOMENT - timedelta(hours=draw.uniform(1, 90))
        sent = max(sent, latest) if state in {"sent", "received", "info_requested"} else sent
    sent = min(sent if urgency in URGENT else at_work(sent), LAST_MOMENT)
    sent = sent.replace(second=0, microsecond=0)
    return ReferralPlan(
        to_agency="",
        service=service,
        urgency=urgency,
        state=state,
        sent_at=sent,
        reason=texts.REASONS[service],
    )


def _decide(draw: Random, asked: Sequence[tuple[SyntheticCase, ReferralPlan]]) -> None:
    """When each was decided. Nights, the flood and the hills are slow; the whole is as planned."""
    for urgency, (median, sigma) in shares.DECISION_HOURS.items():
        mine = [a for a in asked if a[1].urgency == urgency and a[1].state not in UNDECIDED]
        chance = spread(draw, len(mine))
        slow = [sigma * z + log(_slowness(*a)) for z, a in zip(chance, mine, strict=True)]
        order = sorted(range(len(mine)), key=slow.__getitem__)
        for index, deviation in zip(order, sorted(chance), strict=True):
            plan = mine[index][1]
            decided = plan.sent_at + timedelta(hours=median * exp(sigma * deviation))
            decided = decided if urgency in URGENT else _at_a_desk(decided, plan.sent_at)
            latest = LAST_MOMENT + timedelta(hours=3)
            plan.decided_at = min(decided.replace(second=0, microsecond=0), latest)


def _slowness(case: SyntheticCase, plan: ReferralPlan) -> float:
    is_night = plan.sent_at.hour >= 20 or plan.sent_at.hour < 6
    in_flood = FLOOD[0] <= plan.sent_at.date() <= FLOOD[1]
    in_hills = case.district in MOUNTAIN
    return (1.8 if is_night else 1.0) * (2 if in_flood else 1.0) * (1.3 if in_hills else 1.0)


def _at_a_desk(decided: datetime, sent: datetime) -> datetime:
    """Decided while somebody is at the desk: the afternoon before a night, else the morning."""
    if at_work(decided) == decided.replace(second=0, microsecond=0):
        return decided
    before = decided if decided.hour >= 18 else decided - timedelta(days=1)
    afternoon = before.replace(hour=17, minute=decided.minute)
    return afternoon if afternoon > sent + timedelta(minutes=10) else at_work(decided)


def at_work(moment: datetime) -> datetime:
    """The same moment, or half past seven of the next morning when nobody is at the desk."""
    moment = moment.replace(second=0, microsecond=0)
    if 7 <= moment.hour < 18:
        return moment
    morning = moment.replace(hour=7, minute=30)
    return morning if moment.hour < 7 else morning + timedelta(days=1)
