"""What an entry says beyond its columns: told by the operation while it runs, sealed at its end.

An operation tells coded facts (`tell`), never words that somebody typed and nothing of what a
survivor said. Whatever opens a case tells whose it is (`concerns`), so that its custodian gets a
share; why something was refused is told by the wrapper.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast
from uuid import UUID

from referral.kernel import db
from referral.kernel.errors import ConsentMissing, ReferralError, StateConflict
from referral.vault.audit_detail import CODED, Coded, expect_coded

CircleOf = tuple[UUID, UUID | None]
"""An agency, and one of its circles; None for the circle where it works on cases."""
_RUNNING = "referral_operations_running"


class Said(StrEnum):
    """Everything that a detail can say."""

    OPENED = "opened"
    SEALED = "sealed"
    NOT_VERIFIED = "not_verified"
    KINDS = "kinds"
    RECIPIENT = "recipient"
    PURPOSE = "purpose"
    GROUND = "ground"
    SECTION = "section"
    REVISION = "revision"
    NEW_KEY = "new_key"
    ROLE = "role"
    STATE = "state"
    MEMBER = "member"
    CIRCLES = "circles"
    COUNT = "count"
    URGENCY = "urgency"
    CONFIRMED = "confirmed"
    REASON = "reason"
    MISSING = "missing"
    RULE = "rule"
    PERMISSION = "permission"


@dataclass
class Telling:
    """What one running operation has told so far."""

    facts: dict[str, tuple[Coded, ...]] = field(default_factory=dict)
    own_circle: UUID | None = None
    custodian: CircleOf | None = None


def _running() -> list[Telling]:
    return cast("list[Telling]", db.session().info.setdefault(_RUNNING, []))


def begin() -> Telling:
    """An operation begins; `end` must follow."""
    running = _running()
    running.append(Telling())
    return running[-1]


def end(telling: Telling) -> bool:
    """The operation begun last has ended; whether it was the outermost.

    What it told of why it refuses goes to the one around it, whose entry the refusal will be.
    """
    running = _running()
    running.pop()
    if running:
        why = {Said.RULE, Said.PERMISSION} & telling.facts.keys()
        running[-1].facts |= {name: telling.facts[name] for name in why}
        running[-1].custodian = running[-1].custodian or telling.custodian
        running[-1].own_circle = running[-1].own_circle or telling.own_circle
    return not running


def tell(said: Said, *values: Coded | None) -> None:
    """Let the running operation's entry say this, sealed. Nothing outside of an operation.

    Codes, numbers and ids only: `ValueError` for anything else.
    """
    facts = {str(said): tuple(value for value in values if value is not None)}
    expect_coded(facts)
    if running := _running():
        running[-1].facts |= facts


def tell_all(said: Said, values: Iterable[str]) -> None:
    """`tell` for a set of codes, each once and in order; nothing when there is none."""
    if found := sorted(set(values)):
        tell(said, *found)


def concerns(custodian: CircleOf, own_circle: UUID | None) -> None:
    """The running operation is about a case: who keeps it, and in which circle the actor acts."""
    for telling in _running()[-1:]:
        telling.custodian, telling.own_circle = custodian, own_circle


def tell_refusal(telling: Telling, error: ReferralError) -> None:
    """Why it was refused: the rule that was broken, or what was missing."""
    facts: dict[str, tuple[Coded, ...]] = {Said.REASON: (_code(type(error).__name__),)}
    if isinstance(error, ConsentMissing):
        facts[Said.MISSING] = tuple(sorted(set(error.missing)))
    elif isinstance(error, StateConflict):
        facts[Said.STATE] = (_code(error.state), _code(error.event))
    elif Said.RULE not in telling.facts and Said.PERMISSION not in telling.facts and str(error):
        facts[Said.RULE] = (_code(str(error)),)
    telling.facts |= facts


def _code(text: str) -> str:
    """`NotPermitted` → not_permitted; a broken rule's text, which no user typed, in the same way.

    `errors` states that no refusal carries what was typed.
    """
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower()
    coded = re.sub(r"[^a-z0-9_+.:-]+", "_", snake).strip("_")[:80]
    return coded if CODED.fullmatch(coded) else "unknown"
