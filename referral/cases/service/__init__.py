"""Operations on cases, one function a verb of the field."""

from referral.cases.service.bases import (
    claim_legal_basis,
    cosign_basis,
    lapse_bases,
    record_consent,
    withdraw_consent,
)
from referral.cases.service.confirmations import (
    confirm_grant,
    end_suspended,
    list_suspended,
)
from referral.cases.service.drafts import discard_draft, purge_drafts, read_draft, save_draft
from referral.cases.service.files import (
    close_case,
    list_cases,
    meet_survivor,
    open_case,
    print_case,
    read_case,
    read_history,
    reopen_case,
    report_incident,
    search_cases,
)
from referral.cases.service.papers import destroy_paper
from referral.cases.service.sections import OpenedCase, write_section
from referral.cases.service.succession import end_agency

__all__ = [
    "OpenedCase",
    "claim_legal_basis",
    "close_case",
    "confirm_grant",
    "cosign_basis",
    "destroy_paper",
    "discard_draft",
    "end_agency",
    "end_suspended",
    "lapse_bases",
    "list_cases",
    "list_suspended",
    "meet_survivor",
    "open_case",
    "print_case",
    "purge_drafts",
    "read_case",
    "read_draft",
    "read_history",
    "record_consent",
    "reopen_case",
    "report_incident",
    "save_draft",
    "search_cases",
    "withdraw_consent",
    "write_section",
]
