"""The end itself: what is refused, what closes, and who comes first of two at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from sqlalchemy import select

from referral.agencies import directory, succession
from referral.agencies.model import Agency, Circle, CircleSuccessionBody
from referral.agencies.queries import recipients
from referral.audit.model import AuditChain, AuditEntry, Tombstone
from referral.audit.tombstones import Ended
from referral.audit.verify import verify_all
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.cases.strands import case_view
from referral.kernel import clock, db, deployment
from referral.kernel.errors import (
    ChainClosed,
    InvalidInput,
    NotPermitted,
    StateConflict,
)
from referral.referrals import queries
from referral.referrals.model import Referral
from referral.referrals.service import list_openings
from tests.factories.installation import ENGINES, installation, tidy, together
from tests.factories.province import case_of, consent_of
from tests.succession import race
from tests.succession.conftest import Reform
from tests.succession.ending import DAY, agree, close, end, on, pass_all, plan, same_purpose
from tests.succession.test_what_passes import AGREED, accept, opened, read, send, write


@contextmanager
def refused(field: str) -> Iterator[None]:
    with pytest.raises(InvalidInput) as found:
        yield
    assert field in found.value.fields
    db.rollback()


@pytest.mark.promise("succession-by-the-root-alone")
def test_an_agency_with_open_cases_ends_by_its_plan_or_not_at_all(reform: Reform) -> None:
    province, district = reform.province, reform.district
    case_of(reform.old_officer)
    with refused("on"):
        close(province, district)
    digits = plan(province, district, same_purpose(district, reform.ward))
    with refused("on"):
        pass_all(province, district)
    with refused("digits"):
        agree(province, district, "1" * 48)
    agree(province, district, digits)
    with pytest.raises(StateConflict):
        agree(province, district, digits)
    for early in (pass_all, close):  # the day has not come
        with refused("on"):
            early(province, district)
    on(DAY)
    with pytest.raises(InvalidInput) as missing:
        close(province, district)
    assert district.circles["cases"].name_vi in missing.value.fields["successors"]
    assert db.session().scalars(select(CircleSuccessionBody)).all() == []
    assert directory.directory_of(district.id).is_ended is False
    pass_all(province, district)
    pass_all(province, district)  # once more does no harm
    administrator = province.actor(district.administrator)
    close(province, district)
    assert db.session().get_one(Agency, district.id).state == "ended"
    assert db.session().get_one(Agency, district.id).valid_to == date(2025, 6, 30)
    with pytest.raises(ChainClosed):
        cases.end_agency(administrator, district.agency)
    db.rollback()
    names = {r.agency_id for r in recipients(reform.nurse, on=clock.today())}
    assert reform.ward.id in names
    assert district.id not in names


def test_only_the_administrator_states_and_ends_and_only_who_has_the_key_passes_it(
    reform: Reform,
) -> None:
    province, district, ward = reform.province, reform.district, reform.ward
    heirs = same_purpose(district, ward)
    circle = db.session().get_one(Circle, district.circle_id())
    for actor in (reform.old_officer, province.actor(ward.administrator), reform.nurse):
        with pytest.raises(NotPermitted):
            succession.state_succession(actor, district.agency, on=DAY, successors=heirs)
        with pytest.raises(NotPermitted):
            cases.end_agency(actor, district.agency)
    for actor in (province.actor(ward.administrator), reform.nurse):
        with pytest.raises(NotPermitted):
            succession.pass_circle(actor, circle)
    wrong = {
        "nobody": {},
        "itself": {circle.id: circle.id},
        "a circle for something else": {circle.id: reform.house("hoi-xa").circle_id("shelter")},
        "no circle": {circle.id: ward.id},
    }
    for how, found in wrong.items():
        with refused("successors"):
            plan(province, district, found)
            pytest.fail(how)


def test_any_member_of_a_circle_passes_it_on(reform: Reform) -> None:
    province, district = reform.province, reform.district
    agree(province, district, plan(province, district, same_purpose(district, reform.ward)))
    on(DAY)
    with db.unit_of_work():
        circle = db.session().get_one(Circle, district.circle_id())
        succession.pass_circle(reform.old_officer, circle)
    close(province, district)
    assert reform.officer.keys.holds(circle.id)
    buried = db.session().scalars(select(Tombstone).where(Tombstone.kind == Ended.KEY))
    assert [row.subject_id for row in buried] == [circle.id], "should a restore undo the end"
    db.rollback()


@pytest.mark.promise("every-opening-is-on-record")
def test_the_custodian_is_told_of_both_agencies_and_every_chain_holds(reform: Reform) -> None:
    case = case_of(reform.old_officer)
    read(reform.old_officer, case)
    end(reform.province, reform.district, reform.ward)
    read(reform.officer, case)
    with db.unit_of_work():
        told = list_openings(reform.officer, db.session().get_one(CaseFile, case.id))
    assert {line.agency_id for line in told.openings} == {reform.district.id, reform.ward.id}
    assert told.not_verified == ()
    db.rollback()
    reports = verify_all(directory.signing_keys, directory.least_entries())
    assert [report.fault for report in reports if report.fault] == []
    last = db.session().scalars(
        select(AuditEntry.operation)
        .where(AuditEntry.chain_id == reform.district.id)
        .order_by(AuditEntry.seq.desc())
    ).first()  # fmt: skip
    assert last == "cases.end_agency"


@pytest.mark.promise("ended-agency-is-over")
def test_what_began_before_the_end_and_finishes_after_it_is_refused_and_on_record(
    reform: Reform,
) -> None:
    case, officer = case_of(reform.old_officer), reform.old_officer
    end(reform.province, reform.district, reform.ward)
    with pytest.raises(ChainClosed):
        read(officer, case)
    db.rollback()
    chain = db.session().get_one(AuditChain, reform.district.id)
    assert chain.seq == chain.closes_at
    system = deployment.current().id
    refusals = db.session().scalars(
        select(AuditEntry).where(
            AuditEntry.chain_id == system,
            AuditEntry.outcome == "refused",
            AuditEntry.actor_id == officer.member_id,
        )
    ).all()  # fmt: skip
    assert [entry.operation for entry in refusals] == ["cases.read_case"]


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_three_communes_become_one_each_with_a_case_in_hand(reform: Reform) -> None:
    names = ("xa-bac", "xa-nam", "huyen")
    found = {name: case_of(reform.worker(name, "police_officer")) for name in names}
    for name in names:
        end(reform.province, reform.house(name), reform.ward)
    for case in found.values():
        assert set(opened(reform.officer, case).values()) == {"open"}
        write(reform.officer, case, "needs", {"needs": ["shelter"]}, revision=1)
        db.rollback()
        assert case_view(case.id).custodian_agency == reform.ward.id


def test_an_agency_that_succeeded_another_passes_that_on_too(reform: Reform) -> None:
    case = case_of(reform.worker("xa-bac", "police_officer"))
    end(reform.province, reform.house("xa-bac"), reform.district, date(2025, 6, 22))
    other = case_of(reform.worker("xa-nam", "police_officer"))
    end(reform.province, reform.house("xa-nam"), reform.district, date(2025, 6, 23))
    assert set(opened(reform.old_officer, other).values()) == {"open"}  # and the first never opened
    end(reform.province, reform.district, reform.ward)
    for each in (case, other):
        assert set(opened(reform.officer, each).values()) == {"open"}
        write(reform.officer, each, "needs", {"needs": ["shelter"]}, revision=1)
        db.rollback()
        assert case_view(each.id).faults == {}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.promise("ended-agency-is-over")
def test_a_referral_accepted_in_the_instant_of_the_end_is_accepted_once_and_counts(
    engine: str, run_folder, tmp_path
) -> None:
    with installation(engine, run_folder, tmp_path) as home, tidy():
        province = home.province
        hospital = province.house("yte", "health_facility", "health_worker")
        ward = province.house("xa", "commune_police", "police_officer")
        nurse = province.worker(hospital, "health_worker")
        rounds = []
        for n in range(3):
            old = province.house(f"huyen{n}", "district_police", "police_officer")
            case = case_of(nurse)
            consent_of(nurse, case, agency_id=old.id, kinds=AGREED)
            referral = send(nurse, case, old)
            agree(province, old, plan(province, old, same_purpose(old, ward)))
            pass_all(province, old)
            rounds.append((old, case, referral))
        db.rollback()
        tokens = [
            [(province.token(old.users["police_officer"]), r.id) for old, _, r in rounds],
            [(province.token(old.administrator), old.id) for old, _, _ in rounds],
        ]
        db.rollback()
        parts = [["accept", tokens[0]], ["end", tokens[1]]]
        accepted, ended = together(home.environment, race.rounds, parts)
        db.session().expire_all()
        officer = province.worker(ward, "police_officer")
        for (old, case, referral), came, closed in zip(rounds, accepted, ended, strict=True):
            assert closed == race.WON
            db.rollback()
            assert case_view(case.id).faults == {}
            row = db.session().get_one(Referral, referral.id)
            assert row.state == ("accepted" if came == race.WON else "sent")
            if came != race.WON:
                accept(officer, queries.visible_referral(officer, referral.id).id)
            assert opened(officer, case)["needs"] == "open"
            assert db.session().get_one(Agency, old.id).state == "ended"
