"""What a form is made of: fields, their types, and the options of a code list."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Row = dict[str, Any]
"""One row of a group: answers by the id of its question, as they stand in a form."""

Answer = str | int | list[str] | list[Row]
"""One answer as JSON: text, code, ISO date or time, whole number, a list of codes or of rows."""

Answers = dict[str, Answer]
"""Answers by field id. An absent key means *not asked*, which is neither declined nor unknown."""


class Offered(StrEnum):
    """Who of those in a case is asked to write a form."""

    EVERY = "every"
    CUSTODIAN = "custodian"
    CARE = "care"
    POLICE = "police"


OFFERED_OF_OWN = (Offered.CUSTODIAN,)
"""To whom a form of the installation's own is offered, unless it says so itself."""


class FieldType(StrEnum):
    """The kinds of question a form file may ask, and how the answer is kept."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    """Kept as ``YYYY-MM-DD``, a local calendar date."""
    TIME = "time"
    """Kept as ``HH:MM``, local wall time."""
    DATETIME = "datetime"
    """Kept as ``YYYY-MM-DDTHH:MM:SSZ``, in UTC."""
    NUMBER = "number"
    YES_NO_UNKNOWN = "yes_no_unknown"
    ONE_OF = "one_of"
    SEVERAL_OF = "several_of"
    """Kept as a list of codes in the order of the code list."""
    UNIT = "unit"
    """Code of an administrative unit; whether it stood at that date is for the operation to ask."""
    GROUP = "group"
    """The same few questions for each of several persons or things; kept as a list of rows."""
    CALCULATED = "calculated"
    """A whole number worked out from other answers; nobody types it."""
    MEMBER = "member"
    """A member of staff, by id; of which agency is for the operation to ask."""
    SHEET = "sheet"
    """The number of the sheet of paper that was typed in; every form asks it by itself."""


CODED_TYPES = frozenset(
    {FieldType.YES_NO_UNKNOWN, FieldType.ONE_OF, FieldType.SEVERAL_OF, FieldType.UNIT}
)
"""The only types that a coded statistics fact may carry."""

TEXT_TYPES = frozenset({FieldType.TEXT, FieldType.LONG_TEXT})
LISTED_TYPES = frozenset({FieldType.ONE_OF, FieldType.SEVERAL_OF})


@dataclass(frozen=True)
class Option:
    """One answer of a code list, with its label in both languages and where the code comes from."""

    id: str
    vi: str
    en: str
    gbvims: str | None = None
    source: str | None = None
    alone: bool = False
    """It contradicts every other answer of its list ("none of these")."""
    paper_vi: str = ""
    paper_en: str = ""
    """What a blank sheet says in place of the label, where that would name what happened."""

    def on_paper(self, locale: str) -> str:
        """The words on a blank sheet."""
        return (self.paper_en if is_english(locale) else self.paper_vi) or self.label(locale)

    def label(self, locale: str) -> str:
        """The words shown: English for an English locale, Vietnamese for every other."""
        return self.en if is_english(locale) else self.vi


UNKNOWN = Option("unknown", "Không rõ", "Not known", alone=True)
DECLINED = Option("declined", "Không muốn trả lời", "Prefer not to say", alone=True)
YES = Option("yes", "Có", "Yes", gbvims="true")
NO = Option("no", "Không", "No", gbvims="false")


@dataclass(frozen=True)
class Condition:
    """What the answer to an earlier question of the same form must be, or must not be."""

    field: str
    codes: tuple[str, ...]
    is_none_of: bool = False

    def holds(self, answers: Mapping[str, object]) -> bool:
        """Whether the earlier answer, single or several, is as wanted; never while there is none.

        ``none_of`` holds once something else has been answered.
        """
        given = answers.get(self.field)
        codes = given if isinstance(given, list) else [given]
        is_among = any(code in self.codes for code in codes)
        return given is not None and is_among is not self.is_none_of


class Function(StrEnum):
    """What may be worked out."""

    ROWS = "rows"
    """How many rows a group has."""
    SUM = "sum"
    """The sum of numbers, or of one number in every row of a group."""
    YEARS_SINCE = "years_since"
    """Full years from a date, or years from a year, to the day on which it was asked."""


@dataclass(frozen=True)
class Calculation:
    """A function, and the questions it is made from: an id, or ``group.id``."""

    function: Function
    of: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One question of a form.

    ``decline`` and ``unknown`` say whether "prefer not to say" and "not known" are answers to it;
    ``core`` marks the questions asked before a first referral; ``fact`` lets a statistics fact
    carry the answer; ``copied_from`` names the ``form.field`` whose answer fills this one first;
    ``not_before`` and ``not_after`` are ``today``, a day, or the id of an earlier date.
    A group has ``fields`` of its own, asked anew in each row, and from ``least`` to ``most`` rows.
    """

    id: str
    type: FieldType
    vi: str
    en: str
    hint_vi: str = ""
    hint_en: str = ""
    options: tuple[Option, ...] = ()
    required: bool = False
    core: bool = False
    decline: bool = True
    unknown: bool = False
    fact: bool = False
    max_length: int = 200
    minimum: int = 0
    maximum: int = 9999
    fields: tuple["Field", ...] = ()
    least: int = 0
    most: int = 20
    unit_vi: str = ""
    unit_en: str = ""
    paper_vi: str = ""
    paper_en: str = ""
    not_before: str | None = None
    not_after: str | None = None
    calculation: Calculation | None = None
    shown_when: Condition | None = None
    required_when: Condition | None = None
    copied_from: str | None = None
    gbvims: str | None = None
    source: str | None = None

    def label(self, locale: str) -> str:
        """The question in the reader's language."""
        return self.en if is_english(locale) else self.vi

    def on_paper(self, locale: str) -> str:
        """The question on a blank sheet, which names nothing that happened."""
        return (self.paper_en if is_english(locale) else self.paper_vi) or self.label(locale)

    def hint(self, locale: str) -> str:
        """The line under the question; empty when there is none."""
        return self.hint_en if is_english(locale) else self.hint_vi

    def unit(self, locale: str) -> str:
        """What a number counts or measures ("tuổi", "kg"); empty when its question says so."""
        return self.unit_en if is_english(locale) else self.unit_vi

    @property
    def is_always_required(self) -> bool:
        """Whether the answer is needed whatever else was answered."""
        return self.required and self.shown_when is None

    @property
    def exits(self) -> tuple[Option, ...]:
        """The ways to leave the question open on purpose, in the order they are shown."""
        ways = ((self.unknown, UNKNOWN), (self.decline, DECLINED))
        return tuple(option for offered, option in ways if offered)

    @property
    def choices(self) -> tuple[Option, ...]:
        """Everything that may be ticked: the options of the list, then the exits."""
        return self.options + self.exits

    def is_shown(self, answers: Mapping[str, object]) -> bool:
        """Whether the question applies, given the other answers."""
        return self.shown_when is None or self.shown_when.holds(answers)

    def is_required(self, answers: Mapping[str, object]) -> bool:
        """Whether the answer is needed, given the other answers."""
        called_for = self.required_when is not None and self.required_when.holds(answers)
        return (self.required or called_for) and self.is_shown(answers)


