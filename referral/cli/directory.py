"""`flask directory`: the root key and what it signs. Run where the root's file is at hand."""

from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from referral.accounts.founding import (
    agency_reports,
    countersign,
    countersign_plan,
    init_root,
    open_operator,
    open_root_file,
    restart,
    succession_of,
    waiting_founder,
)
from referral.accounts.restoring import confirm_administrator, digits_of_administrator
from referral.agencies.geography import UnknownUnit
from referral.agencies.kinds import AgencyKind
from referral.agencies.succession import SuccessionReport
from referral.kernel import db
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, StateConflict, Unreadable
from referral.kernel.instance import ROOT_SEALED, instance
from referral.vault.root import RootKey

directory_commands = AppGroup("directory", help="The root key and the agencies it vouches for.")
PASSPHRASE = click.option(
    "--passphrase", envvar="ROOT_PASSPHRASE", prompt=True, hide_input=True, help="Of the root key."
)


@directory_commands.command("init-root")
@PASSPHRASE
def init_root_command(passphrase: str) -> None:
    """Make this installation's root key. Move the sealed file off this server afterwards."""
    try:
        init_root(passphrase, is_demo=False)
    except StateConflict as error:
        raise click.ClickException("This installation has a root key already.") from error
    except InvalidInput as error:
        raise click.ClickException(" ".join(error.fields["passphrase"])) from error
    click.echo(f"Root key written: {instance.folder / ROOT_SEALED}")
    click.echo("Move that file to two places off this server, then delete it here.")


@directory_commands.command("init-operator")
@click.option("--name-vi", prompt="Name of the operator in Vietnamese")
@click.option("--name-en", prompt="Name of the operator in English")
@click.option("--unit", prompt="Code of the unit of its seat")
@click.option("--username", prompt="User name of its first administrator")
@click.option("--display-name", prompt="Full name of its first administrator")
def init_operator_command(
    name_vi: str, name_en: str, unit: str, username: str, display_name: str
) -> None:
    """List who runs this system, and invite its first administrator by a one-time code."""
    try:
        agency_id, code = open_operator(
            name_vi=name_vi,
            name_en=name_en,
            unit_code=unit,
            username=username,
            display_name=display_name,
        )
    except StateConflict as error:
        raise click.ClickException("This installation has an operator already.") from error
    except NotFound as error:
        raise click.ClickException("Make the root key first: flask directory init-root.") from error
    except UnknownUnit as error:
        raise click.ClickException(f"There is no unit {unit} today.") from error
    except InvalidInput as error:
        raise click.ClickException(" ".join(error.fields["username"])) from error
    click.echo(f"Listed: {agency_id}")
    click.echo(f"One-time code of {username}, good once and for seven days: {code}")
    click.echo(
        "Enrol at /enrol, then: flask directory countersign --kind operator " + str(agency_id)
    )


@directory_commands.command("countersign")
@click.argument("agency", type=click.UUID)
@click.option("--root-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in AgencyKind]),
    prompt="What the agency is",
    help="What you know the agency to be; its members' roles follow from it.",
)
@click.option("--fingerprint", prompt="Digits read by the administrator on the phone")
@PASSPHRASE
def countersign_command(
    agency: UUID, root_file: Path | None, kind: str, fingerprint: str, passphrase: str
) -> None:
    """Found a pending agency: its first administrator has enrolled and read out the digits."""
    founder_id = _compared(agency, fingerprint)
    root = _root(root_file, passphrase)
    try:
        countersign(root, agency, founder_id, kind=kind)
    except InvalidInput as error:
        raise click.ClickException(" ".join(error.fields["kind"])) from error
    click.echo("The agency is live.")


def _compared(agency: UUID, fingerprint: str) -> UUID:
    """Who waits for the root's word, once the digits read out are those of the keys here."""
    try:
        founder_id, digits = waiting_founder(agency)
    except NotFound as error:
        raise click.ClickException("No administrator of this agency has enrolled yet.") from error
    if fingerprint.replace(" ", "") != digits.replace(" ", ""):
        raise click.ClickException("These are not the digits of the administrator's key.")
    db.rollback()
    return founder_id


def _root(root_file: Path | None, passphrase: str) -> RootKey:
    sealed = root_file.read_bytes() if root_file else instance.read(ROOT_SEALED)
    if sealed is None:
        raise click.ClickException("Name the root key's file with --root-file.")
    try:
        return open_root_file(sealed, passphrase)
    except Unreadable as error:
        raise click.ClickException("The passphrase or the root file is not right.") from error


