"""Kinds of section on the page of a case: in which order, who is offered which, what is shared."""

from typing import Final

from referral.audit.operation import may
from referral.cases import service
from referral.cases.forms.definition import Offered
from referral.cases.forms_in_force import OF_THEIR_OWN_OPERATION, shelf
from referral.kernel.actor import Actor
from referral.web.cases import view

OPEN_STATES: Final = ("reported", "open")
CORE_KINDS: Final = ("identity", "safe_contact", "incident", "needs")
OFFERED_AT_ONCE: Final = frozenset({"safety_plan", "service"})
"""Kinds that everybody to whom they are offered is offered at once; others unfold below them."""
_TRADES: Final = {
    Offered.CARE: frozenset({"health_worker", "supervisor"}),
    Offered.POLICE: frozenset({"police_officer", "supervisor"}),
}


def shareable_kinds() -> list[str]:
    """Kinds of section that a consent or legal basis may name, in the page's order."""
    return [kind for kind in in_order() if shelf.form(kind).shared]


def in_order() -> list[str]:
    """Every kind of section that stands on a case's page, in the order of the page."""
    own = sorted(set(shelf.all()) - set(view.ORDER) - view.BESIDE)
    return [kind for kind in (*view.ORDER, *own) if kind in shelf.all()]


def writable_kinds(actor: Actor, opened: service.OpenedCase) -> tuple[list[str], list[str]]:
    """Kinds of section that are offered to be written, those of one's own trade first, and others.

    None that stands there already, unless there may be several. What another circle holds stands
    on the page with its holder's name; who took custody is not asked to have her tell it again.
    """
    case, here = opened.case, opened.opening
    may_write = may(actor, service.write_section, case) and not here.left_circles
    if case.state not in OPEN_STATES or not may_write:
        return [], []
    is_custodian = here.view.custodian_circle in here.circle_ids
    first = list(CORE_KINDS) if is_custodian else []
    others: list[str] = []
    if case.state == "open":
        trade = {who for who, roles in _TRADES.items() if actor.role in roles}
        asked = trade | {Offered.EVERY} | ({Offered.CUSTODIAN} if is_custodian else set())
        for kind in in_order():
            to = shelf.form(kind).offered_to
            if to & asked and kind not in OF_THEIR_OWN_OPERATION | set(CORE_KINDS):
                (first if to & trade or kind in OFFERED_AT_ONCE else others).append(kind)
    there = {s.kind for s in opened.sections}
    mine = {s.kind for s in opened.sections if s.holder_circle in here.circle_ids}

    def is_missing(kind: str) -> bool:
        return shelf.form(kind).many or kind not in (there if kind in CORE_KINDS else mine)

    return [*filter(is_missing, first)], [*filter(is_missing, others)]
