"""Two persons' words on an edition: signed statements that every showing checks again.

Who froze it, and who approved or refused it, signs what was frozen with their member key. Rows say
nothing of their own: a figure, a day, a state or a name that differs from what was signed makes
the edition *not verified*, for readers without keys too.
"""

from typing import Any
from uuid import UUID

from referral.agencies import directory
from referral.agencies.kinds import KEEPS_FIGURES
from referral.agencies.queries import agency
from referral.agencies.states import CirclePurpose
from referral.kernel.errors import NotFound, NotVerified
from referral.reporting.model import Edition
from referral.reporting.states import EditionState
from referral.reporting.tables import digest
from referral.vault.codec import pack, unpack
from referral.vault.directory import roles_in
from referral.vault.keys import Keyring

LABEL = "edition"
FREEZE, APPROVE, REJECT = "freeze", "approve", "reject"
FREEZING_ROLES = frozenset({"statistician"})
DECIDING_ROLES = frozenset({"statistician", "approver"})
_DECISIONS = {EditionState.APPROVED: APPROVE, EditionState.REJECTED: REJECT}


def _subject(edition: Edition) -> tuple[UUID, int, int, str, str]:
    """What is signed: which edition, its cut-off, and the digest of figures, rule and coverage."""
    day = edition.cut_off_on.isoformat()
    return (edition.id, edition.year, edition.number, day, digest(edition.frozen))


def sign_edition(keyring: Keyring, edition: Edition, verb: str) -> bytes:
    """A member's word on an edition as it stands, to be kept beside it."""
    seq = directory.directory_of(keyring.agency_id).head_seq
    said = pack((verb, *_subject(edition), keyring.agency_id, keyring.member_id, seq))
    return pack((said, keyring.sign_as(LABEL, said)))


def verify_edition(edition: Edition) -> None:
    """`NotVerified` unless the signed words say what the row says, figures and state alike."""
    try:
        maker = _signer(edition, edition.freeze_statement, FREEZE)
        if maker != edition.made_by_id:
            raise NotVerified("frozen by another")
        _verify_state(edition, maker)
    except (LookupError, TypeError, ValueError, NotFound) as error:
        raise NotVerified("malformed statement") from error


def _verify_state(edition: Edition, maker: UUID) -> None:
    if edition.state == EditionState.DRAFT:
        if (edition.decision_statement, edition.approved_by_id) != (None, None):
            raise NotVerified("decided already")
        return
    verb = _DECISIONS[EditionState(edition.state)]
    decider = _signer(edition, edition.decision_statement, verb)
    if decider == maker:
        raise NotVerified("one person's word for two")
    if edition.approved_by_id != (decider if verb == APPROVE else None):
        raise NotVerified("decided by another")


def _signer(edition: Edition, raw: bytes | None, verb: str) -> UUID:
    """Who signed this word, a member in a role that may, of an agency that keeps figures."""
    if raw is None or digest(edition.frozen) != edition.digest:
        raise NotVerified("nobody's word")
    signed: Any = unpack(raw)
    statement: Any = unpack(signed[0])
    *subject, agency_id, member_id, seq = statement
    if tuple(subject) != (verb, *_subject(edition)) or not isinstance(agency_id, UUID):
        raise NotVerified("the word is about something else")
    log = directory.directory_of(agency_id)
    author = log.member_at(member_id, seq)
    author.verify(LABEL, signed[0], signed[1])
    may = FREEZING_ROLES if verb == FREEZE else DECIDING_ROLES
    counts = any(circle.purpose == CirclePurpose.STATISTICS for circle in log.circles.values())
    keeps = counts and directory.stated_kind(agency(agency_id)) in KEEPS_FIGURES
    if not (keeps and roles_in(author.role) & may):
        raise NotVerified("not a role that may")
    return author.member_id


def is_verified(edition: Edition) -> bool:
    """Whether the edition may be shown as what it says it is."""
    try:
        verify_edition(edition)
    except NotVerified:
        return False
    return True
