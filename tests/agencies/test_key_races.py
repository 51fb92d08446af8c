"""Who seals and who changes the key, at once; and a power cut while the old key is left behind."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from referral.accounts.sessions import actor_for
from referral.agencies import directory
from referral.agencies.model import Circle
from referral.agencies.rewrapping import end_generations
from referral.agencies.service import renew_circle
from referral.cases.model import Card, Grant, GrantBundle
from referral.kernel import db
from tests.agencies import carrying
from tests.agencies.carrying import carry_over, report
from tests.cases.district import AGREED, PLANS, District, statuses
from tests.factories.installation import ENGINES, installation, processes, tidy, together
from tests.factories.province import case_of

ROUNDS = 6


@pytest.fixture(scope="module", params=ENGINES)
def district(request, run_folder: Path, tmp_path_factory) -> Iterator[District]:
    folder = tmp_path_factory.mktemp("instance")
    with installation(request.param, run_folder, folder, PLANS) as home:
        yield District.of(home)


@pytest.fixture(autouse=True)
def quiet(district: District) -> Iterator[None]:
    del district
    with tidy():
        yield


@pytest.mark.promise("who-left-reads-nothing-new")
def test_a_key_that_somebody_seals_to_is_not_changed_before_they_are_done(
    district: District,
) -> None:
    circle_id = district.hospital.circle_id()
    province = district.province
    parts = [
        [province.token("congan.police_officer"), circle_id],
        [province.token(district.hospital.administrator), circle_id],
    ]
    db.rollback()
    assert together(district.home.environment, _either, parts)[1] == "waits"


def _either(barrier, token: str, circle_id: UUID) -> str:
    sealing = actor_for(token).role == "police_officer"
    db.rollback()
    verb = carrying.hold_while_asked if sealing else carrying.change_meanwhile
    return verb(barrier, token, circle_id)


@pytest.mark.promise("who-left-reads-nothing-new")
def test_nothing_is_sealed_to_the_older_key_in_the_instant_of_a_change(
    district: District,
) -> None:
    case = case_of(district.officer)
    district.share(case, district.hospital, district.nurse, AGREED)
    circle_id = district.hospital.circle_id()
    province = district.province
    tokens = [province.token("congan.police_officer"), province.token("yte.admin")]
    db.rollback()
    told, _ = together(
        district.home.environment,
        _each,
        [[tokens[0], case.id, True], [tokens[1], circle_id, False]],
    )
    assert set(told) <= {"newest", "stale"}


def _each(barrier, token: str, object_id: UUID, sealing: bool) -> list[str]:
    verb = carrying.seal_again_and_again if sealing else carrying.renew_again_and_again
    return verb(barrier, token, object_id, ROUNDS)


@pytest.mark.promise("named-circle-by-key")
def test_two_whose_new_circle_waits_for_a_key_write_in_the_same_instant_and_both_have_written(
    district: District,
) -> None:
    """Each first gives the circle its key; neither waits for who waits for them."""
    province, writers = district.province, (district.officer, district.second)
    tokens = [province.token(name) for name in ("congan.police_officer", "congan.second")]
    parts = [[token, case_of(writer).id] for token, writer in zip(tokens, writers, strict=True)]
    boss = [province.token("congan.admin"), [writer.member_id for writer in writers]]
    db.rollback()
    *told, _ = together(district.home.environment, _meeting, [*parts, boss])
    assert told == [["written"] * ROUNDS] * 2
    log = directory.directory_of(district.police.id)
    named = [c for c, state in log.circles.items() if state.founder_ids]
    assert len(named) == ROUNDS
    assert not any(log.needs_renewal(circle_id) for circle_id in named)


def _meeting(barrier, token: str, subject: UUID | list[UUID]) -> list[str]:
    is_boss = isinstance(subject, list)
    verb = carrying.name_again_and_again if is_boss else carrying.write_while_it_waits
    return verb(barrier, token, subject, ROUNDS)


def counted(circle_id: UUID) -> tuple[int, int]:
    """Bundles and cards of the circle: a round neither adds nor takes one."""
    bundles = select(func.count(GrantBundle.id)).join(Grant, Grant.id == GrantBundle.grant_id)
    cards = select(func.count(Card.id)).where(Card.circle_id == circle_id)
    found = db.session().scalar(bundles.where(Grant.receiver_circle_id == circle_id))
    return found or 0, db.session().scalar(cards) or 0


@pytest.mark.promise("old-keys-come-to-an-end")
def test_a_power_cut_between_and_within_rounds_loses_and_doubles_nothing(
    district: District,
) -> None:
    cases = [case_of(district.officer) for _ in range(3)]
    for case in cases:
        district.share(case, district.hospital, district.nurse, AGREED)
    circle_id = district.hospital.circle_id()
    boss = district.province.actor(district.hospital.administrator)
    with db.unit_of_work():
        renew_circle(boss, db.session().get_one(Circle, circle_id))
    before, token = counted(circle_id), district.province.token("yte.health_worker")
    behind = report(circle_id).behind
    db.rollback()
    for statement in (2, 5, 9):
        runner = processes().Process(
            target=carrying.die_while_carrying,
            args=(district.home.environment, token, circle_id, statement),
        )
        runner.start()
        runner.join(carrying.PATIENCE)
        assert runner.exitcode == -9
        assert counted(circle_id) == before
        left = report(circle_id).behind
        assert left <= behind
        behind = left
    assert behind > 0
    carry_over(district.nurse, circle_id)
    with db.unit_of_work():
        end_generations(
            district.province.actor(district.hospital.administrator),
            db.session().get_one(Circle, circle_id),
        )
    assert counted(circle_id) == before
    for case in cases:
        shown = statuses(district.nurse, case.id)
        assert [shown[kind] for kind in AGREED] == ["open", "open"]
