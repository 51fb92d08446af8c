"""Which rows a transaction locks, in which order, as PostgreSQL is asked.

A deadlock needs luck. That nobody asks in another order than everybody else needs none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, event

LATER: Mapping[str, frozenset[str]] = {
    "case_file": frozenset({"agency", "site", "referral", "audit_chain"}),
    "agency": frozenset({"site", "referral", "audit_chain"}),
    "member": frozenset({"parked_session", "member_session", "audit_chain"}),
    "parked_session": frozenset({"member_session", "audit_chain"}),
    "member_session": frozenset({"audit_chain"}),
}
"""What must not be held when a row of the table is locked; tables not named here come last."""
SESSIONS = ("parked_session", "member_session")
WHOLE = frozenset({"member", *SESSIONS})
"""Locked by more than one key, the whole of an agency's at its end: who holds one holds all."""
TABLES = ("case_file", "agency", "site", "referral", "member", *SESSIONS, "audit_chain")
_LOCKING = re.compile(
    r"(?:UPDATE|DELETE FROM) (\w+)|SELECT .*? FROM (\w+).* FOR (?:NO KEY )?UPDATE"
)
_SHARING = re.compile(r"SELECT .*? FROM (\w+).* FOR SHARE")
_MAKING = re.compile(r"INSERT INTO (\w+)")


@dataclass(frozen=True)
class Lock:
    """Rows of a table, held alone, or together with others who only read; or made just now."""

    table: str
    ids: frozenset[UUID | str]
    is_alone: bool = True
    is_new: bool = False


@contextmanager
def watched(engine: Engine) -> Iterator[list[list[Lock]]]:
    """What each transaction on the engine locks, one list each, in the order it is asked."""
    found: list[list[Lock]] = [[]]

    def note(_connection: object, _cursor: object, sql: str, sent: Any, *_more: object) -> None:
        lock = _lock(" ".join(sql.split()), sent)
        if lock is not None and lock.table in TABLES:
            found[-1].append(lock)

    def begin(_connection: object) -> None:
        found.append([])

    event.listen(engine, "begin", begin)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "begin", begin)
        event.remove(engine, "before_cursor_execute", note)


def _lock(sql: str, sent: Any) -> Lock | None:
    if "1 != 1" in sql:
        return None  # of none, as SQLAlchemy says it
    if "SKIP LOCKED" in sql:  # who does not wait here is late for nothing, and may be waited for
        passed = _LOCKING.match(sql)
        is_session = passed is not None and passed[2] in SESSIONS
        return Lock(passed[2], frozenset({"any"}), is_new=True) if passed and is_session else None
    if made := _MAKING.match(sql):
        return Lock(made[1], _ids(made[1], sent), is_new=True)
    if shared := _SHARING.match(sql):
        return Lock(shared[1], _ids(shared[1], sent), is_alone=False)
    if taken := _LOCKING.match(sql):
        table = taken[1] or taken[2]
        return Lock(table, _ids(table, sent))
    return None


def _ids(table: str, sent: Any) -> frozenset[UUID | str]:
    return frozenset(_found(sent, (UUID, str) if table in SESSIONS else (UUID,)))


def _found(sent: Any, kinds: tuple[type[UUID | str], ...]) -> Iterator[UUID | str]:
    if isinstance(sent, kinds):
        yield sent
    elif isinstance(sent, Mapping):
        yield from _found(tuple(sent.values()), kinds)
    elif isinstance(sent, (list, tuple)):
        for inner in sent:
            yield from _found(inner, kinds)


def out_of_order(locks: Sequence[Lock]) -> list[str]:
    """What one transaction locks too late, or alone after it held it together with others."""
    faults: list[str] = []
    held: dict[str, set[UUID | str]] = {}
    shared: set[UUID | str] = set()
    for lock in locks:
        mine = held.setdefault(lock.table, set())
        is_known = bool(mine if lock.table in WHOLE else mine & lock.ids)
        late = LATER.get(lock.table, frozenset()) & {table for table, ids in held.items() if ids}
        if lock.table == "agency" and mine and not lock.is_alone:
            late &= {"audit_chain"}  # who holds another agency's alone waits for no place of ours
        if late and not (is_known or lock.is_new):
            faults.append(f"{lock.table} after {', '.join(sorted(late))}")
        if lock.table == "agency":
            if lock.is_alone and shared & lock.ids:
                faults.append("keys alone after together with others")
            shared |= frozenset() if lock.is_alone else lock.ids
        mine |= lock.ids
    return faults
