"""Cards: what a list shows of a case to one circle, rebuilt from what that circle may see."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.agencies.directory import sealing_secret
from referral.cases.forms_in_force import children_along
from referral.cases.model import Card, CardBody
from referral.cases.opening import OPEN, OpenedSection, Opening
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing
from referral.kernel.ids import new_id
from referral.vault.boxes import seal_in_circle
from referral.vault.keys import CircleSecret
from referral.vault.primitives import Purpose

ON_CARD = {
    "identity": ("age_band", "sex", "spoken_name", "paper_name", "alias", "id_number", "language"),
    "safe_contact": ("phone",),
    "needs": ("needs", "children_count"),
    "incident_report": ("immediate_danger",),
    "referral_summary": ("age_band", "sex", "needs", "children_count"),
}


def card_of(answers: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """What a card says, out of answers by kind of section, as the form in force has them."""
    card: dict[str, Any] = {}
    for kind, given in answers:
        found = {**given, "children_count": children_along(given)}
        for name in ON_CARD.get(kind, ()):
            if found.get(name) not in (None, "", []):
                card[name] = found[name]
    return card


def seal_card(secret: CircleSecret, here: UUID, case_id: UUID, card: Mapping[str, Any]) -> bytes:
    """The card under its circle's key."""
    raw = json.dumps(card, ensure_ascii=False, sort_keys=True).encode()
    return seal_in_circle(secret, Purpose.CARD, here, case_id, raw)


def has_card(case_id: UUID, circle_id: UUID) -> bool:
    """Whether the circle keeps a card of the case now."""
    query = select(Card.id).where(Card.case_id == case_id, Card.circle_id == circle_id)
    return session().scalar(query) is not None


def store_card(opening: Opening, circle_id: UUID, sections: Iterable[OpenedSection]) -> None:
    """Keep the card under the circle's newest key, replacing what was there.

    Out of what the circle may see: who makes it may be in others, which see more.
    """
    try:
        secret = sealing_secret(opening.keyring, circle_id)
    except KeysMissing:
        return
    view, at = opening.view, opening.at
    shown = (
        (section.kind, section.current_answers)
        for section in sections
        if section.status == OPEN and view.reads(circle_id, section.section_id, at)
    )
    body = seal_card(secret, view.deployment, opening.case.id, card_of(shown))
    row = (
        session()
        .scalars(
            select(Card)
            .where(Card.case_id == opening.case.id, Card.circle_id == circle_id)
            .with_for_update()  # so that nobody files what it said before
        )
        .one_or_none()
    )
    if row is None:
        row = Card(
            id=new_id(),
            case_id=opening.case.id,
            circle_id=circle_id,
            circle_generation=secret.generation,
        )
        session().add(row)
        session().flush()
        session().add(CardBody(card_id=row.id, body=body))
    else:
        row.circle_generation, row.drawer_id = secret.generation, None
        kept = session().get(CardBody, row.id)
        if kept is not None:
            kept.body = body
    session().flush()
