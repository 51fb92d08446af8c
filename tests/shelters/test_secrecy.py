"""Who learns where. Asked through the queries, the operations, the rows and the raw keys."""

import pytest
from sqlalchemy import inspect, text

from referral.agencies.kinds import AgencyKind
from referral.kernel import clock, db
from referral.kernel.errors import (
    InvalidInput,
    KeysMissing,
    NotFound,
    NotPermitted,
    Unreadable,
)
from referral.referrals import queries as referrals
from referral.shelters import queries, service
from referral.shelters.model import Site, SiteBody, StayBody, StayNoteBody
from referral.shelters.sealed import unseal
from referral.vault.keys import keyring_of
from tests.shelters.refuge import ADDRESS, UNIT, in_days, register

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"])


@pytest.fixture
def stranger(refuge):
    """A keeper of another shelter of the same commune."""
    house = refuge.province.house("khac", AgencyKind.SHELTER, "shelter_keeper", unit=UNIT)
    return refuge.province.worker(house, "shelter_keeper")


@pytest.fixture
def outsiders(refuge, stranger):
    """Everybody who has no part in the house, its own administrator without a keeper's role too."""
    return [refuge.officer, stranger, refuge.province.actor(refuge.house.administrator)]


@pytest.mark.promise("shelter-place-stays-secret")
def test_no_query_gives_a_row_of_a_site_to_somebody_outside_its_circle(refuge, outsiders):
    stay = refuge.stay("P1-1")
    assert [site.id for site in queries.visible_sites(refuge.keeper)] == [refuge.site.id]
    assert queries.visible_stay(refuge.keeper, stay.id).id == stay.id
    for actor in outsiders:
        assert list(queries.visible_sites(actor)) == []
        assert queries.visible_stays(actor).rows == []
        assert queries.visible_stays(actor, site_id=refuge.site.id).rows == []
        for ask in (
            lambda actor=actor: queries.visible_site(actor, refuge.site.id),
            lambda actor=actor: queries.visible_stay(actor, stay.id),
            lambda actor=actor: queries.board(actor, refuge.site, in_days(0), 1),
        ):
            with pytest.raises(NotFound):
                ask()


@pytest.mark.promise("shelter-place-stays-secret")
def test_no_operation_opens_a_site_or_a_stay_outside_its_circle(refuge, outsiders):
    stay = refuge.stay("P1-1")
    for actor in outsiders:
        for attempt in (
            lambda actor=actor: service.read_site(actor, refuge.site),
            lambda actor=actor: service.read_stay(actor, stay),
            lambda actor=actor: service.confirm_places(actor, refuge.site),
            lambda actor=actor: service.write_stay_note(actor, stay, answers={}),
        ):
            with pytest.raises(NotPermitted), db.unit_of_work():
                attempt()


@pytest.mark.promise("shelter-place-stays-secret")
def test_the_sender_sees_that_a_place_was_found_and_no_trace_of_which(refuge):
    referral = refuge.asked()
    stay = refuge.hold("P1-1", referral_id=referral.id, case_id=referral.case_id)
    with db.unit_of_work():
        service.confirm_stay(refuge.keeper, stay)
    (line,) = referrals.outbox(refuge.officer).rows
    assert line.state == "scheduled"
    for secret in (refuge.site.code_name, str(refuge.site.id), str(stay.id), ADDRESS, "P1-1"):
        assert secret not in repr(line)


def test_the_body_of_a_site_and_of_a_stay_opens_with_the_circles_key_alone(refuge, stranger):
    stay = refuge.stay("P1-1")
    circle_id = refuge.site.circle_id
    bodies = [
        (refuge.site, db.session().get(SiteBody, refuge.site.id)),
        (stay, db.session().get(StayBody, stay.id)),
    ]
    for header, body in bodies:
        assert unseal(keyring_of(refuge.keeper), circle_id, header, body)
        for actor in (refuge.officer, stranger):
            with pytest.raises(KeysMissing):
                unseal(keyring_of(actor), circle_id, header, body)


