"""Agencies, circles and members over the API."""

import secrets
from uuid import uuid4

import pytest

from referral.accounts import service as accounts
from referral.kernel import db
from tests.api.conftest import consent_for, new_key, open_case
from tests.factories.province import PASSPHRASE


def _agency(name):
    return {
        "kind": "health_facility",
        "name_vi": name,
        "name_en": name,
        "unit_code": "20050",
        "unit_valid_from": "2021-07-01",
        "valid_from": "2021-07-01",
    }


@pytest.fixture
def name():
    return f"u{secrets.token_hex(4)}"


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_a_new_agency_takes_no_part_before_the_root_has_signed(sign_in, officer, name):
    operator = sign_in("system_administrator")
    agency = operator.made("/agencies", _agency(name), headers=new_key())
    path = f"/agencies/{agency['id']}"
    invited = operator.made(f"{path}/administrator", {"username": name, "display_name": "Hoa"})

    assert agency["state"] == "listed"
    asked = {"name": name.upper(), "state": "pending"}
    assert [row["id"] for row in operator.get("/agencies", query_string=asked).json["items"]] == [
        agency["id"]
    ]
    assert operator.get("/agencies", query_string={"cursor": "x"}).status_code == 422
    assert invited["member"]["role"] == "agency_administrator"
    assert len(invited["code"].replace("-", "")) == 20
    assert operator.get(path).json["state"] == "pending"
    assert officer.get(path).status_code == 404
    assert agency["id"] not in officer.get("/agencies").text
    assert agency["id"] not in officer.get("/recipients").text
    again = operator.post(f"{path}/administrator", {"username": f"{name}2", "display_name": "H"})
    assert again.status_code == 409


@pytest.mark.promise("keys-belong-to-people")
def test_who_runs_the_system_opens_neither_case_nor_figure(sign_in, officer):
    case = open_case(officer)
    operator = sign_in("system_administrator")

    assert operator.get("/cases").status_code == 403
    assert operator.get("/editions").json["items"] == []
    assert operator.get(f"/cases/{case['id']}").status_code == 404
    assert operator.post("/editions", {"year": 2024}).status_code == 403
    assert officer.post("/agencies", _agency("x")).status_code == 403


@pytest.mark.promise("only-what-she-agreed")
def test_who_manages_members_reads_no_case_of_the_agency(sign_in, officer):
    case = open_case(officer)
    administrator = sign_in("congan.admin")

    assert administrator.get("/cases").status_code == 403
    assert administrator.get(f"/cases/{case['id']}").status_code in {403, 404}
    assert administrator.get(f"/cases/{case['id']}/bases").status_code in {403, 404}


def test_a_colleague_is_invited_confirmed_and_admitted(app, world, sign_in, name):
    administrator = sign_in("benhvien.admin")
    body = {"username": name, "display_name": "Nguyễn Thị Hoa", "role": "health_worker"}
    invited = administrator.made("/members", body)
    path = f"/members/{invited['member']['id']}"
    assert administrator.post("/members", body).json["errors"].keys() == {"username"}
    with app.app_context(), db.unit_of_work():
        accounts.enrol(name, invited["code"], PASSPHRASE)
    world.users[name] = name
    assert sign_in(name).get("/sessions/current").json["permissions"] == []

    for role in ("police_officer", "statistician", "system_administrator"):
        refused = administrator.post("/members", body | {"username": f"{name}.x", "role": role})
        assert refused.status_code == 422
        assert refused.json["errors"].keys() == {"role"}

    digits = administrator.get(path).json["fingerprint"]
    assert administrator.post(f"{path}/confirmation", {"fingerprint": "0"}).status_code == 403
    confirmed = administrator.made(f"{path}/confirmation", {"fingerprint": digits})
    assert confirmed["state"] == "active"
    circle = f"/circles/{world.circles['benhvien']}/members"
    admitted = administrator.post(circle, {"member_id": confirmed["id"]})
    assert admitted.status_code == 204
    assert sign_in(name).post("/cases", {"sections": {"needs": {}}}).status_code == 201


def test_only_colleagues_are_shown_and_admitted(world, sign_in, officer):
    administrator = sign_in("benhvien.admin")
    stranger = officer.get("/sessions/current").json["member_id"]
    circle = f"/circles/{world.circles['benhvien']}/members"

    assert administrator.get(f"/members/{stranger}").status_code == 404
    assert administrator.post(circle, {"member_id": stranger}).status_code == 404
    assert administrator.post(circle, {"member_id": str(uuid4())}).status_code == 404
    own, other = world.agencies["benhvien"], world.agencies["congan"]
    assert administrator.get(f"/agencies/{own}/circles").json["items"]
    assert administrator.get(f"/agencies/{other}/circles").status_code == 404
    assert officer.post(circle, {"member_id": stranger}).status_code == 404


