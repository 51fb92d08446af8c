"""The good request of every page and form."""

from tests.sweeps.asks import Ask, Objects, typed_day, typed_moment
from tests.sweeps.asks_api import (
    ACCEPTED,
    ADMIN,
    AGAIN,
    ARRIVED,
    CLOSING,
    CONFIRMED,
    ENDED,
    HANDED,
    KEEPER,
    NURSE,
    OPENING,
    PAPER,
    SOCIAL,
    SYSTEM,
    UNSIGNED,
)

APPROVED = {"edition_id": "approved_edition"}
UNPLACED = {"referral_id": "unplaced_referral"}
NEWCOMER = {"member_id": "newcomer"}
LISTED = {"agency_id": "listed_agency"}
Form = dict[str, object]


def _report(_o: Objects) -> Form:
    said = {"channel": "in_person", "immediate_danger": "yes"}
    return {**said, **typed_moment("received_at", hours=-1)}


def _consent(o: Objects) -> Form:
    return {
        "recipient": f"agency:{o['recipient_agency']}",
        "kinds": ["needs"],
        "purpose": "support",
        "expires_at": typed_day(90),
        "given_by": "survivor",
        "how": ["written"],
    }


def _claim(o: Objects) -> Form:
    return {
        "recipient": f"agency:{o['recipient_agency']}",
        "kinds": ["needs"],
        "reason": "danger_to_life",
        "account": "Bất tỉnh, cần cấp cứu ngay trong đêm.",
    }


def _to_whom(o: Objects) -> Form:
    return {"recipient": f"service:{o['recipient_circle']}"}


def _how_soon(o: Objects) -> Form:
    return {**_to_whom(o), "urgency": "p1"}


def _why(_o: Objects) -> Form:
    """Recipient and urgency stand in the draft, which the first sending drops."""
    return {"s-reason": "Cần khám trong đêm."}


def _accept(o: Objects) -> Form:
    return {"worker_id": o["nurse"], **typed_moment("first_contact_at", hours=1)}


def _hold(o: Objects) -> Form:
    nights = {"from_on": typed_day(), "to_on": typed_day(3), "adults": "1", "children": "0"}
    return {**nights, "beds": [f"{o['site_id']}:{o['free_bed']}"]}


def _block(o: Objects) -> Form:
    return {"bed_id": o["free_bed"], "from_on": typed_day(), "to_on": typed_day(2)}


def _site(o: Objects) -> Form:
    return {
        "circle_id": o["shelter_circle"],
        "site_class": "public",
        "kind": "commune_room",
        "code_name": "Nhà Sim",
        "unit_codes": ["20050"],
        "beds-1": "trái, phải",
    }


def _visit(_o: Objects) -> Form:
    return {"met_on": typed_day(), "meeting": "phone", "next_on": typed_day(14)}


def _note(_o: Objects) -> Form:
    return {"kind": "well_being", "note": "ngủ được", **typed_moment("noted_at", minutes=-5)}


def _agency(_o: Objects) -> Form:
    names = {"kind": "school", "name_vi": "Trường mới", "name_en": "New school"}
    return {**names, "unit_code": "20050", "valid_from": typed_day()}


CIRCLE = {"purpose": "cases", "name_vi": "Tổ ba", "name_en": "Third team"}
CLOSURE = {"reason": "goals_met"}
PERSON = {"username": "them.nguoi", "display_name": "Thêm người"}

OTHER_ROLES = {"roles": ["duty_officer"]}

