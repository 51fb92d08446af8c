"""Which role may do what: the page an auditor reads first.

Roles without keys (see `vault.directory.KEYLESS_ROLES`) never open a case whatever stands here.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from referral.agencies.kinds import AgencyKind
from referral.kernel.permissions import Permission
from referral.vault.directory import roles_in


class Role(StrEnum):
    """What a member is in the agency."""

    POLICE_OFFICER = "police_officer"
    HEALTH_WORKER = "health_worker"
    SHELTER_KEEPER = "shelter_keeper"
    NIGHT_KEEPER = "night_keeper"
    SOCIAL_WORKER = "social_worker"
    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    COMMUNE_CHAIR = "commune_chair"
    AGENCY_ADMINISTRATOR = "agency_administrator"
    PRIVACY_OFFICER = "privacy_officer"
    DUTY_OFFICER = "duty_officer"
    UNIT_REPORTING_OFFICER = "unit_reporting_officer"
    LEAD_DEPARTMENT_OFFICER = "lead_department_officer"
    APPROVER = "approver"
    COORDINATOR = "coordinator"
    STATISTICIAN = "statistician"
    AUDITOR = "auditor"
    SYSTEM_ADMINISTRATOR = "system_administrator"


EVERYONE = frozenset(
    {
        Permission.ACCOUNT_USE,
        Permission.CIRCLE_REWRAP,
        Permission.NOTICE_READ,
        Permission.TASK_READ,
    }
)
READS_CASES = EVERYONE | {
    Permission.CASE_READ,
    Permission.CIRCLE_ADMIT,
    Permission.CONFLICT_DECLARE,
    Permission.FORM_PRINT,
    Permission.REFERRAL_READ,
    Permission.PLACE_READ,
}
WORKS_ON_CASES = READS_CASES | {
    Permission.CASE_PRINT,
    Permission.CONSENT_RECORD,
    Permission.CONSENT_WITHDRAW,
    Permission.FOLLOW_UP_RECORD,
    Permission.REFERRAL_ACCEPT,
    Permission.REFERRAL_COMPLETE,
    Permission.REFERRAL_SEND,
    Permission.SECTION_WRITE,
    Permission.SERVICE_RECORD,
}
"""Who works on cases sends referrals, and with that permission may claim a legal basis.

