"""Written on paper first, typed in later: who wrote it when, and what becomes of the paper."""

from datetime import timedelta

import pytest
import time_machine

from referral.cases import service as cases
from referral.cases.forms.sheets import new_sheet_number
from referral.cases.late_entry import printer
from referral.followup.queries import visible_tasks
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import new_id
from tests.factories.province import case_of
from tests.followup.on_paper import (
    DAY,
    GIVEN,
    HOUR,
    REPORT,
    as_said,
    follow_up,
    gone,
    read,
    refused,
    write,
)


@pytest.mark.promise("typed-from-paper")
def test_a_report_says_who_took_it_when_and_when_it_was_typed_in(commune):
    taken_at = clock.now() - 11 * HOUR
    paper = gone(taken_at, taken_by=str(commune.supervisor.member_id))
    with db.unit_of_work():
        case = cases.report_incident(
            commune.officer, None, answers={**REPORT, "received_at": as_said(taken_at), **paper}
        )
    report = read(commune.officer, case, "incident_report")
    assert report.answers["paper"] == paper["paper"]
    assert timedelta(0) <= clock.now() - report.recorded_at < HOUR
    assert report.author_id == commune.officer.member_id


@pytest.mark.promise("typed-from-paper")
def test_a_correction_keeps_when_it_was_typed_in_and_nobody_types_it(commune, fresh):
    paper = gone(clock.now() - 2 * HOUR)
    write(commune.officer, fresh, **paper)
    typed_in = read(commune.officer, fresh, "needs").recorded_at
    with time_machine.travel(clock.now() + DAY):
        write(commune.officer, fresh, revision=1, needs=["shelter"], **paper)
        corrected = read(commune.officer, fresh, "needs")
        assert (corrected.recorded_at, corrected.revision) == (typed_in, 2)
        assert corrected.written_at - typed_in > 23 * HOUR
        write(commune.officer, fresh, revision=2, needs=["shelter"])
        assert read(commune.officer, fresh, "needs").recorded_at is None
    forged = [{**paper["paper"][0], "recorded_at": as_said(clock.now())}]
    assert refused(lambda: write(commune.officer, fresh, revision=3, paper=forged)) == {
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
    paper = gone(taken_at, **row)
    assert f"paper.0.{fault}" in refused(lambda: write(commune.officer, fresh, **paper))
    assert read(commune.officer, fresh, "needs") is None


@pytest.mark.promise("typed-from-paper")
def test_a_correction_does_not_ask_for_the_paper_again_however_old_it_is(commune, fresh):
    write(commune.officer, fresh, **gone(clock.now() - 2 * HOUR))
    paper = read(commune.officer, fresh, "needs").answers["paper"]
    with time_machine.travel(clock.now() + 500 * DAY):
        write(commune.officer, fresh, revision=1, paper=paper, needs=["shelter"])
    assert read(commune.officer, fresh, "needs").revision == 2


@pytest.mark.promise("typed-from-paper")
def test_a_sheet_that_another_agency_has_printed_is_not_taken(commune, fresh):
    ours = new_sheet_number(printer(commune.police.id))
    theirs = next(
        number
        for number in iter(lambda: new_sheet_number(printer(commune.hospital.id)), None)
        if number[5:7] != ours[5:7]
    )
    assert refused(lambda: write(commune.officer, fresh, sheet=theirs)) == {"sheet"}
    write(commune.officer, fresh, sheet=ours, **gone(clock.now() - HOUR))
    assert read(commune.officer, fresh, "needs").answers["sheet"] == ours


@pytest.mark.promise("typed-from-paper")
def test_the_hand_over_is_due_a_day_after_she_was_met_and_not_after_the_typing(commune):
    met_at = (clock.now() - 10 * HOUR).replace(microsecond=0)
    case = case_of(commune.officer, needs={"needs": ["shelter"], **gone(met_at)}, identity={})
    (task,) = [t for t in visible_tasks(commune.officer) if t.case_id == case.id]
    assert (task.kind, task.due_at) == ("hand_over", met_at + DAY)


@pytest.mark.promise("typed-from-paper")
def test_the_next_day_of_a_follow_up_on_paper_may_have_come_meanwhile(commune):
    four_days_ago, yesterday = clock.now() - 4 * DAY, clock.today() - DAY
    late = follow_up(commune.officer, commune.case, four_days_ago, yesterday, **gone(four_days_ago))
    assert late.due_at < clock.now(), "it is late, as it is in truth"
    with pytest.raises(InvalidInput):
        follow_up(commune.officer, commune.case, four_days_ago, yesterday)
    before = clock.today() - 5 * DAY
    with pytest.raises(InvalidInput):
        follow_up(commune.officer, commune.case, four_days_ago, before, **gone(four_days_ago))


@pytest.mark.promise("typed-from-paper")
def test_a_follow_up_on_paper_moves_nothing_that_a_later_one_has_set(commune):
    set_today = follow_up(commune.officer, commune.case, clock.now(), clock.today() + 7 * DAY)
    two_days_ago = clock.now() - 2 * DAY
    tomorrow = clock.today() + DAY
    late = follow_up(commune.officer, commune.case, two_days_ago, tomorrow, **gone(two_days_ago))
    assert (late.id, late.due_at) == (set_today.id, set_today.due_at)
    assert len([t for t in visible_tasks(commune.officer) if t.kind == "follow_up"]) == 1
    with time_machine.travel(clock.now() + HOUR):
        newer = follow_up(
            commune.officer,
            commune.case,
            clock.now(),
            tomorrow,
            **gone(clock.now() - timedelta(minutes=1)),
        )
    assert newer.id != set_today.id


def _consent(commune, taken_at=None, days=30.0, **more):
    paper = {} if taken_at is None else gone(taken_at)
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
    assert refused(lambda: _consent(commune, yesterday)) == {"paper.0.taken_at"}
    circle = {"agency_id": None, "circle_id": commune.hospital.circle_id()}
    assert refused(lambda: _consent(commune, yesterday, **circle)) == {"paper.0.taken_at"}
    assert refused(lambda: _consent(commune, yesterday, kinds=["identity", "needs"]))
    # What she did not speak of, another agency, and what she says anew are as before.
    assert _consent(commune, yesterday, kinds=["identity"])
    assert _consent(commune, yesterday, agency_id=commune.social.id)
    assert _consent(commune)
    with time_machine.travel(clock.now() + 2 * HOUR):
        assert _consent(commune, clock.now() - HOUR), "she agreed again after the withdrawal"


@pytest.mark.promise("typed-from-paper")
def test_a_consent_on_paper_holds_from_its_recording_and_a_year_from_its_hearing(commune):
    heard = clock.now() - 100 * DAY
    assert refused(lambda: _consent(commune, heard, days=300)) == {"expires_at"}
    before = clock.now()
    basis = _consent(commune, heard, days=264)
    assert basis.recorded_at >= before


@pytest.mark.promise("typed-from-paper")
def test_a_legal_basis_is_claimed_when_it_is_recorded_and_takes_no_paper(commune):
    with pytest.raises(TypeError), db.unit_of_work():
        cases.claim_legal_basis(commune.officer, commune.case, answers=gone(clock.now() - DAY))
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
