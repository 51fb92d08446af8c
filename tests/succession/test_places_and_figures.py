"""Sites, stays and the statistics circle pass on as cases do."""

from datetime import timedelta

import pytest

from referral.agencies.queries import statistics_circle
from referral.kernel import clock, db
from referral.referrals import service as referrals
from referral.reporting import service as reporting
from referral.reporting.model import Edition
from referral.reporting.queries import is_verified
from referral.reporting.service import FrozenDraft
from referral.shelters import service as shelters
from referral.shelters.model import Stay, StayNote
from referral.shelters.queries import visible_sites, visible_stays
from tests.factories.province import case_of, consent_of
from tests.reporting.edition import frozen
from tests.security.attacker import Attacker, private_keys, snapshot
from tests.shelters.refuge import ADDRESS, TWO_ROOMS, beds_of, register
from tests.succession.conftest import Reform
from tests.succession.ending import DAY, agree, close, end, on, pass_all, plan, same_purpose
from tests.succession.test_what_passes import accept, write


def bed_for(reform: Reform, keeper) -> tuple[Stay, object]:
    """A woman whom the hospital sent, in a bed of the old union's place."""
    case = case_of(reform.nurse, needs={"needs": ["shelter"], "children_count": 0})
    union = reform.house("hoi-huyen")
    consent_of(reform.nurse, case, agency_id=union.id, kinds=["needs"])
    with db.unit_of_work():
        sent = referrals.send_referral(
            reform.nurse, case, kind="shelter", circle_id=union.circle_id("shelter"),
            urgency="p1", kinds=["needs"], summary={"reason": "Cần chỗ ở."},
        )  # fmt: skip
    accept(keeper, sent.id)
    (site,) = visible_sites(keeper)
    with db.unit_of_work():
        stay = shelters.hold_beds(
            keeper, site, bed_ids=beds_of(site, "P1-1"), from_on=clock.today(),
            to_on=clock.today() + timedelta(days=30), referral_id=sent.id,
            party={"adults": 1, "children": 0},
        )  # fmt: skip
    with db.unit_of_work():
        shelters.check_in(keeper, stay, at=clock.now(), answers={})
    return stay, site


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_place_its_board_and_who_sleeps_there_are_the_successors(reform: Reform) -> None:
    old = reform.worker("hoi-huyen", "shelter_keeper")
    site = register(old, reform.house("hoi-huyen"), rooms=TWO_ROOMS)
    stay, _ = bed_for(reform, old)
    copy = snapshot()
    end(reform.province, reform.house("hoi-huyen"), reform.house("hoi-xa"))
    keeper = reform.worker("hoi-xa", "shelter_keeper")
    (line,) = visible_stays(keeper).rows
    assert line.facts is not None
    (mine,) = visible_sites(keeper)
    assert (mine.id, mine.agency_id) == (site.id, reform.house("hoi-xa").id)
    with db.unit_of_work():
        assert shelters.read_site(keeper, mine).details["address"] == ADDRESS
    with db.unit_of_work():
        note = shelters.write_stay_note(
            keeper,
            db.session().get_one(Stay, stay.id),
            answers={"noted_at": clock.now().isoformat(), "kind": "roll_call", "note": "Đêm yên."},
        )
    with db.unit_of_work():
        shelters.check_out(
            keeper,
            db.session().get_one(Stay, stay.id),
            at=clock.now(),
            destination="home_with_him_there",
        )
    assert note.circle_generation == 1
    _assert_shut_to(old, copy, reform, note)


def _assert_shut_to(old, copy, reform: Reform, note: StayNote) -> None:
    """The old keeper's raw keys, with the wraps of the old copy, on the log line written since."""
    rows = snapshot()
    rows = {**rows, "circle_wrap_body": copy["circle_wrap_body"]}
    raider = Attacker(rows, keys=[private_keys(old).exchange])
    raider.run()
    assert raider.secrets  # it does hold the old circle's secret
    assert ("stay_note_body", str(note.id)) not in raider.opened
    assert ("site_body", str(rows["site"][0]["id"])) in raider.opened  # stood before; known


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_the_successors_statistician_opens_earlier_facts_and_editions_still_hold(
    reform: Reform,
) -> None:
    province, old, new = reform.province, reform.house("so-cu"), reform.house("so-moi")
    digits = plan(province, old, same_purpose(old, new))
    assert statistics_circle().id == old.circle_id("statistics")  # until the day itself
    case = case_of(reform.old_officer)
    with db.unit_of_work():
        edition_id = _freeze(reform.worker("so-cu", "statistician")).id
    with db.unit_of_work():
        reporting.approve_edition(
            reform.worker("so-cu", "approver"), db.session().get_one(Edition, edition_id)
        )
    agree(province, old, digits)
    on(DAY)
    pass_all(province, old)
    close(province, old)
    end(province, reform.district, reform.ward)
    assert statistics_circle().id == new.circle_id("statistics")
    assert is_verified(db.session().get_one(Edition, edition_id))
    statistician = reform.worker("so-moi", "statistician")
    (fact,) = _facts(statistician)
    assert fact.codes["forms"] == ["physical"]
    # Corrected by the successor of who wrote it, the fact is replaced and not counted twice.
    write(reform.officer, case, "incident", {"forms": ["mental"], "unit": "20050"}, revision=1)
    case_of(reform.officer)
    assert sorted(f.codes["forms"] for f in _facts(statistician)) == [["mental"], ["physical"]]
    with db.unit_of_work():
        frozen_now = _freeze(statistician)
    assert is_verified(frozen_now)


def _freeze(actor) -> Edition:
    draft = FrozenDraft(2024, clock.today(), frozen(), clock.now())
    return reporting.freeze_edition(actor, None, draft=draft)


def _facts(actor):
    db.rollback()
    with db.unit_of_work():
        opened = reporting.read_facts(actor, None)
    assert opened.not_verified == 0
    return opened.facts
