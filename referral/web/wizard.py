"""What the three steps of a referral share: what was chosen so far, and what step 2 lists."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from referral.agencies import queries as agencies
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput
from referral.referrals.schemas import SendSchema
from referral.web.inputs import loaded

Typed = dict[str, list[str]]
_TO_WHOM: Final = SendSchema(only=("kind", "circle_id"))
_HOW_SOON: Final = SendSchema(only=("urgency",))


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked for what: `service`, `shelter` or `custody`, and the circle."""

    kind: str
    circle_id: UUID


@dataclass(frozen=True, slots=True)
class Row:
    """One section of the case as step 2 shows it: goes along, or stays and why.

    `left` is agreed to and was unticked; what is fixed has no box and passes with the case.
    """

    section: str
    label: str
    state: str
    why: str = ""
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Wizard:
    """What the three pages share."""

    actor: Actor
    case: Any
    typed: Typed

    @property
    def asked(self) -> Asked | None:
        """The recipient chosen in step 1, if that circle exists."""
        kind, _, circle = self._one("recipient").partition(":")
        try:
            return Asked(**loaded(_TO_WHOM, {"kind": kind, "circle_id": circle}))
        except InvalidInput:
            return None

    @property
    def urgency(self) -> str:
        """The urgency chosen in step 2, empty when none."""
        try:
            return str(loaded(_HOW_SOON, {"urgency": self._one("urgency")})["urgency"])
        except InvalidInput:
            return ""

    def goes(self, kind: str) -> bool:
        """Whether a section that may go along is ticked; what was not offered yet is."""
        return kind in self.typed.get("kinds", []) or kind not in self.typed.get("offered", [])

    @property
    def unit(self) -> str:
        """The commune whose shelter circles are listed; the agency's own at first."""
        own = self.actor.agency_id or self.case.custodian_agency_id
        return self._one("unit") or agencies.agency(own).unit_code

    def _one(self, name: str) -> str:
        return next(iter(self.typed.get(name, [])), "")


def place_of(case_id: UUID) -> str:
    """Where the draft of a referral stands among the member's drafts."""
    return f"referral_summary:{case_id}"