WHOLE = {"id", "agency_id", "display_name", "role", "username", "state", "state_at"}
CHOSEN = {"id", "agency_id", "display_name", "role"}


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_members_are_listed_to_who_has_to_do_with_them_and_user_names_to_administrators(
    sign_in, officer
):
    listed = sign_in("congan.admin").get("/members").json["items"]
    assert {frozenset(row) for row in listed} == {frozenset(WHOLE)}
    me = officer.get("/sessions/current").json["member_id"]
    for row in officer.get("/members").json["items"]:
        alone = officer.get(f"/members/{row['id']}").json
        assert set(row) == (WHOLE if row["id"] == me else CHOSEN)
        assert alone.keys() - row.keys() == ({"fingerprint"} if row["id"] == me else set())
        assert alone | row == alone
    everybody = {row["id"] for row in listed if row["state"] == "active"}
    assert {row["id"] for row in officer.get("/members").json["items"]} == everybody
    for role in ("privacy_officer", "auditor", "coordinator", "statistician"):
        reader = sign_in(role)
        (self_alone,) = reader.get("/members").json["items"]
        assert self_alone["role"] == role
    assert sign_in("privacy_officer").get(f"/members/{me}").status_code == 404


@pytest.mark.promise("page-and-api-obey-one-rule")
def test_who_may_be_named_for_a_referral_is_listed_to_who_has_it(world, sign_in, officer):
    nurse, case = sign_in("health_worker"), open_case(officer)
    officer.made(f"/cases/{case['id']}/consents", consent_for(world.agencies["benhvien"], "needs"))
    asked = {"circle_id": str(world.circles["benhvien"]), "kind": "service", "urgency": "p1"}
    sent = officer.made(
        f"/cases/{case['id']}/referrals",
        asked | {"kinds": ["needs"], "summary": {"reason": "Cần khám trong ngày."}},
    )
    path = f"/referrals/{sent['id']}/workers"
    (worker, *_) = nurse.get(path).json["items"]
    assert set(worker) == CHOSEN
    names = {row["display_name"] for row in nurse.get(path).json["items"]}
    assert world.users["health_worker"] in names
    assert world.users["benhvien.admin"] not in names
    assert officer.get(path).json["items"] == []
    assert sign_in("social_worker").get(path).status_code == 404


def test_a_shelter_circle_receives_under_its_code_name(world, officer):
    query = {"purpose": "shelter", "unit_code": "20050"}
    found = officer.get("/recipients", query_string=query).json["items"]

    assert str(world.circles["tamlanh"]) in {each["circle_id"] for each in found}
    assert {each["name_vi"] for each in found} & {"tamlanh shelter"}


@pytest.fixture
def colleague(app, world, sign_in, name):
    """A new colleague of the hospital, admitted to its circle."""
    administrator = sign_in("benhvien.admin")
    body = {"username": name, "display_name": "Nguyễn Thị Hoa", "role": "health_worker"}
    invited = administrator.made("/members", body)
    with app.app_context(), db.unit_of_work():
        accounts.enrol(name, invited["code"], PASSPHRASE)
    world.users[name] = name
    path = f"/members/{invited['member']['id']}"
    digits = administrator.get(path).json["fingerprint"]
    administrator.made(f"{path}/confirmation", {"fingerprint": digits})
    circle = f"/circles/{world.circles['benhvien']}/members"
    assert administrator.post(circle, {"member_id": invited["member"]["id"]}).status_code == 204
    return path


@pytest.mark.promise("keys-belong-to-people")
def test_roles_are_changed_from_the_version_that_was_read(sign_in, name, colleague):
    administrator, nurse = sign_in("benhvien.admin"), sign_in(name)
    assert nurse.get("/cases").status_code == 200
    shown = administrator.get(colleague)
    path, roles = f"{colleague}/roles", {"roles": ["duty_officer", "privacy_officer"]}
    read = {"If-Match": shown.headers["ETag"]}

    assert administrator.put(path, roles).status_code == 428
    assert administrator.put(path, roles, headers={"If-Match": f'"{uuid4()}-2"'}).status_code == 412
    assert nurse.put(path, roles, headers=read).status_code == 403
    assert sign_in("congan.admin").put(path, roles, headers=read).status_code == 404
    for wrong in ({"roles": []}, {"roles": ["king"]}, {"roles": ["police_officer"]}, {}):
        assert administrator.put(path, wrong, headers=read).status_code == 422
    changed = administrator.put(path, roles, headers=read)
    assert (changed.status_code, changed.json["role"]) == (200, "privacy_officer+duty_officer")
    assert changed.headers["ETag"] == administrator.get(colleague).headers["ETag"]
    assert administrator.put(path, roles, headers=read).status_code == 412

    assert nurse.get("/cases").status_code == 401
    assert sign_in(name).get("/cases").status_code == 403
