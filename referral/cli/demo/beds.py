"""How the referrals for a bed stand: those of the guests led to one, the others did not."""

from collections.abc import Sequence

from referral.cli.demo import shares
from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.draw import portion
from referral.cli.demo.lodging import is_guest

Slot = tuple[SyntheticCase, str]
"""A case that is referred, and for which service."""
LEAST_THERE = 2
"""Even the small demo opens with somebody in its houses."""
GAVE_A_BED = ("closed", "completed")
IN_VAIN = (
    "declined", "withdrawn", "cancelled", "redirected", "expired", "received", "sent",
    "info_requested", "entered_in_error",
)  # fmt: skip


def is_wrong(urgency: str, state: str) -> bool:
    """What is urgent never expires, and an emergency never waits for an answer."""
    expired = state == "expired" and urgency in {"P0", "P1"}
    return expired or (state == "info_requested" and urgency == "P0")


def seat_guests(slots: Sequence[Slot], urgencies: Sequence[str], states: list[str]) -> None:
    """Exchange states with referrals for other services until each bed stands as it must."""
    beds = [index for index, (_, service) in enumerate(slots) if service == "shelter"]
    given = [index for index in beds if is_guest(slots[index][0])]
    there = set(_still_there(slots, given))
    for index in beds:
        if index in there:
            wanted: tuple[str, ...] = ("in_service",)
        else:
            wanted = GAVE_A_BED if index in given else IN_VAIN
        if states[index] not in wanted:
            other = _partner(slots, urgencies, states, index, wanted)
            if other is not None:
                states[index], states[other] = states[other], states[index]


def _still_there(slots: Sequence[Slot], given: Sequence[int]) -> list[int]:
    """The latest who came once."""
    wanted = max(LEAST_THERE, portion(shares.STILL_THERE, shares.CHECK_INS, len(given)))
    cases = [slots[index][0].number for index in given]
    once = [index for index in given if cases.count(slots[index][0].number) == 1]
    once.sort(key=lambda index: slots[index][0].reported_on)
    return once[-wanted:]


def _partner(
    slots: Sequence[Slot],
    urgencies: Sequence[str],
    states: Sequence[str],
    index: int,
    wanted: tuple[str, ...],
) -> int | None:
    """With which referral to exchange: one that leaves open what is open, if there is any."""
    mine = states[index]

    def rank(other: int) -> tuple[bool, int]:
        alike = (mine in shares.OPEN_STATES) == (states[other] in shares.OPEN_STATES)
        return not alike, wanted.index(states[other])

    fitting = [
        other
        for other, (_, service) in enumerate(slots)
        if service != "shelter"
        and states[other] in wanted
        and not is_wrong(urgencies[index], states[other])
        and not is_wrong(urgencies[other], mine)
    ]
    return min(fitting, key=rank, default=None)
