"""Typed events by which a lower room is heard above it.

A lower room publishes; `referral.app` subscribes the upper ones. Handlers run at once, in the
publisher's transaction, and an exception in one undoes everything.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")

_handlers: dict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(kind: type[Event], handler: Callable[[Event], None]) -> None:
    """Have `handler` called for each event of exactly this `kind`; twice is once."""
    if handler not in _handlers[kind]:
        _handlers[kind].append(handler)


def publish(event: object) -> None:
    """Call every subscriber, in the order of subscription."""
    for handler in _handlers[type(event)]:
        handler(event)


def subscriptions() -> dict[str, list[str]]:
    """Event name → handlers, for the generated page of `docs/`."""
    return {
        kind.__name__: [f"{h.__module__}.{h.__qualname__}" for h in handlers]
        for kind, handlers in sorted(_handlers.items(), key=lambda item: item[0].__name__)
    }
