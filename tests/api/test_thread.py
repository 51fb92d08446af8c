"""The main thread over the API alone: each actor with keys of their own, on both engines."""

from datetime import timedelta

import pytest

from referral.kernel.clock import clock
from tests.api.conftest import REPORT, consent_for

SUMMARY = {"age_band": "25_39", "sex": "female", "reason": "Cần khám và điều trị trong ngày."}
FINDINGS = "bầm tím cẳng tay trái"
ADDRESS = "kiệt 12 đường Hoa Sim"


def _soon(**delta):
    return (clock.now() + timedelta(**delta)).isoformat()


def _day(days=0):
    return (clock.today() + timedelta(days=days)).isoformat()


def _sections(caller, case_id):
    return caller.get(f"/cases/{case_id}").json["sections"]


def _open(caller, case_id):
    return {s["kind"]: s["answers"] for s in _sections(caller, case_id) if s["status"] == "open"}


def _case(officer, **sections):
    """A report that became a case, with some sections."""
    case = officer.made("/reports", {"answers": REPORT})
    path = f"/cases/{case['id']}"
    officer.made(f"{path}/meeting")
    for kind, answers in sections.items():
        officer.made(f"{path}/sections", {"kind": kind, "answers": answers})
    return case


def _worker(caller):
    return caller.get("/sessions/current").json["member_id"]


def _accepted(receiver, referral):
    contact = {"worker_id": _worker(receiver), "first_contact_at": _soon(hours=2)}
    return receiver.made(f"/referrals/{referral['id']}/acceptance", contact)


def _sent(officer, case, circle_id, kinds, *, kind="service", urgency="p1"):
    body = {
        "kind": kind,
        "circle_id": str(circle_id),
        "urgency": urgency,
        "kinds": kinds,
        "summary": SUMMARY,
    }
    return officer.post(f"/cases/{case['id']}/referrals", body)


@pytest.fixture
def shared(officer, world):
    """A case whose incident and needs she agreed to share with the hospital."""
    case = _case(
        officer,
        identity={"spoken_name": "Hồ Thị Mây"},
        incident={"forms": ["physical"]},
        needs={"needs": ["health_care"]},
    )
    consent = consent_for(world.agencies["benhvien"], "incident", "needs")
    case["consent"] = officer.made(f"/cases/{case['id']}/consents", consent)["id"]
    return case


@pytest.mark.promise("refusal-names-what-is-missing")
def test_what_she_did_not_agree_to_is_refused_and_named(officer, world, shared):
    refused = _sent(officer, shared, world.circles["benhvien"], ["identity", "needs"])

    assert (refused.status_code, refused.json["type"]) == (403, "urn:problem:consent-missing")
    assert refused.json["missing"] == ["identity"]


@pytest.mark.promise("only-what-she-agreed")
@pytest.mark.promise("page-and-api-obey-one-rule")
def test_the_hospital_opens_what_was_agreed_and_after_withdrawal_only_its_own(
    officer, sign_in, world, shared
):
    nurse = sign_in("health_worker")
    referral = _sent(officer, shared, world.circles["benhvien"], ["incident", "needs"]).json
    waiting = nurse.get(f"/referrals/{referral['id']}").json
    assert (waiting["state"], waiting["summary"]["age_band"]) == ("sent", "25_39")
    assert nurse.get(f"/cases/{shared['id']}").status_code == 404

    assert _accepted(nurse, referral)["state"] == "accepted"
    assert set(_open(nurse, shared["id"])) == {"incident", "needs"}
    path = f"/cases/{shared['id']}/sections"
    medical = {"seen_at": _soon(), "findings": FINDINGS}
    nurse.made(path, {"kind": "medical", "answers": medical})
    served = {"kind": "health_care", "delivered_at": _soon()}
    nurse.made(path, {"kind": "service", "answers": served})
    assert nurse.made(f"/referrals/{referral['id']}/completion")["state"] == "completed"

    seen = officer.get(f"/cases/{shared['id']}")
    assert FINDINGS not in str(seen.json)
    assert officer.get(f"/referrals/{referral['id']}").json["state"] == "completed"

    officer.made(f"/cases/{shared['id']}/bases/{shared['consent']}/withdrawal")
    assert set(_open(nurse, shared["id"])) == {"medical", "service"}
    assert nurse.get(f"/cases/{shared['id']}/print").json["sections"] == _sections(
        nurse, shared["id"]
    )


