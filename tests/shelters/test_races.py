"""Never two claims of a bed on one night: the database's own word, and real processes."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from referral.kernel import clock, db
from referral.kernel.ids import new_id
from referral.shelters.constraints import BY_ENGINE, DROP_BY_ENGINE, OVERLAP
from referral.shelters.model import Claim
from tests.factories.installation import processes
from tests.shelters import race
from tests.shelters.refuge import register

NIGHT = date(2026, 3, 2)
ROUNDS = 8


def _claim(bed_id, first: int, last: int, **also) -> Claim:
    """A block of a bed from the first night to the last, counted from `NIGHT`."""
    days = [NIGHT + timedelta(days=n) for n in (first, last + 1)]
    return Claim(id=new_id(), bed_id=bed_id, kind="block", from_on=days[0], to_on=days[1], **also)


def _write(*claims: Claim) -> None:
    with db.unit_of_work():
        db.begin_write()
        db.session().add_all(claims)
        db.session().flush()


@pytest.mark.promise("a-bed-is-given-once")
def test_the_database_refuses_every_claim_that_meets_another(refuge):
    (bed_id,) = refuge.beds("P1-1")
    _write(_claim(bed_id, 0, 2))
    for nights in ((1, 1), (0, 0), (2, 2), (0, 3), (-1, 0), (2, 4), (-1, 3)):
        with pytest.raises(IntegrityError, match=OVERLAP):
            _write(_claim(bed_id, *nights))
    assert db.session().scalar(select(func.count()).select_from(Claim)) == 1


def test_the_database_lets_pass_what_only_touches_and_what_was_released(refuge):
    one, two = refuge.beds("P1-1", "P1-2")
    _write(_claim(one, 0, 2))
    _write(_claim(one, 3, 3), _claim(one, -1, -1), _claim(two, 0, 2))
    _write(_claim(one, 0, 2, released_at=clock.now()))


def test_the_database_refuses_to_move_or_revive_a_claim_onto_another(refuge):
    one, two = refuge.beds("P1-1", "P1-2")
    gone = _claim(one, 0, 0, released_at=clock.now())
    later, elsewhere = _claim(one, 1, 1), _claim(two, 0, 0)
    _write(_claim(one, 0, 0), gone, later, elsewhere)
    for claim, column, value in (
        (gone, "released_at", None),
        (later, "from_on", NIGHT),
        (elsewhere, "bed_id", one),
    ):
        with pytest.raises(IntegrityError, match=OVERLAP):
            _change(claim, column, value)


def _change(claim: Claim, column: str, value: object) -> None:
    with db.unit_of_work():
        db.begin_write()
        setattr(db.session().get_one(Claim, claim.id), column, value)
        db.session().flush()


def test_without_the_constraint_the_same_two_claims_stand(refuge, engine_name):
    """What shows that the tests above watch the constraint, and that it can be taken down."""
    (bed_id,) = refuge.beds("P1-1")
    with db.unit_of_work():
        db.begin_write()
        for statement in DROP_BY_ENGINE[engine_name]:
            db.session().execute(text(statement))
    _write(_claim(bed_id, 0, 2))
    _write(_claim(bed_id, 1, 1))
    assert db.session().scalar(select(func.count()).select_from(Claim)) == 2


def test_the_constraint_can_be_put_back(refuge, engine_name):
    with db.unit_of_work():
        db.begin_write()
        for statement in (*DROP_BY_ENGINE[engine_name], *BY_ENGINE[engine_name]):
            db.session().connection().exec_driver_sql(statement)
    (bed_id,) = refuge.beds("P1-1")
    _write(_claim(bed_id, 0, 2))
    with pytest.raises(IntegrityError, match=OVERLAP):
        _write(_claim(bed_id, 1, 1))


def _run(target, arguments) -> dict:
    """Outcome of each of two processes by bed."""
    context = processes()
    barrier, outcomes = context.Barrier(2), context.Queue()
    runners = [context.Process(target=target, args=(mine, barrier, outcomes)) for mine in arguments]
    for runner in runners:
        runner.start()
    by_bed = defaultdict(list)
    for _ in range(2 * ROUNDS):
        bed_id, outcome = outcomes.get(timeout=race.PATIENCE)
        by_bed[bed_id].append(outcome)
    for runner in runners:
        runner.join(race.PATIENCE)
        assert runner.exitcode == 0
    return by_bed


@pytest.fixture
def dormitory(refuge):
    """Beds enough for every round, in a room that takes many households."""
    rooms = [{"name": "Phòng chung", "beds": [str(n) for n in range(ROUNDS)], "is_shared": True}]
    refuge.site = register(refuge.keeper, refuge.house, code_name="Sen Trắng", rooms=rooms)
    return refuge


@pytest.mark.promise("a-bed-is-given-once")
def test_of_two_keepers_who_press_at_once_one_has_the_bed_and_the_other_is_told(dormitory, home):
    refuge = dormitory
    refuge.province.member(refuge.house, "shelter_keeper", "nha.second")
    codes = [f"P1-{n}" for n in range(1, ROUNDS + 1)]
    bed_ids = refuge.beds(*codes)
    arguments = [
        race.Keeper(
            home.environment,
            bed_ids,
            refuge.province.token(name),
            refuge.site.id,
            refuge.asked().id,
        )
        for name in ("nha.shelter_keeper", "nha.second")
    ]
    db.rollback()
    by_bed = _run(race.hold_through_the_product, arguments)
    assert {bed_id: sorted(both) for bed_id, both in by_bed.items()} == {
        bed_id: [code, race.WON] for bed_id, code in zip(bed_ids, codes, strict=True)
    }
    assert db.session().scalar(select(func.count()).select_from(Claim)) == ROUNDS


@pytest.mark.promise("a-bed-is-given-once")
def test_of_two_writers_past_every_check_the_database_lets_one_through(dormitory, home):
    arguments = [race.Writer(home.environment, dormitory.beds())] * 2
    db.rollback()
    by_bed = _run(race.claim_past_the_product, arguments)
    assert {tuple(sorted(both)) for both in by_bed.values()} == {(OVERLAP, race.WON)}
    assert len(by_bed) == ROUNDS
