"""Looking for a case by what somebody knows of her: what was typed never leaves this process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import exists

from referral.cases.drawers import among, card_opener_of, open_drawers, written
from referral.cases.model import Card, CardBody, CaseFile
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
    case_id: str
    drawer_id: UUID | None
    """Where it was read; it counts while the card still points there."""


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
    loose = _loose(actor, keyring, [one for one, said in drawers.items() if not said])
    answers = [*_in_drawers(drawers, sought), *_on_cards(keyring, loose, sought)]
    if sought.may_be_code:
        answers += _without_card(actor, keyring, sought)
    answers.sort(key=lambda answer: (answer.begun, answer.case_id), reverse=True)
    answers.sort(key=lambda answer: answer.hit.rank)
    found = _true_of(actor, answers)
    lines = lines_of(actor, list(found)[:BEST])
    rows = [FoundCase(lines[case_id], by) for case_id, by in found.items() if case_id in lines]
    return SearchResult(rows, len(found) > BEST, len(loose))


def _in_drawers(drawers: Mapping[UUID, bytes], sought: Sought) -> Iterator[_Answer]:
    for drawer_id, said in drawers.items():
        for filed in among(said, sought):
            hit = sought.in_case(filed.code, filed.card)
            if hit is not None:
                yield _Answer(hit, filed.begun, filed.case_id, drawer_id)


class _Loose(NamedTuple):
    """A visible case with a card that no drawer tells of."""

    case_id: UUID
    opened_at: datetime
    code: str
    circle_id: UUID
    generation: int
    body: bytes | None
    drawer_id: UUID | None


def _loose(actor: Actor, keyring: Keyring, shut: Sequence[UUID]) -> list[_Loose]:
    """What is to be read one by one, also what lies in drawers that stay shut to this session."""
    rows = session().execute(
        visible(actor)
        .with_only_columns(
            CaseFile.id,
            CaseFile.opened_at,
            CaseFile.code,
            Card.circle_id,
            Card.circle_generation,
            CardBody.body,
            Card.drawer_id,
        )
        .join(Card, Card.case_id == CaseFile.id)
        .outerjoin(CardBody, CardBody.card_id == Card.id)
        .where(
            Card.circle_id.in_(keyring.circle_ids),
            Card.drawer_id.is_(None) | Card.drawer_id.in_(shut),
        )
    )
    return [_Loose(*row) for row in rows]


def _on_cards(keyring: Keyring, loose: Sequence[_Loose], sought: Sought) -> Iterator[_Answer]:
    opened = card_opener_of(keyring)
    for one in loose:
        card = b""
        if one.body:
            card = opened(one.case_id.bytes, one.circle_id, one.generation, one.body)
        hit = sought.in_case(one.code, card.decode())
        if hit is not None:
            yield _Answer(hit, written(one.opened_at), one.case_id.hex, one.drawer_id)


def _without_card(actor: Actor, keyring: Keyring, sought: Sought) -> Iterator[_Answer]:
    """By its code alone, where an ended access took the card along and a new one came since."""
    ours = (Card.case_id == CaseFile.id) & Card.circle_id.in_(keyring.circle_ids)
    columns = (CaseFile.id, CaseFile.opened_at, CaseFile.code)
    bare = visible(actor).with_only_columns(*columns).where(~exists().where(ours))
    for case_id, opened_at, code in session().execute(bare):
        hit = sought.in_case(code, "")
        if hit is not None:
            yield _Answer(hit, written(opened_at), case_id.hex, None)


def _true_of(actor: Actor, answers: Sequence[_Answer]) -> dict[UUID, Found]:
    """Of sorted answers the first that still hold, one a case: one more than are shown."""
    found: dict[UUID, Found] = {}
    for first in range(0, len(answers), AT_A_TIME):
        some = answers[first : first + AT_A_TIME]
        now = session().execute(
            visible(actor)
            .with_only_columns(CaseFile.id, Card.drawer_id)
            .outerjoin(Card, Card.case_id == CaseFile.id)
            .where(CaseFile.id.in_({UUID(answer.case_id) for answer in some}))
        )
        holds = {tuple(row) for row in now}
        for answer in some:
            case_id = UUID(answer.case_id)
            if (case_id, answer.drawer_id) in holds:
                found.setdefault(case_id, answer.hit.by)
        if len(found) > BEST:
            break
    return dict(islice(found.items(), BEST + 1))
