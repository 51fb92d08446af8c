from collections import defaultdict
from collections.abc import Callable
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
from tests.factories.installation import Installation
from tests.shelters import refuge as built


@pytest.fixture
def home(settle: Callable[..., Installation]) -> Installation:
    return settle(built.PLANS)


@pytest.fixture
def refuge(home: Installation) -> built.Refuge:
    return built.in_province(home.province)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What this room published in the test, told by subscribers that leave with the test."""
    told: list[Any] = []
    handlers = defaultdict(list, {kind: [*known] for kind, known in events._handlers.items()})
    monkeypatch.setattr(events, "_handlers", handlers)
    for kind in (StayHeld, StayConfirmed, StayReleased, HoldLapsed, StayStarted, StayEnded):
        events.subscribe(kind, told.append)
    return told
