"""What is written on paper first, for the tests that type it in."""

from datetime import timedelta

import pytest

from referral.cases import queries
from referral.cases import service as cases
from referral.followup import service
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REPORT = {"channel": "in_person", "immediate_danger": "yes"}
GIVEN = {"given_by": "survivor", "how": ["written"]}


def as_said(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def gone(taken_at, **more):
    by = {} if "taken_by" in more else {"taken_by_name": "Trưởng thôn"}
    gone = {"fate": "destroyed", "destroyed_on": clock.today().isoformat()}
    return {"paper": [{"taken_at": as_said(taken_at), **by, **gone, **more}]}


def kept(taken_at, days=30):
    until = (clock.today() + days * DAY).isoformat()
    by = {"taken_by_name": "Trưởng thôn"}
    row = {"taken_at": as_said(taken_at), **by, "fate": "kept", "kept_until": until}
    return {"paper": [row]}


def write(actor, case, kind="needs", revision=None, **answers):
    with db.unit_of_work():
        return cases.write_section(
            actor,
            queries.visible_case(actor, case.id),
            kind=kind,
            answers=answers,
            expected_revision=revision,
        )


def read(actor, case, kind):
    with db.unit_of_work():
        return cases.read_case(actor, queries.visible_case(actor, case.id)).section(kind)


def refused(write):
    with pytest.raises(InvalidInput) as refusal:
        write()
    return set(refusal.value.fields)


def follow_up(actor, case, met_at, next_on, **paper):
    answers = {
        "met_on": clock.local(met_at).date().isoformat(),
        "meeting": "phone",
        "next_on": next_on.isoformat(),
        **paper,
    }
    with db.unit_of_work():
        return service.record_follow_up(actor, case, answers=answers)
