"""Cards as they lie: each alone for the lists, and many of a circle in a drawer for its searches.

A drawer is one envelope, and says what its cards said when they were filed.
A card that was written since points to no drawer, and what the drawer says of it counts no more;
one that is deleted takes along what its drawer says. The other cards point to the empty drawer
until they are filed again: to write in a case never waits for another case to end.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Self
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select, update

from referral.agencies.directory import sealing_secret
from referral.agencies.locks import hold_keys
from referral.cases.model import Card, CardBody, CardDrawer, CardDrawerBody, CaseFile
from referral.cases.search import Sought, searched, tab_of
from referral.kernel import db
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, Unreadable
from referral.kernel.ids import new_id
from referral.vault.boxes import card_opener, open_in_circle, seal_in_circle
from referral.vault.keys import CircleSecret, Keyring
from referral.vault.primitives import Purpose

ROOM = 400
"""Cards in a full drawer: 90 KB as a rule, which the envelope fills up to 128 KiB."""
WORTH_FILING = 256
"""So many loose cards of a circle are filed; fewer are read one by one as fast."""
WORTH_KEEPING = 128
"""A drawer that has fewer cards left is emptied, and they are filed with others."""
AT_ONCE = 5 * ROOM
"""Loose cards filed by one search: 0.1 s, once."""


def card_opener_of(keyring: Keyring) -> Callable[[bytes, UUID, int, bytes], bytes]:
    """What a card says: of which case, circle and generation, and its body.

    Nothing where it does not open, as if there were none.
    """

    @cache
    def of_generation(circle_id: UUID, generation: int) -> Callable[[bytes, bytes], bytes]:
        return card_opener(keyring.circle(circle_id, generation), keyring.deployment)

    def opened(case_id: bytes, circle_id: UUID, generation: int, body: bytes) -> bytes:
        try:
            return of_generation(circle_id, generation)(case_id, body)
        except (KeysMissing, Unreadable):
            return b""

    return opened


def forget_card(case_id: UUID, circle_id: UUID) -> None:
    """Delete the circle's card of the case, and what its drawer says: a job may.

    The card is held first, so that nobody files it meanwhile.
    """
    this = (Card.case_id == case_id) & (Card.circle_id == circle_id)
    drawer_ids = session().scalars(select(Card.drawer_id).where(this).with_for_update()).all()
    if any(drawer_ids):
        session().execute(delete(CardDrawerBody).where(CardDrawerBody.drawer_id.in_(drawer_ids)))
    session().execute(delete(Card).where(this))


@dataclass(frozen=True, slots=True, repr=False)
class Filed:
    """What a drawer says of one case: its id (hex), when it began (to be sorted by), code, card."""

    case_id: str
    begun: str
    code: str
    card: str

    @classmethod
    def of(cls, line: str) -> Self:
        """From a line of a drawer."""
        return cls(*line.split("\t", 3))

    @property
    def line(self) -> str:
        """As it stands in a drawer. The card is JSON on one line, in which no tab stands bare."""
        return f"{self.case_id}\t{self.begun}\t{self.code}\t{self.card}"

    @property
    def tab(self) -> str:
        """What it is found by."""
        return tab_of(self.code, json.loads(self.card))


def seal_drawer(
    secret: CircleSecret, deployment: UUID, drawer_id: UUID, cards: Sequence[Filed]
) -> bytes:
    """The cards in one envelope: a line of each one's tab, an empty line, a line of each."""
    text = "\n".join((*(card.tab for card in cards), "", *(card.line for card in cards)))
    return seal_in_circle(secret, Purpose.DRAWER, deployment, drawer_id, text.encode())


def among(raw: bytes, sought: Sought) -> Iterator[Filed]:
    """Of the cards of an opened drawer those that may answer."""
    tabs, _, lines = raw.decode().partition("\n\n")
    places = sought.places_among(tabs.split("\n"))
    if places:
        every = lines.split("\n")
        yield from (Filed.of(every[place]) for place in places)


def open_drawers(keyring: Keyring) -> dict[UUID, bytes]:
    """What each drawer of the session's circles says that opens."""
    rows = session().execute(
        select(CardDrawer, CardDrawerBody.body)
        .join(CardDrawerBody, CardDrawerBody.drawer_id == CardDrawer.id)
        .where(CardDrawer.circle_id.in_(keyring.circle_ids))
    )
    found = ((drawer.id, _opened(keyring, drawer, body)) for drawer, body in rows.all())
    return {drawer_id: said for drawer_id, said in found if said}


