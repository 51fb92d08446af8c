"""Bundles and cards of a circle, sealed anew to its newest key."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from referral.agencies.rewrapping import KeysInHand, Shelf
from referral.cases.model import (
    Card,
    CardBody,
    CardDrawer,
    CardDrawerBody,
    Grant,
    GrantBundle,
    GrantBundleBody,
)
from referral.cases.strands import case_views
from referral.kernel import clock
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotVerified, Unreadable
from referral.vault.boxes import rewrap_in_circle
from referral.vault.case_view import CaseView, GrantState
from referral.vault.grants import rewrap_grant
from referral.vault.primitives import Purpose

UNOPENED = (KeysMissing, NotVerified, Unreadable)


def _bundles_behind(circle_id: UUID, newest: int) -> Select[Any]:
    return (
        select(GrantBundle.id)
        .join(Grant, Grant.id == GrantBundle.grant_id)
        .where(Grant.receiver_circle_id == circle_id, GrantBundle.circle_generation < newest)
    )


def _reseal_bundles(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    """Carry over what a live grant still gives, as the verified strands say, never the rows.

    What has lapsed, or what no strand vouches for, stays where it is: to seal it anew would open
    it to people who never had the older key.
    """
    rows = session().execute(
        select(GrantBundle, Grant.case_id, GrantBundleBody)
        .join(Grant, Grant.id == GrantBundle.grant_id)
        .join(GrantBundleBody, GrantBundleBody.bundle_id == GrantBundle.id)
        .where(GrantBundle.id.in_(ids))
    ).all()  # fmt: skip
    views = case_views(case_id for _, case_id, _ in rows)
    return sum(_reseal_bundle(keys, views[case_id], row, body) for row, case_id, body in rows)


def _reseal_bundle(
    keys: KeysInHand, view: CaseView, row: GrantBundle, body: GrantBundleBody
) -> bool:
    grant = view.grants.get(row.grant_id)
    if grant is None or grant.pending or grant.receiver_circle != keys.stated.circle_id:
        return False
    if not any(view.covers(grant, section_id, clock.now()) for section_id in grant.section_ids):
        return False
    body_anew = next(_anew(keys, view, grant, row, body), None)
    if body_anew is None:
        return False
    body.body, row.circle_generation = body_anew, keys.stated.generation
    return True


def _anew(
    keys: KeysInHand, view: CaseView, grant: GrantState, row: GrantBundle, body: GrantBundleBody
) -> Iterator[bytes]:
    """Opened as this circle, or as one of an ended agency that it succeeds and was sealed to."""
    for agency_id, circle_id in keys.keyring.line_of(keys.stated.circle_id):
        own = circle_id == keys.stated.circle_id
        try:
            yield rewrap_grant(
                keys.keyring.circle(circle_id, row.circle_generation),
                keys.stated,
                case_id=view.case_id,
                grant_id=row.grant_id,
                raw=body.body,
                vouched=grant.contents,
                sealed_for=None if own else agency_id,
            )
        except UNOPENED:
            continue


def _cards_behind(circle_id: UUID, newest: int) -> Select[Any]:
    return select(Card.id).where(Card.circle_id == circle_id, Card.circle_generation < newest)


def _reseal_cards(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    rows = session().execute(
        select(Card, CardBody).join(CardBody, CardBody.card_id == Card.id).where(Card.id.in_(ids))
    )
    return sum(_reseal_card(keys, card, body) for card, body in rows.all())


def _reseal_card(keys: KeysInHand, card: Card, body: CardBody) -> bool:
    try:
        old, new = keys.older(card.circle_generation), (keys.newest, keys.stated)
        body.body = rewrap_in_circle(old, new, Purpose.CARD, card.case_id, body.body)
    except UNOPENED:
        return False
    card.circle_generation = keys.stated.generation
    return True


def _drawers_behind(circle_id: UUID, newest: int) -> Select[Any]:
    """Those that say something: of an empty one nothing is sealed."""
    return (
        select(CardDrawer.id)
        .join(CardDrawerBody, CardDrawerBody.drawer_id == CardDrawer.id)
        .where(CardDrawer.circle_id == circle_id, CardDrawer.circle_generation < newest)
    )


def _reseal_drawers(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    """Carry drawers over; one that does not open is emptied, for its cards are filed anew."""
    rows = (
        session()
        .execute(
            select(CardDrawer, CardDrawerBody)
            .join(CardDrawerBody, CardDrawerBody.drawer_id == CardDrawer.id)
            .where(CardDrawer.id.in_(ids))
            .with_for_update(skip_locked=True, of=CardDrawerBody)
        )
        .all()
    )
    for drawer, body in rows:
        try:
            old, new = keys.older(drawer.circle_generation), (keys.newest, keys.stated)
            body.body = rewrap_in_circle(old, new, Purpose.DRAWER, drawer.id, body.body)
        except UNOPENED:
            session().delete(body)
        else:
            drawer.circle_generation = keys.stated.generation
    return len(rows)


SHELVES = (
    Shelf("bundles", GrantBundle.id, _bundles_behind, _reseal_bundles),
    Shelf("cards", Card.id, _cards_behind, _reseal_cards),
    Shelf("card drawers", CardDrawer.id, _drawers_behind, _reseal_drawers),
)
