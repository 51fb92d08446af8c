"""Two people do something about one case in the same instant, in processes of their own."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import func, select

from referral.cases import service as cases
from referral.cases.model import Grant, GrantBundle
from referral.cases.strands import case_view
from referral.followup.tasks import open_tasks
from referral.kernel import db
from referral.kernel.errors import NotFound
from referral.kernel.instance import RELEASE_FOLDER, instance
from referral.referrals.model import Referral, ReferralPayload
from tests.cases import race
from tests.cases.district import AGREED, District, statuses
from tests.cases.race import TOLD, WON, Deed
from tests.factories.installation import together
from tests.factories.province import case_of, consent_of

ROUNDS = 5


def sent(district: District) -> Deed:
    """A case that the hospital is asked about."""
    case = case_of(district.officer)
    basis_id = consent_of(district.officer, case, agency_id=district.hospital.id, kinds=AGREED)
    return case.id, basis_id, district.send(case, district.hospital, AGREED)


def accepted(district: District) -> Deed:
    deed = sent(district)
    district.accept(district.nurse, deed[2])
    return deed


def at_once(
    district: District, deeds: Sequence[Deed], *parts: tuple[str, str]
) -> list[tuple[str, ...]]:
    """What came of each round, in the order of `parts` (user name, verb)."""
    tokens = [district.province.token(name) for name, _ in parts]
    db.rollback()
    told = together(
        district.home.environment,
        race.rounds,
        [[token, verb, deeds] for token, (_, verb) in zip(tokens, parts, strict=True)],
    )
    db.rollback()
    db.session().expire_all()
    return list(zip(*told, strict=True))


def state(referral_id: UUID) -> str:
    return str(db.session().get_one(Referral, referral_id).state)


def shown(district: District, case_id: UUID) -> set[str]:
    try:
        seen = statuses(district.nurse, case_id)
    except NotFound:
        return set()
    return {kind for kind, status in seen.items() if status == "open"}


def kept(deed: Deed) -> tuple[int, int, bool]:
    """Bundles of the grant, waiting payloads, and whether the release key lies there still."""
    grant_id = db.session().get_one(Referral, deed[2]).grant_id
    bundles = select(func.count(GrantBundle.id)).where(GrantBundle.grant_id == grant_id)
    waiting = select(func.count(ReferralPayload.id)).where(ReferralPayload.referral_id == deed[2])
    key = str(deed[2]) in instance.names(RELEASE_FOLDER)
    return db.session().scalar(bundles) or 0, db.session().scalar(waiting) or 0, key


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_whoever_comes_first_nothing_stays_open_after_a_withdrawal(district: District) -> None:
    deeds = [sent(district) for _ in range(ROUNDS)]
    parts = (("yte.health_worker", "accept"), ("congan.police_officer", "withdraw"))
    for deed, (_, withdrawn) in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert withdrawn == WON
        assert state(deed[2]) == "withdrawn"
        assert kept(deed) == (0, 0, False)
        assert case_view(deed[0]).faults == {}
        assert shown(district, deed[0]) == set()


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_a_completion_in_the_same_instant_does_not_stop_a_withdrawal(district: District) -> None:
    deeds = [accepted(district) for _ in range(ROUNDS)]
    parts = (("yte.health_worker", "complete"), ("congan.police_officer", "withdraw"))
    for deed, (done, withdrawn) in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert withdrawn == WON
        assert state(deed[2]) == ("completed" if done == WON else "withdrawn")
        assert kept(deed) == (0, 0, False)
        assert shown(district, deed[0]) == set()


@pytest.mark.promise("second-click-does-nothing")
def test_a_referral_is_cancelled_or_completed_and_never_both(district: District) -> None:
    deeds = [sent(district) for _ in range(ROUNDS)]
    parts = (("yte.health_worker", "accept and complete"), ("congan.police_officer", "cancel"))
    for deed, outcome in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert sorted(outcome) == [TOLD, WON]
        completed = outcome[0] == WON
        assert state(deed[2]) == ("completed" if completed else "cancelled")
        assert kept(deed) == (int(completed), 0, False)
        assert case_view(deed[0]).faults == {}
        grant = db.session().get_one(Grant, db.session().get_one(Referral, deed[2]).grant_id)
        assert (grant.ended_at is None) is completed


@pytest.mark.promise("danger-to-life-has-a-way")
def test_of_two_co_signatures_at_once_one_counts_and_the_other_is_told(district: District) -> None:
    second = district.province.member(district.police, "supervisor", "congan.chief")
    district.police.users["supervisor"] = "congan.supervisor"
    deeds: list[Deed] = []
    for _ in range(ROUNDS):
        case = case_of(district.officer)
        with db.unit_of_work():
            basis = cases.claim_legal_basis(
                district.officer,
                case,
                reason="danger_to_life",
                account="Chị bất tỉnh, không thể hỏi ý kiến.",
                kinds=["needs"],
                agency_id=district.hospital.id,
            )
        deeds.append((case.id, basis.id, basis.id))
    parts = (("congan.supervisor", "cosign"), (second, "cosign"))
    for deed, outcome in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert sorted(outcome) == [TOLD, WON]
        view = case_view(deed[0])
        assert view.faults == {}
        assert [entry.kind for entry in view.entries].count("basis_cosigned") == 1


@pytest.mark.promise("only-what-she-agreed")
def test_a_case_that_closes_while_it_is_handed_over_is_offered_to_nobody(
    district: District,
) -> None:
    to = district.hospital.circle_id()
    deeds: list[Deed] = [(case_of(district.officer).id, to, to) for _ in range(ROUNDS)]
    parts = (("congan.supervisor", "close"), ("congan.police_officer", "hand over"))
    for deed, (closed, _) in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert closed == WON
        asked = select(Referral.state).where(Referral.case_id == deed[0])
        assert set(db.session().scalars(asked)) <= {"withdrawn"}
        view = case_view(deed[0])
        assert view.offered == {}
        assert not [grant for grant in view.grants.values() if grant.pending and not grant.is_over]
        assert view.faults == {}


def test_a_closed_case_has_nothing_to_do_also_after_a_follow_up_of_that_instant(
    district: District,
) -> None:
    deeds: list[Deed] = [(case_of(district.officer).id,) * 3 for _ in range(ROUNDS)]
    parts = (("congan.supervisor", "close"), ("congan.police_officer", "follow up"))
    for deed, (closed, _) in zip(deeds, at_once(district, deeds, *parts), strict=True):
        assert closed == WON
        assert open_tasks(deed[0]) == []
        assert case_view(deed[0]).faults == {}
