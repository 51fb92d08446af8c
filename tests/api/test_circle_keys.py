"""The keys of a circle over the API."""

from tests.api.conftest import open_case


def test_rounds_carry_a_circle_to_its_newest_key(sign_in, officer):
    open_case(officer)
    boss = sign_in("congan.admin")
    agency = boss.get("/sessions/current").json["agency_id"]
    (circle,) = [
        row
        for row in boss.get(f"/agencies/{agency}/circles").json["items"]
        if row["purpose"] == "cases"
    ]
    path = f"/circles/{circle['id']}/keys"

    report = boss.made(f"{path}/renewal", {})
    assert report["oldest"] < report["generation"]
    assert report["behind"] > 0
    assert boss.post(f"{path}/end", {}).status_code == 409
    after, carried = "", 0
    while True:
        done = officer.made(f"{path}/rounds", {"after": after})
        carried, after = carried + done["carried"], done["after"]
        if not after:
            break
    assert carried == report["behind"]
    assert boss.made(f"{path}/end", {})["oldest"] == report["generation"]
    assert boss.made(f"{path}/share", {}) == {"given": 0}
    assert officer.post(f"{path}/rounds", {"after": "x"}).status_code == 422
