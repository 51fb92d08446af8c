"""What the sealed detail of a log entry says, in words."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from uuid import UUID

from flask_babel import LazyString, gettext, lazy_gettext

from referral.accounts.queries import names
from referral.accounts.roles import label_of
from referral.agencies.queries import agency_names, recipient_names
from referral.audit.detail import Said
from referral.audit.opening import Detail, Fact
from referral.kernel.permissions import Permission
from referral.vault.audit_detail import Coded
from referral.web.format import language
from referral.web.forms import option_label, title_of

SAID_WORDS: Final[Mapping[Said, LazyString]] = {
    Said.OPENED: lazy_gettext("Parts opened"),
    Said.SEALED: lazy_gettext("Parts that stayed sealed"),
    Said.NOT_VERIFIED: lazy_gettext("Parts that could not be verified"),
    Said.KINDS: lazy_gettext("Parts concerned"),
    Said.RECIPIENT: lazy_gettext("For whom"),
    Said.PURPOSE: lazy_gettext("What for"),
    Said.GROUND: lazy_gettext("Ground"),
    Said.SECTION: lazy_gettext("Part written"),
    Said.REVISION: lazy_gettext("Version"),
    Said.NEW_KEY: lazy_gettext("New key for"),
    Said.ROLE: lazy_gettext("Role"),
    Said.STATE: lazy_gettext("State"),
    Said.MEMBER: lazy_gettext("Colleague"),
    Said.CIRCLES: lazy_gettext("Circles with a new key"),
    Said.COUNT: lazy_gettext("Lines listed"),
    Said.URGENCY: lazy_gettext("How urgent"),
    Said.CONFIRMED: lazy_gettext("Log confirmed up to entry"),
    Said.REASON: lazy_gettext("Why it was refused"),
    Said.MISSING: lazy_gettext("Not covered by a live basis"),
    Said.RULE: lazy_gettext("Rule not met"),
    Said.PERMISSION: lazy_gettext("Permission the role lacks"),
}
CODE_WORDS: Final[Mapping[str, LazyString]] = {
    "accepted": lazy_gettext("Accepted"),
    "active": lazy_gettext("active"),
    "another_circle_holds_this_section": lazy_gettext("another circle holds this part"),
    "another_fingerprint": lazy_gettext("the fingerprint read out is another"),
    "arrived": lazy_gettext("Staying"),
    "approved": lazy_gettext("approved"),
    "barred": lazy_gettext("removed before the restore"),
    "cancelled": lazy_gettext("Taken back"),
    "cases": lazy_gettext("work on cases"),
    "closed": lazy_gettext("closed"),
    "completed": lazy_gettext("Completed"),
    "confirmed": lazy_gettext("Place arranged"),
    "consent_missing": lazy_gettext("consent or another basis is missing"),
    "deleted": lazy_gettext("deleted"),
    "declined": lazy_gettext("Declined"),
    "done": lazy_gettext("Done"),
    "dropped": lazy_gettext("no longer needed"),
    "draft": lazy_gettext("draft"),
    "ended": lazy_gettext("Ended"),
    "enrolled": lazy_gettext("waits to be confirmed"),
    "expired": lazy_gettext("Expired"),
    "held": lazy_gettext("Held"),
    "in_service": lazy_gettext("In service"),
    "invited": lazy_gettext("invited"),
    "is_custodian": lazy_gettext("only the custodian of the case may"),
    "is_receiver": lazy_gettext("only the receiving circle may"),
    "is_sender": lazy_gettext("only the sending circle may"),
    "keys_missing": lazy_gettext("no key for it in this session"),
    "lapsed": lazy_gettext("Lapsed"),
    "left": lazy_gettext("Has left"),
    "listed": lazy_gettext("Without administrator"),
    "live": lazy_gettext("Takes part"),
    "not_found": lazy_gettext("unknown, or not open to this account"),
    "not_permitted": lazy_gettext("not permitted"),
    "only_the_custodian_hands_the_case_over": lazy_gettext("only the custodian of the case may"),
    "open": lazy_gettext("open"),
    "p0": lazy_gettext("Emergency"),
    "p1": lazy_gettext("Urgent"),
    "p2": lazy_gettext("Priority"),
    "p3": lazy_gettext("Routine"),
    "replaced": lazy_gettext("replaced by another"),
    "rejected": lazy_gettext("refused"),
    "released": lazy_gettext("Given back"),
    "removed": lazy_gettext("removed"),
    "pending": lazy_gettext("Waits for countersigning"),
    "reported": lazy_gettext("reported"),
    "returned": lazy_gettext("To be sent again"),
    "scheduled": lazy_gettext("Scheduled"),
    "sent": lazy_gettext("Sent"),
    "shelter": lazy_gettext("shelter"),
    "state_conflict": lazy_gettext("no longer possible in this state"),
    "statistics": lazy_gettext("statistics"),
    "support": lazy_gettext("support"),
    "this_role_does_not_take_custody": lazy_gettext("this role does not take custody"),
    "truncated": lazy_gettext("cut off at the end"),
    "withdrawn": lazy_gettext("Withdrawn"),
}
REFUSAL_WORDS: Final[Mapping[str, LazyString]] = {
    "anyone": lazy_gettext("not open to this account"),
    "bed_taken": lazy_gettext("taken meanwhile"),
    "busy": lazy_gettext("too many at once"),
    "chain_closed": lazy_gettext("the log does not hold"),
    "chain_fault": lazy_gettext("the log does not hold"),
    "demo_refused": lazy_gettext("not in a demonstration"),
    "half_restored": lazy_gettext("a restore has not ended"),
    "holds_keys": lazy_gettext("no key for it in this session"),
    "id_taken": lazy_gettext("was written before"),
    "in_circle_of_case": lazy_gettext("only a circle of the case may"),
    "invalid_input": lazy_gettext("an answer could not be taken"),
    "is_addressee": lazy_gettext("only whom the notice is for may"),
    "is_colleague": lazy_gettext("only a colleague of the same agency may"),
    "is_in_circle": lazy_gettext("only a member of the circle may"),
    "is_in_own_circle": lazy_gettext("only a member of the circle may"),
    "is_oneself": lazy_gettext("only the account itself may"),
    "is_own_agency": lazy_gettext("only the own agency may"),
    "is_own_channel": lazy_gettext("only the owner of the address may"),
    "is_own_working_circle": lazy_gettext("only a working circle of the own agency may"),
    "is_party": lazy_gettext("only the sending and the receiving circle may"),
    "is_responsible": lazy_gettext("only whoever is responsible may"),
    "is_second_person": lazy_gettext("only a second person with the keys may"),
    "is_self": lazy_gettext("only the account itself may"),
    "keeps_site": lazy_gettext("only the circle that works the place may"),
    "keeps_stay": lazy_gettext("only the circle that works the place may"),
    "key_reused": lazy_gettext("sent before with other content"),
    "may_admit": lazy_gettext("only whoever holds the key of the circle may admit to it"),
    "may_reenrol": lazy_gettext("only another administrator, or the second agency, may"),
    "may_see": lazy_gettext("not approved yet"),
    "moved_away": lazy_gettext("moved to another circle"),
    "not_carried": lazy_gettext("nothing was carried over"),
    "not_forward": lazy_gettext("the log was put back"),
    "not_verified": lazy_gettext("could not be verified"),
    "proof_needed": lazy_gettext("the passphrase was not given again"),
    "record_changed": lazy_gettext("somebody else has just changed it"),
    "room_taken": lazy_gettext("taken meanwhile"),
    "sign_in_required": lazy_gettext("not signed in"),
    "taken_meanwhile": lazy_gettext("sent twice at once"),
    "unreadable": lazy_gettext("could not be read"),
    "version_conflict": lazy_gettext("somebody else wrote first"),
    "version_missing": lazy_gettext("without the version it was made from"),
    "wrong_pin": lazy_gettext("wrong PIN"),
}
PERMISSION_WORDS: Final[Mapping[str, LazyString]] = {
    Permission.ACCOUNT_USE: lazy_gettext("use an account"),
    Permission.AGENCY_CREATE: lazy_gettext("enter agencies"),
    Permission.AGENCY_READ: lazy_gettext("see the list of agencies"),
    Permission.AUDIT_OPEN: lazy_gettext("open details of the log"),
    Permission.AUDIT_READ: lazy_gettext("read the log"),
    Permission.BASIS_COSIGN: lazy_gettext("co-sign a legal basis"),
    Permission.RISK_LOWER: lazy_gettext("judge a risk lower than it was scored"),
    Permission.CASE_CLOSE: lazy_gettext("close cases"),
    Permission.CASE_MOVE: lazy_gettext("move cases between circles"),
    Permission.CASE_OPEN: lazy_gettext("open cases"),
    Permission.CASE_PRINT: lazy_gettext("print cases"),
    Permission.CASE_READ: lazy_gettext("read cases"),
    Permission.CIRCLE_ADMIT: lazy_gettext("admit to circles"),
    Permission.CIRCLE_NAME: lazy_gettext("make named circles"),
    Permission.CIRCLE_REWRAP: lazy_gettext("seal a circle's content to its new key"),
    Permission.CONFLICT_DECLARE: lazy_gettext("declare a conflict of interest"),
    Permission.CONSENT_RECORD: lazy_gettext("record consents"),
    Permission.CONSENT_WITHDRAW: lazy_gettext("record withdrawals"),
    Permission.CUSTODY_TAKE: lazy_gettext("take cases over"),
    Permission.DUTY_READ: lazy_gettext("see what waits in the agency"),
    Permission.EDITION_APPROVE: lazy_gettext("approve figures"),
    Permission.EDITION_FREEZE: lazy_gettext("freeze figures"),
    Permission.EDITION_READ: lazy_gettext("read figures"),
    Permission.FOLLOW_UP_RECORD: lazy_gettext("record follow-ups"),
    Permission.FORM_PREVIEW: lazy_gettext("try forms out"),
    Permission.FORM_PRINT: lazy_gettext("print forms"),
    Permission.INCIDENT_REPORT: lazy_gettext("write down reports"),
    Permission.JOB_READ: lazy_gettext("see the jobs"),
    Permission.JOB_RUN: lazy_gettext("run the jobs"),
    Permission.LETTER_COUNT: lazy_gettext("count the letters"),
    Permission.MEMBER_MANAGE: lazy_gettext("manage colleagues"),
    Permission.NOTICE_READ: lazy_gettext("read notices"),
    Permission.PLACE_READ: lazy_gettext("see free places"),
    Permission.REFERRAL_ACCEPT: lazy_gettext("accept referrals"),
    Permission.REFERRAL_COMPLETE: lazy_gettext("complete referrals"),
    Permission.REFERRAL_READ: lazy_gettext("read referrals"),
    Permission.REFERRAL_SEND: lazy_gettext("send referrals"),
    Permission.SECTION_WRITE: lazy_gettext("write sections"),
    Permission.SERVICE_RECORD: lazy_gettext("record services"),
    Permission.SESSION_END: lazy_gettext("end sessions of colleagues"),
    Permission.SHELTER_MANAGE: lazy_gettext("manage places"),
    Permission.SHELTER_READ: lazy_gettext("see places"),
    Permission.STAY_NOTE: lazy_gettext("write into the house log"),
    Permission.TASK_READ: lazy_gettext("see tasks"),
}
KINDS: Final = frozenset(
    {Said.OPENED, Said.SEALED, Said.NOT_VERIFIED, Said.KINDS, Said.SECTION, Said.MISSING}
)
Line = tuple[str, str]


def told_by(details: Iterable[Detail]) -> Callable[[Detail], list[Line]]:
    """For a list: how to write one of these details, its names looked up once for all."""
    ids = {v for d in details for fact in d.lines for v in fact.values if isinstance(v, UUID)}
    known = _names(ids) if ids else {}

    def told(detail: Detail) -> list[Line]:
        return [(_label(fact.name), _text(fact, known)) for fact in detail.lines]

    return told


def _names(ids: set[UUID]) -> dict[UUID, str]:
    agencies = agency_names(ids, language())
    circles = {c: r.name(language()) for c, r in recipient_names(list(ids)).items()}
    return {**agencies, **circles, **names(list(ids))}


def _label(name: str) -> str:
    return str(SAID_WORDS[Said(name)]) if name in set(Said) else name


def _text(fact: Fact, known: Mapping[UUID, str]) -> str:
    if fact.name in {Said.STATE, Said.ROLE}:
        between = " → " if fact.name == Said.ROLE or len(fact.values) > 1 else ""
        return between.join(_word(fact.name, value, known) for value in fact.values)
    words = [_word(fact.name, value, known) for value in fact.values]
    return ", ".join(dict.fromkeys(words))  # an agency and its circle may be called alike


def _word(name: str, value: Coded, known: Mapping[UUID, str]) -> str:
    if isinstance(value, UUID):
        return known.get(value, str(value)[:8])
    if isinstance(value, int):
        return str(value)
    if name in KINDS or name == Said.NEW_KEY:
        return title_of(value)
    if name == Said.ROLE:
        return label_of(value, language()) or value
    if name in {Said.GROUND, Said.PURPOSE} and value not in CODE_WORDS:
        return option_label("legal_basis", "reason", value) or _coded(value)
    return _coded(value)


def _coded(value: str) -> str:
    for words in (CODE_WORDS, REFUSAL_WORDS):
        if value in words:
            return str(words[value])
    if value in PERMISSION_WORDS:
        return str(gettext("permission to %(act)s", act=PERMISSION_WORDS[value]))
    return str(gettext("code %(code)s", code=value))
