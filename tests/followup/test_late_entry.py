"""Written on paper first, typed in later: who wrote it when, and what becomes of the paper."""

from datetime import timedelta

import pytest
import time_machine

from referral.cases import queries
from referral.cases import service as cases
from referral.cases.forms.sheets import new_sheet_number
from referral.cases.late_entry import printer
from referral.followup import service
from referral.followup.queries import visible_task, visible_tasks
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotFound, StateConflict
from referral.kernel.ids import new_id
from referral.referrals import service as referrals
from referral.referrals.queries import visible_referral
from tests.factories.province import case_of, consent_of
from tests.followup.conftest import SECTIONS

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REPORT = {"channel": "in_person", "immediate_danger": "yes"}
GIVEN = {"given_by": "survivor", "how": ["written"]}


def _said(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _paper(taken_at, **more):
    by = {} if "taken_by" in more else {"taken_by_name": "Trưởng thôn"}
    gone = {"fate": "destroyed", "destroyed_on": clock.today().isoformat()}
    return {"paper": [{"taken_at": _said(taken_at), **by, **gone, **more}]}


def _kept(taken_at, days=30):
    until = (clock.today() + days * DAY).isoformat()
    by = {"taken_by_name": "Trưởng thôn"}
    row = {"taken_at": _said(taken_at), **by, "fate": "kept", "kept_until": until}
    return {"paper": [row]}


def _write(actor, case, kind="needs", revision=None, **answers):
    with db.unit_of_work():
        return cases.write_section(
            actor,
            queries.visible_case(actor, case.id),
            kind=kind,
            answers=answers,
            expected_revision=revision,
        )


def _read(actor, case, kind):
    with db.unit_of_work():
        return cases.read_case(actor, queries.visible_case(actor, case.id)).section(kind)


def _refused(write):
    with pytest.raises(InvalidInput) as refusal:
        write()
    return set(refusal.value.fields)


@pytest.fixture
def fresh(commune):
    """A case without a section that anybody could have written before."""
    with db.unit_of_work():
        return cases.open_case(commune.officer, None, sections={"identity": {"sex": "female"}})


@pytest.mark.promise("typed-from-paper")
def test_a_report_says_who_took_it_when_and_when_it_was_typed_in(commune):
    taken_at = clock.now() - 11 * HOUR
    paper = _paper(taken_at, taken_by=str(commune.supervisor.member_id))
    with db.unit_of_work():
        case = cases.report_incident(
            commune.officer, None, answers={**REPORT, "received_at": _said(taken_at), **paper}
        )
    report = _read(commune.officer, case, "incident_report")
    assert report.answers["paper"] == paper["paper"]
    assert timedelta(0) <= clock.now() - report.recorded_at < HOUR
    assert report.author_id == commune.officer.member_id


@pytest.mark.promise("typed-from-paper")
def test_a_correction_keeps_when_it_was_typed_in_and_nobody_types_it(commune, fresh):
    paper = _paper(clock.now() - 2 * HOUR)
    _write(commune.officer, fresh, **paper)
    typed_in = _read(commune.officer, fresh, "needs").recorded_at
    with time_machine.travel(clock.now() + DAY):
        _write(commune.officer, fresh, revision=1, needs=["shelter"], **paper)
        corrected = _read(commune.officer, fresh, "needs")
        assert (corrected.recorded_at, corrected.revision) == (typed_in, 2)
        assert corrected.written_at - typed_in > 23 * HOUR
        _write(commune.officer, fresh, revision=2, needs=["shelter"])
        assert _read(commune.officer, fresh, "needs").recorded_at is None
    forged = [{**paper["paper"][0], "recorded_at": _said(clock.now())}]
    assert _refused(lambda: _write(commune.officer, fresh, revision=3, paper=forged)) == {
        "paper.0.recorded_at"
    }


@pytest.mark.promise("typed-from-paper")
@pytest.mark.parametrize(
    ("fault", "row"),
    [
        ("taken_at", {"hours": -1}),
        ("taken_at", {"hours": 24 * 400}),
        ("taken_by", {"taken_by_name": ""}),
        ("taken_by", {"taken_by": "officer", "taken_by_name": "Trưởng thôn"}),
        ("taken_by", {"taken_by": "nurse"}),
        ("taken_by", {"taken_by": "nobody"}),
        ("fate", {"fate": ""}),
        ("destroyed_on", {"destroyed_on": ""}),
        ("destroyed_on", {"destroyed_on": "2020-01-01"}),
        ("kept_until", {"fate": "kept"}),
    ],
)
def test_a_paper_that_cannot_be_true_is_refused_by_field(commune, fresh, fault, row):
    people = {
        "officer": commune.officer.member_id,
        "nurse": commune.nurse.member_id,
        "nobody": new_id(),
    }
    row = dict(row)
    taken_at = clock.now() - row.pop("hours", 2) * HOUR
    if "taken_by" in row:
        row["taken_by"] = str(people[row["taken_by"]])
    paper = _paper(taken_at, **row)
    assert f"paper.0.{fault}" in _refused(lambda: _write(commune.officer, fresh, **paper))
    assert _read(commune.officer, fresh, "needs") is None


@pytest.mark.promise("typed-from-paper")
def test_a_correction_does_not_ask_for_the_paper_again_however_old_it_is(commune, fresh):
    _write(commune.officer, fresh, **_paper(clock.now() - 2 * HOUR))
    paper = _read(commune.officer, fresh, "needs").answers["paper"]
    with time_machine.travel(clock.now() + 500 * DAY):
        _write(commune.officer, fresh, revision=1, paper=paper, needs=["shelter"])
    assert _read(commune.officer, fresh, "needs").revision == 2


@pytest.mark.promise("typed-from-paper")
def test_a_sheet_that_another_agency_has_printed_is_not_taken(commune, fresh):
    ours = new_sheet_number(printer(commune.police.id))
    theirs = next(
        number
        for number in iter(lambda: new_sheet_number(printer(commune.hospital.id)), None)
        if number[5:7] != ours[5:7]
    )
    assert _refused(lambda: _write(commune.officer, fresh, sheet=theirs)) == {"sheet"}
    _write(commune.officer, fresh, sheet=ours, **_paper(clock.now() - HOUR))
    assert _read(commune.officer, fresh, "needs").answers["sheet"] == ours


@pytest.mark.promise("typed-from-paper")
def test_the_hand_over_is_due_a_day_after_she_was_met_and_not_after_the_typing(commune):
    met_at = (clock.now() - 10 * HOUR).replace(microsecond=0)
    case = case_of(commune.officer, needs={"needs": ["shelter"], **_paper(met_at)}, identity={})
    (task,) = [t for t in visible_tasks(commune.officer) if t.case_id == case.id]
    assert (task.kind, task.due_at) == ("hand_over", met_at + DAY)


def _follow_up(actor, case, met_at, next_on, **paper):
    answers = {
        "met_on": clock.local(met_at).date().isoformat(),
        "meeting": "phone",
        "next_on": next_on.isoformat(),
        **paper,
    }
    with db.unit_of_work():
        return service.record_follow_up(actor, case, answers=answers)


@pytest.mark.promise("typed-from-paper")
def test_the_next_day_of_a_follow_up_on_paper_may_have_come_meanwhile(commune):
    four_days_ago, yesterday = clock.now() - 4 * DAY, clock.today() - DAY
    late = _follow_up(
        commune.officer, commune.case, four_days_ago, yesterday, **_paper(four_days_ago)
    )
    assert late.due_at < clock.now(), "it is late, as it is in truth"
    with pytest.raises(InvalidInput):
        _follow_up(commune.officer, commune.case, four_days_ago, yesterday)
    before = clock.today() - 5 * DAY
    with pytest.raises(InvalidInput):
        _follow_up(commune.officer, commune.case, four_days_ago, before, **_paper(four_days_ago))


@pytest.mark.promise("typed-from-paper")
def test_a_follow_up_on_paper_moves_nothing_that_a_later_one_has_set(commune):
    set_today = _follow_up(commune.officer, commune.case, clock.now(), clock.today() + 7 * DAY)
    two_days_ago = clock.now() - 2 * DAY
    tomorrow = clock.today() + DAY
    late = _follow_up(commune.officer, commune.case, two_days_ago, tomorrow, **_paper(two_days_ago))
    assert (late.id, late.due_at) == (set_today.id, set_today.due_at)
    assert len([t for t in visible_tasks(commune.officer) if t.kind == "follow_up"]) == 1
    with time_machine.travel(clock.now() + HOUR):
        newer = _follow_up(
            commune.officer,
            commune.case,
            clock.now(),
            tomorrow,
            **_paper(clock.now() - timedelta(minutes=1)),
        )
    assert newer.id != set_today.id


def _consent(commune, taken_at=None, days=30.0, **more):
    paper = {} if taken_at is None else _paper(taken_at)
    terms = {
        "kinds": ["needs"],
        "purpose": "support",
        "expires_at": clock.now() + timedelta(days=days),
        "agency_id": commune.hospital.id,
        **more,
    }
    with db.unit_of_work():
        return cases.record_consent(commune.officer, commune.case, answers=GIVEN | paper, **terms)


def _withdraw(commune, basis):
    with db.unit_of_work():
        cases.withdraw_consent(commune.officer, commune.case, basis_id=basis.id)


@pytest.mark.promise("typed-from-paper")
@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_a_paper_puts_nothing_in_force_that_she_has_withdrawn_since(commune):
    yesterday = clock.now() - DAY
    _withdraw(commune, _consent(commune))
    assert _refused(lambda: _consent(commune, yesterday)) == {"paper.0.taken_at"}
    circle = {"agency_id": None, "circle_id": commune.hospital.circle_id()}
    assert _refused(lambda: _consent(commune, yesterday, **circle)) == {"paper.0.taken_at"}
    assert _refused(lambda: _consent(commune, yesterday, kinds=["identity", "needs"]))
    # What she did not speak of, another agency, and what she says anew are as before.
    assert _consent(commune, yesterday, kinds=["identity"])
    assert _consent(commune, yesterday, agency_id=commune.social.id)
    assert _consent(commune)
    with time_machine.travel(clock.now() + 2 * HOUR):
        assert _consent(commune, clock.now() - HOUR), "she agreed again after the withdrawal"


@pytest.mark.promise("typed-from-paper")
def test_a_consent_on_paper_holds_from_its_recording_and_a_year_from_its_hearing(commune):
    heard = clock.now() - 100 * DAY
    assert _refused(lambda: _consent(commune, heard, days=300)) == {"expires_at"}
    before = clock.now()
    basis = _consent(commune, heard, days=264)
    assert basis.recorded_at >= before


@pytest.mark.promise("typed-from-paper")
def test_a_legal_basis_is_claimed_when_it_is_recorded_and_takes_no_paper(commune):
    with pytest.raises(TypeError), db.unit_of_work():
        cases.claim_legal_basis(commune.officer, commune.case, answers=_paper(clock.now() - DAY))
    with db.unit_of_work():
        basis = cases.claim_legal_basis(
            commune.officer,
            commune.case,
            reason="danger_to_life",
            account="Bất tỉnh, cần cấp cứu ngay trong đêm.",
            kinds=["needs"],
            agency_id=commune.hospital.id,
        )
    assert basis.cosign_by - basis.recorded_at >= DAY - HOUR


def _waits(actor):
    return [t for t in visible_tasks(actor) if t.kind == "destroy_paper"]


@pytest.mark.promise("typed-from-paper")
def test_a_kept_paper_waits_for_who_typed_it_in_until_it_is_destroyed(commune, fresh):
    header = _write(commune.officer, fresh, needs=["shelter"], **_kept(clock.now() - HOUR))
    (task,) = _waits(commune.officer)
    assert (task.member_id, task.object_id) == (commune.officer.member_id, header.id)
    assert clock.local(task.due_at).date() == clock.today() + 30 * DAY
    with pytest.raises(StateConflict), db.unit_of_work():
        service.complete_task(commune.officer, visible_task(commune.officer, task.id))
    with pytest.raises(InvalidInput), db.unit_of_work():
        cases.destroy_paper(
            commune.officer, fresh, section_id=header.id, destroyed_on=clock.today() + DAY
        )
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer, fresh, section_id=header.id, destroyed_on=clock.today()
        )
    assert _waits(commune.officer) == []
    section = _read(commune.officer, fresh, "needs")
    assert (section.revision, section.answers["needs"]) == (2, ["shelter"])
    (row,) = section.answers["paper"]
    assert (row["fate"], row["destroyed_on"]) == ("destroyed", clock.today().isoformat())
    assert "kept_until" not in row
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.destroy_paper(
            commune.officer, fresh, section_id=header.id, destroyed_on=clock.today()
        )


