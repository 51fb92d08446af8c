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
    return str(CODE_WORDS[value]) if value in CODE_WORDS else gettext("code %(code)s", code=value)
