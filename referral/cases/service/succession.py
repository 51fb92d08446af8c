"""The end of an agency: its log is closed, and what it had in hand is its successors'."""

from datetime import timedelta

from referral.accounts.sessions import hold_members
from referral.agencies import directory, succession
from referral.agencies.events import AgencyEnded
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency
from referral.agencies.policy import is_own_agency
from referral.agencies.states import AGENCY
from referral.audit import trail
from referral.audit.operation import operation
from referral.cases.succession import lock_cases_of, strand_ends
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from referral.kernel.permissions import Permission
from referral.vault.directory import ENDED
from referral.vault.keys import keyring_of


@operation(Permission.MEMBER_MANAGE, is_own_agency, proof=True)
def end_agency(actor: Actor, agency: Agency) -> Agency:
    """Close the agency's log for good: its circles act from now on through their successors.

    `InvalidInput` names the circles whose secret has not passed, or what else is missing. Whoever
    does something in the agency's name in this instant has done it before, or is refused.
    """
    log = directory.directory_of(agency.id)
    cases = lock_cases_of(agency.id, log.circles)
    change_keys(agency.id)  # before the chain, as whoever changes them for another reason
    hold_members(agency.id)  # before the chain too, as whoever signs in or out
    trail.close_chain(agency.id)
    _check(succession.report_of(agency))
    payload = (strand_ends(agency.id),)
    log = directory.append(
        keyring_of(actor), agency.id, at=clock.now(), kind=ENDED, payload=payload
    )
    last_day = log.plan.on - timedelta(days=1)
    states.advance(agency, "end", AGENCY, valid_to=max(last_day, agency.valid_from))
    del cases  # held until here
    events.publish(AgencyEnded(agency.id, log.plan.successors))
    return agency


def _check(report: succession.SuccessionReport) -> None:
    if not report.is_countersigned:
        said = "The holder of the root key has not countersigned yet."
        raise InvalidInput({"on": [said]})
    if not report.is_due:
        raise InvalidInput({"on": ["Keys pass on the day itself or later. Come back then."]})
    if report.missing:
        raise InvalidInput(
            {
                "successors": [
                    "The keys of these circles have not passed yet. A member of each does that.",
                    *(circle.name_vi for circle in report.missing),
                ]
            }
        )
