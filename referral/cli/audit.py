"""`flask audit`: checking the chains."""

import click
from flask.cli import AppGroup

from referral.agencies import directory
from referral.audit.verify import verify_all

audit_commands = AppGroup("audit", help="The access log: append-only, chained, signed.")


@audit_commands.command("verify")
def verify_command() -> None:
    """Verify every chain from its first entry to its head, and that none is missing.

    Exit code 1 when one does not hold.
    """
    reports = verify_all(directory.signing_keys, directory.least_entries())
    for report in reports:
        state = f"BROKEN: {report.fault}" if report.fault else "holds"
        click.echo(f"{report.chain_id}  {report.entries:6} entries  {report.head.hex()}  {state}")
    click.echo(f"{len(reports)} chains, {sum(1 for r in reports if r.fault)} broken")
    if any(report.fault for report in reports):
        raise SystemExit(1)
