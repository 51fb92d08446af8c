"""The good request of every route of the API."""

from tests.sweeps.asks import Ask, Objects, day, moment

ANSWERS = {"needs": ["health_care"]}
REPORT = {"received_at": "2024-11-25T12:00:00Z", "channel": "in_person", "immediate_danger": "yes"}
SUMMARY = {"age_band": "25_39", "sex": "female", "reason": "Cần khám và điều trị trong ngày."}
GIVEN = {"given_by": "survivor", "how": ["written"]}
PLACE = {"place": "needs"}


def _consent(o: Objects) -> dict[str, object]:
    return {
        "kinds": ["needs"],
        "purpose": "support",
        "expires_at": moment(days=90),
        "agency_id": o["recipient_agency"],
        "answers": GIVEN,
    }


def _claim(o: Objects) -> dict[str, object]:
    account = "Bất tỉnh, cần cấp cứu ngay trong đêm."
    about = {"kinds": ["needs"], "reason": "danger_to_life", "account": account}
    return {**about, "circle_id": o["recipient_circle"]}


def _send(o: Objects) -> dict[str, object]:
    asked = {"kind": "service", "urgency": "p1", "kinds": ["needs"], "summary": SUMMARY}
    return {**asked, "circle_id": o["recipient_circle"]}


def _agency(_o: Objects) -> dict[str, object]:
    names = {"kind": "school", "name_vi": "Trường mới", "name_en": "New school"}
    where = {"unit_code": "20050", "unit_valid_from": "2021-07-01", "valid_from": day()}
    return {**names, **where}


def _circle(_o: Objects) -> dict[str, object]:
    return {"purpose": "cases", "name_vi": "Tổ ba", "name_en": "Third team"}


def _site(o: Objects) -> dict[str, object]:
    return {
        "circle_id": o["shelter_circle"],
        "site_class": "public",
        "kind": "commune_room",
        "code_name": "Nhà Sim",
        "unit_codes": ["20050"],
        "rooms": [{"name": "Phòng sau", "beds": ["trái"]}],
    }


def _hold(o: Objects) -> dict[str, object]:
    nights = {"from_on": day(), "to_on": day(3)}
    party = {"adults": 1, "children": 0}
    about = {"bed_ids": [o["free_bed"]], "referral_id": o["unplaced_referral"]}
    return {**nights, **about, "party": party}


def _block(o: Objects) -> dict[str, object]:
    return {"bed_id": o["free_bed"], "from_on": day(), "to_on": day(2)}


def _accept(o: Objects) -> dict[str, object]:
    return {"worker_id": o["nurse"], "first_contact_at": moment(hours=1)}


def _visit(_o: Objects) -> dict[str, object]:
    return {"answers": {"met_on": day(), "meeting": "phone", "next_on": day(14)}}


def _note(_o: Objects) -> dict[str, object]:
    return {"answers": {"noted_at": moment(), "kind": "well_being", "note": "ngủ được"}}


OFFICER = "police_officer"
NURSE = "health_worker"
KEEPER = "shelter_keeper"
SOCIAL = "social_worker"
ADMIN = "agency_administrator"
SYSTEM = "system_administrator"
HANDED = {"case_id": "handed_case"}
ENDED = {"case_id": "ended_case"}
AGAIN = {"reason": "needs_again", "asked_by": "survivor"}
UNSIGNED = {"basis_id": "unsigned_basis"}
PAPER = {"section_id": "paper_section"}
ACCEPTED = {"referral_id": "accepted_referral"}
OPENING = {"site_id": "closed_site"}
CLOSING = {"site_id": "empty_site"}
CONFIRMED = {"stay_id": "confirmed_stay"}
ARRIVED = {"stay_id": "arrived_stay"}

