from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from referral.kernel import events
from referral.shelters.events import (
    HoldLapsed,
    StayConfirmed,
    StayEnded,
    StayHeld,
    StayReleased,
    StayStarted,
)
from tests.shelters import refuge as built


@pytest.fixture
def refuge(make_app: Callable[..., Any]) -> Iterator[built.Refuge]:
    with make_app(SECOND_FACTOR="0").app_context():
        yield built.build()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What this room published in the test, told by subscribers that leave with the test."""
    told: list[Any] = []
    handlers = defaultdict(list, {kind: [*known] for kind, known in events._handlers.items()})
    monkeypatch.setattr(events, "_handlers", handlers)
    for kind in (StayHeld, StayConfirmed, StayReleased, HoldLapsed, StayStarted, StayEnded):
        events.subscribe(kind, told.append)
    return told
