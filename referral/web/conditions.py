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

    def condition(self, condition: Condition) -> dict[str, str]:
        """The question that decides, and the answers that count."""
        decides = next(one for one in self.beside if one.id == condition.field)
        counting = (option for option in decides.choices if option.id in condition.codes)
        return {"question": self.of(decides), "answers": "; ".join(map(self.of, counting))}

    def limit(self, limit: str) -> str:
        if limit == TODAY:
            return str(gettext("today"))
        named = [self.of(one) for one in self.beside if one.id == limit]
        return named[0] if named else str(write_date_input(limit))


def _applies(item: Field, says: _Words) -> Iterator[str]:
    if item.shown_when is None:
        return
    words = says.condition(item.shown_when)
    if item.shown_when.is_none_of:
        yield gettext("Only if “%(question)s” is none of: %(answers)s", **words)
    else:
        yield gettext("Only if “%(question)s” is: %(answers)s", **words)
    if item.required:
        yield gettext("required then")


def _is_needed(item: Field, says: _Words) -> Iterator[str]:
    condition = item.required_when
    if condition is None:
        return
    words = says.condition(condition)
    if condition.is_none_of:
        yield gettext("Needed if “%(question)s” is none of: %(answers)s", **words)
    else:
        yield gettext("Needed if “%(question)s” is: %(answers)s", **words)


def _limits(item: Field, says: _Words) -> Iterator[str]:
    if item.not_before is not None:
        yield gettext("Not before: %(limit)s", limit=says.limit(item.not_before))
    if item.not_after is not None and item.not_after != TODAY:
        yield gettext("Not after: %(limit)s", limit=says.limit(item.not_after))
