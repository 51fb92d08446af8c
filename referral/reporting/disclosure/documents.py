"""Tables as JSON documents: cells and sums, and what is asked of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from referral.reporting.disclosure.primary import Backing, Rule, standard, together
from referral.reporting.disclosure.problem import (
    Bound,
    Cell,
    Demand,
    MalformedProblemError,
    Problem,
    Standard,
    Sum,
)
from referral.reporting.disclosure.reading import (
    a_flag,
    a_list,
    a_number,
    a_whole,
    a_word,
    an_object,
    ids_of,
    named,
    parsed,
    repeated,
)

_DOCUMENT = {"release", "cells", "sums", "bounds", "known", "k", "rule", "tables", "sensitive"}
_CELL = {
    *("id", "value", "published", "impossible", "weight"),
    *("persons", "perpetrators", "services", "largest"),
}
_RULE = {"perpetrators", "services", "presence", "insiders", "open", "dominance", "percent"}
_DEMAND = {"id", "lower", "upper", "sliding"}


@dataclass(frozen=True)
class Document:
    """What a file says; ``order`` are the ids in the order of the file.

    ``thresholds`` are the k of each cell that has one. Structural zeros count as published.
    """

    problem: Problem
    order: tuple[str, ...]
    known: tuple[str, ...]
    standard: Standard | None
    thresholds: Mapping[str, int]
    release: str | None

    @property
    def unpublished(self) -> list[str]:
        """Ids of the numbers that are neither published nor known to everybody."""
        return [cell for cell in self.order if not self.problem.by_id[cell].published]


def read(text: bytes | str) -> Document:
    """Read a document; `MalformedProblemError` names the ids, or else the place, at fault."""
    raw = an_object(parsed(text), _DOCUMENT, "the document")
    cells = [an_object(cell, _CELL, "a cell") for cell in a_list(raw, "cells")]
    ids = [a_word(cell, "id") for cell in cells]
    problem = Problem(
        [_cell(cell) for cell in cells],
        [_sum(one) for one in a_list(raw, "sums", optional=True)],
        [_bound(one) for one in a_list(raw, "bounds", optional=True)],
    )
    release = a_word(raw, "release") if "release" in raw else None
    known = tuple(ids_of(raw, "known")) if "known" in raw else ()
    demands = [_demand(one) for one in a_list(raw, "sensitive", optional=True)]
    _check_names(problem, "known", known)
    _check_names(problem, "sensitive", [demand.cell for demand in demands])
    asked = [Standard(tuple(demands))] if "sensitive" in raw else []
    backing = {cell["id"]: _backing(cell) for cell in cells}
    thresholds: dict[str, int] = {}
    for rule, held in _rules(raw, problem):
        large = [cell for cell in held if backing[cell].largest]
        if large and rule.dominance is None and rule.percent is None:
            raise MalformedProblemError(
                f'"largest" without "dominance" or "percent" in "rule": {named(large)}'
            )
        asked.append(standard(problem, rule, backing=backing, cells=held))
        thresholds |= {cell: max(rule.k, thresholds.get(cell, 0)) for cell in held}
    joined = together(asked) if asked else None
    return Document(problem, tuple(ids), known, joined, thresholds, release)


def _rules(raw: Mapping[str, Any], problem: Problem) -> Iterator[tuple[Rule, set[str]]]:
    """Yield each rule and its cells: those of the tables, and the one of all that is in none."""
    classes = tuple(
        _sum(one) for one in a_list(raw, "sums", optional=True) if a_flag(one, "classes")
    )
    left = set(problem.by_id)
    for one in a_list(raw, "tables", optional=True):
        table = an_object(one, {"cells", "k", "rule"}, "a table")
        held = ids_of(table, "cells")
        _check_names(problem, "cells", held)
        left -= set(held)
        yield rule_of(table, classes), set(held)
    if "k" in raw:
        yield rule_of(raw, classes), left
        return
    if "rule" in raw:
        raise MalformedProblemError('"rule" says how "k" is meant, and there is no "k"')
    if "tables" not in raw:
        if classes:
            raise MalformedProblemError('"classes" is for a "k", and there is none')
    elif bare := [cell for cell in left if not problem.by_id[cell].published]:
        raise MalformedProblemError(f'in no table, and there is no "k" for the rest: {named(bare)}')


def _cell(raw: Mapping[str, Any]) -> Cell:
    impossible = a_flag(raw, "impossible")
    if impossible and a_whole(raw, "value"):
        raise MalformedProblemError(f"impossible, and counted all the same: {raw['id']}")
    return Cell(
        raw["id"],
        a_whole(raw, "value"),
        contributors=a_whole(raw, "persons") if "persons" in raw else None,
        weight=a_number(raw, "weight") if "weight" in raw else 1.0,
        published=a_flag(raw, "published") or impossible,
    )


def _backing(raw: Mapping[str, Any]) -> Backing:
    largest: tuple[int, ...] = ()
    if "largest" in raw:
        shares = a_list(raw, "largest")
        largest = tuple(a_whole({"largest": s, "id": raw["id"]}, "largest") for s in shares)
        if list(largest) != sorted(largest, reverse=True) or sum(largest) > raw["value"]:
            raise MalformedProblemError(f'"largest" of {raw["id"]} are not parts, largest first')
    return Backing(
        perpetrators=a_whole(raw, "perpetrators") if "perpetrators" in raw else None,
        services=a_whole(raw, "services") if "services" in raw else None,
        largest=largest,
    )


def _sum(raw: Any) -> Sum:
    one = an_object(raw, {"total", "parts", "classes"}, "a sum")
    total, parts = a_word(one, "total"), ids_of(one, "parts")
    if total in parts:
        raise MalformedProblemError(f"a part of itself: {total}")
    return Sum(total, tuple(parts))


def _bound(raw: Any) -> Bound:
    one = an_object(raw, {"smaller", "larger"}, "a bound")
    return Bound(tuple(ids_of(one, "smaller")), tuple(ids_of(one, "larger")))


def _demand(raw: Any) -> Demand:
    one = an_object(raw, _DEMAND, "a sensitive cell")
    sliding = a_whole(one, "sliding") if "sliding" in one else 0
    return Demand(a_word(one, "id"), a_whole(one, "lower"), a_whole(one, "upper"), sliding)


def rule_of(raw: Mapping[str, Any], classes: tuple[Sum, ...] = (), words: set[str] = _RULE) -> Rule:
    """Read "k", and "rule" if there is one."""
    one = an_object(raw.get("rule", {}), words, '"rule"')
    dominance = None
    if "dominance" in one:
        pair = an_object(one["dominance"], {"n", "percent"}, '"dominance"')
        dominance = a_whole(pair, "n", least=1), a_number(pair, "percent")
        if not 0 < dominance[1] <= 100:
            raise MalformedProblemError('"percent" of "dominance" is not within 0 and 100')
    return Rule(
        a_whole(raw, "k", least=1),
        perpetrators=a_whole(one, "perpetrators") if "perpetrators" in one else None,
        services=a_whole(one, "services") if "services" in one else 2,
        presence=a_flag(one, "presence"),
        insiders=a_flag(one, "insiders"),
        open=a_flag(one, "open"),
        classes=classes,
        dominance=dominance,
        percent=a_number(one, "percent") if "percent" in one else None,
    )


def _check_names(problem: Problem, key: str, ids: Iterable[str]) -> None:
    listed = list(ids)
    if unknown := set(listed) - problem.by_id.keys():
        raise MalformedProblemError(f'unknown cells in "{key}": {named(unknown)}')
    if twice := repeated(listed):
        raise MalformedProblemError(f'"{key}" names twice: {named(twice)}')
