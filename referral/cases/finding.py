"""Looking for a case by what somebody knows of her: what was typed never leaves this process."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, union_all

from referral.cases.drawers import among, card_opener_of, open_drawers, written
from referral.cases.model import Card, CardBody, CardDrawer, CaseFile
from referral.cases.queries import CaseLine, circles_of, lines_of, visible
from referral.cases.search import Found, Hit, Sought
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.vault.keys import Keyring, keyring_of

BEST: Final = 50
"""As many hits as one search shows."""
AT_A_TIME: Final = 4 * BEST
"""Answers that are looked up at a time, for what a drawer says may be true no more."""


@dataclass(frozen=True)
class FoundCase:
    """A case that answers what was looked for, and by which of its answers."""

    line: CaseLine
    by: Found


@dataclass(frozen=True)
class SearchResult:
    """The best hits, the best first, and whether there were more."""

    rows: Sequence[FoundCase]
    has_more: bool
    loose: int = 0
    """Cards that were read one by one, for they lie in no drawer."""


class _Answer(NamedTuple):
    hit: Hit
    begun: str
    case_id: UUID
    drawer_id: UUID | None = None
    """Where it was read, and counts while the card still points there; nowhere: on the card."""


def found_cases(actor: Actor, sought: Sought) -> SearchResult:
    """The actor's cases whose code or card answers, the best first, then the newest.

    What is looked for stays in this process: the database is asked for all drawers of the actor's
    circles and for every card outside of them. A case whose access somebody ends meanwhile is
    left out.
    """
    if not circles_of(actor):
        return SearchResult([], has_more=False)
    keyring = keyring_of(actor)
    drawers = open_drawers(keyring)
    loose = _cards(actor, keyring, *_outside(keyring, drawers))
    answers = [*_in_drawers(drawers, sought), *_on_cards(keyring, loose, sought)]
    if sought.may_be_code:
        answers += _without_card(actor, keyring, sought)
    answers.sort(key=lambda answer: (answer.begun, answer.case_id), reverse=True)
    answers.sort(key=lambda answer: answer.hit.rank)
    read = {card.case_id for card in loose}
    found: dict[UUID, Found] = {}
    for first in range(0, len(answers), AT_A_TIME):
        for answer in _true_of(actor, sought, answers[first : first + AT_A_TIME], read):
            found.setdefault(answer.case_id, answer.hit.by)
        if len(found) > BEST:
            break
    best = dict(islice(found.items(), BEST))
    lines = lines_of(actor, list(best))
    rows = [FoundCase(lines[case_id], by) for case_id, by in best.items() if case_id in lines]
    return SearchResult(rows, len(found) > BEST, len(loose))


def _in_drawers(drawers: Mapping[UUID, bytes], sought: Sought) -> Iterator[_Answer]:
    for drawer_id, said in drawers.items():
        for filed in among(said, sought):
            hit = sought.in_case(filed.code, filed.card)
            if hit is not None:
                yield _Answer(hit, filed.begun, UUID(filed.case_id), drawer_id)


class _Card(NamedTuple):
    """A visible case and what this circle's card of it says, sealed."""

    case_id: UUID
    opened_at: datetime
    code: str
    circle_id: UUID
    generation: int
    body: bytes | None


def _outside(keyring: Keyring, drawers: Mapping[UUID, bytes]) -> tuple[ColumnElement[bool], ...]:
    """Cards that are to be read one by one, since none of these drawers tells of them.

    Also those that somebody has put into another drawer since these were read.
    """
    others = select(CardDrawer.id).where(
        CardDrawer.circle_id.in_(keyring.circle_ids), CardDrawer.id.not_in(list(drawers))
    )
    return Card.drawer_id.is_(None), Card.drawer_id.in_(others)


def _cards(actor: Actor, keyring: Keyring, *which: ColumnElement[bool]) -> list[_Card]:
    """Cards that are one or another of these, in one statement and so at one instant."""
    columns = (CaseFile.id, CaseFile.opened_at, CaseFile.code)
    every = (
        visible(actor)
        .with_only_columns(*columns, Card.circle_id, Card.circle_generation, CardBody.body)
        .join(Card, Card.case_id == CaseFile.id)
        .outerjoin(CardBody, CardBody.card_id == Card.id)
        .where(Card.circle_id.in_(keyring.circle_ids))
    )
    rows = session().execute(union_all(*(every.where(one) for one in which)))
    return [_Card(*row) for row in rows]


def _on_cards(keyring: Keyring, cards: Sequence[_Card], sought: Sought) -> Iterator[_Answer]:
    opened = card_opener_of(keyring)
    for one in cards:
        card = b""
        if one.body:
            card = opened(one.case_id.bytes, one.circle_id, one.generation, one.body)
        hit = sought.in_case(one.code, card.decode())
        if hit is not None:
            yield _Answer(hit, written(one.opened_at), one.case_id)


def _without_card(actor: Actor, keyring: Keyring, sought: Sought) -> Iterator[_Answer]:
    """By its code alone, where an ended access took the card along and a new one came since."""
    ours = (Card.case_id == CaseFile.id) & Card.circle_id.in_(keyring.circle_ids)
    columns = (CaseFile.id, CaseFile.opened_at, CaseFile.code)
    bare = visible(actor).with_only_columns(*columns).where(~exists().where(ours))
    for case_id, opened_at, code in session().execute(bare):
        hit = sought.in_case(code, "")
        if hit is not None:
            yield _Answer(hit, written(opened_at), case_id)


def _true_of(
    actor: Actor, sought: Sought, answers: Sequence[_Answer], read: Set[UUID]
) -> Iterator[_Answer]:
    """Those of the answers that hold now.

    A card that has left its drawer, and was not `read` by itself since, is asked itself.
    """
    keyring = keyring_of(actor)
    ours = (Card.case_id == CaseFile.id) & Card.circle_id.in_(keyring.circle_ids)
    now = session().execute(
        visible(actor)
        .with_only_columns(CaseFile.id, Card.drawer_id)
        .outerjoin(Card, ours)
        .where(CaseFile.id.in_({answer.case_id for answer in answers}))
    )
    places = defaultdict[UUID, set[UUID | None]](set)
    for case_id, drawer_id in now:
        places[case_id] |= {drawer_id, None}  # what was read on the card itself stays true
    left = {one.case_id for one in answers if one.drawer_id not in places[one.case_id]} - read
    cards = _cards(actor, keyring, CaseFile.id.in_(left)) if left else []
    anew = {answer.case_id: answer for answer in _on_cards(keyring, cards, sought)}
    for answer in answers:
        if answer.drawer_id in places[answer.case_id]:
            yield answer
        elif answer.case_id in anew:
            yield anew[answer.case_id]