@directory_commands.command("restart")
@click.argument("agency", type=click.UUID)
@click.option("--root-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fingerprint", prompt="Digits read by the new administrator on the phone")
@PASSPHRASE
def restart_command(
    agency: UUID, root_file: Path | None, fingerprint: str, passphrase: str
) -> None:
    """Put a new administrator in the place of all who are lost; the others stay as they are.

    The system administrator has invited somebody, who has enrolled and read out the digits. Ask
    somebody else of the agency as well, on a number known before: this replaces its head.
    """
    heir_id = _compared(agency, fingerprint)
    root = _root(root_file, passphrase)
    try:
        restart(root, agency, heir_id)
    except StateConflict as error:
        raise click.ClickException("This agency does not take part: countersign it.") from error
    click.echo("The agency has a new administrator. Renew the key of each circle next.")


@directory_commands.command("confirm-after-restore")
@click.argument("agency", type=click.UUID)
@click.option("--username", required=True, help="Of an administrator of the agency who waits.")
@click.option("--root-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fingerprint", prompt="Digits read by the administrator on the phone")
@PASSPHRASE
def confirm_command(
    agency: UUID, username: str, root_file: Path | None, fingerprint: str, passphrase: str
) -> None:
    """After a restore with a gap: let an administrator go on, who confirms the colleagues.

    Call on a number known before, and ask whether the passphrase was changed since the backup:
    who changed it is enrolled anew by another administrator instead.
    """
    root = _root(root_file, passphrase)
    try:
        member_id, _ = digits_of_administrator(agency, username)
        db.rollback()
        confirm_administrator(root, agency, member_id, digits=fingerprint)
    except NotFound as error:
        raise click.ClickException("No administrator of this name waits there.") from error
    except NotPermitted as error:
        raise click.ClickException("These are not the digits of that key.") from error
    click.echo("Confirmed. The administrator now confirms the colleagues under Members.")


@directory_commands.command("succession")
@click.argument("agency", type=click.UUID)
@click.option("--root-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--countersign", "signing", is_flag=True, help="Sign the plan, after hearing its digits."
)
@click.option("--digits", help="Digits of the plan, read by the administrator on the phone.")
@click.option("--passphrase", envvar="ROOT_PASSPHRASE", help="Of the root key.")
def succession_command(
    agency: UUID, root_file: Path | None, *, signing: bool, digits: str | None, passphrase: str
) -> None:
    """Show who succeeds an agency that ends, circle by circle; with --countersign, agree to it."""
    try:
        report = succession_of(agency)
    except NotFound as error:
        raise click.ClickException("There is no such agency.") from error
    _tell_plan(report)
    if not signing:
        return
    db.rollback()
    digits = digits or click.prompt("Digits read by the administrator on the phone")
    passphrase = passphrase or click.prompt("Passphrase", hide_input=True)
    try:
        countersign_plan(_root(root_file, passphrase), agency, digits)
    except InvalidInput as error:
        said = [text for texts in error.fields.values() for text in texts]
        raise click.ClickException(" ".join(said)) from error
    except StateConflict as error:
        raise click.ClickException("No plan waits for countersigning.") from error
    click.echo("Countersigned. Keys may pass from the day on.")


def _tell_plan(report: SuccessionReport) -> None:
    click.echo(f"{report.agency.name_vi}: {report.agency.state}")
    if report.on is None:
        click.echo("No plan is stated.")
        return
    click.echo(f"From {report.on.isoformat()} on. Digits of the plan: {report.digits}")
    click.echo(f"Countersigned: {'yes' if report.is_countersigned else 'no'}")
    for line in report.lines:
        if line.heir_agency is None or line.heir_circle is None:
            click.echo(f"  {line.circle.name_vi}: no successor")
            continue
        heir = f"{line.heir_agency.name_vi}, {line.heir_circle.name_vi}"
        click.echo(f"  {line.circle.name_vi} > {heir}{' (passed)' if line.is_passed else ''}")


@directory_commands.command("verify")
def verify_command() -> None:
    """Check every agency's log from the pinned root on; exit code 1 when one does not hold."""
    reports = agency_reports()
    for report in reports:
        if report.fault:
            click.echo(f"BROKEN  {report.name}: {report.fault}")
        else:
            click.echo(f"holds   {report.name}: {report.entries} entries, {report.members} members")
    if any(report.fault for report in reports):
        raise SystemExit(1)


@directory_commands.command("show")
def show_command() -> None:
    """List agencies with their id and state, and the digits of administrators who wait."""
    for report in agency_reports():
        click.echo(f"{report.agency_id}  {report.state:8} {report.name} ({report.kind})")
        for name, digits in report.waiting:
            click.echo(f"    waits: {name}  {digits}")
