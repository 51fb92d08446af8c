"""What a list shows is what the single page would show, and no more."""

from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from referral.agencies.service import admit_to_circle, make_circle
from referral.agencies.states import CirclePurpose
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import Card, CardBody, CaseFile, Grant
from referral.cli.demo import bulk
from referral.kernel import clock, db
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import NotFound
from referral.kernel.ids import new_id
from referral.referrals import service as referrals
from tests.cases.district import District, statuses, write
from tests.factories.province import case_of, consent_of

IDENTITY = {"spoken_name": "Hồ Thị Mây", "age_band": "25_39", "sex": "female"}


def card(actor: Actor, case_id: UUID) -> dict[str, object]:
    db.rollback()
    return queries.lines_of(actor, [case_id])[case_id].card


def sees(actor: Actor, case_id: UUID) -> bool:
    try:
        return queries.visible_case(actor, case_id).id == case_id
    except NotFound:
        return False


def test_a_page_shows_a_circle_its_newest_cases_however_many_newer_others_have(
    district: District,
) -> None:
    older = [case_of(district.officer).id for _ in range(3)]
    bulk.fill_cards(district.nurse, bulk.survivors(3, queries.RECENT + 1))
    newest = case_of(district.officer).id

    page = queries.visible_cases(district.officer, size=2)
    rest = queries.visible_cases(district.officer, size=2, cursor=page.next_cursor)
    of_many = queries.visible_cases(district.nurse, states=["open"], size=2)

    assert [line.id for line in page.rows] == [newest, older[2]]
    assert [line.id for line in rest.rows] == [older[1], older[0]]
    assert rest.next_cursor is None
    assert len(of_many.rows) == 2
    assert not {line.id for line in of_many.rows} & {newest, *older}


@pytest.mark.promise("only-what-she-agreed")
def test_a_card_holds_only_what_its_circle_may_see(district: District) -> None:
    case = case_of(district.officer)
    assert card(district.officer, case.id)["spoken_name"] == "Hồ Thị Mây"
    assert card(district.officer, case.id)["phone"] == "0400123456"
    basis_id = district.share(case, district.hospital, district.nurse, ["needs"])
    assert card(district.nurse, case.id) == {"needs": ["health_care"], "children_count": 1}
    write(district.nurse, case.id, "medical", {"seen_at": "2024-11-25T15:00:00Z"})
    with db.unit_of_work():
        cases.withdraw_consent(
            district.officer, queries.visible_case(district.officer, case.id), basis_id=basis_id
        )
    assert card(district.nurse, case.id) == {}
    write(district.nurse, case.id, "medical", {"seen_at": "2024-11-25T17:00:00Z"}, revision=1)
    assert card(district.nurse, case.id) == {}
    assert card(district.officer, case.id)["spoken_name"] == "Hồ Thị Mây"


@pytest.mark.promise("only-what-she-agreed")
def test_a_card_holds_nothing_that_only_another_circle_of_who_makes_it_may_see(
    district: District,
) -> None:
    """A nurse is in two circles, a colleague in one of them; she agreed to different parts."""
    province, hospital = district.province, district.hospital
    boss = province.actor(hospital.administrator)
    with db.unit_of_work():
        names = {"name_vi": "Khoa khác", "name_en": "Another ward"}
        ward = make_circle(boss, hospital.agency, purpose=CirclePurpose.CASES, **names)
    with db.unit_of_work():
        admit_to_circle(boss, ward, member_id=district.nurse.member_id)
    colleague = province.member(hospital, "health_worker", "yte.second")
    hospital.users["health_worker"] = "yte.health_worker"
    case = case_of(district.officer, identity=IDENTITY, needs={"needs": ["health_care"]})
    for circle_id, kind in ((hospital.circle_id(), "needs"), (ward.id, "identity")):
        consent_of(district.officer, case, circle_id=circle_id, kinds=[kind])
        with db.unit_of_work():
            asked = referrals.send_referral(
                district.officer,
                queries.visible_case(district.officer, case.id),
                kind="service",
                circle_id=circle_id,
                urgency="p1",
                kinds=[kind],
                summary={"age_band": "25_39", "reason": "Cần khám trong ngày."},
            )
        district.accept(district.nurse, asked.id)
    assert statuses(district.nurse, case.id)["identity"] == "open"
    assert statuses(province.actor(colleague), case.id).get("identity") == "sealed"
    assert card(province.actor(colleague), case.id) == {"needs": ["health_care"]}
    write(district.nurse, case.id, "medical", {"seen_at": "2024-11-25T15:00:00Z"})
    assert card(province.actor(colleague), case.id) == {"needs": ["health_care"]}


def test_a_card_follows_what_is_written(district: District) -> None:
    case_id = case_of(district.officer, identity=IDENTITY).id
    write(district.second, case_id, "identity", {"alias": "Mây"}, revision=1)
    assert card(district.officer, case_id) == {"alias": "Mây"}
    query = select(func.count()).where(Card.case_id == case_id)
    assert db.session().scalar(query) == 1


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_card_that_was_changed_or_exchanged_shows_nothing(district: District) -> None:
    one, other = case_of(district.officer).id, case_of(district.officer, identity=IDENTITY).id

    def body(case_id: UUID) -> CardBody:
        row = db.session().scalars(select(Card).where(Card.case_id == case_id)).one()
        return db.session().get_one(CardBody, row.id)

    db.rollback()
    db.begin_write()
    mine, theirs = body(one), body(other)
    mine.body, theirs.body = theirs.body, mine.body
    db.commit()
    assert card(district.officer, one) == card(district.officer, other) == {}
    db.begin_write()
    body(one).body = b""
    db.commit()
    assert card(district.officer, one) == {}


