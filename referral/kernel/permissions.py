"""Every permission of the product, `resource:action`, alphabetical.

`accounts/roles.py` says which role has which; `<capability>/policy.py` adds the object's rule.
"""

from enum import StrEnum


class Permission(StrEnum):
    """What a role may do at all; whether to *this* object is the policy's question."""

    ACCOUNT_USE = "account:use"
    AGENCY_CREATE = "agency:create"
    AGENCY_READ = "agency:read"
    AUDIT_READ = "audit:read"
    BASIS_COSIGN = "basis:cosign"
    CASE_CLOSE = "case:close"
    CASE_OPEN = "case:open"
    CASE_PRINT = "case:print"
    CASE_READ = "case:read"
    CONSENT_RECORD = "consent:record"
    CONSENT_WITHDRAW = "consent:withdraw"
    CUSTODY_TAKE = "custody:take"
    DUTY_READ = "duty:read"
    EDITION_APPROVE = "edition:approve"
    EDITION_FREEZE = "edition:freeze"
    EDITION_READ = "edition:read"
    FOLLOW_UP_RECORD = "follow_up:record"
    INCIDENT_REPORT = "incident:report"
    JOB_RUN = "job:run"
    MEMBER_MANAGE = "member:manage"
    NOTICE_READ = "notice:read"
    PLACE_READ = "place:read"
    REFERRAL_ACCEPT = "referral:accept"
    REFERRAL_COMPLETE = "referral:complete"
    REFERRAL_READ = "referral:read"
    REFERRAL_SEND = "referral:send"
    SECTION_WRITE = "section:write"
    SERVICE_RECORD = "service:record"
    SESSION_END = "session:end"
    SHELTER_MANAGE = "shelter:manage"
    SHELTER_READ = "shelter:read"
    STAY_NOTE = "stay:note"
    TASK_READ = "task:read"
