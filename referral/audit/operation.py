"""The wrapper that authorises, runs and records every operation.

Permission (role) and policy (object) are checked under the write lock; the entry is appended last;
a refusal is recorded after the rollback, in a transaction of its own.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from referral.audit import trail
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.kernel.errors import (
    ChainClosed,
    ConsentMissing,
    KeysMissing,
    NotFound,
    NotPermitted,
    ReferralError,
    StateConflict,
)
from referral.kernel.permissions import Permission

Subject = TypeVar("Subject")
Result = TypeVar("Result")
Parameters = ParamSpec("Parameters")
Rule = Callable[[Actor, Any], bool]
_DEPTH = "referral_operation_depth"
REFUSALS = (NotPermitted, ConsentMissing, KeysMissing, StateConflict, ChainClosed)
ASKED = "edge.ask"
"""The name under which a refusal is recorded that no operation has made."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What an operation was declared with; read by the sweeps and the generated pages."""

    name: str
    permission: Permission
    rule: str
    audited: bool
    about: str


OPERATIONS: dict[str, Declared] = {}
_RULES: dict[str, Rule] = {}


def anyone(_actor: Actor, _subject: object) -> bool:
    """The rule of operations on nothing in particular: the permission alone decides."""
    return True


def operation(
    permission: Permission, rule: Rule, *, audited: bool = True
) -> Callable[
    [Callable[Concatenate[Actor, Subject, Parameters], Result]],
    Callable[Concatenate[Actor, Subject, Parameters], Result],
]:
    """Declare an operation `verb(actor, subject, *, …)`.

    `audited=False` is for drafts, idle touches and the like, and is listed in the docs.
    """

    def declare(
        verb: Callable[Concatenate[Actor, Subject, Parameters], Result],
    ) -> Callable[Concatenate[Actor, Subject, Parameters], Result]:
        name = f"{verb.__module__.split('.')[1]}.{verb.__name__}"
        about = (verb.__doc__ or "").strip().splitlines()[0]
        OPERATIONS[name] = Declared(name, permission, rule.__name__, audited, about)
        _RULES[name] = rule

        @functools.wraps(verb)
        def perform(
            actor: Actor, subject: Subject, *args: Parameters.args, **kwargs: Parameters.kwargs
        ) -> Result:
            with _refusals_recorded(actor, name, subject):
                db.begin_write()
                if permission not in actor.permissions or not rule(actor, subject):
                    raise NotPermitted(name)
                result = verb(actor, subject, *args, **kwargs)
                if audited:
                    kind, object_id = _object(subject if subject is not None else result)
                    trail.record(actor, name, kind=kind, object_id=object_id)
                return result

        return cast("Callable[Concatenate[Actor, Subject, Parameters], Result]", perform)

    return declare


@contextmanager
def _refusals_recorded(actor: Actor, name: str, subject: object) -> Iterator[None]:
    """Record a refusal once, by the outermost operation, outside the undone transaction."""
    state = db.session().info
    outermost = not state.get(_DEPTH)
    state[_DEPTH] = state.get(_DEPTH, 0) + 1
    kind, object_id = _object(subject)
    try:
        yield
    except REFUSALS as error:
        if outermost:
            _record_refusal(actor, error, name, kind, object_id)
        raise
    finally:
        state[_DEPTH] -= 1


def _record_refusal(
    actor: Actor, error: ReferralError, name: str, kind: str, object_id: UUID | None
) -> None:
    db.rollback()
    db.begin_write()
    trail.record(actor, name, kind=kind, object_id=object_id, outcome=trail.REFUSED)
    db.commit()
    error.is_recorded = True


def record_asked(actor: Actor, error: ReferralError, object_id: UUID | None) -> None:
    """Record what an edge refuses before any operation: an object unknown or hidden, a list.

    Nothing for what an operation has recorded, and for what was not refused but mistyped.
    """
    if error.is_recorded or not isinstance(error, (NotFound, *REFUSALS)):
        return
    _record_refusal(actor, error, ASKED, "", object_id)


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