A shelter keeper too: awake alone at night when life is in danger, or bound by law to report (who
takes a victim in tells the commune, Law 13/2022/QH15, Art. 36; whoever finds a child abused tells
the authorities), the keeper cannot wait for a colleague of another agency. What is sent is no more
than the shelter's circle can read; the claim must be explained, is shown to the custodian, and
ends by itself unless a supervisor in that circle co-signs in time.
"""
LOOKS_AFTER_FORMS = frozenset({Permission.FORM_PREVIEW, Permission.FORM_PRINT})
OPENS_THE_LOG = frozenset({Permission.AUDIT_OPEN, Permission.AUDIT_READ})
OPENS_CASES = WORKS_ON_CASES | {
    Permission.CASE_MOVE,
    Permission.CASE_OPEN,
    Permission.INCIDENT_REPORT,
}

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.POLICE_OFFICER: OPENS_CASES,
    Role.HEALTH_WORKER: OPENS_CASES,
    Role.SHELTER_KEEPER: WORKS_ON_CASES
    | {Permission.SHELTER_MANAGE, Permission.SHELTER_READ, Permission.STAY_NOTE},
    Role.NIGHT_KEEPER: EVERYONE
    | {Permission.FORM_PRINT, Permission.SHELTER_READ, Permission.STAY_NOTE},
    Role.SOCIAL_WORKER: OPENS_CASES | {Permission.CASE_CLOSE, Permission.CUSTODY_TAKE},
    Role.CASE_WORKER: OPENS_CASES,
    Role.SUPERVISOR: OPENS_CASES
    | {
        Permission.BASIS_COSIGN,
        Permission.CASE_CLOSE,
        Permission.CIRCLE_NAME,
        Permission.CUSTODY_TAKE,
        Permission.RISK_LOWER,
    }
    | OPENS_THE_LOG,
    Role.COMMUNE_CHAIR: READS_CASES | {Permission.BASIS_COSIGN, Permission.CASE_PRINT},
    Role.AGENCY_ADMINISTRATOR: EVERYONE
    | {
        Permission.AGENCY_READ,
        Permission.CIRCLE_NAME,
        Permission.MEMBER_MANAGE,
        Permission.SESSION_END,
    }
    | LOOKS_AFTER_FORMS
    | OPENS_THE_LOG,
    Role.PRIVACY_OFFICER: EVERYONE | {Permission.AUDIT_READ},
    Role.DUTY_OFFICER: EVERYONE
    | {Permission.DUTY_READ, Permission.PLACE_READ, Permission.SESSION_END},
    Role.UNIT_REPORTING_OFFICER: EVERYONE | {Permission.EDITION_READ},
    Role.LEAD_DEPARTMENT_OFFICER: EVERYONE | {Permission.EDITION_READ},
    Role.APPROVER: EVERYONE | {Permission.EDITION_APPROVE, Permission.EDITION_READ},
    Role.COORDINATOR: EVERYONE | {Permission.EDITION_READ, Permission.PLACE_READ},
    Role.STATISTICIAN: EVERYONE
    | {Permission.EDITION_APPROVE, Permission.EDITION_FREEZE, Permission.EDITION_READ},
    Role.AUDITOR: EVERYONE | {Permission.AUDIT_READ},
    Role.SYSTEM_ADMINISTRATOR: EVERYONE
    | {
        Permission.AGENCY_CREATE,
        Permission.AGENCY_READ,
        Permission.JOB_READ,
        Permission.LETTER_COUNT,
    }
    | LOOKS_AFTER_FORMS,
}
ANYWHERE = frozenset({Role.AGENCY_ADMINISTRATOR, Role.PRIVACY_OFFICER})
REPORTS = ANYWHERE | {Role.UNIT_REPORTING_OFFICER}
SERVES = REPORTS | {Role.SUPERVISOR, Role.DUTY_OFFICER}
POLICES = SERVES | {Role.POLICE_OFFICER}
ACCOMPANIES = SERVES | {Role.CASE_WORKER}
SHELTERS = SERVES | {Role.SHELTER_KEEPER, Role.NIGHT_KEEPER}
COUNTS = REPORTS | {Role.STATISTICIAN, Role.APPROVER}

ROLES_OF_KIND: Mapping[AgencyKind, frozenset[Role]] = {
    AgencyKind.COMMUNE_COMMITTEE: SHELTERS
    | {Role.COMMUNE_CHAIR, Role.SOCIAL_WORKER, Role.COORDINATOR},
    AgencyKind.COMMUNE_POLICE: POLICES,
    AgencyKind.DISTRICT_POLICE: POLICES,
    AgencyKind.PROVINCIAL_POLICE: POLICES,
    AgencyKind.BORDER_POST: ACCOMPANIES,
    AgencyKind.HEALTH_FACILITY: SHELTERS | {Role.HEALTH_WORKER, Role.SOCIAL_WORKER},
    AgencyKind.SHELTER: SHELTERS | {Role.SOCIAL_WORKER},
    AgencyKind.SOCIAL_SERVICES: SHELTERS | {Role.SOCIAL_WORKER, Role.CASE_WORKER, Role.COORDINATOR},
    AgencyKind.WOMENS_UNION: SHELTERS | {Role.CASE_WORKER, Role.COORDINATOR},
    AgencyKind.LEGAL_AID: ACCOMPANIES,
    AgencyKind.SCHOOL: ACCOMPANIES,
    AgencyKind.HOTLINE: ACCOMPANIES,
    AgencyKind.STATISTICS_OFFICE: COUNTS,
    AgencyKind.LEAD_DEPARTMENT: COUNTS
    | {Role.LEAD_DEPARTMENT_OFFICER, Role.COORDINATOR, Role.AUDITOR},
    AgencyKind.PROVINCIAL_COMMITTEE: REPORTS | {Role.COORDINATOR, Role.AUDITOR},
    AgencyKind.OPERATOR: ANYWHERE | {Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR},
}
"""Which roles the members of an agency may have, by what it is (Law 13/2022/QH15, Art. 19 and 35).

