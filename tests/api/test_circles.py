"""Named circles, moves and conflicts of interest over the API."""

from uuid import uuid4

import pytest

from tests.api.conftest import new_key, open_case


@pytest.mark.promise("named-circle-by-key")
def test_a_case_goes_to_a_named_circle_and_nobody_else_finds_it(world, sign_in, officer):
    administrator, supervisor = sign_in("congan.admin"), sign_in("supervisor")
    member_id = officer.get("/sessions/current").json["member_id"]
    case = open_case(officer)
    path = f"/agencies/{world.agencies['congan']}/named-circles"
    key = new_key()
    circle = administrator.made(path, {"member_ids": [member_id]}, headers=key)
    assert administrator.made(path, {"member_ids": [member_id]}, headers=key)["id"] == circle["id"]
    assert circle["is_named"]
    assert supervisor.post(path, {"member_ids": [str(uuid4())]}).status_code == 422
    assert officer.post(path, {"member_ids": [member_id]}).status_code == 403

    move = f"/cases/{case['id']}/circle"
    assert supervisor.get(f"/cases/{case['id']}").status_code == 200
    assert officer.post(move, {"circle_id": str(uuid4())}).status_code == 422
    assert officer.post(move, {"circle_id": circle["id"]}).status_code == 204
    assert officer.get(f"/cases/{case['id']}").json["is_verified"]
    assert supervisor.get(f"/cases/{case['id']}").status_code == 404
    assert case["id"] not in supervisor.get("/cases").text
    assert circle["id"] not in sign_in("health_worker").get("/recipients").text

    chief = supervisor.get("/sessions/current").json["member_id"]
    admit = f"/circles/{circle['id']}/members"
    assert administrator.post(admit, {"member_id": chief}).status_code == 403
    assert officer.post(admit, {"member_id": chief}).status_code == 204
    assert supervisor.get(f"/cases/{case['id']}").status_code == 200


@pytest.mark.promise("named-circle-by-key")
def test_a_named_circle_is_listed_to_those_in_it_and_who_make_such_circles(world, sign_in, officer):
    administrator, supervisor = sign_in("congan.admin"), sign_in("supervisor")
    chief = supervisor.get("/sessions/current").json["member_id"]
    agency = f"/agencies/{world.agencies['congan']}"
    circle = administrator.made(f"{agency}/named-circles", {"member_ids": [chief]})
    everybodys = str(world.circles["congan"])

    def listed(caller):
        return {row["id"] for row in caller.get(f"{agency}/circles").json["items"]}

    for inside in (administrator, supervisor):
        assert {circle["id"], everybodys} <= listed(inside)
        assert circle["id"] in inside.get("/succession").text
    privacy = sign_in("privacy_officer")
    for outside in (officer, privacy):
        assert everybodys in listed(outside)
        assert circle["id"] not in listed(outside)
        assert circle["id"] not in outside.get("/succession").text
    admit = f"/circles/{circle['id']}/members"
    assert officer.post(admit, {"member_id": chief}).status_code == 404


@pytest.mark.promise("conflict-of-interest-left-out")
def test_a_conflict_of_interest_is_declared_and_takes_effect_at_once(sign_in, officer):
    supervisor = sign_in("supervisor")
    case = open_case(officer)
    path = f"/cases/{case['id']}/conflicts"
    mine = {"member_id": officer.get("/sessions/current").json["member_id"]}
    assert officer.post(path, mine).json["errors"].keys() == {"relation"}
    assert officer.post(path, mine | {"relation": "invented"}).status_code == 422
    assert officer.get(f"/cases/{case['id']}").status_code == 200
    assert officer.post(path, mine | {"relation": "is_perpetrator"}).status_code == 204
    assert officer.get(f"/cases/{case['id']}").status_code == 404
    seen = supervisor.get(f"/cases/{case['id']}").json
    assert {s["kind"]: s["answers"] for s in seen["sections"]}["conflict"]["relation"]
