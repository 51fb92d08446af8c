"""Every job of the product is in the one table, and each is an operation of the system actor."""

import inspect

import pytest

from referral.audit.operation import OPERATIONS
from referral.jobs.schedule import SCHEDULE, job_named
from referral.kernel.errors import NotFound
from referral.kernel.permissions import Permission


def _name(operation):
    return f"{inspect.unwrap(operation).__module__.split('.')[1]}.{operation.__name__}"


def test_every_operation_for_jobs_is_scheduled_and_no_other():
    for_jobs = {name for name, it in OPERATIONS.items() if it.permission is Permission.JOB_RUN}
    assert "followup.remind_due" in for_jobs
    assert {_name(job.operation) for job in SCHEDULE} == for_jobs


def test_a_job_is_called_like_its_operation_and_explained_in_both_languages():
    for job in SCHEDULE:
        assert job.id == job.operation.__name__
        assert job.every >= 60
        assert job.vi
        assert job.en
    assert len({job.id for job in SCHEDULE}) == len(SCHEDULE)


def test_a_job_is_found_by_its_name():
    assert [job_named(job.id) for job in SCHEDULE] == list(SCHEDULE)
    with pytest.raises(NotFound):
        job_named("make_coffee")
