"""Facts, sealed anew to the newest key of the statistics circle."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from referral.agencies.rewrapping import KeysInHand, Shelf
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotVerified, Unreadable
from referral.reporting.model import FactBody, FactRow, StagedFact, StagedFactBody
from referral.vault.boxes import rewrap_fact

Header = type[FactRow] | type[StagedFact]
Body = type[FactBody] | type[StagedFactBody]


def _behind(header: Header) -> Callable[[UUID, int], Select[Any]]:
    def query(circle_id: UUID, newest: int) -> Select[Any]:
        return select(header.id).where(
            header.circle_id == circle_id, header.circle_generation < newest
        )

    return query


def _resealing(header: Header, body: Body) -> Callable[[KeysInHand, Sequence[UUID]], int]:
    def reseal(keys: KeysInHand, ids: Sequence[UUID]) -> int:
        rows = session().execute(
            select(header, body).join(body, body.fact_id == header.id).where(header.id.in_(ids))
        )
        return sum(_reseal(keys, fact, sealed) for fact, sealed in rows.all())

    return reseal


def _reseal(keys: KeysInHand, fact: Any, sealed: Any) -> bool:
    try:
        old = keys.older(fact.circle_generation)
        sealed.body = rewrap_fact(old, keys.stated, fact.id, sealed.body)
    except (KeysMissing, NotVerified, Unreadable):
        return False
    fact.circle_generation = keys.stated.generation
    return True


SHELVES = (
    Shelf("facts", FactRow.id, _behind(FactRow), _resealing(FactRow, FactBody)),
    Shelf(
        "staged_facts",
        StagedFact.id,
        _behind(StagedFact),
        _resealing(StagedFact, StagedFactBody),
    ),
)
