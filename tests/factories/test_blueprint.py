"""Houses are built once, and what one test does in its copy reaches no other."""

from contextlib import ExitStack

from sqlalchemy import select

from referral.agencies.model import Agency
from referral.kernel import db
from tests.factories.blueprint import Plan, built
from tests.factories.installation import installation, stand

PLANS = (Plan("congan", "commune_police", ("police_officer",)),)


def test_what_is_written_in_one_copy_is_in_no_other(engine_name, run_folder, tmp_path):
    folders = [tmp_path / name for name in "ab"]
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(stand(engine_name, run_folder, folder, PLANS)) for folder in folders
        )
        told = []
        for home, name in ((first, "đổi tên"), (second, "")):
            with home.app.app_context(), db.unit_of_work():
                row = db.session().scalars(select(Agency)).one()
                told.append(row.name_vi)
                row.name_vi = name or row.name_vi
        assert told == ["congan", "congan"]


def test_members_of_a_copy_hold_the_keys_that_were_built(engine_name, run_folder, tmp_path):
    with installation(engine_name, run_folder, tmp_path / "a", PLANS) as home:
        house = home.province.houses["congan"]
        officer, boss = (
            home.province.actor(name)
            for name in (house.users["police_officer"], house.administrator)
        )
        assert officer.member_id != boss.member_id
        assert officer.agency_id == boss.agency_id == house.id


def test_houses_are_built_once_a_run_and_others_apart(engine_name, run_folder):
    once = built(engine_name, run_folder, PLANS, with_factor=False)
    assert built(engine_name, run_folder, PLANS, with_factor=False) == once
    other = (Plan("congan", "commune_police", ("supervisor",)),)
    assert built(engine_name, run_folder, other, with_factor=False).url != once.url
