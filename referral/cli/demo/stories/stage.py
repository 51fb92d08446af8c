"""What the people of a story do: each verb is the real operation, by a member of an agency.

The ids of a story follow from its name: they are the same after every load, whatever else is in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from referral.cases import service as cases
from referral.cases.forms.definition import Answer, Answers
from referral.cases.queries import visible_case
from referral.cli.demo.cases import LOCAL, SyntheticCase
from referral.cli.demo.desk import CONSENT_LASTS, FALLBACK_ROLES, WORKING_ROLES
from referral.cli.demo.enrolment import Province
from referral.cli.demo.sections import sections
from referral.followup import queries as tasks
from referral.followup import service as followup
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ReferralError
from referral.referrals import queries as sent
from referral.referrals import service as referrals
from referral.shelters import queries as places
from referral.shelters import service as shelters
from referral.vault.keys import keyring_of

STORIES = UUID("5f0c2b9e-64c1-4b57-9a52-7d1f0e3c8a10")
"""From it and the name of a story follow all ids of the story."""
EVERYTHING = ("identity", "incident", "needs", "safe_contact")
WITHOUT_CONTACT = ("identity", "incident", "needs")
Moments = Iterator[datetime]
"""A story as it is told: it gives the moment of its next act, and goes on when that has come."""


def fixed_id(story: str, what: str) -> UUID:
    """The id of a case or a referral of a story."""
    return uuid5(STORIES, f"{story}/{what}")


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the demo's year, by the clocks of the province."""
    return datetime(2024, month, day, hour, minute, tzinfo=LOCAL)


@dataclass(frozen=True, slots=True)
class Players:
    """Who acts in the stories: actors, circles and agencies by the slug of an agency."""

    province: Province

    def worker_name(self, slug: str) -> str:
        """The user name of whoever works on cases there."""
        cast = self.province.cast
        found = cast.members_of(slug, *WORKING_ROLES) or cast.members_of(slug, *FALLBACK_ROLES)
        return found[0].username

    def worker(self, slug: str) -> Actor:
        """Whoever works on cases there."""
        return self.province.actors[self.worker_name(slug)]

    def supervisor(self, slug: str) -> Actor:
        """Whoever answers for the work of the others there."""
        found = self.province.cast.members_of(slug, "supervisor", "commune_chair")
        return self.province.actors[found[0].username]

    def keeper(self, slug: str) -> Actor:
        """Whoever keeps the places of shelter there."""
        return self.province.actors[self.province.cast.keeper_of(slug)]

    def circle(self, slug: str, purpose: str = "cases") -> UUID:
        """The circle of an agency for a purpose."""
        return self.province.circle_ids[slug, purpose]