API = {
    "DELETE api_forms.discard_draft": Ask(query=PLACE),
    "DELETE api_sessions.sign_out": Ask(),
    "GET api-docs.openapi_json": Ask(),
    "GET api_accounts.list_members": Ask(ADMIN),
    "GET api_accounts.show_member": Ask(ADMIN),
    "GET api_agencies.list_agencies": Ask(SYSTEM),
    "GET api_agencies.list_circles": Ask(ADMIN),
    "GET api_agencies.list_recipients": Ask(),
    "GET api_agencies.show_agency": Ask(SYSTEM),
    "GET api_audit.list_entries": Ask("auditor"),
    "GET api_bases.list_bases": Ask(),
    "GET api_cases.list_cases": Ask(),
    "GET api_cases.list_openings": Ask(),
    "GET api_cases.print_case": Ask(),
    "GET api_cases.show_case": Ask(),
    "GET api_followup.list_notices": Ask(),
    "GET api_followup.list_tasks": Ask(),
    "GET api_forms.list_drafts": Ask(),
    "GET api_forms.list_forms": Ask(),
    "GET api_forms.read_draft": Ask(query=PLACE),
    "GET api_forms.show_form": Ask(),
    "GET api_referrals.list_referrals": Ask(NURSE),
    "GET api_referrals.list_referrals_of_case": Ask(),
    "GET api_referrals.list_workers": Ask(NURSE),
    "GET api_referrals.show_referral": Ask(NURSE),
    "GET api_reporting.export_edition": Ask("coordinator", {"edition_id": "approved_edition"}),
    "GET api_reporting.list_editions": Ask("coordinator"),
    "GET api_reporting.show_edition": Ask("statistician"),
    "GET api_sections.list_revisions": Ask(),
    "GET api_sections.show_section": Ask(),
    "GET api_sessions.show_session": Ask(),
    "GET api_shelters.list_places": Ask(query={"unit_code": "20050"}),
    "GET api_shelters.list_sites": Ask(KEEPER),
    "GET api_shelters.list_stays": Ask(KEEPER),
    "GET api_shelters.show_board": Ask(KEEPER),
    "GET api_shelters.show_site": Ask(KEEPER),
    "GET api_shelters.show_stay": Ask(KEEPER),
    "POST api_accounts.confirm_member": Ask(
        ADMIN, {"member_id": "newcomer"}, lambda o: {"fingerprint": o["newcomer_code"]}
    ),
    "POST api_accounts.invite_member": Ask(
        ADMIN,
        body={"username": "ca.them", "display_name": "Thêm người", "role": "police_officer"},
    ),
    "POST api_accounts.remove_member": Ask(ADMIN),
    "POST api_agencies.admit_to_circle": Ask(ADMIN, body=lambda o: {"member_id": o["idle"]}),
    "POST api_agencies.create_agency": Ask(SYSTEM, body=_agency),
    "POST api_agencies.invite_administrator": Ask(
        SYSTEM,
        {"agency_id": "listed_agency"},
        {"username": "truong.dau", "display_name": "Người đầu"},
    ),
    "POST api_agencies.make_circle": Ask(ADMIN, body=_circle),
    "POST api_bases.claim_legal_basis": Ask(body=_claim),
    "POST api_bases.cosign_basis": Ask("supervisor", UNSIGNED),
    "POST api_bases.record_consent": Ask(body=_consent),
    "POST api_bases.withdraw_consent": Ask(),
    "POST api_cases.close_case": Ask(
        SOCIAL, HANDED, lambda _o: {"answers": {"closed_on": day(), "reason": "goals_met"}}
    ),
    "POST api_cases.meet_survivor": Ask(ids={"case_id": "reported_case"}),
    "POST api_cases.open_case": Ask(body={"sections": {"needs": ANSWERS}}),
    "POST api_cases.reopen_case": Ask(
        SOCIAL, ENDED, lambda _o: {"answers": AGAIN | {"next_on": day()}}
    ),
    "POST api_cases.report_incident": Ask(body={"answers": REPORT}),
    "POST api_cases.search_cases": Ask(body={"words": "huong"}),
    "POST api_followup.complete_task": Ask(),
    "POST api_followup.read_notice": Ask(),
    "POST api_followup.record_follow_up": Ask(SOCIAL, HANDED, _visit),
    "POST api_referrals.accept_referral": Ask(NURSE, body=_accept),
    "POST api_referrals.cancel_referral": Ask(),
    "POST api_referrals.complete_referral": Ask(NURSE, ACCEPTED),
    "POST api_referrals.decline_referral": Ask(NURSE, body={"reason": "no_capacity"}),
    "POST api_referrals.send_referral": Ask(body=_send),
    "POST api_referrals.start_service": Ask(NURSE, ACCEPTED),
    "POST api_reporting.approve_edition": Ask("approver"),
    "POST api_reporting.freeze_edition": Ask("statistician", body=lambda _o: {"year": 2024}),
    "POST api_reporting.reject_edition": Ask("approver"),
    "POST api_sections.begin_section": Ask(
        body={
            "kind": "service",
            "answers": {"kind": "counselling", "delivered_at": REPORT["received_at"]},
        }
    ),
    "POST api_sections.destroy_paper": Ask(ids=PAPER, body=lambda _o: {"destroyed_on": day()}),
    "POST api_sessions.sign_in": Ask(
        body=lambda o: {"username": "ca.police_officer", "passphrase": o["passphrase"]}
    ),
    "POST api_shelters.block_bed": Ask(KEEPER, body=_block),
    "POST api_shelters.check_in": Ask(KEEPER, CONFIRMED, lambda _o: {"at": moment()}),
    "POST api_shelters.check_out": Ask(
        KEEPER, ARRIVED, lambda _o: {"at": moment(), "destination": "kin"}
    ),
    "POST api_shelters.close_site": Ask(KEEPER, CLOSING),
    "POST api_shelters.confirm_places": Ask(KEEPER),
    "POST api_shelters.confirm_stay": Ask(KEEPER),
    "POST api_shelters.hold_beds": Ask(KEEPER, body=_hold),
    "POST api_shelters.open_site": Ask(KEEPER, OPENING),
    "POST api_shelters.register_site": Ask(KEEPER, body=_site),
    "POST api_shelters.release_stay": Ask(KEEPER),
    "POST api_shelters.unblock_bed": Ask(KEEPER, body=lambda o: {"bed_id": o["bed_id"]}),
    "POST api_shelters.write_stay_note": Ask("night_keeper", body=_note),
    "PUT api_accounts.change_roles": Ask(
        ADMIN,
        body={"roles": ["duty_officer"]},
        headers=lambda o: {"If-Match": f'"{o["member_id"]}-{o["member_version"]}"'},
    ),
    "PUT api_forms.save_draft": Ask(query=PLACE, body={"typed": {"other_needs": ["sữa"]}}),
    "PUT api_sections.revise_section": Ask(
        body={"kind": "needs", "answers": ANSWERS},
        headers=lambda o: {"If-Match": f'"{o["section_id"]}-1"'},
    ),
}
