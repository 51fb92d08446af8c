"""An agency's directory log: who belongs to it, which circles it has, which keys are theirs.

The log is append-only and signed. The deployment's root signs the founding entry, which names the
first administrator; administrators sign all that follows. A signature is judged by its place in
the log, not by a time it claims. `VerifiedKey` and `VerifiedMember` come from nowhere else.
"""

from referral.vault.directory.circles import CircleState, works_on_cases
from referral.vault.directory.holds import Hold
from referral.vault.directory.log import AgencyDirectory, verify_log
from referral.vault.directory.roles import (
    ADMINISTRATOR,
    APART,
    KEY_ROLES,
    KEYLESS_ROLES,
    may_hold_keys,
    roles_in,
)
from referral.vault.directory.state import RENEWAL_DELAY, SecondAgency
from referral.vault.directory.statements import (
    LABEL,
    NO_ENTRY,
    VERSION,
    SignedStatement,
    is_roots,
)
from referral.vault.directory.succession import (
    COUNTERSIGNED,
    ENDED,
    PASSED,
    STATED,
    Succession,
    Successor,
)
from referral.vault.directory.verified import (
    VerifiedKey,
    VerifiedMember,
    digits_of,
    fingerprint,
    require_key_holder,
)
from referral.vault.directory.writing import (
    countersign_succession,
    enrolment_context,
    found_agency,
    reinstate,
    restart_agency,
    write_entry,
)

__all__ = [
    "ADMINISTRATOR",
    "APART",
    "COUNTERSIGNED",
    "ENDED",
    "KEYLESS_ROLES",
    "KEY_ROLES",
    "LABEL",
    "NO_ENTRY",
    "PASSED",
    "RENEWAL_DELAY",
    "STATED",
    "VERSION",
    "AgencyDirectory",
    "CircleState",
    "Hold",
    "SecondAgency",
    "SignedStatement",
    "Succession",
    "Successor",
    "VerifiedKey",
    "VerifiedMember",
    "countersign_succession",
    "digits_of",
    "enrolment_context",
    "fingerprint",
    "found_agency",
    "is_roots",
    "may_hold_keys",
    "reinstate",
    "require_key_holder",
    "restart_agency",
    "roles_in",
    "verify_log",
    "works_on_cases",
    "write_entry",
]