@pytest.mark.promise("typed-from-paper")
def test_a_follow_up_which_is_written_once_has_its_paper_destroyed_too(commune):
    yesterday = clock.now() - DAY
    _follow_up(commune.officer, commune.case, yesterday, clock.today() + DAY, **_kept(yesterday))
    (task,) = _waits(commune.officer)
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer, commune.case, section_id=task.object_id, destroyed_on=clock.today()
        )
    assert _waits(commune.officer) == []
    assert len([t for t in visible_tasks(commune.officer) if t.kind == "follow_up"]) == 1


@pytest.mark.promise("typed-from-paper")
def test_closing_the_case_leaves_the_paper_to_be_destroyed(commune):
    with db.unit_of_work():
        case = cases.open_case(
            commune.social_worker, None, sections={**SECTIONS, "needs": _kept(clock.now() - HOUR)}
        )
    with db.unit_of_work():
        cases.close_case(
            commune.social_worker,
            case,
            answers={"closed_on": clock.today().isoformat(), "reason": "goals_met"},
        )
    (task,) = _waits(commune.social_worker)
    with db.unit_of_work():
        cases.destroy_paper(
            commune.social_worker, case, section_id=task.object_id, destroyed_on=clock.today()
        )
    assert _waits(commune.social_worker) == []


