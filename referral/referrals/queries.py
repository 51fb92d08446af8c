"""Reading referrals: those a circle of the session sent or was asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from referral.accounts.model import Member
from referral.accounts.queries import workers
from referral.agencies.directory import holds_circle_key
from referral.agencies.heirs import circles_in_line, successor_of
from referral.agencies.queries import recipient_names
from referral.cases.model import CaseFile
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.paging import PAGE_SIZE, Page, decode_cursor, encode_cursor
from referral.kernel.permissions import Permission
from referral.referrals import policy
from referral.referrals.model import Referral
from referral.referrals.states import CONTACT_WITHIN, OPEN_STATES, ReferralState, Urgency
from referral.referrals.summaries import SHUT, summaries_of
from referral.vault.keys import Keyring


def contact_due(sent_at: datetime, urgency: str) -> datetime:
    """The last moment for the first contact; the limit runs from sending, as every clock does."""
    return sent_at + CONTACT_WITHIN[Urgency(urgency)]


@dataclass(frozen=True)
class ReferralLine:
    """A referral as a list shows it to one side."""

    id: UUID
    case_id: UUID
    case_code: str
    kind: str
    urgency: str
    state: str
    state_at: datetime
    sent_at: datetime
    decide_by: datetime
    first_contact_at: datetime | None
    worker_id: UUID | None
    from_circle_id: UUID
    to_circle_id: UUID
    from_name_vi: str
    from_name_en: str
    to_name_vi: str
    to_name_en: str
    is_incoming: bool
    decline_reason: str | None
    summary: Mapping[str, Any] = field(default_factory=dict, repr=False)
    summary_version: int = 1
    kinds: tuple[str, ...] = ()
    is_put_away: bool = False
    """Since a restore nobody opens it before it is passed on to another circle."""

    @property
    def contact_by(self) -> datetime:
        """The last moment for the first contact at this urgency."""
        return contact_due(self.sent_at, self.urgency)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has a step to take."""
        return self.state in OPEN_STATES

    def from_name(self, locale: str) -> str:
        """Who asks."""
        return self.from_name_en if locale == "en" else self.from_name_vi

    def to_name(self, locale: str) -> str:
        """Who is asked; a shelter circle by its code name."""
        return self.to_name_en if locale == "en" else self.to_name_vi


def _circles(actor: Actor) -> frozenset[UUID]:
    """The circles in whose name the actor reads referrals; none without the permission."""
    if Permission.REFERRAL_READ not in actor.permissions or not isinstance(actor.keys, Keyring):
        return frozenset()
    return actor.keys.circle_ids


def _visible(actor: Actor) -> Select[Referral, CaseFile]:
    circles = _circles(actor)
    return (
        select(Referral, CaseFile)
        .join(CaseFile, CaseFile.id == Referral.case_id)
        .where(or_(Referral.from_circle_id.in_(circles), Referral.to_circle_id.in_(circles)))
    )


def visible_referral(actor: Actor, referral_id: UUID) -> Referral:
    """One referral of the actor's circles; `NotFound` otherwise."""
    found = session().execute(_visible(actor).where(Referral.id == referral_id)).one_or_none()
    if found is None:
        raise NotFound("no such referral")
    row: Referral = found[0]
    return row


def visible_among(actor: Actor, referral_ids: Collection[UUID]) -> set[UUID]:
    """Which of these referrals are of the actor's circles; nothing of them is opened."""
    found = _visible(actor).where(Referral.id.in_(referral_ids)).with_only_columns(Referral.id)
    return set(session().scalars(found)) if referral_ids else set()


def inbox(
    actor: Actor, *, states: Sequence[str] = OPEN_STATES, cursor: str | None = None
) -> Page[ReferralLine]:
    """Referrals that wait for the actor's circles, the first to fall due first."""
    query = _visible(actor).where(
        Referral.to_circle_id.in_(_circles(actor)), Referral.state.in_(states)
    )
    return _page(actor, query, cursor)


def count_waiting(actor: Actor) -> int:
    """How many referrals wait for an answer of the actor's circles."""
    query = select(func.count(Referral.id)).where(
        Referral.to_circle_id.in_(_circles(actor)), Referral.state == ReferralState.SENT
    )
    return session().scalar(query) or 0


@dataclass(frozen=True, slots=True)
class AskedCount:
    """How much an agency is asked and has not answered; nothing of any case."""

    waiting: int = 0
    late: int = 0
    emergencies: int = 0


