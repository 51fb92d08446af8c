"""Whatever happens in a case: no mail, no message and no line of a log says a word of it."""

import logging
from typing import Any

import pytest

from referral.accounts.queries import oneself
from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel import db
from referral.kernel.clock import clock
from referral.notices import channels
from referral.notices.addresses import box
from referral.notices.kinds import Medium
from tests.infrastructure.mail import gateway, mail_server, settings_of
from tests.notices.test_notices import TELLING
from tests.security.canaries import Canaries
from tests.security.scanner import Scanner
from tests.security.thread import DAY, SETTINGS, Steps, Thread

ADDRESS, NUMBER = "someone{}@example.vn", "+8491200011{}"


class Told(Steps):
    """After each step, whoever is to be told outside is told."""

    def __call__(self, *what: Any, **also: Any) -> Any:
        result = super().__call__(*what, **also)
        perform(job_named("send_letters"))
        return result


def _tell_outside(actor, number):
    me = oneself(actor)
    for medium, where in ((Medium.EMAIL, ADDRESS), (Medium.PHONE, NUMBER)):
        address = where.format(number)
        with db.unit_of_work():
            channel = channels.add_channel(actor, me, medium=medium, address=address)
        with db.unit_of_work():
            assert channels.confirm_channel(actor, channel, code=box.code(channel))
    with db.unit_of_work():
        channels.choose_quiet_hours(actor, me, from_hour=0, until_hour=0)


def _a_whole_life(thread):
    """From the first word to the closing, and what falls due afterwards; her case."""
    for number, actor in enumerate((thread.officer, thread.nurse, thread.keeper, thread.worker)):
        _tell_outside(actor, number)
    thread.step = Told()
    thread.set_up()
    case = thread.report()
    thread.legal_basis(case)
    thread.write_everything(case)
    thread.hospital_care(case)
    thread.unanswered(case)
    thread.shelter_stay(case)
    clock.shift += 2 * DAY
    for job in ("remind_due", "send_letters"):
        perform(job_named(job))
    return case


@pytest.fixture
def right_time():
    shift = clock.shift
    yield
    clock.shift = shift


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.promise("nothing-on-her-screen-tells")
def test_no_letter_and_no_log_says_a_word_of_a_case(make_app, caplog, right_time):
    caplog.set_level(logging.DEBUG)
    plant = Canaries()
    with mail_server() as mails, gateway() as calls:
        with make_app(**SETTINGS | settings_of(mails, calls)).app_context():
            thread = Thread(plant)
            case = _a_whole_life(thread)
            ids = {"case": case.id.bytes, "agency": thread.hospital.id.bytes}
            words = plant.planted | {"code": case.code, "case id": str(case.id)}
            words |= {"circle": thread.hospital.circles["cases"].name_vi, "who": "ca.admin"}
        written = [mail.raw.decode() for mail in mails.mails]
        written += [mail.message.get_content() for mail in mails.mails]
        written += [post.body.decode() for post in calls.posts]
        written += [post.form["text"] for post in calls.posts]
    assert len(mails.mails) > 5
    assert len(calls.posts) > 5
    scanner = Scanner(words, ids)
    for text in written:
        assert scanner.scan("letter", text.encode()) == set()
        assert TELLING.search(text) is None
    log = caplog.text
    assert {hit for hit in scanner.scan("log", log.encode()) if hit.label in plant.planted} == set()
    assert ADDRESS.format(0) not in log
    assert NUMBER.format(0) not in log
    for found in words.values():
        assert scanner.scan("control", f"… {found} …".encode())
