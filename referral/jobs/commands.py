"""`flask jobs …`: the job process, one job by hand, the schedule, and the database role."""

import signal
from datetime import timedelta

import click
from flask import current_app
from flask.cli import AppGroup

from referral.jobs import journal, lease
from referral.jobs.rights import grants_for, take_job_rights
from referral.jobs.runner import Runner, perform
from referral.jobs.schedule import SCHEDULE, job_named
from referral.kernel import clock, db, logs
from referral.kernel.errors import NotFound
from referral.kernel.process import leave_no_core
from referral.kernel.settings import Settings
from referral.notices.queries import medium_counts

jobs_commands = AppGroup("jobs", help="Work that needs no person: reminders, expiries, sweeps.")


def _take_job_rights() -> None:
    leave_no_core()
    settings: Settings = current_app.config["REFERRAL_SETTINGS"]
    take_job_rights(settings.jobs_database_url)


def _leave(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


@jobs_commands.command("run")
@click.option(
    "--lease-seconds",
    type=click.FloatRange(1, 3600),
    default=60.0,
    show_default=True,
    help="How long another process waits for one that has died.",
)
def run_jobs(lease_seconds: float) -> None:
    """Run the schedule until told to stop. A second process waits and takes over."""
    logs.configure()
    signal.signal(signal.SIGTERM, _leave)
    _take_job_rights()
    Runner(current_app.app_context, timedelta(seconds=lease_seconds)).run()


@jobs_commands.command("once")
@click.argument("name")
def run_once(name: str) -> None:
    """Run the job NAME now, whoever holds the lease, and print how much it did."""
    try:
        job = job_named(name)
    except NotFound as error:
        raise click.BadParameter(", ".join(job.id for job in SCHEDULE)) from error
    _take_job_rights()
    click.echo(f"{job.id}: {perform(job)}")


@jobs_commands.command("list")
def list_jobs() -> None:
    """Print each job's last run, how letters fare by medium, and whether a process works."""
    runs = journal.last_runs()
    for job in SCHEDULE:
        run = runs.get(job.id)
        last = f"{clock.local(run.started_at):%Y-%m-%d %H:%M:%S} {run.outcome}" if run else "never"
        click.echo(f"{job.id:<20} {job.every:>5} s  {last:<28} {job.en}")
    for row in medium_counts():
        click.echo(
            f"{row.medium}: {row.waiting} waiting, {row.sent} sent, {row.failed} failed, "
            f"{row.dropped} dropped, last fault: {row.last_fault or 'none'}"
        )
    click.echo("A process holds the lease." if lease.present() else "No process runs the jobs.")


@jobs_commands.command("rights")
@click.argument("role")
def print_rights(role: str) -> None:
    """Print what the owner of a PostgreSQL database runs to give ROLE the rights of jobs."""
    for statement in grants_for(role, db.db.engine):
        click.echo(f"{statement};")
