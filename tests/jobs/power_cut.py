"""A program: run the job JOB and be killed at the moment commit NUMBER is sent."""

import os
import signal
import sys

from sqlalchemy import event

from referral.app import create_app
from referral.jobs.runner import perform
from referral.jobs.schedule import job_named
from referral.kernel.db import db


def main(job: str, number: int) -> None:
    app = create_app()
    commits = 0

    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1
        if commits == number:
            os.kill(os.getpid(), signal.SIGKILL)

    with app.app_context():
        event.listen(db.engine, "commit", count)
        perform(job_named(job))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