Host households have no account, so that their commune keeps their places; a facility of health or
social work, and the Women's Union, may shelter people themselves. Figures are made where the
province's figures are kept. An auditor checks the work of others: one sits with the operator, and
with the two authorities that inspect; within a service its own privacy officer reads the log.
"""
LABELS: Mapping[Role, tuple[str, str]] = {
    Role.POLICE_OFFICER: ("Cán bộ công an", "Police officer"),
    Role.HEALTH_WORKER: ("Nhân viên y tế", "Health worker"),
    Role.SHELTER_KEEPER: ("Người phụ trách nơi tạm lánh", "Shelter keeper"),
    Role.NIGHT_KEEPER: ("Người trực đêm nơi tạm lánh", "Night keeper"),
    Role.SOCIAL_WORKER: ("Nhân viên công tác xã hội", "Social worker"),
    Role.CASE_WORKER: ("Cán bộ hỗ trợ", "Case worker"),
    Role.SUPERVISOR: ("Cán bộ giám sát chuyên môn", "Supervisor"),
    Role.COMMUNE_CHAIR: ("Chủ tịch, Phó Chủ tịch UBND cấp xã", "Commune chair or deputy"),
    Role.AGENCY_ADMINISTRATOR: ("Quản trị đơn vị", "Agency administrator"),
    Role.PRIVACY_OFFICER: ("Cán bộ bảo vệ dữ liệu cá nhân", "Privacy officer"),
    Role.DUTY_OFFICER: ("Cán bộ trực", "Duty officer"),
    Role.UNIT_REPORTING_OFFICER: ("Cán bộ báo cáo của đơn vị", "Unit reporting officer"),
    Role.LEAD_DEPARTMENT_OFFICER: ("Cán bộ cơ quan chủ trì", "Lead department officer"),
    Role.APPROVER: ("Người ký duyệt số liệu", "Approver of figures"),
    Role.COORDINATOR: ("Cán bộ điều phối", "Coordinator"),
    Role.STATISTICIAN: ("Cán bộ thống kê", "Statistician"),
    Role.AUDITOR: ("Cán bộ kiểm tra nhật ký", "Auditor"),
    Role.SYSTEM_ADMINISTRATOR: ("Quản trị hệ thống", "System administrator"),
}


def permissions_of(role: str) -> frozenset[Permission]:
    """What a member may do by all their roles (`one+other`); nothing for an unknown one."""
    known = [ROLES[Role(name)] for name in roles_in(role) if name in set(Role)]
    return frozenset().union(*known)


def roles_of(kind: str) -> tuple[Role, ...]:
    """The roles that an agency of this kind has, in the order of `Role`; none for an unknown."""
    fitting = ROLES_OF_KIND[AgencyKind(kind)] if kind in set(AgencyKind) else frozenset()
    return tuple(role for role in Role if role in fitting)


def fitting_roles(role: str, kind: str) -> str:
    """What is believed of a member's roles: those that the kind of agency has, empty for none."""
    fitting = roles_of(kind)
    return "+".join(name for name in role.split("+") if name in fitting)


def joined(roles: Collection[str]) -> str:
    """Several roles as a member has them (`one+other`), each once and in the order of `Role`."""
    return "+".join(role for role in Role if role in roles)


def label_of(role: str, locale: str) -> str:
    """The roles of a member as a screen names them, in the order of `Role`."""
    mine = roles_in(role)
    return ", ".join(LABELS[name][locale == "en"] for name in Role if name in mine)
