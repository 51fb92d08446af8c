"""When one of several bases runs out: nothing stays that none covers, nothing else is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.agencies.named_circles import name_circle, renew_where_needed
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import CaseFile, Grant, GrantBundle, SharingBasis
from referral.cases.strands import case_view
from referral.followup.queries import visible_tasks
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import NotFound
from referral.kernel.permissions import Permission
from referral.referrals.service.moving import move_case
from referral.vault.case_view import CONSENT
from tests.cases.district import AGREED, District, read, statuses, write
from tests.factories.installation import hours_pass
from tests.factories.province import case_of


def agreed(district: District, case: CaseFile, kinds: Sequence[str], days: float) -> UUID:
    with db.unit_of_work():
        return cases.record_consent(
            district.officer,
            case,
            kinds=kinds,
            purpose="support",
            expires_at=clock.now() + timedelta(days=days),
            answers={"given_by": "survivor", "how": ["written"]},
            agency_id=district.hospital.id,
        ).id


def shared(district: District, **days: Any) -> tuple[CaseFile, dict[str, UUID]]:
    """A case that the hospital has accepted on consents by name: kinds and days of each."""
    case = case_of(district.officer)
    terms: Mapping[str, tuple[Sequence[str], float]] = days
    bases = {name: agreed(district, case, *term) for name, term in terms.items()}
    district.accept(district.nurse, district.send(case, district.hospital, AGREED))
    return case, bases


def lapse() -> int:
    db.rollback()
    with db.unit_of_work():
        return cases.lapse_bases(SYSTEM, None)


def given(case: CaseFile) -> list[Grant]:
    """Grants to others, oldest first."""
    query = select(Grant).where(Grant.case_id == case.id, Grant.form == CONSENT)
    return list(db.session().scalars(query.order_by(Grant.made_at)))


def bundles(grant: Grant) -> int:
    query = select(GrantBundle).where(GrantBundle.grant_id == grant.id)
    return len(db.session().scalars(query).all())


def asked(actor: Actor, case: CaseFile) -> set[str]:
    return {task.kind for task in visible_tasks(actor) if task.case_id == case.id}


def opened(actor: Actor, case: CaseFile) -> set[str]:
    """Kinds that stand open to the actor; none where the case is not the actor's to know."""
    try:
        return {kind for kind, status in statuses(actor, case.id).items() if status == "open"}
    except NotFound:
        return set()


@pytest.mark.promise("only-what-she-agreed")
def test_what_another_basis_covers_whole_goes_on(district: District) -> None:
    case, bases = shared(district, short=(AGREED, 10), long=([*AGREED, "identity"], 80))
    hours_pass(24 * 11)
    assert lapse() == 1
    (grant,) = given(case)
    assert grant.ended_at is None
    assert bundles(grant) == 1
    assert opened(district.nurse, case) == set(AGREED)
    assert "give_anew" not in asked(district.officer, case)
    assert db.session().get_one(SharingBasis, bases["short"]).ended_at is not None
    hours_pass(24 * 70)
    assert lapse() == 1
    assert bundles(grant) == 0
    assert not opened(district.nurse, case) & set(AGREED)


@pytest.mark.promise("only-what-she-agreed")
def test_what_no_basis_covers_ends_and_the_rest_is_given_anew(district: District) -> None:
    case, _ = shared(district, short=(["incident"], 10), long=(["needs"], 80))
    hours_pass(24 * 11)
    assert lapse() == 1
    (struck,) = given(case)
    assert struck.ended_at is not None
    assert bundles(struck) == 0
    assert not opened(district.nurse, case) & set(AGREED)
    assert "give_anew" in asked(district.officer, case)
    read(district.officer, case.id)
    assert opened(district.nurse, case) == {"needs"}
    assert "give_anew" not in asked(district.officer, case)
    assert case_view(case.id).grants[struck.id].ended_at is not None
    before = len(case_view(case.id).entries)
    for _ in range(2):
        read(district.officer, case.id)
    assert len(case_view(case.id).entries) == before
    write(district.officer, case.id, "needs", {"needs": ["shelter"]}, revision=1)
    write(district.officer, case.id, "incident", {"forms": ["mental"]}, revision=1)
    assert opened(district.nurse, case) == {"needs"}


@pytest.mark.promise("only-what-she-agreed")
def test_the_job_believes_the_strands_and_no_row_of_a_basis(district: District) -> None:
    case, bases = shared(district, short=(["incident"], 10), long=(["needs"], 80))
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(SharingBasis, bases["long"]).kinds = ["needs", "incident"]
    hours_pass(24 * 11)
    assert lapse() == 1
    assert [bundles(grant) for grant in given(case)] == [0]


def test_a_colleague_of_who_gave_it_gives_the_rest(district: District) -> None:
    case, _ = shared(district, short=(["incident"], 10), long=(["needs"], 80))
    hours_pass(24 * 11)
    lapse()
    second = district.second
    assert "give_anew" in asked(second, case)
    read(replace(second, permissions=second.permissions - {Permission.REFERRAL_SEND}), case.id)
    assert opened(district.nurse, case) == set()  # who may not share leaves it to who may
    read(district.second, case.id)
    assert opened(district.nurse, case) == {"needs"}


def test_nothing_is_given_anew_once_the_rest_has_lapsed_too(district: District) -> None:
    case, _ = shared(district, short=(["incident"], 10), long=(["needs"], 20))
    for _ in range(2):
        hours_pass(24 * 11)
        assert lapse() == 1
    read(district.officer, case.id)
    assert len(given(case)) == 1
    assert "give_anew" not in asked(district.officer, case)
    assert not opened(district.nurse, case) & set(AGREED)


def test_a_case_that_has_been_closed_gives_nothing_anew(district: District) -> None:
    case, _ = shared(district, short=(["incident"], 10), long=(["needs"], 80))
    with db.unit_of_work():
        mine = queries.visible_case(district.supervisor, case.id)
        answers = {"closed_on": f"{clock.today()}", "reason": "goals_met"}
        kept = [row.id for row in queries.visible_bases(district.supervisor, mine)]
        cases.close_case(district.supervisor, mine, answers=answers, keeping=kept)
    hours_pass(24 * 11)
    assert lapse() == 1
    read(district.officer, case.id)
    assert len(given(case)) == 1
    assert "give_anew" not in asked(district.officer, case)


@pytest.mark.promise("named-circle-by-key")
def test_what_remains_is_given_to_a_named_circle_once_it_has_a_key_of_its_own(
    district: District,
) -> None:
    case, _ = shared(district, short=(AGREED, 10), long=(["needs"], 80))
    district.province.member(district.hospital, "health_worker", "yte.apart")
    district.hospital.users["health_worker"] = "yte.health_worker"
    apart = district.province.actor("yte.apart")
    assert apart.member_id is not None
    boss = district.province.actor(district.hospital.administrator)
    with db.unit_of_work():
        made = name_circle(boss, district.hospital.agency, member_ids=[apart.member_id])
    nurse = district.nurse
    with db.unit_of_work():
        move_case(nurse, queries.visible_case(nurse, case.id), circle_id=made.id)
    hours_pass(11 * 24)
    lapse()
    assert opened(district.officer, case)  # nothing can be sealed to that circle yet
    with db.unit_of_work():
        renew_where_needed(district.province.actor("yte.apart"))
    assert opened(district.officer, case)
    assert opened(district.province.actor("yte.apart"), case) == {"needs"}
