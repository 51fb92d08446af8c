"""Which roles may hold the secret of a circle."""

ADMINISTRATOR = "agency_administrator"
KEY_ROLES = frozenset(
    {
        "police_officer",
        "health_worker",
        "shelter_keeper",
        "night_keeper",
        "social_worker",
        "case_worker",
        "supervisor",
        "commune_chair",
        "statistician",
        "approver",
        ADMINISTRATOR,
    }
)
KEYLESS_ROLES = frozenset(
    {
        "coordinator",
        "duty_officer",
        "privacy_officer",
        "unit_reporting_officer",
        "lead_department_officer",
        "auditor",
        "system_administrator",
    }
)
APART = frozenset({"auditor", "system_administrator"})


def roles_in(role: str) -> frozenset[str]:
    """The roles of a member who has several, written `one+other` (small stations need that)."""
    return frozenset(role.split("+"))


def may_hold_keys(role: str) -> bool:
    """Whether a member's roles may hold a circle secret: none may who runs or checks the system."""
    roles = roles_in(role)
    return bool(roles & KEY_ROLES) and not roles & APART
