"""Summaries of a circle, sealed anew to its newest key; and what waits for an answer.

A payload lies behind its release key. Nobody strips it before the referral is accepted, also not
to seal it anew: it stays under the older key until it is answered.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from referral.agencies.rewrapping import KeysInHand, Shelf
from referral.cases.strands import case_views
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotVerified, Unreadable
from referral.referrals.model import (
    Referral,
    ReferralPayload,
    ReferralSummary,
    ReferralSummaryBody,
)
from referral.vault.boxes import rewrap_summary


def _summaries_behind(circle_id: UUID, newest: int) -> Select[Any]:
    return (
        select(Referral.id)
        .join(ReferralSummary, ReferralSummary.referral_id == Referral.id)
        .where(Referral.to_circle_id == circle_id, Referral.to_circle_generation < newest)
    )


def _reseal_summaries(keys: KeysInHand, ids: Sequence[UUID]) -> int:
    """Carry over each summary that its sender's strand vouches for, word for word."""
    rows = session().execute(
        select(Referral, ReferralSummaryBody)
        .join(ReferralSummaryBody, ReferralSummaryBody.referral_id == Referral.id)
        .where(Referral.id.in_(ids))
    ).all()  # fmt: skip
    views = case_views(referral.case_id for referral, _ in rows)
    return sum(
        _reseal(keys, views[referral.case_id].summary_contents.get(referral.id), referral, body)
        for referral, body in rows
    )


def _reseal(
    keys: KeysInHand, vouched: bytes | None, referral: Referral, body: ReferralSummaryBody
) -> bool:
    if vouched is None:
        return False
    try:
        old = keys.older(referral.to_circle_generation)
        body.body = rewrap_summary(old, keys.stated, referral.id, body.body, vouched=vouched)
    except (KeysMissing, NotVerified, Unreadable):
        return False
    referral.to_circle_generation = keys.stated.generation
    return True


def _payloads_behind(circle_id: UUID, newest: int) -> Select[Any]:
    return (
        select(ReferralPayload.id)
        .join(Referral, Referral.id == ReferralPayload.referral_id)
        .where(Referral.to_circle_id == circle_id, ReferralPayload.circle_generation < newest)
    )


SHELVES = (
    Shelf("summaries", Referral.id, _summaries_behind, _reseal_summaries),
    Shelf("payloads", ReferralPayload.id, _payloads_behind),
)
