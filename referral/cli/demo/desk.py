"""Performs the events of the invented year: each by a member, through the real operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from referral.agencies.kinds import AgencyKind
from referral.cases import service as cases
from referral.cases.queries import visible_case
from referral.cli.demo import sections
from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.enrolment import Province
from referral.cli.demo.events import Event, Step
from referral.cli.demo.passages import Lodging, Passage
from referral.followup import queries as tasks
from referral.followup import service as followup
from referral.kernel import clock
from referral.kernel.actor import SYSTEM, Actor
from referral.referrals import queries as sent
from referral.referrals import service as referrals
from referral.shelters import queries as places
from referral.shelters import service as shelters
from referral.vault.keys import keyring_of

CONSENT_LASTS = timedelta(days=364)
WORKING_ROLES = ("police_officer", "health_worker", "social_worker", "case_worker")
FALLBACK_ROLES = ("supervisor", "shelter_keeper")
KNOWN_TO_CENTRE = frozenset({"identity", "safe_contact", "needs"})
SHARED: Mapping[str, tuple[str, ...]] = {
    "health_care": ("identity", "incident", "needs"),
    "protection": ("identity", "incident", "needs", "safe_contact"),
    "legal_aid": ("identity", "incident", "needs", "safe_contact"),
    "counselling": ("identity", "incident", "needs", "safe_contact"),
    "shelter": ("identity", "needs", "safe_contact"),
    "livelihood": ("identity", "needs", "safe_contact"),
}
"""Which sections a service needs to know; the centre cannot send what it does not hold."""
DANGER = "Người được hỗ trợ bị thương, choáng và chưa thể trả lời; cần được khám ngay trong đêm."
HAND_OVER = "Đề nghị tiếp nhận hồ sơ, xây dựng kế hoạch hỗ trợ và theo dõi."
ARRIVED = {"extent": "full", "outcome": "Đã đến nơi an toàn, được bố trí phòng nghỉ và bữa ăn."}


@dataclass
class Notes:
    """What was made so far: ids by the number of the case, or the key of the referral."""

    cases: dict[str, UUID] = field(default_factory=dict)
    passages: dict[str, UUID] = field(default_factory=dict)
    bases: dict[str, UUID] = field(default_factory=dict)
    stays: dict[str, UUID] = field(default_factory=dict)
    offers: dict[str, UUID] = field(default_factory=dict)


class Desk:
    """Everybody's desk: knows what the events made so far, and who works where."""

    def __init__(self, province: Province, notes: Notes) -> None:
        self._province = province
        self._cast = province.cast
        self._case_ids = notes.cases
        self._passage_ids = notes.passages
        self._basis_ids = notes.bases
        self._stay_ids = notes.stays
        self._offers = notes.offers
        self._in_case: Mapping[Step, Callable[[Actor, Event], None]] = {
            Step.REPORT: self._report,
            Step.MEET: self._meet,
            Step.SERVE: self._serve,
            Step.OFFER: self._offer,
            Step.TAKE: self._take,
            Step.FOLLOW_UP: self._follow_up,
            Step.CLOSE: self._close,
        }
        self._in_passage: Mapping[Step, Callable[[Actor, Event, Passage], None]] = {
            Step.CONSENT: self._consent,
            Step.CLAIM: self._claim,
            Step.SEND: self._send,
            Step.ACCEPT: self._accept,
            Step.DECLINE: self._decline,
            Step.SEARCHED: self._tick_off,
            Step.CANCEL: self._cancel,
            Step.WITHDRAW: self._withdraw,
            Step.EXPIRE: self._expire,
            Step.CONTACT: self._contact,
            Step.COMPLETE: self._complete,
            Step.HOLD: self._hold,
            Step.CONFIRM: self._confirm,
            Step.CHECK_IN: self._check_in,
            Step.CHECK_OUT: self._check_out,
        }

    def perform(self, event: Event) -> None:
        """Do what the event says, at the clock's present. Inside a unit of work."""
        actor, passage = self.actor_of(event), event.passage
        if passage is None:
            self._in_case[event.step](actor, event)
        else:
            self._in_passage[event.step](actor, event, passage)

    def actor_of(self, event: Event) -> Actor:
        """Who does it."""
        passage = event.passage
        is_keeping = passage is not None and passage.kind == "shelter"
        is_keeping = is_keeping and passage is not None and event.agency == passage.receiver
        return self._actor(event.agency, event.case, is_keeping=is_keeping)

    def _actor(self, slug: str, case: SyntheticCase, *, is_keeping: bool = False) -> Actor:
        """A member of the agency who does such work; colleagues take turns by case."""
        if is_keeping:
            return self._province.actors[self._cast.keeper_of(slug)]
        found = self._cast.members_of(slug, *WORKING_ROLES)
        found = found or self._cast.members_of(slug, *FALLBACK_ROLES)
        return self._province.actors[found[case.number % len(found)].username]

    def _circle(self, passage: Passage) -> UUID:
        purpose = "shelter" if passage.kind == "shelter" else "cases"
        return self._province.circle_ids[passage.receiver, purpose]

    def _report(self, actor: Actor, event: Event) -> None:
        answers = sections.sections(event.case)["incident_report"]
        self._case_ids[event.case.key] = cases.report_incident(actor, None, answers=answers).id

    def _meet(self, actor: Actor, event: Event) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        cases.meet_survivor(actor, case)
        for kind, answers in sections.sections(event.case).items():
            if kind != "incident_report":
                cases.write_section(actor, case, kind=kind, answers=answers)

    def _serve(self, actor: Actor, event: Event) -> None:
        if event.need is None:
            return
        case = visible_case(actor, self._case_ids[event.case.key])
        need = replace(event.need, delivered_at=event.at)
        giver = self._cast.agency(event.agency)
        answers = sections.service(need, giver.name_vi)
        cases.write_section(actor, case, kind="service", answers=answers)
        if need.kind == "health_care" and giver.kind is AgencyKind.HEALTH_FACILITY:
            seen = sections.medical(event.case, need)
            cases.write_section(actor, case, kind="medical", answers=seen)

    def _offer(self, actor: Actor, event: Event) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        summary = {
            "age_band": event.case.age_band,
            "sex": event.case.sex,
            "language": event.case.language,
            "reason": HAND_OVER,
        }
        row = referrals.send_referral(
            actor,
            case,
            kind="custody",
            circle_id=self._province.circle_ids[event.case.centre, "cases"],
            urgency="p1" if event.case.risk == "high" else "p2",
            kinds=[],
            summary=summary,
        )
        self._offers[event.case.key] = row.id

    def _take(self, actor: Actor, event: Event) -> None:
        """Take over; the new worker speaks with her in the same hour."""
        referral_id = self._offers[event.case.key]
        self._accept_row(actor, referral_id, timedelta(hours=1))
        self._tick_off_row(actor, referral_id)

    def _accept_row(self, actor: Actor, referral_id: UUID, within: timedelta) -> None:
        referrals.accept_referral(
            actor,
            sent.visible_referral(actor, referral_id),
            worker_id=keyring_of(actor).member_id,
            first_contact_at=clock.now() + within,
        )

    def _follow_up(self, actor: Actor, event: Event) -> None:
        if event.follow_up is None:
            return
        case = visible_case(actor, self._case_ids[event.case.key])
        followup.record_follow_up(actor, case, answers=sections.follow_up(event.follow_up))

    def _close(self, actor: Actor, event: Event) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        cases.close_case(actor, case, answers=sections.closure(event.case))

    def _kinds(self, passage: Passage) -> list[str]:
        kinds = SHARED[passage.plan.service]
        if passage.sender == passage.case.opener:
            return list(kinds)
        return [kind for kind in kinds if kind in KNOWN_TO_CENTRE]

    def _recipient(self, passage: Passage) -> dict[str, UUID]:
        if passage.kind == "shelter":
            return {"circle_id": self._circle(passage)}
        return {"agency_id": self._province.agency_ids[passage.receiver]}

    def _consent(self, actor: Actor, event: Event, passage: Passage) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        mode = event.case.consent_mode or "written"
        basis = cases.record_consent(
            actor,
            case,
            kinds=self._kinds(passage),
            purpose="shelter" if passage.kind == "shelter" else "support",
            expires_at=clock.now() + CONSENT_LASTS,
            answers=sections.consent(replace(event.case, consent_mode=mode)),
            **self._recipient(passage),
        )
        self._basis_ids[passage.key] = basis.id

    def _claim(self, actor: Actor, event: Event, passage: Passage) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        recipient = self._recipient(passage)
        basis = cases.claim_legal_basis(
            actor,
            case,
            reason="danger_to_life",
            account=DANGER,
            kinds=self._kinds(passage),
            agency_id=recipient.get("agency_id"),
            circle_id=recipient.get("circle_id"),
        )
        self._basis_ids[passage.key] = basis.id

    def _send(self, actor: Actor, event: Event, passage: Passage) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        row = referrals.send_referral(
            actor,
            case,
            kind=passage.kind,
            circle_id=self._circle(passage),
            urgency=passage.urgency,
            kinds=self._kinds(passage),
            summary=sections.referral_summary(event.case, passage.plan),
        )
        self._passage_ids[passage.key] = row.id

    def _accept(self, actor: Actor, event: Event, passage: Passage) -> None:
        within = passage.contact_at - passage.decided_at
        self._accept_row(actor, self._passage_ids[passage.key], within)

    def _decline(self, actor: Actor, event: Event, passage: Passage) -> None:
        row = sent.visible_referral(actor, self._passage_ids[passage.key])
        referrals.decline_referral(actor, row, reason=passage.decline_reason)

    def _cancel(self, actor: Actor, event: Event, passage: Passage) -> None:
        row = sent.visible_referral(actor, self._passage_ids[passage.key])
        referrals.cancel_referral(actor, row)

    def _withdraw(self, actor: Actor, event: Event, passage: Passage) -> None:
        case = visible_case(actor, self._case_ids[event.case.key])
        cases.withdraw_consent(actor, case, basis_id=self._basis_ids[passage.key])

    def _expire(self, actor: Actor, event: Event, passage: Passage) -> None:
        referrals.expire_referrals(SYSTEM, None)

    def _contact(self, actor: Actor, event: Event, passage: Passage) -> None:
        """The promised first contact is made; where help begins with it, it has begun."""
        self._tick_off(actor, event, passage)
        if passage.is_given:
            row = sent.visible_referral(actor, self._passage_ids[passage.key])
            referrals.start_service(actor, row)

    def _tick_off(self, actor: Actor, event: Event, passage: Passage) -> None:
        self._tick_off_row(actor, self._passage_ids[passage.key])

    def _tick_off_row(self, actor: Actor, referral_id: UUID) -> None:
        for line in tasks.visible_tasks(actor):
            if line.object_id == referral_id:
                followup.complete_task(actor, tasks.visible_task(actor, line.id))

    def _complete(self, actor: Actor, event: Event, passage: Passage) -> None:
        row = sent.visible_referral(actor, self._passage_ids[passage.key])
        referrals.complete_referral(actor, row)

    def _hold(self, actor: Actor, event: Event, passage: Passage) -> None:
        lodging = _lodging(passage)
        site = places.visible_site(actor, self._province.site_ids[lodging.site.slug])
        first, last = lodging.nights
        case = visible_case(actor, self._case_ids[event.case.key])
        beds = places.board(actor, site, first, 1).rooms[lodging.room].beds
        stay = shelters.hold_beds(
            actor,
            site,
            bed_ids=[bed.id for bed in beds[: 1 + lodging.children]],
            from_on=first,
            to_on=last,
            referral_id=self._passage_ids[passage.key],
            party={"adults": 1, "children": lodging.children},
            case_id=case.id,
            case_code=case.code,
        )
        self._stay_ids[passage.key] = stay.id

    def _confirm(self, actor: Actor, event: Event, passage: Passage) -> None:
        shelters.confirm_stay(actor, places.visible_stay(actor, self._stay_ids[passage.key]))

    def _check_in(self, actor: Actor, event: Event, passage: Passage) -> None:
        self._tick_off(actor, event, passage)
        stay = places.visible_stay(actor, self._stay_ids[passage.key])
        shelters.check_in(actor, stay, at=event.at, answers=ARRIVED)

    def _check_out(self, actor: Actor, event: Event, passage: Passage) -> None:
        stay = places.visible_stay(actor, self._stay_ids[passage.key])
        shelters.check_out(actor, stay, at=event.at, destination=_lodging(passage).destination)


def _lodging(passage: Passage) -> Lodging:
    if passage.lodging is None:
        raise ValueError("no room belongs to this referral")
    return passage.lodging
