"""Very many invented cases of one circle, for measuring: sealed like any other, written in bulk."""

from collections.abc import Callable
from random import Random  # noqa: TID251 - the dice of `draw`, named here as a type only
from typing import Any
from uuid import UUID

from referral.cases import bulk
from referral.cli.demo.draw import dice, pick
from referral.cli.demo.people import People
from referral.kernel import db
from referral.kernel.actor import Actor

Advance = Callable[[int], None]
BATCH = 500
"""As many cases share one transaction."""
PEOPLES = {"kinh": 60, "pa_co": 15, "ta_oi": 12, "co_tu": 8, "bru_van_kieu": 3, "pa_hy": 2}
AGES = {"16_17": 17, "18_24": 21, "25_39": 32, "40_59": 50, "60_over": 75}
"""Age bands, each with one age in it."""
SHARES = {"16_17": 5, "18_24": 20, "25_39": 45, "40_59": 25, "60_over": 5}
NEEDS = {"health_care": 40, "shelter": 20, "legal_aid": 20, "counselling": 20}


def survivors(seed: int, count: int, *, year: int = 2024) -> list[bulk.Sections]:
    """What one is asked first, of so many people who cannot exist; the same for the same seed."""
    draw = dice(seed, "bulk")
    people = People(draw, alike=True)
    return [_survivor(draw, people, year) for _ in range(count)]


def _survivor(draw: Random, people: People, year: int) -> dict[str, dict[str, Any]]:
    band = pick(draw, SHARES)
    born = year - AGES[band]
    name = people.name(pick(draw, PEOPLES), "female", born)
    identity = {
        "spoken_name": name.spoken,
        "paper_name": name.paper,
        "sex": "female",
        "age_band": band,
        "id_number": people.id_number("female", born),
    }
    return {
        "identity": identity,
        "safe_contact": {"reach": "set_times", "phone": people.phone()},
        "needs": {"needs": [pick(draw, NEEDS)], "children_count": draw.randrange(4)},
    }


def fill_cases(
    actor: Actor, found: list[bulk.Sections], advance: Advance = lambda _: None
) -> list[UUID]:
    """A whole case for each, in the actor's circle: every one opens. `advance` is told how many."""
    return _fill(bulk.write_cases, actor, found, advance)


def fill_cards(
    actor: Actor, found: list[bulk.Sections], advance: Advance = lambda _: None
) -> list[UUID]:
    """Of each only what a list and a search read: many times cheaper, and it does not open."""
    return _fill(bulk.write_cards, actor, found, advance)


def _fill(
    write: Callable[[Actor, list[bulk.Sections]], list[UUID]],
    actor: Actor,
    found: list[bulk.Sections],
    advance: Advance,
) -> list[UUID]:
    made: list[UUID] = []
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        with db.unit_of_work():
            made += write(actor, batch)
        advance(len(batch))
    return made