@pytest.mark.promise("typed-from-paper")
def test_nobody_else_says_that_a_paper_is_destroyed(commune, fresh):
    header = _write(commune.officer, fresh, **_kept(clock.now() - HOUR))
    about = {"section_id": header.id, "destroyed_on": clock.today()}
    with pytest.raises(NotFound), db.unit_of_work():
        cases.destroy_paper(commune.nurse, queries.visible_case(commune.nurse, fresh.id), **about)
    with pytest.raises(NotFound), db.unit_of_work():
        cases.destroy_paper(commune.nurse, fresh, **about)
    assert len(_waits(commune.officer)) == 1


@pytest.mark.promise("typed-from-paper")
def test_who_was_only_shown_a_section_says_nothing_of_its_paper(commune, fresh):
    header = _write(commune.officer, fresh, **_kept(clock.now() - HOUR))
    about = {"section_id": header.id, "destroyed_on": clock.today()}
    _share(commune, fresh, ["needs"])
    with pytest.raises(NotFound), db.unit_of_work():
        cases.destroy_paper(commune.nurse, queries.visible_case(commune.nurse, fresh.id), **about)
    assert len(_waits(commune.officer)) == 1


@pytest.mark.promise("typed-from-paper")
def test_who_has_handed_the_case_over_still_says_that_the_paper_is_destroyed(commune, fresh):
    header = _write(commune.officer, fresh, **_kept(clock.now() - HOUR))
    _hand_over(commune, fresh)
    assert len(_waits(commune.officer)) == 1
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer,
            queries.visible_case(commune.officer, fresh.id),
            section_id=header.id,
            destroyed_on=clock.today(),
        )
    assert _waits(commune.officer) == []


