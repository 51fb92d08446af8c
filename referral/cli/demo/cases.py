"""What one invented case is made of. Plain values; codes are those of the forms."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time: no summer time since 1975, so a fixed offset is exact for the demo's year."""
YEAR_FROM = date(2024, 1, 1)
YEAR_TO = date(2024, 11, 24)
"""First and last day of a report; the demo opens on the day after."""
PRESENT = datetime(2024, 11, 25, 21, 40, tzinfo=LOCAL)
"""The moment at which the demo opens: an evening, ten days before the year's reports are due."""


@dataclass(slots=True)
class NeedPlan:
    """A need, and what became of it: delivered, under_way, declined or not_available.

    `delivered_by` is the slug of an agency: the one it was referred to, else the one that opened
    the case.
    """

    kind: str
    status: str
    delivered_at: datetime | None = None
    delivered_by: str | None = None
    outcome: str = ""


@dataclass(slots=True)
class ReferralPlan:
    """A referral to be made: `state` is the one in which it stands on the demo's first day."""

    to_agency: str
    service: str
    urgency: str
    state: str
    sent_at: datetime
    decided_at: datetime | None = None
    decline_reason: str | None = None
    reason: str = ""


@dataclass(slots=True)
class StayPlan:
    """A stay in a room of a site, for which `asked` was sent; without `left_on` still there."""

    asked: ReferralPlan
    site: str
    room: int
    arrived_at: datetime
    left_on: date | None
    left_for: str | None
    children: int


@dataclass(slots=True)
class FollowUpPlan:
    """A follow-up that took place, and the day of the next one, or of the closure."""

    met_on: date
    meeting: str
    risk: str
    how_she_is: str
    done: str
    next_on: date
    new_violence: bool = False


@dataclass(slots=True)
class ClosurePlan:
    """How a case ended."""

    closed_on: date
    reason: str
    summary: str


@dataclass(slots=True)
class FurtherIncident:
    """Violence again, by the same hand. Told so many days later, at `told_on`."""

    gbvims_type: str
    principal_form: str
    hour: int
    delay_days: int
    occurred_on: date = YEAR_FROM
    told_on: date = YEAR_FROM
    risk: str = ""
    strangled: bool = False


@dataclass(slots=True)
class SafeContact:
    """How to reach her without harm."""

    reach: str
    phone: str
    call_times: str
    do_not: str
    if_another_answers: str
    code_word: str
    meeting_place: str


@dataclass(slots=True)
class SyntheticCase:
    """One survivor, one incident and all that followed. Nobody in it exists.

    `people` is the name she gives her people; `ethnicity` the State's code for it. Ages are those
    on the day of the incident. `children` are the ages of those she looks after. `opened_by`
    received the report, `opener` wrote it down, `centre` takes the case over. Nothing is planned
    beyond `horizon`.
    """

    number: int
    # who
    spoken_name: str = ""
    paper_name: str = ""
    sex: str = "female"
    age_band: str = ""
    age: int = 0
    birth_on: date = YEAR_FROM
    people: str = "kinh"
    language: str = "vietnamese"
    interpreter_needed: bool = False
    disability: str = "none"
    protected_group: str = "none"
    phone: str = ""
    id_number: str = ""
    children: tuple[int, ...] = ()
    # where and when
    district: str = ""
    unit_code: str = ""
    residence_code: str = ""
    hamlet: str = ""
    delay_days: int = 0
    hour: int = 0
    occurred_at: datetime = datetime(2024, 1, 1, tzinfo=LOCAL)
    reported_on: date = YEAR_FROM
    reported_at: datetime = datetime(2024, 1, 1, tzinfo=LOCAL)
    # what
    gbvims_type: str = ""
    principal_form: str | None = None
    relation: str = ""
    forms: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    strangled: bool = False
    weapon: bool = False
    child_present: bool = False
    perpetrator_sex: str = "male"
    account: str = ""
    further: list[FurtherIncident] = field(default_factory=list)
    # how it came to notice
    reporter: str = ""
    receiver: str = ""
    channel: str = ""
    opened_by: str = ""
    opener: str = ""
    centre: str = ""
    first_action: str = ""
    # what followed
    risk: str = ""
    statistics: str = "not_asked"
    consent_mode: str | None = None
    safe_contact: SafeContact | None = None
    needs: list[NeedPlan] = field(default_factory=list)
    referrals: list[ReferralPlan] = field(default_factory=list)
    stays: list[StayPlan] = field(default_factory=list)
    follow_ups: list[FollowUpPlan] = field(default_factory=list)
    next_on: date | None = None
    closure: ClosurePlan | None = None
    horizon: datetime = PRESENT

    @property
    def key(self) -> str:
        """Its number, as notes name it."""
        return str(self.number)

    @property
    def is_family(self) -> bool:
        """Whether the law on domestic violence applies."""
        return self.principal_form is not None

    @property
    def is_child(self) -> bool:
        """Under 16, a child in Vietnamese law."""
        return self.age_band in {"0_11", "12_15"}

    @property
    def is_minor(self) -> bool:
        """Under 18, a child in international practice."""
        return self.is_child or self.age_band == "16_17"

    @property
    def stay(self) -> StayPlan | None:
        """Where she slept first; None where she went to no shelter."""
        return self.stays[0] if self.stays else None

    @property
    def is_open(self) -> bool:
        """Whether the case is open on the demo's first day."""
        return self.closure is None

    def needs_kind(self, kind: str) -> bool:
        """Whether she needs this kind of support."""
        return any(need.kind == kind for need in self.needs)
