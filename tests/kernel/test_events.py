"""Who listens below hears at once, in the publisher's own transaction."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from referral.kernel import db, deployment, events
from referral.kernel.deployment import Deployment
from referral.kernel.ids import new_id


@dataclass(frozen=True)
class Rang:
    times: int


@dataclass(frozen=True)
class RangTwice(Rang):
    pass


@pytest.fixture(autouse=True)
def nobody_else_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_handlers", defaultdict(list))


def test_every_subscriber_hears_once_in_order_of_subscription() -> None:
    heard: list[str] = []

    def first(event: Rang) -> None:
        heard.append(f"first {event.times}")

    def second(event: Rang) -> None:
        heard.append(f"second {event.times}")

    for handler in (first, second, first):
        events.subscribe(Rang, handler)
    events.publish(Rang(3))
    assert heard == ["first 3", "second 3"]


def test_only_the_very_kind_subscribed_to_is_heard() -> None:
    heard: list[Rang] = []
    events.subscribe(Rang, heard.append)
    events.publish(RangTwice(1))
    assert heard == []
    events.publish(Rang(1))
    assert heard == [Rang(1)]


def test_the_page_of_subscriptions_names_event_and_handler() -> None:
    events.subscribe(Rang, deployment.create)
    assert events.subscriptions() == {"Rang": ["referral.kernel.deployment.create"]}


def test_a_handler_that_fails_undoes_everything_its_publisher_wrote(app) -> None:
    after: list[str] = []

    def fails(_event: Rang) -> None:
        deployment.current()  # what the publisher wrote is seen in the same transaction
        raise ArithmeticError

    events.subscribe(Rang, fails)

    def publisher() -> None:
        db.begin_write()
        deployment.create(new_id(), is_demo=True, clock_shift=timedelta(0))
        db.after_commit(lambda: after.append("sent"))
        events.publish(Rang(1))

    with app.app_context():
        with pytest.raises(ArithmeticError), db.unit_of_work():
            publisher()
        assert db.session().scalar(select(func.count()).select_from(Deployment)) == 0
        assert after == []
        db.rollback()
        events._handlers.clear()
        with db.unit_of_work():
            publisher()
        assert after == ["sent"]
        assert db.session().scalar(select(func.count()).select_from(Deployment)) == 1