def count_asked(actor: Actor) -> AskedCount:
    """What waits for an answer of the actor's agency, counted for who stands duty there."""
    if actor.agency_id is None or not policy.watches_agency(actor, actor.agency_id):
        return AskedCount()
    is_late, is_emergency = Referral.decide_by <= clock.now(), Referral.urgency == Urgency.P0
    query = select(
        func.count(Referral.id),
        func.count(Referral.id).filter(is_late),
        func.count(Referral.id).filter(is_emergency),
    ).where(
        Referral.to_circle_id.in_(circles_in_line(actor.agency_id)),
        Referral.state == ReferralState.SENT,
    )
    return AskedCount(*session().execute(query).one())


def outbox(
    actor: Actor, *, states: Sequence[str] = (), cursor: str | None = None
) -> Page[ReferralLine]:
    """Referrals that the actor's circles sent, the first to fall due first."""
    query = _visible(actor).where(Referral.from_circle_id.in_(_circles(actor)))
    if states:
        query = query.where(Referral.state.in_(states))
    return _page(actor, query, cursor)


def _page(
    actor: Actor, query: Select[Referral, CaseFile], cursor: str | None
) -> Page[ReferralLine]:
    if cursor:
        at, referral_id = decode_cursor(cursor)
        query = query.where(
            (Referral.decide_by > at) | ((Referral.decide_by == at) & (Referral.id > referral_id))
        )
    query = query.order_by(Referral.decide_by, Referral.id).limit(PAGE_SIZE + 1)
    rows = [(r, c) for r, c in session().execute(query)]
    more, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    last = rows[-1][0] if rows else None
    after = encode_cursor(last.decide_by, last.id) if more and last is not None else None
    return Page(_lines(actor, rows), after)


def referrals_of(actor: Actor, case_id: UUID) -> list[ReferralLine]:
    """Referrals of one case that the actor's circles sent or received, newest first."""
    query = _visible(actor).where(Referral.case_id == case_id)
    query = query.order_by(Referral.sent_at.desc(), Referral.id).limit(PAGE_SIZE)
    return _lines(actor, [(r, c) for r, c in session().execute(query)])


def line_of(actor: Actor, referral: Referral) -> ReferralLine:
    """One referral as a line."""
    case = session().get(CaseFile, referral.case_id)
    if case is None:
        raise NotFound("no such case")
    return _lines(actor, [(referral, case)])[0]


def _lines(actor: Actor, rows: Sequence[tuple[Referral, CaseFile]]) -> list[ReferralLine]:
    names = recipient_names([c for r, _ in rows for c in (r.from_circle_id, r.to_circle_id)])
    opened = (
        summaries_of(actor.keys, [r for r, _ in rows]) if isinstance(actor.keys, Keyring) else {}
    )
    circles = _circles(actor)
    return [
        ReferralLine(
            id=r.id,
            case_id=r.case_id,
            case_code=c.code,
            kind=r.kind,
            urgency=r.urgency,
            state=r.state,
            state_at=r.state_at,
            sent_at=r.sent_at,
            decide_by=r.decide_by,
            first_contact_at=r.first_contact_at,
            worker_id=r.worker_id,
            from_circle_id=r.from_circle_id,
            to_circle_id=r.to_circle_id,
            from_name_vi=names[r.from_circle_id].name_vi,
            from_name_en=names[r.from_circle_id].name_en,
            to_name_vi=names[r.to_circle_id].name_vi,
            to_name_en=names[r.to_circle_id].name_en,
            is_incoming=r.to_circle_id in circles,
            decline_reason=r.decline_reason,
            summary=opened.get(r.id, SHUT).answers,
            summary_version=opened.get(r.id, SHUT).form_version,
            kinds=opened.get(r.id, SHUT).kinds,
            is_put_away=opened.get(r.id, SHUT).is_put_away,
        )
        for r, c in rows
    ]


def possible_workers(actor: Actor, referral: Referral) -> list[Member]:
    """Colleagues who may be named to see to a referral of the actor's circle, by name.

    They work on cases and are in the circle still, or in the one that succeeds it, by the log.
    Who has sent it names nobody there.
    """
    if not policy.is_receiver(actor, referral):
        return []
    heir = successor_of(referral.to_circle_id)
    circle_id = heir.circle_id if heir else referral.to_circle_id
    return [m for m in workers(actor) if holds_circle_key(m.agency_id, m.id, circle_id)]
