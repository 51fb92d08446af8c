"""The summary of a referral: sealed to the receiving circle, open before acceptance."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from referral.cases.forms_in_force import shelf
from referral.cases.put_away import put_away, taken_out
from referral.cases.strands import case_views
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, Unreadable
from referral.referrals.model import Referral, ReferralSummary, ReferralSummaryBody
from referral.vault.boxes import content_of_summary, new_salt, open_summary, seal_summary
from referral.vault.case_view import CaseView
from referral.vault.codec import digest
from referral.vault.directory import VerifiedKey
from referral.vault.keys import Keyring


@dataclass(frozen=True)
class Summary:
    """What the receiver may know before it accepts."""

    answers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    kinds: tuple[str, ...] = ()
    form_version: int = 1
    is_open: bool = False
    raw: bytes = field(default=b"", repr=False)
    """As it was sealed: to be sealed anew word for word."""
    is_put_away: bool = False
    """Since a restore nobody opens it before it is passed on."""


SHUT = Summary()
PUT_AWAY = Summary(is_put_away=True)


def store_summary(
    view: CaseView,
    referral: Referral,
    receiver: VerifiedKey,
    answers: Mapping[str, Any],
    kinds: Sequence[str],
) -> tuple[bytes, bytes]:
    """Seal the summary and the list of what acceptance will open.

    A circle that the case is to leave again since a restore passes it on unseen.
    Gives the digests to sign: of what was sealed, and of what it says.
    """
    said = {
        "answers": dict(answers),
        "form_version": shelf.form("referral_summary").version,
        "kinds": sorted(kinds),
        "salt": new_salt(),
    }
    raw = json.dumps(said, ensure_ascii=False).encode()
    body = seal_summary(receiver, referral.id, raw)
    session().add(ReferralSummary(referral_id=referral.id))
    session().flush()
    kept = put_away(referral.id, body) if receiver.circle_id in view.left_out else body
    session().add(ReferralSummaryBody(referral_id=referral.id, body=kept))
    session().flush()
    return digest(body), content_of_summary(receiver.deployment, referral.id, raw)


def replace_summary(referral_id: UUID, body: bytes) -> None:
    """Keep the summary as it was sealed to another circle; whoever signed that says so."""
    kept = session().get(ReferralSummaryBody, referral_id)
    if kept is not None:
        kept.body = body
        session().flush()


def destroy_summary(referral_id: UUID) -> None:
    """Delete the summary of a referral that has ended otherwise than by keeping its promise."""
    session().execute(delete(ReferralSummary).where(ReferralSummary.referral_id == referral_id))
    session().flush()


def summaries_of(
    keyring: Keyring, referrals: Sequence[Referral], *, lifting: bool = False
) -> dict[UUID, Summary]:
    """Summaries of many referrals in one query, opened where the session's circle received.

    With `lifting` those too that a restore has put away, to be passed on unseen.
    """
    incoming = [r for r in referrals if keyring.holds(r.to_circle_id)]
    if not incoming:
        return {}
    bodies = {
        row.referral_id: row.body
        for row in session().scalars(
            select(ReferralSummaryBody).where(
                ReferralSummaryBody.referral_id.in_([r.id for r in incoming])
            )
        )
    }
    if lifting:
        bodies = {key: taken_out(key, body) for key, body in bodies.items()}
    views = case_views(r.case_id for r in incoming)
    return {
        r.id: PUT_AWAY
        if not lifting and _is_put_away(views[r.case_id], r)
        else _opened(keyring, views[r.case_id], r, bodies.get(r.id))
        for r in incoming
    }


def _is_put_away(view: CaseView, referral: Referral) -> bool:
    """Whether the circle that was asked is one that the case is to leave again first."""
    grant = view.grants.get(referral.grant_id)
    asked = {referral.to_circle_id} | ({grant.receiver_circle} if grant is not None else set())
    return bool(asked & view.left_out.keys())


def _opened(keyring: Keyring, view: CaseView, referral: Referral, body: bytes | None) -> Summary:
    """The summary, if the sender's strand vouches for it; anybody could have sealed another."""
    named, sealed = view.summaries.get(referral.id, (None, b""))
    if body is None or named != referral.grant_id:
        return SHUT
    try:
        secret = keyring.circle(referral.to_circle_id, referral.to_circle_generation)
        raw = open_summary(secret, view.deployment, referral.to_agency_id, referral.id, body)
    except (KeysMissing, Unreadable):
        return SHUT
    said = content_of_summary(view.deployment, referral.id, raw)
    if digest(body) != sealed and said != view.summary_contents.get(referral.id):
        return SHUT
    content = json.loads(raw)
    return Summary(
        content["answers"],
        tuple(content["kinds"]),
        content.get("form_version", 1),  # one sealed before there was another says none
        is_open=True,
        raw=raw,
    )