def test_who_knows_no_case_sees_none(district: District) -> None:
    case_id = case_of(district.officer).id
    administrator = district.province.actor(district.police.administrator)
    for actor in (district.nurse, district.worker, administrator, SYSTEM):
        assert case_id not in {line.id for line in queries.visible_cases(actor).rows}
        assert queries.lines_of(actor, [case_id]) == {}
        assert not sees(actor, case_id)
    with pytest.raises(NotFound):
        queries.visible_case(district.officer, new_id())


numbers = count()


@pytest.mark.promise("unseen-case-does-not-exist")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 3),  # which case
            st.sampled_from(["congan", "yte", "tram", "ctxh"]),  # to whom
            st.booleans(),  # waits for acceptance
            st.booleans(),  # has ended
        ),
        max_size=12,
    )
)
def test_the_list_and_the_single_case_agree_whatever_was_granted(
    district: District, rows: list[tuple[int, str, bool, bool]]
) -> None:
    """Both come from one rule: a grant that is live and taken, to a circle of one's own."""
    houses = {h.agency.name_vi: h for h in (district.police, district.hospital, district.clinic)}
    houses["ctxh"] = district.social
    actors = {
        "congan": district.officer,
        "yte": district.nurse,
        "tram": district.other_nurse,
        "ctxh": district.worker,
    }
    db.rollback()
    db.begin_write()
    case_ids = [new_id() for _ in range(4)]
    for case_id in case_ids:
        db.session().add(row_of(district, case_id))
    db.session().flush()
    expected: set[tuple[str, UUID]] = set()
    for number, name, pending, ended in rows:
        db.session().add(grant_of(houses[name], case_ids[number], pending=pending, ended=ended))
        if not pending and not ended:
            expected.add((name, case_ids[number]))
    db.session().flush()
    for name, actor in actors.items():
        listed = {line.id for line in queries.visible_cases(actor).rows} & set(case_ids)
        single = {case_id for case_id in case_ids if sees(actor, case_id)}
        assert listed == single == {case_id for who, case_id in expected if who == name}
        assert set(queries.lines_of(actor, case_ids)) == listed
    db.rollback()


def row_of(district: District, case_id: UUID) -> CaseFile:
    return CaseFile(
        id=case_id,
        code=f"T{next(numbers)}",
        state="open",
        state_at=clock.now(),
        custodian_agency_id=district.police.id,
        custodian_circle_id=district.police.circle_id(),
        opened_at=clock.now(),
        updated_at=clock.now(),
    )


def grant_of(house, case_id: UUID, *, pending: bool, ended: bool) -> Grant:
    return Grant(
        id=new_id(),
        case_id=case_id,
        giver_circle_id=house.circle_id(),
        receiver_agency_id=house.id,
        receiver_circle_id=house.circle_id(),
        form="own",
        is_pending=pending,
        made_at=clock.now(),
        ended_at=clock.now() if ended else None,
    )


def test_paging_shows_each_case_once_while_new_ones_are_opened(district: District) -> None:
    worker = district.worker
    made = [case_of(worker, needs={"needs": ["shelter"]}).id for _ in range(7)]
    seen: list[UUID] = []
    cursor, pages = None, 0
    while True:
        page = queries.visible_cases(worker, cursor=cursor, size=2)
        seen += [line.id for line in page.rows]
        cursor, pages = page.next_cursor, pages + 1
        if cursor is None:
            break
        case_of(worker, needs={"needs": ["shelter"]})
    assert pages == 4
    assert seen == made[::-1]


def test_cases_opened_in_the_same_instant_are_not_lost_between_pages(district: District) -> None:
    worker = district.worker
    before = {line.id for line in queries.visible_cases(worker, size=200).rows}
    made = {case_of(worker, needs={}).id for _ in range(5)}
    db.rollback()
    db.begin_write()
    moment = clock.now()
    for case_id in made:
        db.session().get_one(CaseFile, case_id).opened_at = moment
    db.commit()
    seen: list[UUID] = []
    cursor = None
    while True:
        page = queries.visible_cases(worker, cursor=cursor, size=2)
        seen += [line.id for line in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == made | before


def test_a_list_of_one_state_holds_no_other(district: District) -> None:
    told = {
        "received_at": "2024-11-25T13:10:00Z",
        "channel": "in_person",
        "immediate_danger": "no",
    }
    with db.unit_of_work():
        report = cases.report_incident(district.officer, None, answers=told)
    found = queries.visible_cases(district.officer, states=["reported"]).rows
    assert {line.state for line in found} == {"reported"}
    assert report.id in {line.id for line in found}
    assert queries.visible_cases(district.officer, states=["closed"]).rows == []
    assert all(line.is_custodian for line in found)