def test_with_the_key_of_another_circle_nothing_opens(refuge, stranger):
    own_circle = next(iter(keyring_of(stranger).circle_ids))
    body = db.session().get(SiteBody, refuge.site.id)
    with pytest.raises(Unreadable):
        unseal(keyring_of(stranger), own_circle, refuge.site, body)


def test_bodies_that_were_exchanged_do_not_open(refuge):
    one, two = refuge.stay("P1-1"), refuge.stay("P2-1")
    body = db.session().get(StayBody, two.id)
    with pytest.raises(Unreadable):
        unseal(keyring_of(refuge.keeper), refuge.site.circle_id, one, body)


def _everything_in_clear() -> str:
    """Every value of every table, bytes as hexadecimal and as letters."""
    found = []
    for table in inspect(db.session().get_bind()).get_table_names():
        for row in db.session().execute(text(f'SELECT * FROM "{table}"')):
            for value in row:
                raw = bytes(value) if isinstance(value, bytes | memoryview) else b""
                found.append(raw.decode("utf-8", "replace") if raw else str(value))
    return "\n".join(found)


@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_the_tables_show_no_address_host_room_name_note_nor_whose_stay_it_is(refuge):
    referral = refuge.asked()
    stay = refuge.hold(
        "P1-1",
        referral_id=referral.id,
        case_id=referral.case_id,
        case_code="7QK-4MD",
        party={"adults": 1, "children": 0},
    )
    with db.unit_of_work():
        service.check_in(refuge.keeper, stay, at=clock.now(), answers={})
        service.write_stay_note(
            refuge.night_keeper,
            stay,
            answers={
                "noted_at": "2020-01-01T20:00:00Z",
                "kind": "well_being",
                "note": "Khóc nhiều",
            },
        )
    written = _everything_in_clear()
    assert refuge.site.code_name in written  # the scanner reads what stands in the clear
    for secret in (ADDRESS, "Hồ Thị Bướm", "0400111222", "Phòng Cúc", "Giường", "7QK-4MD", "Khóc"):
        assert secret not in written
    for table in ("site", "site_unit", "room", "bed", "stay", "claim", "stay_note"):
        rows = db.session().execute(text(f'SELECT * FROM "{table}"')).all()
        said = " ".join(str(value).replace("-", "") for row in rows for value in row)
        assert rows, table
        assert referral.id.hex not in said
        assert referral.case_id.hex not in said


def test_every_free_text_of_the_room_stands_in_a_body(refuge):
    refuge.stay("P1-1")
    bodies = {model.__tablename__ for model in (SiteBody, StayBody, StayNoteBody)}
    assert all(name.endswith("_body") for name in bodies)
    columns = {c.name for c in Site.__table__.columns}
    assert not columns & {"address", "phone", "host_name", "details", "title", "note"}


def test_a_site_is_registered_by_the_circle_that_will_work_it(refuge, stranger):
    for actor in (refuge.officer, stranger, refuge.night_keeper):
        with pytest.raises(NotPermitted):
            register(actor, refuge.house)
    assert register(refuge.keeper, refuge.house, code_name="Mai Vàng").agency_id == refuge.house.id


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"kind": "castle"}, "kind"),
        ({"site_class": "open"}, "site_class"),
        ({"code_name": "  "}, "code_name"),
        ({"units": []}, "unit_codes"),
        ({"rooms": []}, "rooms"),
        ({"rooms": [{"name": "Phòng trống", "beds": []}]}, "rooms"),
    ],
)
def test_a_site_that_cannot_be_taken_says_which_field(refuge, terms, field):
    with pytest.raises(InvalidInput) as refused:
        register(refuge.keeper, refuge.house, **terms)
    assert set(refused.value.fields) == {field}


def test_the_keeper_reads_back_what_was_registered(refuge):
    with db.unit_of_work():
        opened = service.read_site(refuge.keeper, refuge.site)
    assert opened.details["address"] == ADDRESS
    assert opened.accepts == ("children", "women")
    assert "Giường cửa sổ" in opened.names.values()