@dataclass(slots=True)
class Told:
    """One survivor of a story, and all that is done in her case. Each act commits by itself."""

    players: Players
    story: str
    survivor: SyntheticCase
    what: str = "case"
    """Which case of the story, where it has two."""
    stays: dict[UUID, UUID] = field(default_factory=dict)
    """The stay that belongs to a referral."""

    @property
    def case_id(self) -> UUID:
        """The same after every load."""
        return fixed_id(self.story, self.what)

    def report(self, by: str, **more: Answer) -> None:
        """The first word of it is written down."""
        answers = _answers(sections(self.survivor)["incident_report"], more)
        with db.unit_of_work():
            cases.report_incident(
                self.players.worker(by), None, answers=answers, made_as=self.case_id
            )

    def meet(self, by: str, **more: Mapping[str, Answer]) -> None:
        """She has been met; what is known of her is written, with `more` by section."""
        actor = self.players.worker(by)
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            cases.meet_survivor(actor, case)
            for kind, answers in sections(self.survivor).items():
                if kind != "incident_report":
                    known = _answers(answers, more.get(kind, {}))
                    cases.write_section(actor, case, kind=kind, answers=known)

    def write(self, by: str, kind: str, answers: Answers) -> None:
        """One more section, held by the agency that writes it."""
        actor = self.players.worker(by)
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            cases.write_section(actor, case, kind=kind, answers=answers)

    def serve(self, by: str, kind: str, outcome: str) -> None:
        """Help was given just now."""
        now = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
        answers: Answers = {"kind": kind, "delivered_at": now, "extent": "full", "outcome": outcome}
        self.write(by, "service", answers)

    def consent(
        self,
        by: str,
        to: str,
        kinds: Sequence[str],
        how: Mapping[str, Answer] | None = None,
        *,
        to_shelter: bool = False,
    ) -> UUID:
        """What she agreed to: for whom and what. `how` she agreed, unless she simply signed."""
        actor = self.players.worker(by)
        answers: Answers = {
            "given_by": "survivor",
            "how": ["written"],
            "language": self.survivor.language,
            "read_aloud": "yes",
            "understood": "yes",
        }
        circle_id = self.players.circle(to, "shelter") if to_shelter else None
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            basis = cases.record_consent(
                actor,
                case,
                kinds=kinds,
                purpose="shelter" if to_shelter else "support",
                expires_at=clock.now() + CONSENT_LASTS,
                answers={**answers, **(how or {})},
                agency_id=None if to_shelter else self.players.province.agency_ids[to],
                circle_id=circle_id,
            )
            return basis.id

    def withdraw(self, by: str, basis_id: UUID) -> None:
        """She takes it back."""
        actor = self.players.worker(by)
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            cases.withdraw_consent(actor, case, basis_id=basis_id)

    def claim(self, by: str, to: str, kinds: Sequence[str], reason: str, account: str) -> UUID:
        """Share on what the law says, before or without her word."""
        actor = self.players.worker(by)
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            basis = cases.claim_legal_basis(
                actor,
                case,
                reason=reason,
                account=account,
                kinds=kinds,
                agency_id=self.players.province.agency_ids[to],
            )
            return basis.id

    def cosign(self, by: str, basis_id: UUID) -> None:
        """A second person answers for it."""
        actor = self.players.supervisor(by)
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            cases.cosign_basis(actor, case, basis_id=basis_id)

    def send(
        self, by: str, to: str, what: str, service: str, urgency: str, *, kinds: Sequence[str],
        reason: str,
    ) -> UUID:  # fmt: skip
        """Ask another agency for a service, or its keepers for a bed. `what` names the referral."""
        actor, referral_id = self.players.worker(by), fixed_id(self.story, what)
        is_bed = service == "shelter"
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            referrals.send_referral(
                actor,
                case,
                kind="shelter" if is_bed else "service",
                circle_id=self.players.circle(to, "shelter" if is_bed else "cases"),
                urgency=urgency,
                kinds=kinds,
                summary=self._summary(reason) | {"needs": [service]},
                made_as=referral_id,
            )
        return referral_id

    def hand_over(self, by: str, to: str, reason: str) -> UUID:
        """Offer the case to those who are to look after it from now on."""
        actor, referral_id = self.players.worker(by), fixed_id(self.story, f"{self.what}/custody")
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            referrals.send_referral(
                actor,
                case,
                kind="custody",
                circle_id=self.players.circle(to),
                urgency="p2",
                kinds=[],
                summary=self._summary(reason),
                made_as=referral_id,
            )
        return referral_id

    def _summary(self, reason: str) -> Answers:
        summary: Answers = {
            "age_band": self.survivor.age_band,
            "sex": self.survivor.sex,
            "language": self.survivor.language,
            "interpreter_needed": "yes" if self.survivor.interpreter_needed else "no",
            "reason": reason,
        }
        ages = [{"age": age} for age in self.survivor.children]
        return summary | ({"children_count": len(ages), "children": ages} if ages else {})

    def accept(self, by: str, referral_id: UUID, first_contact_at: datetime) -> None:
        """Somebody there promises to see to it by then."""
        self._accept(self.players.worker(by), referral_id, first_contact_at)

    def accept_guest(self, by: str, referral_id: UUID, first_contact_at: datetime) -> None:
        """Those who keep the places promise to see to it by then."""
        self._accept(self.players.keeper(by), referral_id, first_contact_at)

    @staticmethod
    def _accept(actor: Actor, referral_id: UUID, first_contact_at: datetime) -> None:
        with db.unit_of_work():
            referrals.accept_referral(
                actor,
                sent.visible_referral(actor, referral_id),
                worker_id=keyring_of(actor).member_id,
                first_contact_at=first_contact_at,
            )

    def decline(self, by: str, referral_id: UUID, reason: str) -> None:
        """They cannot, and say why."""
        actor = self.players.worker(by)
        with db.unit_of_work():
            row = sent.visible_referral(actor, referral_id)
            referrals.decline_referral(actor, row, reason=reason)

    def start(self, by: str, referral_id: UUID) -> None:
        """The first contact was made, and help has begun."""
        actor = self.players.worker(by)
        self._tick_off(actor, referral_id)
        with db.unit_of_work():
            referrals.start_service(actor, sent.visible_referral(actor, referral_id))

    def complete(self, by: str, referral_id: UUID) -> None:
        """What was promised is done."""
        actor = self.players.worker(by)
        with db.unit_of_work():
            referrals.complete_referral(actor, sent.visible_referral(actor, referral_id))

    def tick_off(self, by: str, referral_id: UUID) -> None:
        """What had to be done about a referral is done."""
        self._tick_off(self.players.worker(by), referral_id)

    @staticmethod
    def _tick_off(actor: Actor, referral_id: UUID) -> None:
        with db.unit_of_work():
            for line in tasks.visible_tasks(actor):
                if line.object_id == referral_id:
                    followup.complete_task(actor, tasks.visible_task(actor, line.id))

    def follow_up(
        self,
        by: str,
        meeting: str,
        risk: str,
        *,
        how: str,
        done: str,
        next_on: date,
        **more: Answer,
    ) -> None:
        """She was met, or could not be; and the next day is set."""
        actor = self.players.worker(by)
        answers: Answers = {
            "met_on": clock.today().isoformat(),
            "meeting": meeting,
            "how_she_is": how,
            "new_violence": "no",
            "risk_band": risk,
            "done": done,
            "next_on": next_on.isoformat(),
        }
        with db.unit_of_work():
            case = visible_case(actor, self.case_id)
            followup.record_follow_up(actor, case, answers=answers | more)

    def hold(self, by: str, referral_id: UUID, site: str, nights: int, *, room: int = 0) -> None:
        """Hold places for the household in a room, from tonight on; `BedTaken` if it is."""
        actor, first = self.players.keeper(by), clock.today()
        with db.unit_of_work():
            row = places.visible_site(actor, self.players.province.site_ids[site])
            beds = places.board(actor, row, first, 1).rooms[room].beds
            case = visible_case(actor, self.case_id)
            children = len(self.survivor.children)
            stay = shelters.hold_beds(
                actor,
                row,
                bed_ids=[bed.id for bed in beds[: 1 + children]],
                from_on=first,
                to_on=first + timedelta(days=nights),
                referral_id=referral_id,
                party={"adults": 1, "children": children},
                case_id=case.id,
                case_code=case.code,
            )
            self.stays[referral_id] = stay.id

    def confirm(self, by: str, referral_id: UUID) -> None:
        """The places that were held are promised."""
        actor = self.players.keeper(by)
        with db.unit_of_work():
            shelters.confirm_stay(actor, places.visible_stay(actor, self.stays[referral_id]))

    def arrive(self, by: str, referral_id: UUID, outcome: str) -> None:
        """She is there."""
        actor = self.players.keeper(by)
        self._tick_off(actor, referral_id)
        with db.unit_of_work():
            stay = places.visible_stay(actor, self.stays[referral_id])
            arrived: Answers = {"extent": "full", "outcome": outcome}
            shelters.check_in(actor, stay, at=clock.now(), answers=arrived)

    def leave(self, by: str, referral_id: UUID, destination: str) -> None:
        """She has gone on."""
        actor = self.players.keeper(by)
        with db.unit_of_work():
            stay = places.visible_stay(actor, self.stays[referral_id])
            shelters.check_out(actor, stay, at=clock.now(), destination=destination)


@contextmanager
def refused(kind: type[ReferralError]) -> Iterator[None]:
    """What is tried within must be refused so: else the story would not be true any more."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"expected {kind.__name__}")


def _answers(known: Answers, more: Mapping[str, Answer]) -> Answers:
    """Answers with more of them; what is empty was not asked."""
    return {name: answer for name, answer in {**known, **more}.items() if answer != ""}
