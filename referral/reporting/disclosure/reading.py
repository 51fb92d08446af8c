"""JSON read strictly, since a misspelt word could make a table look safe."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from referral.reporting.disclosure.problem import MalformedProblemError

LARGEST = 10**9
"""Beyond it the solver's arithmetic is no longer sure of every single person."""

_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair: JSON can say it, and UTF-8 cannot."""


def parsed(text: bytes | str) -> Any:
    """What JSON says, each word once and every number one that can be counted."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise MalformedProblemError("the document is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, MalformedProblemError):
            raise
        raise MalformedProblemError(f"the document is not JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if twice := repeated(key for key, _ in pairs):
        raise MalformedProblemError(f"said twice in one place: {named(twice)}")
    return dict(pairs)


def _no_number(word: str) -> float:
    raise MalformedProblemError(f"{word} is not a number that can be counted")


def an_object(raw: Any, words: set[str], what: str) -> dict[str, Any]:
    """Return an object of known words."""
    if not isinstance(raw, dict):
        raise MalformedProblemError(f"{what} is not an object")
    if strange := raw.keys() - words:
        where = f" ({raw['id']})" if isinstance(raw.get("id"), str) else ""
        raise MalformedProblemError(f"{what}{where} has unknown words: {named(strange)}")
    return raw


def a_list(raw: Mapping[str, Any], key: str, *, optional: bool = False) -> list[Any]:
    """Return the list that a word says."""
    found = raw.get(key, [] if optional else None)
    if not isinstance(found, list):
        raise MalformedProblemError(f'"{key}" is not a list')
    return found


def a_word(raw: Mapping[str, Any], key: str) -> str:
    """Return the text that a word says; never an empty one."""
    found = raw.get(key)
    if not isinstance(found, str) or not found or _HALF.search(found):
        raise MalformedProblemError(f'"{key}" is {json.dumps(found)}, not a word')
    return found


def a_whole(raw: Mapping[str, Any], key: str, *, least: int = 0, most: int = LARGEST) -> int:
    """Return the whole number that a word says."""
    found = raw.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
        of = f" of {raw['id']}" if "id" in raw else ""
        raise MalformedProblemError(
            f'"{key}"{of} is {json.dumps(found)}, not a whole number of {least} to {most}'
        )
    return found


def a_number(raw: Mapping[str, Any], key: str) -> float:
    """Return the number, not below nothing, that a word says."""
    found = raw.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < LARGEST:
        of = f" of {raw['id']}" if "id" in raw else ""
        raise MalformedProblemError(f'"{key}"{of} is {json.dumps(found)}, not a positive number')
    return float(found)


def a_flag(raw: Mapping[str, Any], key: str) -> bool:
    """Return whether a word is said to be true; left out, it is not."""
    found = raw.get(key, False)
    if not isinstance(found, bool):
        of = f" of {raw['id']}" if "id" in raw else ""
        raise MalformedProblemError(f'"{key}"{of} is {json.dumps(found)}, not true or false')
    return found


def ids_of(raw: Mapping[str, Any], key: str) -> list[str]:
    """Return the ids that a word lists, none of them twice."""
    found = a_list(raw, key)
    if wrong := [one for one in found if not isinstance(one, str)]:
        raise MalformedProblemError(f'"{key}" holds what is no id: {json.dumps(wrong)}')
    if twice := repeated(found):
        raise MalformedProblemError(f'"{key}" names twice: {named(twice)}')
    return found


def repeated(ids: Iterable[str]) -> list[str]:
    """Return what is listed more than once."""
    return [one for one, times in Counter(ids).items() if times > 1]


def named(ids: Iterable[str]) -> str:
    """Write ids into a message."""
    return ", ".join(sorted(ids))