PAGES = {
    "GET accounts.change_roles": Ask(ADMIN),
    "GET accounts.confirm_member": Ask(ADMIN, NEWCOMER),
    "GET accounts.enrol": Ask(),
    "GET accounts.invite_member": Ask(ADMIN),
    "GET accounts.list_members": Ask(ADMIN),
    "GET accounts.remove_member": Ask(ADMIN),
    "GET accounts.sign_in": Ask(),
    "GET agencies.create_agency": Ask(SYSTEM),
    "GET agencies.invite_administrator": Ask(SYSTEM, LISTED),
    "GET agencies.list_agencies": Ask(SYSTEM),
    "GET audit.show_head": Ask("auditor"),
    "GET audit.show_trail": Ask("auditor"),
    "GET cases.claim_legal_basis": Ask(),
    "GET cases.close_case": Ask(SOCIAL, HANDED),
    "GET cases.cosign_basis": Ask("supervisor", UNSIGNED),
    "GET cases.destroy_paper": Ask(ids=PAPER),
    "GET cases.list_cases": Ask(),
    "GET cases.list_openings": Ask(),
    "GET cases.print_case": Ask(),
    "GET cases.print_openings": Ask(),
    "GET cases.record_consent": Ask(),
    "GET cases.reopen_case": Ask(SOCIAL, ENDED),
    "GET cases.report_incident": Ask(),
    "GET cases.search_cases": Ask(),
    "GET cases.show_case": Ask(),
    "GET cases.withdraw_consent": Ask(),
    "GET cases.show_history": Ask(),
    "GET cases.write_section": Ask(),
    "GET followup.record_follow_up": Ask(SOCIAL, HANDED),
    "GET forms.list_forms": Ask(ADMIN),
    "GET forms.preview_form": Ask(ADMIN),
    "GET forms.print_sheet": Ask(),
    "GET frame.show_exit": Ask(),
    "GET health.healthz": Ask(),
    "GET health.readyz": Ask(),
    "GET notices.list_notices": Ask(),
    "GET referrals.send_referral 1": Ask(),
    "GET referrals.send_referral 2": Ask(),
    "GET referrals.send_referral 3": Ask(),
    "GET referrals.show_inbox": Ask(NURSE),
    "GET referrals.show_referral": Ask(NURSE),
    "GET reporting.export_edition": Ask("coordinator", APPROVED),
    "GET reporting.list_editions": Ask("coordinator"),
    "GET reporting.show_chart": Ask("statistician"),
    "GET reporting.show_edition": Ask("statistician"),
    "GET shelters.hold_beds": Ask(KEEPER, UNPLACED),
    "GET shelters.register_site": Ask(KEEPER),
    "GET shelters.show_board": Ask(KEEPER),
    "GET shelters.show_site": Ask(KEEPER),
    "GET shelters.show_stay": Ask(KEEPER),
    "GET today.show_today": Ask(),
    "POST accounts.admit_member": Ask(
        ADMIN, {"member_id": "idle"}, lambda o: {"circles": [o["circle_id"]]}
    ),
    "POST accounts.change_roles": Ask(
        ADMIN, body=lambda o: {**OTHER_ROLES, "version": o["member_version"]}
    ),
    "POST accounts.confirm_member": Ask(
        ADMIN, NEWCOMER, lambda o: {"fingerprint": o["newcomer_code"]}
    ),
    "POST accounts.enrol": Ask(
        body=lambda o: {
            "username": "ca.duocmoi",
            "code": o["invitation"],
            "passphrase": o["passphrase"],
            "again": o["passphrase"],
        }
    ),
    "POST accounts.invite_member": Ask(ADMIN, body={**PERSON, "role": "police_officer"}),
    "POST accounts.make_circle": Ask(ADMIN, body=CIRCLE),
    "POST accounts.remove_member": Ask(ADMIN),
    "POST accounts.sign_in": Ask(
        body=lambda o: {"username": "ca.police_officer", "passphrase": o["passphrase"]}
    ),
    "POST accounts.sign_out": Ask(),
    "POST agencies.create_agency": Ask(SYSTEM, body=_agency),
    "POST agencies.invite_administrator": Ask(SYSTEM, LISTED, PERSON),
    "POST cases.claim_legal_basis": Ask(body=_claim),
    "POST cases.close_case": Ask(SOCIAL, HANDED, lambda _o: CLOSURE | {"closed_on": typed_day()}),
    "POST cases.cosign_basis": Ask("supervisor", UNSIGNED),
    "POST cases.destroy_paper": Ask(ids=PAPER, body=lambda _o: {"destroyed_on": typed_day()}),
    "POST cases.meet_survivor": Ask(ids={"case_id": "reported_case"}),
    "POST cases.record_consent": Ask(body=_consent),
    "POST cases.reopen_case": Ask(SOCIAL, ENDED, lambda _o: AGAIN | {"next_on": typed_day()}),
    "POST cases.report_incident": Ask(body=_report),
    "POST cases.reveal_number": Ask(),
    "POST cases.search_cases": Ask(body={"words": "huong"}),
    "POST cases.withdraw_consent": Ask(),
    "POST cases.write_section": Ask(body={"needs": ["health_care"], "revision": "1"}),
    "POST drafts.discard": Ask(),
    "POST drafts.save": Ask(body={"other_needs": "sữa cho cháu"}),
    "POST followup.complete_task": Ask(),
    "POST followup.record_follow_up": Ask(SOCIAL, HANDED, _visit),
    "POST forms.preview_form": Ask(ADMIN, body={"needs": ["shelter"]}),
    "POST frame.choose_language": Ask(body={"language": "en"}),
    "POST frame.choose_theme": Ask(body={"theme": "dark"}),
    "POST frame.quick_exit": Ask(),
    "POST notices.open_notice": Ask(),
    "POST referrals.accept_referral": Ask(NURSE, body=_accept),
    "POST referrals.advance_referral cancel": Ask(),
    "POST referrals.advance_referral complete": Ask(NURSE, ACCEPTED),
    "POST referrals.advance_referral start": Ask(NURSE, ACCEPTED),
    "POST referrals.decline_referral": Ask(NURSE, body={"reason": "no_capacity"}),
    "POST referrals.keep_referral_draft": Ask(body=_how_soon),
    "POST referrals.send_referral 1": Ask(body=_to_whom),
    "POST referrals.send_referral 2": Ask(body=_how_soon),
    "POST referrals.send_referral 3": Ask(body=_why),
    "POST reporting.decide_edition approve": Ask("approver"),
    "POST reporting.decide_edition reject": Ask("approver"),
    "POST reporting.freeze_edition": Ask("statistician", body={"year": "2024"}),
    "POST shelters.advance_site closing": Ask(KEEPER, CLOSING),
    "POST shelters.advance_site opening": Ask(KEEPER, OPENING),
    "POST shelters.advance_stay confirm": Ask(KEEPER),
    "POST shelters.advance_stay release": Ask(KEEPER),
    "POST shelters.block_bed": Ask(KEEPER, body=_block),
    "POST shelters.check_in": Ask(KEEPER, CONFIRMED, lambda _o: typed_moment("at")),
    "POST shelters.check_out": Ask(
        KEEPER, ARRIVED, lambda _o: {**typed_moment("at"), "destination": "kin"}
    ),
    "POST shelters.confirm_places": Ask(KEEPER),
    "POST shelters.hold_beds": Ask(KEEPER, UNPLACED, _hold),
    "POST shelters.register_site": Ask(KEEPER, body=_site),
    "POST shelters.unblock_bed": Ask(KEEPER, body=lambda o: {"bed_id": o["bed_id"]}),
    "POST shelters.write_stay_note": Ask("night_keeper", body=_note),
}
