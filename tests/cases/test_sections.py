"""Who holds a section writes it, one revision after the other, and nobody's work is lost."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from referral.audit.model import AuditEntry
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import (
    CaseFile,
    Draft,
    DraftBody,
    Section,
    SectionRevision,
    SectionRevisionBody,
    StrandRow,
)
from referral.cases.strands import case_view
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM
from referral.kernel.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    StateConflict,
    Unreadable,
    VersionConflict,
)
from referral.kernel.ids import new_id
from tests.cases import rivals
from tests.cases.district import AGREED, MEDICAL, District, read, statuses, write
from tests.factories.installation import together
from tests.factories.province import case_of

pytestmark = pytest.mark.heavy

CLOSED = {"closed_on": "2024-11-25", "reason": "goals_met"}


def counts() -> tuple[int, ...]:
    """How many rows stand in the tables of a case."""
    db.rollback()
    tables = (CaseFile, Section, SectionRevision, SectionRevisionBody, StrandRow)
    return tuple(db.session().scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def answers(district: District, case_id: UUID, kind: str) -> dict[str, object]:
    return {s.kind: s for s in read(district.officer, case_id)}[kind].answers


@pytest.mark.promise("second-click-does-nothing")
def test_of_two_who_write_at_once_one_wins_each_time_and_the_other_is_told(
    district: District,
) -> None:
    case_id, rounds = case_of(district.officer).id, 6
    tokens = [district.province.token(n) for n in ("congan.police_officer", "congan.second")]
    db.rollback()
    parts = [[token, case_id, rounds] for token in tokens]
    outcomes = together(district.home.environment, rivals.write_needs, parts)
    assert [sorted(pair) for pair in zip(*outcomes, strict=True)] == [["told", rivals.WON]] * rounds
    assert answers(district, case_id, "needs")["children_count"] == rounds
    assert case_view(case_id).faults == {}
    section = {s.kind: s for s in read(district.officer, case_id)}["needs"]
    query = select(func.count()).where(SectionRevision.section_id == section.section_id)
    assert db.session().scalar(query) == rounds + 1


def test_a_case_that_is_closed_while_somebody_writes_takes_no_more(district: District) -> None:
    case_ids = [case_of(district.officer).id for _ in range(6)]
    tokens = [district.province.token(n) for n in ("congan.supervisor", "congan.second")]
    db.rollback()
    parts = [[tokens[0], case_ids, True], [tokens[1], case_ids, False]]
    closed, wrote = together(district.home.environment, rivals.close_or_write, parts)
    assert closed == [rivals.WON] * 6
    for case_id, outcome in zip(case_ids, wrote, strict=True):
        view = case_view(case_id)
        assert view.faults == {}
        kinds = [s.kind for s in view.sections.values()]
        assert ("medical" in kinds) is (outcome == rivals.WON)
        if outcome == rivals.WON:  # then it was written before
            assert kinds.index("medical") < kinds.index("closure")


@pytest.mark.promise("second-click-does-nothing")
@pytest.mark.parametrize("stale", [None, 0, 1, 3])
def test_writing_from_a_stale_page_keeps_nothing(district: District, stale: int | None) -> None:
    case_id = case_of(district.officer).id
    write(district.second, case_id, "needs", {"needs": ["shelter"]}, revision=1)
    before = counts()
    with pytest.raises(VersionConflict), db.unit_of_work():
        cases.write_section(
            district.officer,
            queries.visible_case(district.officer, case_id),
            kind="needs",
            answers={"needs": ["legal_aid"]},
            expected_revision=stale,
        )
    assert counts() == before
    assert answers(district, case_id, "needs") == {"needs": ["shelter"]}


def test_what_may_be_given_many_times_is_never_taken_for_a_stale_page(district: District) -> None:
    case_id = case_of(district.officer).id
    given = {"kind": "transport", "delivered_at": "2024-11-25T16:00:00Z"}
    for _ in range(2):
        write(district.officer, case_id, "service", given)
    assert [s.kind for s in read(district.officer, case_id)].count("service") == 2


def test_each_circle_holds_a_section_of_its_own_and_no_other_s(district: District) -> None:
    case = case_of(district.officer)
    district.share(case, district.hospital, district.nurse, AGREED)
    incident = {s.kind: s for s in read(district.officer, case.id)}["incident"]
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.write_section(
            district.nurse,
            queries.visible_case(district.nurse, case.id),
            kind="incident",
            answers={"forms": ["mental"]},
            expected_revision=1,
            section_id=incident.section_id,
        )
    for stray in (new_id(), case.id):
        with pytest.raises(NotPermitted), db.unit_of_work():
            cases.write_section(
                district.officer,
                queries.visible_case(district.officer, case.id),
                kind="incident",
                answers={},
                expected_revision=1,
                section_id=stray,
            )
    write(district.nurse, case.id, "incident", {"forms": ["mental"]})
    holders = {s.holder_agency for s in read(district.officer, case.id) if s.kind == "incident"}
    assert holders == {district.police.id, district.hospital.id}
    assert case_view(case.id).faults == {}


@pytest.mark.promise("unseen-case-does-not-exist")
def test_who_is_not_in_the_case_writes_nothing_even_with_its_row_in_hand(
    district: District,
) -> None:
    case = case_of(district.officer)
    before = counts()
    with pytest.raises(NotFound):
        queries.visible_case(district.nurse, case.id)
    from referral.kernel.errors import ReferralError

    with pytest.raises(ReferralError), db.unit_of_work():
        cases.write_section(district.nurse, case, kind="medical", answers=MEDICAL)
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.write_section(SYSTEM, case, kind="medical", answers=MEDICAL)
    assert counts() == before


def test_who_may_only_read_cases_writes_no_section(district: District) -> None:
    case_id = case_of(district.worker).id
    chair = district.province.worker(district.social, "commune_chair")
    case = queries.visible_case(chair, case_id)
    before = counts()
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.write_section(chair, case, kind="medical", answers=MEDICAL)
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.close_case(chair, case, answers=CLOSED)
    assert counts() == before
    assert set(statuses(chair, case_id).values()) == {"open"}


@pytest.mark.parametrize(
    "kind", ["closure", "consent", "follow_up", "legal_basis", "referral_summary", "stay_note"]
)
def test_what_has_an_operation_of_its_own_is_not_written_as_a_section(
    district: District, kind: str
) -> None:
    case_id = case_of(district.officer).id
    with pytest.raises(InvalidInput) as refused:
        write(district.officer, case_id, kind, {})
    assert set(refused.value.fields) == {"kind"}


def test_an_answer_that_cannot_be_taken_is_named_and_nothing_changes(district: District) -> None:
    case_id = case_of(district.officer).id
    before = counts()
    wrong = {"needs": ["a horse"], "children_count": -1, "unheard_of": "x"}
    with pytest.raises(InvalidInput) as refused:
        write(district.officer, case_id, "needs", wrong, revision=1)
    assert set(refused.value.fields) == set(wrong)
    with pytest.raises(NotFound):
        write(district.officer, case_id, "no_such_form", {})
    assert counts() == before


@pytest.mark.promise("no-name-needed")
def test_a_report_becomes_a_case_without_any_name_and_is_closed(district: District) -> None:
    officer, supervisor = district.officer, district.supervisor
    told = {
        "received_at": "2024-11-25T13:10:00Z",
        "channel": "call_or_message",
        "immediate_danger": "unknown",
    }
    with db.unit_of_work():
        case = cases.report_incident(officer, None, answers=told)
    assert case.state == "reported"
    with db.unit_of_work():
        cases.meet_survivor(officer, queries.visible_case(officer, case.id))
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.meet_survivor(officer, queries.visible_case(officer, case.id))
    write(officer, case.id, "identity", {})
    write(officer, case.id, "needs", {"needs": ["health_care"]})
    district.share(case, district.hospital, district.nurse, ["needs", "identity"])
    write(district.nurse, case.id, "medical", MEDICAL)
    assert statuses(district.nurse, case.id)["identity"] == "open"
    for actor in (officer, district.nurse):
        (line,) = [line for line in queries.visible_cases(actor).rows if line.id == case.id]
        assert not {"spoken_name", "paper_name"} & set(line.card)
        assert line.card["needs"] == ["health_care"]
    with db.unit_of_work():
        cases.close_case(supervisor, queries.visible_case(supervisor, case.id), answers=CLOSED)
    assert queries.visible_case(officer, case.id).state == "closed"


@pytest.mark.promise("only-what-she-agreed")
def test_closing_ends_what_was_shared_but_for_what_is_kept_on_purpose(district: District) -> None:
    officer, supervisor, nurse = district.officer, district.supervisor, district.nurse
    case = case_of(officer)

    def case_now() -> CaseFile:
        return queries.visible_case(supervisor, case.id)

    ended = district.share(case, district.hospital, nurse, ["needs"])
    kept = district.share(case, district.clinic, district.other_nurse, ["needs"])
    write(nurse, case.id, "medical", MEDICAL)
    strange = [kept, case.id]
    with pytest.raises(InvalidInput), db.unit_of_work():
        cases.close_case(supervisor, case_now(), answers=CLOSED, keeping=strange)
    assert statuses(nurse, case.id)["needs"] == "open"
    with db.unit_of_work():
        cases.close_case(supervisor, case_now(), answers=CLOSED, keeping=[kept])
    left = {kind for kind, status in statuses(nurse, case.id).items() if status == "open"}
    assert left == {"medical"}
    assert statuses(district.other_nurse, case.id)["needs"] == "open"
    bases = {row.id: row.ended_at for row in queries.visible_bases(officer, case)}
    assert bases[ended] is not None
    assert bases[kept] is None
    needs = select(Section.is_stale).where(Section.case_id == case.id, Section.kind == "needs")
    assert db.session().scalar(needs) is True


def test_a_closed_case_takes_no_writing_no_consent_and_no_second_closing(
    district: District,
) -> None:
    case_id = case_of(district.officer).id
    officer, supervisor = district.officer, district.supervisor
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.close_case(officer, queries.visible_case(officer, case_id), answers=CLOSED)
    with db.unit_of_work():
        cases.close_case(supervisor, queries.visible_case(supervisor, case_id), answers=CLOSED)
    before = counts()
    with pytest.raises(StateConflict):
        write(officer, case_id, "needs", {"needs": ["shelter"]}, revision=1)
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.record_consent(
            officer,
            queries.visible_case(officer, case_id),
            kinds=["needs"],
            purpose="support",
            expires_at=clock.now() + timedelta(days=1),
            answers={"given_by": "survivor", "how": ["written"]},
            agency_id=district.hospital.id,
        )
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.close_case(supervisor, queries.visible_case(supervisor, case_id), answers=CLOSED)
    assert counts() == before
    assert statuses(officer, case_id)["closure"] == "open"


@pytest.mark.promise("nothing-typed-is-lost")
def test_a_draft_comes_back_to_the_one_who_typed_it_and_to_nobody_else(
    district: District,
) -> None:
    typed = {"spoken_name": "Ẩn danh 7731", "children_count": 2}
    for content in ({"spoken_name": "trước"}, typed):
        with db.unit_of_work():
            cases.save_draft(district.officer, None, place="identity", typed=content)
    with db.unit_of_work():
        assert cases.read_draft(district.officer, None, place="identity") == typed
        assert cases.read_draft(district.officer, None, place="needs") == {}
        assert cases.read_draft(district.second, None, place="identity") == {}
    assert [d.place for d in queries.visible_drafts(district.officer)] == ["identity"]
    assert queries.visible_drafts(district.second) == []
    with db.unit_of_work():
        cases.discard_draft(district.officer, None, place="identity")
        cases.discard_draft(district.officer, None, place="identity")
        assert cases.read_draft(district.officer, None, place="identity") == {}
    assert db.session().scalar(select(func.count()).select_from(DraftBody)) == 0


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_a_draft_is_sealed_to_its_writer_and_to_its_place(district: District) -> None:
    with db.unit_of_work():
        draft = cases.save_draft(
            district.officer, None, place="identity", typed={"alias": "Ẩn danh 7731"}
        )
    raw = db.session().get_one(DraftBody, draft.id).body
    assert b"7731" not in raw
    db.rollback()
    db.begin_write()
    db.session().get_one(Draft, draft.id).member_id = district.second.member_id
    db.commit()
    with pytest.raises(Unreadable), db.unit_of_work():
        cases.read_draft(district.second, None, place="identity")
    db.begin_write()
    row = db.session().get_one(Draft, draft.id)
    row.member_id, row.place = district.officer.member_id, "needs"
    db.commit()
    with pytest.raises(Unreadable), db.unit_of_work():
        cases.read_draft(district.officer, None, place="needs")
    with db.unit_of_work():
        cases.discard_draft(district.officer, None, place="needs")


def test_a_draft_too_long_is_refused_and_the_one_before_stays(district: District) -> None:
    with db.unit_of_work():
        cases.save_draft(district.officer, None, place="needs", typed={"a": "b"})
    with pytest.raises(InvalidInput), db.unit_of_work():
        cases.save_draft(district.officer, None, place="needs", typed={"a": "b" * 200_001})
    with db.unit_of_work():
        assert cases.read_draft(district.officer, None, place="needs") == {"a": "b"}
        cases.discard_draft(district.officer, None, place="needs")


def test_drafts_leave_no_trace_in_the_audit_chain(district: District) -> None:
    count = select(func.count()).select_from(AuditEntry)
    officer = district.officer
    before = db.session().scalar(count)
    with db.unit_of_work():
        cases.save_draft(officer, None, place="incident", typed={})
        cases.discard_draft(officer, None, place="incident")
    assert db.session().scalar(count) == before
