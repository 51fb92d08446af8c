"""Operations on figures: open the facts, freeze what is safe, approve by a second person."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from referral.audit.operation import operation
from referral.kernel import clock, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotPermitted, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.reporting import facts, policy
from referral.reporting.model import Edition
from referral.reporting.signing import (
    APPROVE,
    FREEZE,
    REJECT,
    is_verified,
    sign_edition,
    verify_edition,
)
from referral.reporting.spreadsheet import workbook
from referral.reporting.states import EDITION, EditionState
from referral.reporting.tables import digest
from referral.vault.keys import keyring_of


@dataclass(frozen=True)
class FrozenDraft:
    """Protected tables that nobody has signed yet (see `compose`), of facts as of `opened_at`."""

    year: int
    cut_off_on: date
    frozen: dict[str, Any]
    opened_at: datetime


@operation(Permission.EDITION_FREEZE, policy.holds_keys)
def read_facts(actor: Actor, subject: None) -> facts.OpenedFacts:
    """Open the facts of the province, to count them."""
    return facts.open_facts(actor)


@operation(Permission.EDITION_FREEZE, policy.holds_keys)
def freeze_edition(actor: Actor, subject: None, *, draft: FrozenDraft) -> Edition:
    """Keep protected tables as the next edition of their year; it waits for a second person.

    `StateConflict` when another edition of the year was frozen since these facts were opened: of
    two statisticians at once one freezes, the other looks at what there is.
    """
    if actor.member_id is None:
        raise NotPermitted("nobody freezes here")
    same = (Edition.year == draft.year, Edition.state != EditionState.REJECTED)
    meanwhile = select(Edition.id).where(*same, Edition.made_at >= draft.opened_at)
    if session().scalars(meanwhile.limit(1)).first() is not None:
        raise StateConflict(EditionState.DRAFT, "freeze")
    last = session().scalar(select(func.max(Edition.number)).where(Edition.year == draft.year))
    row = Edition(
        id=new_id(),
        year=draft.year,
        number=(last or 0) + 1,
        state=EditionState.DRAFT,
        state_at=clock.now(),
        cut_off_on=draft.cut_off_on,
        frozen=draft.frozen,
        digest=digest(draft.frozen),
        made_at=clock.now(),
        made_by_id=actor.member_id,
    )
    row.freeze_statement = sign_edition(keyring_of(actor), row, FREEZE)
    _insert(row)
    verify_edition(row)
    return row


def _insert(row: Edition) -> None:
    """PostgreSQL lets two begin at once; the number within the year is given once."""
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError as error:
        raise StateConflict(EditionState.DRAFT, "freeze") from error


def _check_whole(edition: Edition) -> None:
    if not is_verified(edition):
        raise InvalidInput({"edition": ["These tables are not the ones that were frozen."]})


@operation(Permission.EDITION_APPROVE, policy.is_second_person)
def approve_edition(actor: Actor, edition: Edition) -> Edition:
    """Take responsibility, as a second person, for showing these tables."""
    _check_whole(edition)
    word = sign_edition(keyring_of(actor), edition, APPROVE)
    states.advance(
        edition, "approve", EDITION, approved_by_id=actor.member_id, decision_statement=word
    )
    _check_whole(edition)
    return edition


@operation(Permission.EDITION_APPROVE, policy.is_second_person)
def reject_edition(actor: Actor, edition: Edition) -> Edition:
    """Refuse, as a second person, to show these tables."""
    word = sign_edition(keyring_of(actor), edition, REJECT)
    states.advance(edition, "reject", EDITION, decision_statement=word)
    return edition


@operation(Permission.EDITION_READ, policy.may_see, proof=True)
def export_edition(actor: Actor, edition: Edition, *, locale: str) -> bytes:
    """An approved edition as a spreadsheet that names its recipient."""
    if edition.state != EditionState.APPROVED:
        raise NotPermitted("not approved yet")
    _check_whole(edition)
    return workbook(edition.frozen, locale, watermark=f"{actor.display_name} · {actor.agency_name}")