@pytest.mark.promise("typed-from-paper")
def test_what_a_new_holder_writes_leaves_the_paper_to_who_keeps_it(commune, fresh):
    header = _write(commune.officer, fresh, **_kept(clock.now() - HOUR))
    _hand_over(commune, fresh)
    with db.unit_of_work():
        cases.write_section(
            commune.social_worker,
            queries.visible_case(commune.social_worker, fresh.id),
            kind="needs",
            answers={"needs": ["shelter"]},
            expected_revision=1,
            section_id=header.id,
        )
    assert len(_waits(commune.officer)) == 1
    with db.unit_of_work():
        cases.destroy_paper(
            commune.officer,
            queries.visible_case(commune.officer, fresh.id),
            section_id=header.id,
            destroyed_on=clock.today(),
        )
    assert _waits(commune.officer) == []


def _share(commune, case, kinds):
    consent_of(commune.officer, case, agency_id=commune.hospital.id, kinds=kinds)
    _refer(commune, case, commune.nurse, kinds=kinds)


def _hand_over(commune, case):
    _refer(commune, case, commune.social_worker)


def _refer(commune, case, worker, *, kinds=()):
    house = commune.hospital if kinds else commune.social
    with db.unit_of_work():
        sent = referrals.send_referral(
            commune.officer,
            case,
            kind="service" if kinds else "custody",
            circle_id=house.circle_id(),
            urgency="p2",
            kinds=kinds,
            summary={"reason": "Cần hỗ trợ trong tuần."},
        )
    with db.unit_of_work():
        referrals.accept_referral(
            worker,
            visible_referral(worker, sent.id),
            worker_id=worker.member_id,
            first_contact_at=clock.now() + HOUR,
        )