def test_a_declined_referral_opens_nothing_and_comes_back_as_a_task(
    officer, sign_in, world, shared
):
    nurse = sign_in("health_worker")
    referral = _sent(officer, shared, world.circles["benhvien"], ["needs"]).json
    declined = nurse.made(f"/referrals/{referral['id']}/refusal", {"reason": "no_capacity"})

    assert declined["state"] == "declined"
    assert nurse.get(f"/cases/{shared['id']}").status_code == 404
    tasks = [t for t in officer.get("/tasks").json["items"] if t["case_id"] == shared["id"]]
    assert "find_another" in {t["kind"] for t in tasks}
    again = nurse.post(f"/referrals/{referral['id']}/acceptance", {
        "worker_id": _worker(nurse), "first_contact_at": _soon(hours=1)})  # fmt: skip
    assert again.status_code == 409


@pytest.mark.promise("shelter-place-stays-secret")
def test_a_bed_is_found_and_the_officer_never_learns_where(officer, sign_in, world):
    keeper, circle = sign_in("shelter_keeper"), str(world.circles["tamlanh"])
    site = keeper.made("/sites", {
        "circle_id": circle, "site_class": "secret", "kind": "host_home", "code_name": "Nhà Sim",
        "unit_codes": ["20050"], "details": {"address": ADDRESS}, "accepts": ["women"],
        "rooms": [{"name": "Phòng sau", "beds": ["trái"], "cots": ["nôi"]}],
    })  # fmt: skip
    keeper.made(f"/sites/{site['id']}/confirmation")
    case = _case(officer, needs={"needs": ["shelter"]})
    consent = {**consent_for(world.agencies["tamlanh"], "needs"), "purpose": "shelter"}
    officer.made(f"/cases/{case['id']}/consents", consent)
    referral = _sent(officer, case, circle, ["needs"], kind="shelter", urgency="p0").json
    _accepted(keeper, referral)
    board = keeper.get(f"/sites/{site['id']}/board").json
    beds = [bed["id"] for bed in board["rooms"][0]["beds"]]
    stay = keeper.made(f"/sites/{site['id']}/stays", {
        "bed_ids": beds, "from_on": _day(), "to_on": _day(3), "referral_id": referral["id"],
        "party": {"adults": 1, "children": 1},
    })["stay"]  # fmt: skip

    keeper.made(f"/stays/{stay['id']}/confirmation")
    assert officer.get(f"/referrals/{referral['id']}").json["state"] == "scheduled"
    arrived = keeper.made(f"/stays/{stay['id']}/arrival", {"at": _soon()})
    assert arrived["stay"]["state"] == "arrived"
    note = {"noted_at": _soon(), "kind": "well_being", "note": "ngủ được"}
    keeper.made(f"/stays/{stay['id']}/notes", {"answers": note})
    (kept,) = keeper.get(f"/stays/{stay['id']}").json["notes"]
    assert kept["answers"]["note"] == "ngủ được"
    left = keeper.made(f"/stays/{stay['id']}/departure", {"at": _soon(), "destination": "kin"})
    assert left["stay"]["guests"]["destination"] == "kin"

    told = [
        officer.get(path, **how).text
        for path, how in (
            (f"/referrals/{referral['id']}", {}),
            (f"/cases/{case['id']}", {}),
            ("/sites", {}),
            ("/stays", {}),
            ("/places", {"query_string": {"unit_code": "20050"}}),
        )
    ]
    assert ADDRESS in keeper.get(f"/sites/{site['id']}").json["details"].values()
    for hidden in (site["id"], site["code_name"], ADDRESS, stay["id"], *beds):
        assert hidden not in " ".join(told)
    assert officer.get(f"/sites/{site['id']}").status_code == 404
    assert officer.get(f"/stays/{stay['id']}").status_code == 404


@pytest.mark.promise("a-bed-is-given-once")
def test_a_bed_that_is_taken_is_named_by_its_code(officer, sign_in, world):
    keeper, circle = sign_in("shelter_keeper"), str(world.circles["tamlanh"])
    site = keeper.made("/sites", {
        "circle_id": circle, "site_class": "public", "kind": "commune_room", "code_name": "Nhà Mơ",
        "unit_codes": ["20050"], "rooms": [{"beds": ["1"]}],
    })  # fmt: skip
    (room,) = keeper.get(f"/sites/{site['id']}/board").json["rooms"]
    answers = []
    for _ in range(2):
        case = _case(officer, needs={"needs": ["shelter"]})
        consent = {**consent_for(world.agencies["tamlanh"], "needs"), "purpose": "shelter"}
        officer.made(f"/cases/{case['id']}/consents", consent)
        referral = _sent(officer, case, circle, ["needs"], kind="shelter").json
        _accepted(keeper, referral)
        answers.append(keeper.post(f"/sites/{site['id']}/stays", {
            "bed_ids": [room["beds"][0]["id"]], "from_on": _day(), "to_on": _day(1),
            "referral_id": referral["id"], "party": {"adults": 1},
        }))  # fmt: skip

    assert [a.status_code for a in answers] == [201, 409]
    assert answers[1].json["type"] == "urn:problem:place-taken"
    assert answers[1].json["place"] == room["beds"][0]["code"]