def _opened(keyring: Keyring, drawer: CardDrawer, body: bytes) -> bytes:
    try:
        secret = keyring.circle(drawer.circle_id, drawer.circle_generation)
        return open_in_circle(secret, Purpose.DRAWER, keyring.deployment, drawer.id, body)
    except (KeysMissing, Unreadable):
        return b""


def file_cards(keyring: Keyring) -> None:
    """Put loose cards of the session's circles into drawers, the oldest cases first.

    Nothing waits here for who writes a card meanwhile: it is filed later. The keys are held, and
    what a card says is read when it is held.
    """
    db.begin_write()
    hold_keys([keyring.agency_id])
    for circle_id, told in _as_they_stand(keyring, _held(keyring)).items():
        ids = list(told)
        for first in range(0, len(ids), ROOM):
            some = {card_id: told[card_id] for card_id in ids[first : first + ROOM]}
            if len(some) >= WORTH_FILING:
                _fill(keyring, circle_id, some)
    points_there = Card.drawer_id == CardDrawer.id
    session().execute(delete(CardDrawer).where(_ours(keyring), ~exists().where(points_there)))


def _ours(keyring: Keyring) -> ColumnElement[bool]:
    return CardDrawer.circle_id.in_(keyring.circle_ids)


def _held(keyring: Keyring) -> Sequence[UUID]:
    """Loose cards, and those of drawers that are spent, held until the transaction ends."""
    has_body = exists().where(CardDrawerBody.drawer_id == CardDrawer.id)
    left = select(func.count()).where(Card.drawer_id == CardDrawer.id).scalar_subquery()
    spent = select(CardDrawer.id).where(_ours(keyring), ~has_body | (left < WORTH_KEEPING))
    loose = (
        select(Card.id)
        .join(CaseFile, CaseFile.id == Card.case_id)
        .where(
            Card.circle_id.in_(keyring.circle_ids),
            Card.drawer_id.is_(None) | Card.drawer_id.in_(spent),
        )
        .order_by(CaseFile.opened_at, Card.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True, of=Card)
    )
    return session().scalars(loose).all()


def _as_they_stand(keyring: Keyring, card_ids: Sequence[UUID]) -> dict[UUID, dict[UUID, Filed]]:
    """What these cards say, by circle and card."""
    cards = (
        select(Card.id, Card.circle_id, Card.circle_generation, CardBody.body)
        .add_columns(CaseFile.id.label("case_id"), CaseFile.opened_at, CaseFile.code)
        .join(CardBody, CardBody.card_id == Card.id)
        .join(CaseFile, CaseFile.id == Card.case_id)
        .where(Card.id.in_(card_ids))
        .order_by(CaseFile.opened_at, Card.id)
    )
    opened, found = card_opener_of(keyring), defaultdict[UUID, dict[UUID, Filed]](dict)
    for row in session().execute(cards).all():
        card = opened(row.case_id.bytes, row.circle_id, row.circle_generation, row.body)
        if card:
            begun = written(row.opened_at)
            filed = Filed(row.case_id.hex, begun, row.code, searched(card.decode()))
            found[row.circle_id][row.id] = filed
    return found


def _fill(keyring: Keyring, circle_id: UUID, cards: Mapping[UUID, Filed]) -> None:
    """A new drawer of these cards."""
    try:
        secret = sealing_secret(keyring, circle_id)
    except KeysMissing:
        return
    drawer = CardDrawer(id=new_id(), circle_id=circle_id, circle_generation=secret.generation)
    session().add(drawer)
    session().flush()
    body = seal_drawer(secret, keyring.deployment, drawer.id, list(cards.values()))
    session().add(CardDrawerBody(drawer_id=drawer.id, body=body))
    session().execute(update(Card).where(Card.id.in_(cards)).values(drawer_id=drawer.id))


def written(opened_at: datetime) -> str:
    """A moment as text that sorts as it does: microseconds since 1970, in sixteen digits."""
    return f"{int(opened_at.timestamp() * 1e6):016}"
