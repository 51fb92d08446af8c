"""Operations on referrals, one function a verb of the field."""

from referral.referrals.service.moving import declare_conflict, move_case, pass_on_referral
from referral.referrals.service.openings import CaseOpenings, list_openings
from referral.referrals.service.receiving import (
    accept_referral,
    complete_referral,
    decline_referral,
    list_inbox,
    name_worker,
    read_summary,
    start_service,
)
from referral.referrals.service.sending import (
    cancel_referral,
    expire_referrals,
    return_referrals,
    send_referral,
    sweep_release_keys,
)

__all__ = [
    "CaseOpenings",
    "accept_referral",
    "cancel_referral",
    "complete_referral",
    "declare_conflict",
    "decline_referral",
    "expire_referrals",
    "list_inbox",
    "list_openings",
    "move_case",
    "name_worker",
    "pass_on_referral",
    "read_summary",
    "return_referrals",
    "send_referral",
    "start_service",
    "sweep_release_keys",
]