def test_custody_passes_to_a_social_worker_who_follows_up_and_closes(officer, sign_in, world):
    case = _case(officer, identity={"spoken_name": "Mây"}, needs={"needs": ["counselling"]})
    path = f"/cases/{case['id']}"
    social = sign_in("social_worker")
    referral = _sent(officer, case, world.circles["congtac"], [], kind="custody").json
    assert _accepted(social, referral)["state"] == "completed"
    assert {"identity", "needs"} <= set(_open(social, case["id"]))

    visit = {"met_on": _day(), "meeting": "phone", "next_on": _day(14)}
    task = social.made(f"{path}/follow-ups", {"answers": visit})
    assert (task["kind"], task["state"]) == ("follow_up", "open")
    assert task["id"] in {t["id"] for t in social.get("/tasks").json["items"]}
    assert officer.post(f"{path}/follow-ups", {"answers": visit}).status_code == 403

    closure = {"closed_on": _day(), "reason": "goals_met"}
    strange = {"answers": closure, "keeping": [case["id"]]}
    assert social.post(f"{path}/closure", strange).status_code == 422
    assert social.made(f"{path}/closure", {"answers": closure})["state"] == "closed"
    assert social.post(f"{path}/closure", {"answers": closure}).status_code == 409
    refused = _sent(social, case, world.circles["benhvien"], ["needs"])
    assert (refused.status_code, refused.json["type"]) == (409, "urn:problem:state-conflict")
    assert refused.json["state"] == "closed"


@pytest.mark.promise("danger-to-life-has-a-way")
def test_danger_to_life_carries_a_referral_without_consent(officer, world):
    case = _case(officer, incident={"forms": ["physical"]})
    circle = str(world.circles["benhvien"])
    assert _sent(officer, case, circle, ["incident"], urgency="p0").status_code == 403
    claim = {
        "kinds": ["incident"],
        "circle_id": circle,
        "reason": "danger_to_life",
        "account": "Bất tỉnh, cần cấp cứu ngay trong đêm.",
    }
    officer.made(f"/cases/{case['id']}/legal-bases", claim)

    assert _sent(officer, case, circle, ["incident"], urgency="p0").status_code == 201


@pytest.mark.parametrize(
    "engine_name",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)],
    indirect=True,
)
@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.promise("figures-without-cases")
def test_figures_are_shown_only_after_a_second_person_approved(officer, sign_in):
    for _ in range(2):
        _case(officer, incident={"forms": ["physical"], "unit": "20050"})
    statistician, approver = sign_in("statistician"), sign_in("approver")
    coordinator = sign_in("coordinator")
    edition = statistician.made("/editions", {"year": clock.today().year})
    path = f"/editions/{edition['id']}"

    assert edition["state"] == "draft"
    assert coordinator.get(path).status_code == 404
    assert statistician.post(f"{path}/approval").status_code == 403
    assert approver.made(f"{path}/approval")["state"] == "approved"
    assert coordinator.get(path).json["frozen"] == edition["frozen"]
    assert coordinator.get(path).json["is_verified"] is True
    sheet = coordinator.get(f"{path}/spreadsheet")
    assert sheet.data.startswith(b"PK")
    assert sheet.headers["Content-Disposition"].endswith(".xlsx")
    for keyless in (statistician, coordinator):
        assert keyless.get("/cases").status_code == 403


@pytest.mark.promise("every-opening-is-on-record")
def test_every_opening_is_in_the_chain_that_the_privacy_officer_reads(officer, sign_in, shared):
    officer.get(f"/cases/{shared['id']}")
    reader = sign_in("privacy_officer")

    assert officer.get("/audit-entries").status_code == 403
    entries = reader.get("/audit-entries").json["items"]
    assert ("cases.read_case", shared["id"], "done") in {
        (entry["operation"], entry["object_id"], entry["outcome"]) for entry in entries
    }
    assert reader.get(f"/cases/{shared['id']}").status_code == 404
    elsewhere = sign_in("auditor").get("/audit-entries").json["items"]
    assert shared["id"] not in str(elsewhere)
