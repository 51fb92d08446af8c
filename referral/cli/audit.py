"""`flask audit`: checking the chains, and the heads that are kept elsewhere."""

from pathlib import Path

import click
from flask.cli import AppGroup

from referral.agencies import directory
from referral.audit import heads
from referral.audit.shipments import ship
from referral.audit.verify import ChainReport, logs_lost, verify_all, verify_logs
from referral.kernel import db
from referral.kernel.errors import NotVerified
from referral.kernel.instance import shipping

audit_commands = AppGroup("audit", help="The access log: append-only, chained, signed.")


@audit_commands.command("heads")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A new file.")
def heads_command(out: Path | None) -> None:
    """Print where every chain and every directory log stands, signed; to be kept elsewhere."""
    content = heads.written(heads.present_heads(directory.log_heads()))
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise click.FileError(str(out), str(error.strerror)) from error
    click.echo(f"{out}")


@audit_commands.command("verify")
@click.option(
    "--head",
    "kept_in",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Heads that were kept elsewhere, to hold the chains against.",
)
def verify_command(kept_in: Path | None) -> None:
    """Verify every chain from its first entry to its head, and that none is missing.

    What does not hold is named: edited, forged, deleted, re-ordered, truncated or replaced. Exit
    code 1 when one does not hold.
    """
    kept = _kept(kept_in)
    reports = verify_all(directory.signing_keys, directory.least_entries(), kept)
    for report in reports:
        click.echo(_line(report))
    logs = verify_logs(kept, directory.log_digest) if kept else []
    for agency_id, fault in logs:
        click.echo(f"{agency_id}  directory  BROKEN, {fault}")
    for agency_id, told in logs_lost(kept) if kept else []:
        click.echo(f"{agency_id}  directory  holds; {told}")
    broken = sum(1 for report in reports if report.fault)
    click.echo(f"{len(reports)} chains, {broken} broken")
    if broken or logs:
        raise SystemExit(1)


def _kept(path: Path | None) -> heads.Heads | None:
    if path is None:
        return None
    try:
        return heads.read_heads(path.read_bytes())
    except NotVerified as error:
        raise click.ClickException(f"{path}: {error}") from error


def _line(report: ChainReport) -> str:
    state = f"BROKEN, {report.kind}: {report.fault}" if report.fault else "holds"
    if report.explained:
        state = f"holds; {report.explained}"
    if report.details_missing:
        state += f"; sealed details missing: {report.details_missing}"
    return f"{report.chain_id}  {report.entries:6} entries  {report.head.hex()}  {state}"


@audit_commands.command("tombstones")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
def tombstones_command(out: Path) -> None:
    """Ship what has ended, then copy every file of tombstones that is not in the folder OUT yet."""
    with db.unit_of_work():
        db.begin_write()
        ship(directory.log_heads())
    out.mkdir(parents=True, exist_ok=True)
    names = [name for name in shipping.names(".") if name.endswith(".json")]
    fresh = [name for name in names if not (out / name).exists()]
    for name in fresh:
        (out / name).write_bytes(shipping.read(name) or b"")
    click.echo(f"{out}: {len(fresh)} new of {len(names)} files")
