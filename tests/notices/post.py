"""People of two agencies who are told outside, by a mail server and a gateway on loopback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from referral.accounts.queries import oneself
from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.notices import channels
from referral.notices.kinds import Medium
from referral.notices.model import Letter
from tests.factories.blueprint import Plan
from tests.factories.fixtures import HOUSES
from tests.factories.installation import Installation
from tests.factories.province import House, Province, case_of, consent_of
from tests.infrastructure.mail import Exchange, Mailbox, gateway, mail_server, settings_of

NURSE, OFFICER = "thu.dung@example.vn", "anh.tuan@example.vn"
NUMBER = "+84912000111"
SEND = job_named("send_letters")
DIGITS = re.compile(r"\b[0-9]{6}\b")
DAY = timedelta(days=1)


@dataclass
class Post:
    """The servers, and the people of the thread."""

    box: Mailbox
    exchange: Exchange
    home: Installation

    @property
    def province(self) -> Province:
        return self.home.province

    @property
    def hospital(self) -> House:
        return self.province.houses["yte"]

    @property
    def nurse(self) -> Actor:
        return self.province.worker(self.hospital, "health_worker")

    @property
    def officer(self) -> Actor:
        return self.province.worker(self.province.houses["congan"], "police_officer")

    def deliver(self) -> int | None:
        """One run of the job."""
        return perform(SEND)

    def reach(self, actor: Actor, medium: Medium, address: str) -> Any:
        """Give an address, have the code sent, type it; what was sent for it is forgotten."""
        with db.unit_of_work():
            channel = channels.add_channel(actor, oneself(actor), medium=medium, address=address)
        self.deliver()
        with db.unit_of_work():
            assert channels.confirm_channel(actor, channel, code=self.code(medium))
        self.box.mails.clear()
        self.exchange.posts.clear()
        return channel

    def code(self, medium: Medium) -> str:
        """The code that was sent last."""
        if medium is Medium.EMAIL:
            text = self.box.mails[-1].message.get_content()
        else:
            text = self.exchange.posts[-1].form["text"]
        return DIGITS.findall(text)[0]

    def told(self) -> list[str]:
        """To whom something went out, in order, since it was asked last."""
        mails = [mail.recipient for mail in self.box.mails]
        calls = [post.form["to"] for post in self.exchange.posts]
        self.box.mails.clear()
        self.exchange.posts.clear()
        return mails + calls

    def letters(self) -> list[Letter]:
        """The letters of notices."""
        db.rollback()
        query = select(Letter).where(Letter.notice_id.is_not(None)).order_by(Letter.medium)
        return list(db.session().scalars(query))

    def fates(self) -> list[tuple[str, str | None]]:
        """State and outcome of each letter of a notice."""
        return [(row.state, row.outcome) for row in self.letters()]

    def send(self, urgency: str = "p2") -> Any:
        """The officer refers a case to the hospital."""
        from referral.referrals.service import send_referral

        case = case_of(self.officer, needs={"needs": ["health_care"]})
        consent_of(self.officer, case, agency_id=self.hospital.id, kinds=["needs"])
        with db.unit_of_work():
            return send_referral(
                self.officer,
                case,
                kind="service",
                circle_id=self.hospital.circle_id(),
                urgency=urgency,
                kinds=["needs"],
                summary={"reason": "Cần khám trong tuần."},
            )


@contextmanager
def servers() -> Iterator[tuple[Mailbox, Exchange, dict[str, str]]]:
    """Both servers, and the settings that name them."""
    with mail_server() as box, gateway() as exchange:
        yield box, exchange, settings_of(box, exchange)


@contextmanager
def at_noon() -> Iterator[None]:
    """The next local noon is now."""
    shift = clock.clock.shift
    tomorrow = clock.today() + DAY
    clock.clock.travel(datetime.combine(tomorrow, time(12), tzinfo=clock.clock.zone))
    yield
    clock.clock.shift = shift


def pass_by(**time_of: float) -> None:
    """Let time pass on the product's clock."""
    clock.clock.shift += timedelta(**time_of)


PLANS = (*HOUSES, Plan("vanhanh", "operator", ("system_administrator",)))
