"""What a question depends on, in sentences: a page without script shows every question."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext

from referral.cases.forms.definition import Condition, Field
from referral.cases.forms.limits import TODAY
from referral.web.format import language, write_date_input


def conditions_of(item: Field, beside: Sequence[Field]) -> list[str]:
    """When the question applies and is needed, and between which days its answer may lie."""
    return [*_applies(item, beside), *_is_needed(item, beside), *_limits(item, beside)]


def _applies(item: Field, beside: Sequence[Field]) -> Iterator[str]:
    if item.shown_when is None:
        return
    _, answers = _words(item.shown_when, beside)
    if item.shown_when.is_none_of:
        yield gettext("Only if the answer is none of: %(answers)s", answers=answers)
    else:
        yield gettext("Only if the answer is: %(answers)s", answers=answers)


def _is_needed(item: Field, beside: Sequence[Field]) -> Iterator[str]:
    if item.required_when is None:
        return
    question, answers = _words(item.required_when, beside)
    words = {"question": question, "answers": answers}
    if item.required_when.is_none_of:
        yield gettext("Needed if “%(question)s” is none of: %(answers)s", **words)
    else:
        yield gettext("Needed if “%(question)s” is: %(answers)s", **words)


def _limits(item: Field, beside: Sequence[Field]) -> Iterator[str]:
    if item.not_before is not None:
        yield gettext("Not before: %(limit)s", limit=_limit(item.not_before, beside))
    if item.not_after is not None and item.not_after != TODAY:
        yield gettext("Not after: %(limit)s", limit=_limit(item.not_after, beside))


def _limit(limit: str, beside: Sequence[Field]) -> str:
    if limit == TODAY:
        return str(gettext("today"))
    label = next((one.label(language()) for one in beside if one.id == limit), None)
    return label or str(write_date_input(limit))


def _words(condition: Condition, beside: Sequence[Field]) -> tuple[str, str]:
    """The question that decides, and the answers that count, as their labels."""
    asked = next(one for one in beside if one.id == condition.field)
    wanted = [option.label(language()) for option in asked.choices if option.id in condition.codes]
    return asked.label(language()), "; ".join(wanted)
