"""What a question depends on, in sentences: a page without script shows every question."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from referral.cases.forms.definition import Condition, Field, Option
from referral.cases.forms.limits import TODAY
from referral.web.format import language, write_date_input


def conditions_of(item: Field, beside: Sequence[Field], *, on_paper: bool = False) -> list[str]:
    """When the question applies and is needed, and between which days its answer may lie.

    `on_paper`: in the words of a blank sheet.
    """
    says = _Words(beside, (lambda one: one.on_paper(language())) if on_paper else _label)
    return [*_applies(item, says), *_is_needed(item, says), *_limits(item, says)]


def _label(one: Field | Option) -> str:
    return one.label(language())


@dataclass(frozen=True)
class _Words:
    """How questions and answers are called."""

    beside: Sequence[Field]
    of: Callable[[Field | Option], str]

    def question(self, field_id: str) -> Field:
        return next(one for one in self.beside if one.id == field_id)

    def answers(self, condition: Condition) -> str:
        """The answers that count."""
        options = self.question(condition.field).choices
        return "; ".join(self.of(option) for option in options if option.id in condition.codes)

    def limit(self, limit: str) -> str:
        if limit == TODAY:
            return str(gettext("today"))
        named = [self.of(one) for one in self.beside if one.id == limit]
        return named[0] if named else str(write_date_input(limit))


def _applies(item: Field, says: _Words) -> Iterator[str]:
    if item.shown_when is None:
        return
    answers = says.answers(item.shown_when)
    if item.shown_when.is_none_of:
        yield gettext("Only if the answer is none of: %(answers)s", answers=answers)
    else:
        yield gettext("Only if the answer is: %(answers)s", answers=answers)


def _is_needed(item: Field, says: _Words) -> Iterator[str]:
    condition = item.required_when
    if condition is None:
        return
    words = {
        "question": says.of(says.question(condition.field)),
        "answers": says.answers(condition),
    }
    if condition.is_none_of:
        yield gettext("Needed if “%(question)s” is none of: %(answers)s", **words)
    else:
        yield gettext("Needed if “%(question)s” is: %(answers)s", **words)


def _limits(item: Field, says: _Words) -> Iterator[str]:
    if item.not_before is not None:
        yield gettext("Not before: %(limit)s", limit=says.limit(item.not_before))
    if item.not_after is not None and item.not_after != TODAY:
        yield gettext("Not after: %(limit)s", limit=says.limit(item.not_after))
