"""The wrapper that authorises, runs and records every operation.

Permission (role) and policy (object) are checked under the write lock, then, where it is declared
so, that the session has shown the passphrase lately; the entry is appended last; a refusal is
recorded after the rollback, in a transaction of its own.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from referral.audit import detail, trail
from referral.audit.detail import Said, Telling
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import (
    ChainClosed,
    ConsentMissing,
    KeysMissing,
    NotFound,
    NotPermitted,
    ProofNeeded,
    ReferralError,
    StateConflict,
)
from referral.kernel.permissions import Permission

Subject = TypeVar("Subject")
Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")
Rule = Callable[[Actor, Any], bool]
REFUSALS = (
    NotPermitted,
    ConsentMissing,
    KeysMissing,
    StateConflict,
    ProofNeeded,
    ChainClosed,
)
PROOF_LIFE = timedelta(minutes=10)
"""How long a passphrase counts after it was given: at the sign-in, or again since."""
ASKED = "edge.ask"
"""The name under which a refusal is recorded that no operation has made."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What an operation was declared with; read by the sweeps and the generated pages."""

    name: str
    permission: Permission
    rule: str
    audited: bool
    proof: bool
    about: str


OPERATIONS: dict[str, Declared] = {}
_RULES: dict[str, Rule] = {}


def anyone(_actor: Actor, _subject: object) -> bool:
    """The rule of operations on nothing in particular: the permission alone decides."""
    return True


def is_proven(actor: Actor) -> bool:
    """Whether the passphrase was given lately in the actor's session.

    Who acts without a session is this process itself: a job, or the command that founds an agency.
    """
    if actor.session_id is None:
        return True
    return actor.proven_at is not None and clock.now() < actor.proven_at + PROOF_LIFE


def operation(
    permission: Permission, rule: Rule, *, audited: bool = True, proof: bool = False
) -> Callable[
    [Callable[Concatenate[Actor, Subject, Parameters], Result]],
    Callable[Concatenate[Actor, Subject, Parameters], Result],
]:
    """Declare an operation `verb(actor, subject, *, …)`.

    `audited=False` is for drafts, idle touches and the like, and is listed in the docs. With
    `proof` the passphrase must have been given lately, else `ProofNeeded`: for what a stolen
    cookie or an unattended browser must not do.
    """

    def declare(
        verb: Callable[Concatenate[Actor, Subject, Parameters], Result],
    ) -> Callable[Concatenate[Actor, Subject, Parameters], Result]:
        name = f"{verb.__module__.split('.')[1]}.{verb.__name__}"
        about = (verb.__doc__ or "").strip().splitlines()[0]
        declared = Declared(name, permission, rule.__name__, audited, proof, about)
        OPERATIONS[name], _RULES[name] = declared, rule

        @functools.wraps(verb)
        def perform(
            actor: Actor, subject: Subject, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> Result:
            with _refusals_recorded(actor, name, subject) as telling:
                db.begin_write()
                _expect_allowed(actor, subject, declared, rule)
                before = _state(subject)
                result = verb(actor, subject, *args, **kwargs)
                if audited:
                    _tell_move(before, _state(subject))
                    kind, object_id = _object(subject if subject is not None else result)
                    trail.record(actor, name, kind=kind, object_id=object_id, telling=telling)
                return result

        return cast("Callable[Concatenate[Actor, Subject, Parameters], Result]", perform)

    return declare


def _expect_allowed(actor: Actor, subject: object, declared: Declared, rule: Rule) -> None:
    """The role's permission, the object's rule, and where declared a passphrase given lately.

    The entry of a refusal names which.
    """
    if declared.permission not in actor.permissions:
        detail.tell(Said.PERMISSION, str(declared.permission))
        raise NotPermitted(declared.name)
    if not rule(actor, subject):
        detail.tell(Said.RULE, declared.rule)
        raise NotPermitted(declared.name)
    if declared.proof and not is_proven(actor):
        raise ProofNeeded(declared.name)


def _state(subject: object) -> str | None:
    """The state of what has one, to tell from what to what an operation moved it."""
    state = getattr(subject, "state", None)
    return str(state) if state else None


def _tell_move(before: str | None, after: str | None) -> None:
    if before != after:
        detail.tell(Said.STATE, before, after)


@contextmanager
def _refusals_recorded(actor: Actor, name: str, subject: object) -> Iterator[Telling]:
    """Record a refusal once, by the outermost operation, outside the undone transaction."""
    kind, object_id = _object(subject)
    telling, is_refused = detail.begin(), None
    try:
        yield telling
    except REFUSALS as error:
        is_refused = error
        raise
    finally:
        if detail.end(telling) and is_refused is not None:
            _record_refusal(actor, is_refused, name, kind, object_id, telling)


def _record_refusal(  # noqa: PLR0917 - an entry's columns, in their order
    actor: Actor,
    error: ReferralError,
    name: str,
    kind: str,
    object_id: UUID | None,
    telling: Telling,
) -> None:
    db.rollback()
    db.begin_write()
    detail.tell_refusal(telling, error)
    trail.record(
        actor, name, kind=kind, object_id=object_id, outcome=trail.REFUSED, telling=telling
    )
    db.commit()
    error.is_recorded = True


def record_asked(actor: Actor, error: ReferralError, object_id: UUID | None) -> None:
    """Record what an edge refuses before any operation: an object unknown or hidden, a list.

    Nothing for what an operation has recorded, and for what was not refused but mistyped.
    """
    if error.is_recorded or not isinstance(error, (NotFound, *REFUSALS)):
        return
    _record_refusal(actor, error, ASKED, "", object_id, Telling())


def asked_for(named: Mapping[str, Any] | None) -> UUID | None:
    """The object that an address names: its last id."""
    ids = [value for value in (named or {}).values() if isinstance(value, UUID)]
    return ids[-1] if ids else None


def _object(subject: object) -> tuple[str, UUID | None]:
    kind = getattr(subject, "__tablename__", "")
    object_id = getattr(subject, "id", None)
    return str(kind), object_id if isinstance(object_id, UUID) else None


def may(actor: Actor, verb: Callable[..., Any], subject: object) -> bool:
    """Whether a page should offer `verb`; hides a button, protects nothing."""
    name = f"{verb.__module__.split('.')[1]}.{verb.__name__}"
    return OPERATIONS[name].permission in actor.permissions and _RULES[name](actor, subject)
