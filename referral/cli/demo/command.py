"""`flask demo`: an invented province to try everything with. Never beside real cases."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click
from flask.cli import AppGroup
from pyotp import TOTP

from referral.accounts.roles import label_of
from referral.cli.demo.accounts import ROOT_PASSPHRASE, Account, kept_accounts
from referral.cli.demo.cases import LOCAL, PRESENT
from referral.cli.demo.later import NotForward, move_clock
from referral.cli.demo.loader import BENCH, DemoRefused, load_demo, script_for, standing
from referral.kernel.clock import clock

demo_commands = AppGroup("demo", help="An invented province: agencies, members and cases.")

SURVIVORS = {"small": 37, "standard": 240, BENCH: 4800}
FEW = 40
"""So many sign-ins are listed whole."""
REFUSALS = {
    "real": "This installation is no demo. Use an empty one: another INSTANCE_PATH, DATABASE_URL.",
    "demo": "The demo is loaded already. Empty the database and the instance folder to load anew.",
    "half a demo": "An earlier load was broken off. Empty the database and the instance folder.",
}


@demo_commands.command("load")
@click.option(
    "--preset", type=click.Choice(tuple(SURVIVORS)), default="small", help="How much of it."
)
@click.option("--cases", type=click.IntRange(1, 50_000), help="So many survivors, no stories.")
@click.option("--seed", type=int, default=2024, help="The same seed gives the same province.")
@click.option("--if-absent", is_flag=True, help="Do nothing where the demo is loaded already.")
def load_command(preset: str, cases: int | None, seed: int, *, if_absent: bool) -> None:
    """Fill an empty installation with the demo province. Nobody in it exists."""
    try:
        state = standing()
    except DemoRefused as error:
        raise click.ClickException(str(error)) from error
    if state == "demo" and if_absent:
        return
    if state != "nothing":
        raise click.ClickException(REFUSALS[state])
    script = script_for(preset, seed, cases or SURVIVORS[preset], is_told=not cases)
    with click.progressbar(length=script.steps, label="Demo province", file=sys.stderr) as bar:
        load_demo(script, bar.update)
    members = len(script.cast.members)
    click.echo(f"DEMO: {members} members, {script.survivors + script.in_bulk} invented survivors.")
    click.echo(f"DEMO: root passphrase: {ROOT_PASSPHRASE}")
    click.echo(f"DEMO: its clock stands at {clock.local(clock.now()):%Y-%m-%d %H:%M}.")


@demo_commands.command("move-clock")
@click.option("--to", "day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="2024-12-05")
def move_clock_command(day: datetime) -> None:
    """Move the demo's clock to the evening of a later day; what is reported until then comes in.

    Stop the server first: it took the clock at its start.
    """
    if kept_accounts() is None:
        raise click.ClickException("No demo is loaded here. Run `flask demo load`.")
    to = datetime.combine(day.date(), PRESENT.time(), LOCAL)
    try:
        with click.progressbar(length=0, label="Demo province", file=sys.stderr) as bar:
            happened = move_clock(to, bar.update)
    except NotForward as error:
        raise click.ClickException("The demo's clock moves forward only.") from error
    click.echo(f"DEMO: {happened} things happened.")
    click.echo(f"DEMO: its clock stands at {clock.local(clock.now()):%Y-%m-%d %H:%M}.")


@demo_commands.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="All of them, as JSON.")
@click.option("--all", "everybody", is_flag=True, help="Everybody, however many.")
def accounts_command(*, as_json: bool, everybody: bool) -> None:
    """List the demo's sign-ins: user name, role, agency, passphrase, second-factor secret.

    Of a whole province one for each role, unless all are asked for.
    """
    accounts = kept_accounts()
    if accounts is None:
        raise click.ClickException("No demo is loaded here. Run `flask demo load`.")
    if as_json:
        click.echo(json.dumps([asdict(a) for a in accounts], ensure_ascii=False, indent=1))
        return
    click.echo(f"DEMO passphrase of everybody: {accounts[0].passphrase}")
    click.echo("DEMO codes are good for half a minute, once; this command shows the next ones.")
    shown = accounts if everybody or len(accounts) <= FEW else one_of_each_role(accounts)
    for account in shown:
        code = TOTP(account.totp_secret).now()
        click.echo(f"{account.username:18} {code}  {account.totp_secret}  {account.full_name}")
        click.echo(f"{'':18} {label_of(account.role, 'vi')} · {account.agency}")
    if len(shown) < len(accounts):
        click.echo(f"One of each role, out of {len(accounts)}. All: flask demo accounts --all")


def one_of_each_role(accounts: Sequence[Account]) -> list[Account]:
    """The first whose main role it is, in the order of the accounts."""
    first: dict[str, Account] = {}
    for account in accounts:
        first.setdefault(account.role.split("+")[0], account)
    return list(first.values())
