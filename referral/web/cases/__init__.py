"""The pages of cases: lists and one case, writing, and what sharing rests on."""

from referral.web.cases.access import confirm_grant, end_suspended, list_suspended
from referral.web.cases.bases import (
    claim_legal_basis,
    cosign_basis,
    record_consent,
    withdraw_consent,
)
from referral.web.cases.blueprint import bp
from referral.web.cases.history import show_history
from referral.web.cases.moving import declare_conflict, move_case
from referral.web.cases.openings import list_openings, print_openings
from referral.web.cases.pages import (
    list_cases,
    meet_survivor,
    print_case,
    reveal_number,
    show_case,
)
from referral.web.cases.papers import destroy_paper
from referral.web.cases.searching import search_cases
from referral.web.cases.sections import close_case, reopen_case, report_incident, write_section

__all__ = [
    "bp",
    "claim_legal_basis",
    "close_case",
    "confirm_grant",
    "cosign_basis",
    "declare_conflict",
    "destroy_paper",
    "end_suspended",
    "list_cases",
    "list_openings",
    "list_suspended",
    "meet_survivor",
    "move_case",
    "print_case",
    "print_openings",
    "record_consent",
    "reopen_case",
    "report_incident",
    "reveal_number",
    "search_cases",
    "show_case",
    "show_history",
    "withdraw_consent",
    "write_section",
]
