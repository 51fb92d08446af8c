"""What is not detected: clear workflow columns. Changed one by one, they open nothing to anybody.

The list is the threat model's own. For each column the change that helps a stranger most is made
on every row; then the stranger's raw keys try the whole database, and the product is asked for
both cases. Neither gives more than before.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Table, Uuid, select, update
from sqlalchemy.exc import DBAPIError

from referral.accounts.sessions import actor_for
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ReferralError
from tests.factories.fixtures import Thread
from tests.factories.province import case_of, consent_of
from tests.security.attacker import Attacker, snapshot
from tests.security.test_attacks import send, shared
from tests.sweeps.test_clear_columns import PAGE, listed

SIGNED = {"raw", "signature", "freeze_statement", "decision_statement"}
OF_SHARING = {
    "agency", "card", "case_file", "case_grant", "circle", "circle_wrap_body", "grant_basis",
    "grant_bundle", "grant_bundle_body", "member", "member_session", "referral",
    "referral_payload", "section", "section_revision", "sharing_basis",
}  # fmt: skip
WORDS = {
    "state": ("active", "open", "accepted", "live", "confirmed"),
    "role": ("police_officer+supervisor+agency_administrator",),
    "form": ("own", "custody"),
    "kind": ("commune_police", "identity", "custody"),
    "purpose": ("statistics", "cases"),
    "kinds": (["identity", "safe_contact", "incident", "needs"],),
}


def workflow_columns() -> list[Column[Any]]:
    """Every clear column of the list that no signature covers and no row is known by."""
    tables = db.db.metadata.tables
    named = [tables[table].columns[column] for table, column, _ in listed(PAGE.read_text("utf-8"))]
    return [c for c in named if not c.primary_key and c.name not in SIGNED]


class Stranger:
    """The hospital's nurse, who was given one part of one case and wants the rest of both."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.shared, self.shut = case_of(thread.officer), case_of(thread.officer)
        shared(thread, self.shared, thread.hospital, thread.nurse, ["needs"])
        consent_of(thread.officer, self.shut, agency_id=thread.clinic.id, kinds=["incident"])
        send(thread.officer, self.shut, thread.clinic, kinds=["incident"])
        self.token = thread.province.token(thread.hospital.users["health_worker"])
        self.mine = {
            "agency": thread.hospital.id,
            "circle": thread.hospital.circle_id(),
            "member": thread.nurse.member_id,
            "case_file": self.shared.id,
        }

    def values(self, column: Column[Any]) -> Iterator[Any]:
        """What a writer who helps the stranger would put there."""
        if isinstance(column.type, Uuid):
            yield from self._ids(column)
        elif column.name in WORDS:
            yield from WORDS[column.name]
        elif column.type.python_type is bool:
            yield from (True, False)
        elif column.type.python_type is int:
            yield from (1, 2)
        elif column.type.python_type is datetime:
            yield clock.now() + timedelta(days=300)
        elif column.type.python_type is date:
            yield clock.today() + timedelta(days=300)
        if column.nullable:
            yield None

    def _ids(self, column: Column[Any]) -> Iterator[UUID]:
        named = [key.column.table.name for key in column.foreign_keys]
        named += [name for name in self.mine if name in column.name]
        yield from {self.mine[name] for name in named if name in self.mine}

    def opens(self) -> set[tuple[str, str]]:
        """By raw keys, out of the whole database as it is in this transaction."""
        rows = {k: v for k, v in snapshot().items() if k != "audit_entry_body"}
        thief = Attacker.of(self.thread.nurse, {**rows, "audit_entry_body": []})
        thief.run()
        return {body for body in thief.opened if body[0] != "circle_wrap_body"}

    def is_shown(self, case_id: UUID) -> set[tuple[UUID, str]]:
        """What the product opens of a case in the stranger's own session."""
        with suppress(ReferralError, DBAPIError, LookupError, ValueError, TypeError):
            actor: Actor = actor_for(self.token)
            case: CaseFile = case_queries.visible_case(actor, case_id)
            opened = cases.read_case(actor, case)
            return {(s.section_id, s.kind) for s in opened.sections if s.status == "open"}
        return set()


def changed(column: Column[Any], value: Any) -> bool:
    """Make the change in a transaction that is not committed; whether the database takes it."""
    db.rollback()
    db.begin_write()
    try:
        db.session().execute(update(column.table).values({column.name: value}))
    except DBAPIError:
        db.rollback()
        return False
    db.session().expire_all()
    return True


def rows_of(table: Table) -> list[dict[str, Any]]:
    db.rollback()
    return [dict(row) for row in db.session().execute(select(table)).mappings()]


def put_back(column: Column[Any], kept: list[dict[str, Any]]) -> None:
    """The column as it was, in place: what a refusal has added to the log meanwhile stays."""
    for row in kept:
        where = [own == row[own.name] for own in column.table.primary_key]
        back = update(column.table).where(*where).values({column.name: row[column.name]})
        db.session().execute(back)


def attempt(stranger: Stranger, column: Column[Any], before: Any) -> int:
    """Every helpful value of one column; how many the database took."""
    taken, kept = 0, rows_of(column.table)
    raw, shown_shared, shown_shut = before
    for value in stranger.values(column):
        if not changed(column, value):
            continue
        taken += 1
        named = f"{column.table.name}.{column.name} = {value!r}"
        assert stranger.opens() - raw == set(), named
        for case, known in ((stranger.shared, shown_shared), (stranger.shut, shown_shut)):
            changed(column, value)
            assert stranger.is_shown(case.id) - known == set(), named
            db.rollback()
    if rows_of(column.table) != kept:  # the session was touched, which commits
        db.begin_write()
        put_back(column, kept)
        db.commit()
    return taken


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.long)])
def test_no_workflow_column_opens_anything_to_anybody(thread: Thread, *, every: bool) -> None:
    stranger = Stranger(thread)
    case, shut = stranger.shared.id, stranger.shut.id
    before = (stranger.opens(), stranger.is_shown(case), stranger.is_shown(shut))
    db.rollback()
    assert {kind for _, kind in before[1]} == {"needs"}
    assert before[2] == set()
    officer = Attacker.of(thread.officer, snapshot())
    officer.run()
    assert officer.opened - before[0]  # the control: there is more to be had
    wanted = [c for c in workflow_columns() if every or c.table.name in OF_SHARING]
    taken = sum(attempt(stranger, column, before) for column in wanted)
    assert taken > len(wanted) // 3
    assert stranger.is_shown(case) == before[1]
