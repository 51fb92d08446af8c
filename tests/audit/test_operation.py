"""Nothing is done without an entry, and a refusal leaves nothing but one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from referral.audit import operation as wrapper
from referral.audit.model import AuditEntry
from referral.audit.operation import may, operation
from referral.audit.trail import DONE, REFUSED
from referral.cases import queries as case_queries
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import ConsentMissing, InvalidInput, NotPermitted
from referral.kernel.ids import new_code
from referral.kernel.permissions import Permission
from tests.audit.conftest import Office
from tests.factories.province import case_of, consent_of


def entries(chain_id: object) -> list[AuditEntry]:
    db.rollback()
    query = select(AuditEntry).where(AuditEntry.chain_id == chain_id).order_by(AuditEntry.seq)
    return list(db.session().scalars(query))


def added(office: Office, act: Callable[[], Any]) -> list[tuple[Any, ...]]:
    """What an act adds to the station's chain."""
    before = len(entries(office.police.id))
    act()
    return [
        (row.operation, row.actor_id, row.object_kind, row.object_id, row.outcome)
        for row in entries(office.police.id)[before:]
    ]


def written(act: Callable[[], Any]) -> list[str]:
    """The tables that an act writes to, in order."""
    engine, tables = db.db.engine, []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        words = statement.split()
        if words[0] in {"INSERT", "UPDATE", "DELETE"}:
            tables.append(words[1 if words[0] == "UPDATE" else 2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return tables


def verbs(office: Office) -> dict[str, tuple[CaseFile | None, Callable[[], Any]]]:
    """Operations that read, write, share and end, each on a case of its own."""
    officer, case = office.officer, case_of(office.officer)
    basis_id = consent_of(officer, case, agency_id=office.hospital.id, kinds=["needs"])
    soon = clock.now() + timedelta(days=30)
    return {
        "cases.open_case": (None, lambda: cases.open_case(officer, None, sections={"needs": {}})),
        "cases.read_case": (case, lambda: cases.read_case(officer, case)),
        "cases.print_case": (case, lambda: cases.print_case(officer, case)),
        "cases.write_section": (
            case,
            lambda: cases.write_section(
                officer,
                case,
                kind="needs",
                answers={"needs": ["shelter"]},
                expected_revision=1,
            ),
        ),
        "cases.record_consent": (
            case,
            lambda: cases.record_consent(
                officer,
                case,
                kinds=["needs"],
                purpose="support",
                expires_at=soon,
                answers={"given_by": "survivor", "how": ["written"]},
                agency_id=office.hospital.id,
            ),
        ),
        "cases.withdraw_consent": (
            case,
            lambda: cases.withdraw_consent(officer, case, basis_id=basis_id),
        ),
        "cases.close_case": (
            case,
            lambda: cases.close_case(
                office.supervisor,
                case,
                answers={"closed_on": f"{clock.today():%Y-%m-%d}", "reason": "goals_met"},
            ),
        ),
    }


@pytest.mark.promise("every-opening-is-on-record")
def test_every_operation_leaves_exactly_one_entry_and_writes_it_last(office: Office) -> None:
    members = {office.officer.member_id, office.supervisor.member_id}
    for name, (subject, verb) in verbs(office).items():
        results: list[Any] = []
        tables: list[str] = []

        def act(verb=verb, results=results, tables=tables) -> None:
            with db.unit_of_work():
                tables += written(lambda: results.append(verb()))

        (line,) = added(office, act)
        about = subject if subject is not None else results[0]
        assert (line[0], line[2], line[3], line[4]) == (name, "case_file", about.id, DONE)
        assert line[1] in members
        last = tables[min(n for n, table in enumerate(tables) if table.startswith("audit_")) :]
        assert {"audit_chain", "audit_entry"} <= set(last), name
        assert all(table.startswith("audit_") for table in last), name


@pytest.fixture
def declared(  # noqa: C901 - four small operations, each readable by itself
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Callable[..., Any]]:
    """Operations of this test alone: the product's list of operations stays as it is."""
    monkeypatch.setattr(wrapper, "OPERATIONS", {})
    monkeypatch.setattr(wrapper, "_RULES", {})

    def is_open(_actor: Actor, case: CaseFile) -> bool:
        return case.state == "open"

    def spoil(case: CaseFile, words: str) -> None:
        db.session().get_one(CaseFile, case.id).code = words
        db.session().flush()

    @operation(Permission.CASE_READ, is_open)
    def inner(actor: Actor, case: CaseFile, *, then: Exception | None = None) -> str:
        """Write, and then perhaps refuse, inside another operation or alone."""
        spoil(case, new_code())
        if then is not None:
            raise then
        return case.code

    @operation(Permission.CASE_READ, is_open)
    def outer(actor: Actor, case: CaseFile, *, then: Exception | None = None) -> str:
        """Call an operation, and then perhaps refuse what was done."""
        inner(actor, case, then=None)
        if then is not None:
            raise then
        return case.code

    @operation(Permission.CASE_READ, is_open)
    def around(actor: Actor, case: CaseFile, *, then: Exception) -> str:
        """Write, and call an operation that refuses."""
        spoil(case, new_code())
        return inner(actor, case, then=then)

    @operation(Permission.JOB_RUN, is_open)
    def forbidden(actor: Actor, case: CaseFile) -> None:
        """Never to be reached by a member."""
        spoil(case, "reached")

    return {"inner": inner, "outer": outer, "around": around, "forbidden": forbidden}


def refusal(name: str, office: Office, case: CaseFile) -> tuple[Any, ...]:
    return (f"audit.{name}", office.officer.member_id, "case_file", case.id, REFUSED)


@pytest.mark.promise("every-opening-is-on-record")
@pytest.mark.parametrize("name", ["inner", "outer", "around"])
@pytest.mark.parametrize("reason", [NotPermitted("no"), ConsentMissing(["needs"])])
def test_a_refusal_is_recorded_once_and_nothing_else_is_kept(
    office: Office, declared: dict[str, Callable[..., Any]], name: str, reason: Exception
) -> None:
    officer, case = office.officer, case_of(office.officer)
    code = case.code

    def act() -> None:
        with pytest.raises(type(reason)), db.unit_of_work():
            declared[name](officer, case, then=reason)

    for _ in range(2):
        assert added(office, act) == [refusal(name, office, case)]
    db.session().expire_all()
    assert case.code == code


def test_what_no_permission_allows_is_never_reached(
    office: Office, declared: dict[str, Callable[..., Any]]
) -> None:
    officer, case = office.officer, case_of(office.officer)

    def act() -> None:
        with pytest.raises(NotPermitted), db.unit_of_work():
            declared["forbidden"](officer, case)

    assert added(office, act) == [refusal("forbidden", office, case)]
    assert not may(officer, declared["forbidden"], case)
    assert may(officer, declared["inner"], case)
    db.session().expire_all()
    assert case.code != "reached"


def test_what_the_rule_of_the_object_refuses_is_never_reached(
    office: Office, declared: dict[str, Callable[..., Any]]
) -> None:
    officer, case = office.officer, case_of(office.officer)
    with db.unit_of_work():
        verbs_of = {"closed_on": f"{clock.today():%Y-%m-%d}", "reason": "goals_met"}
        cases.close_case(office.supervisor, case, answers=verbs_of)
    code = case.code

    def act() -> None:
        with pytest.raises(NotPermitted), db.unit_of_work():
            declared["inner"](officer, case)

    assert added(office, act) == [refusal("inner", office, case)]
    assert not may(officer, declared["inner"], case)
    assert case_queries.visible_case(officer, case.id).code == code


def test_an_operation_inside_another_has_an_entry_of_its_own_before_the_outer_one(
    office: Office, declared: dict[str, Callable[..., Any]]
) -> None:
    officer, case = office.officer, case_of(office.officer)

    def act() -> None:
        with db.unit_of_work():
            declared["outer"](officer, case)

    lines = added(office, act)
    assert [line[0] for line in lines] == ["audit.inner", "audit.outer"]
    assert {line[4] for line in lines} == {DONE}


def test_a_wrong_answer_is_no_refusal_and_leaves_nothing_at_all(
    office: Office, declared: dict[str, Callable[..., Any]]
) -> None:
    officer, case = office.officer, case_of(office.officer)
    code = case.code

    def act() -> None:
        with pytest.raises(InvalidInput), db.unit_of_work():
            declared["outer"](officer, case, then=InvalidInput({"a": ["b"]}))

    assert added(office, act) == []
    db.session().expire_all()
    assert case.code == code


def test_an_operation_that_is_not_committed_leaves_no_entry(office: Office) -> None:
    officer = office.officer

    def act() -> None:
        cases.open_case(officer, None, sections={"needs": {}})
        db.rollback()

    count = select(func.count()).select_from(CaseFile)
    before = db.session().scalar(count)
    assert added(office, act) == []
    assert db.session().scalar(count) == before


def test_a_job_s_entry_stands_in_the_system_s_chain_signed_by_the_server(office: Office) -> None:
    from referral.kernel import deployment
    from referral.kernel.actor import SYSTEM
    from referral.vault.audit_chain import AuditRecord

    with db.unit_of_work():
        assert cases.lapse_bases(SYSTEM, None) == 0
    last = entries(deployment.current().id)[-1]
    assert (last.operation, last.actor_id, last.outcome) == ("cases.lapse_bases", None, DONE)
    assert AuditRecord.read(last.raw).signer == "server"


def test_an_object_that_has_no_row_is_named_by_nothing(
    office: Office, declared: dict[str, Callable[..., Any]]
) -> None:
    officer = office.officer

    class Stranger:
        id = "not an id"
        state = "closed"

    def act() -> None:
        with pytest.raises(NotPermitted), db.unit_of_work():
            declared["inner"](officer, Stranger())

    assert added(office, act) == [("audit.inner", officer.member_id, "", None, REFUSED)]