SHEET = Field(
    id="sheet",
    type=FieldType.SHEET,
    vi="Số phiếu giấy",
    en="Number of the paper sheet",
    hint_vi="Chỉ ghi khi nhập lại từ phiếu giấy.",
    hint_en="Only when this is typed in from a sheet of paper.",
    decline=False,
)
"""What every form asks last, so that a sheet is not typed in twice."""

DESTROYED = Option("destroyed", "Đã hủy", "Destroyed")
KEPT = Option("kept", "Đang cất có khóa", "Kept under lock")

PAPER = Field(
    id="paper",
    type=FieldType.GROUP,
    vi="Ghi trên giấy trước",
    en="Written on paper first",
    hint_vi="Chỉ khi nhập lại nội dung đã ghi trên giấy. Giờ nhập do hệ thống ghi.",
    hint_en="Only when this is typed in from paper. The system notes when it was typed in.",
    decline=False,
    most=1,
    fields=(
        Field(
            id="taken_at",
            type=FieldType.DATETIME,
            vi="Ghi trên giấy lúc",
            en="Written on paper at",
            required=True,
            decline=False,
            not_after="today",
        ),
        Field(
            id="taken_by",
            type=FieldType.MEMBER,
            vi="Người ghi, trong đơn vị",
            en="Written by, of our agency",
            decline=False,
        ),
        Field(
            id="taken_by_name",
            type=FieldType.TEXT,
            vi="Người ghi không có tài khoản",
            en="Written by somebody without an account",
            hint_vi="Ví dụ trưởng thôn, đồng nghiệp trực đêm không có tài khoản.",
            hint_en="Such as a village head, or a colleague of the night who has none.",
            decline=False,
            max_length=120,
        ),
        Field(
            id="fate",
            type=FieldType.ONE_OF,
            vi="Phiếu giấy",
            en="The paper",
            options=(DESTROYED, KEPT),
            required=True,
            decline=False,
        ),
        Field(
            id="destroyed_on",
            type=FieldType.DATE,
            vi="Hủy ngày",
            en="Destroyed on",
            required=True,
            decline=False,
            shown_when=Condition("fate", (DESTROYED.id,)),
            not_before="taken_at",
            not_after="today",
        ),
        Field(
            id="kept_until",
            type=FieldType.DATE,
            vi="Cất đến ngày, rồi hủy",
            en="Kept until, then destroyed",
            required=True,
            decline=False,
            shown_when=Condition("fate", (KEPT.id,)),
            not_before="taken_at",
        ),
    ),
)
"""What every form for something told asks of a paper that it is typed in from; one line at most."""

BY_ITSELF = (SHEET, PAPER)
"""Questions that no file writes down."""


def is_english(locale: str) -> bool:
    """Whether a locale such as ``en`` or ``en_GB`` is English; all else reads Vietnamese."""
    return locale.partition("_")[0].partition("-")[0] == "en"
