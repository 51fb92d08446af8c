"""`flask backup`, `flask backup-key`, `flask backup-check`: copies that only the root opens."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from referral.accounts.founding import open_root_file, open_root_of, pin_backup_key
from referral.audit import trail
from referral.kernel import clock, db, deployment, snapshot
from referral.kernel.actor import SYSTEM
from referral.kernel.errors import NotFound, NotVerified, StateConflict, Unreadable
from referral.kernel.instance import (
    BACKUP_PIN,
    RELEASE_FOLDER,
    ROOT_PUBLIC,
    SERVER_KEY,
    SESSION_KEY,
    instance,
)
from referral.vault.backup import BackupHeader, open_backup, read_header, read_pin, seal_backup

FORMS_FOLDER = "forms"
SINGLE_FILES = (ROOT_PUBLIC, BACKUP_PIN, SERVER_KEY, SESSION_KEY)
"""Neither the root's own file nor the pepper: they are kept apart, off the server."""
PASSPHRASE = click.option(
    "--passphrase", envvar="ROOT_PASSPHRASE", prompt=True, hide_input=True, help="Of the root key."
)
ROOT_FILE = click.option(
    "--root-file", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
WRONG_ROOT = "The passphrase or the root file is not right."


@click.command("backup")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A file not there yet.")
def backup_command(out: Path) -> None:
    """Write a backup to FILE, sealed to the root: database, keys of the instance, forms.

    Neither the pepper nor the root's own file goes into it. No plain copy is made on the way.
    """
    try:
        count = write_backup(out)
    except (NotFound, NotVerified) as error:
        raise click.ClickException(
            "No backup key of this root is here: run `flask backup-key` with the root's file."
        ) from error
    except StateConflict as error:
        raise click.ClickException(
            "The database has other tables than this version: run `flask db upgrade` first."
        ) from error
    except FileExistsError as error:
        raise click.ClickException(f"{out} is there already; a backup replaces nothing.") from error
    click.echo(f"{out}: {count} records, sealed to the root.")


def write_backup(out: Path) -> int:
    """Write the file whole or not at all; how many records it holds."""
    pinned, root_public = instance.read(BACKUP_PIN), instance.read(ROOT_PUBLIC)
    if pinned is None or root_public is None:
        raise NotFound("no backup key")
    pin = read_pin(pinned, bytes.fromhex(root_public.decode().strip()))
    here = deployment.current()
    if pin.deployment != here.id or pin.server != trail.trail.server.public:
        raise NotVerified("a backup key of another server")
    db.rollback()
    told: Counter[str] = Counter()
    with snapshot.snapshot() as connection:
        schema = snapshot.schema_of(connection)
        header = BackupHeader(here.id, here.epoch, schema, clock.now(), pinned)
        records = _records(connection, told)
        _write(out, seal_backup(records, header, pin, trail.trail.server.sign_as))
    with db.unit_of_work():
        db.begin_write()
        trail.record(SYSTEM, "deployment.backup", kind="deployment", object_id=here.id)
    return told.total()


def _records(connection: Connection, told: Counter[str]) -> Iterator[Any]:
    """Files first: a release key that goes meanwhile would be missed by its payload."""
    tables = snapshot.tables(connection)
    for name in _files():
        content = instance.read(name)
        if content is not None:
            told["file"] += 1
            yield ("file", name, content)
    for table in tables:
        told["table"] += 1
        yield ("table", table.name, tuple(column.name for column in table.columns))
        for row in snapshot.rows(connection, table):
            told["row"] += 1
            yield ("row", row)


def _files() -> list[str]:
    kept = list(SINGLE_FILES)
    for folder in (RELEASE_FOLDER, FORMS_FOLDER):
        kept += [f"{folder}/{name}" for name in instance.names(folder) if not name.startswith(".")]
    return kept


def _write(out: Path, pieces: Iterator[bytes]) -> None:
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        out.unlink()
        raise


@click.command("backup-key")
@ROOT_FILE
@PASSPHRASE
def backup_key_command(root_file: Path, passphrase: str) -> None:
    """Let the root name the key that backups are sealed to, and this server as their writer.

    Needed once where the installation is older than its backups, and after a new server key.
    """
    try:
        pin_backup_key(open_root_file(root_file.read_bytes(), passphrase))
    except Unreadable as error:
        raise click.ClickException(WRONG_ROOT) from error
    click.echo("The backup key is in place.")


@click.command("backup-check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ROOT_FILE
@PASSPHRASE
def backup_check_command(file: Path, root_file: Path, passphrase: str) -> None:
    """Open the backup FILE with the root's key and read it to its end; nothing is written.

    Run it where the root's file is at hand, off the server.
    """
    try:
        header, counts = check_backup(file, root_file.read_bytes(), passphrase)
    except Unreadable as error:
        raise click.ClickException(f"{WRONG_ROOT} Or the backup was changed.") from error
    except NotVerified as error:
        raise click.ClickException(f"The backup does not hold: {error}.") from error
    click.echo(f"Holds. Made {header.at:%Y-%m-%d %H:%M:%S} UTC, epoch {header.epoch}.")
    click.echo(f"Schema {header.schema}, deployment {header.deployment}.")
    click.echo(", ".join(f"{counts[kind]} {kind}s" for kind in ("file", "table", "row")))


def check_backup(
    file: Path, sealed_root: bytes, passphrase: str
) -> tuple[BackupHeader, Counter[str]]:
    """The head of a backup and how much it holds; raises when any part of it does not hold."""
    with file.open("rb") as stream:
        header = read_header(stream)
        root = open_root_of(sealed_root, header.deployment, passphrase)
        counts = Counter(str(record[0]) for record in _tuples(stream, header, root))
    return header, counts


def _tuples(stream: Any, header: BackupHeader, root: Any) -> Iterator[tuple[Any, ...]]:
    for record in open_backup(stream, header, root):
        if not isinstance(record, tuple) or not record:
            raise NotVerified("not a record")
        yield record
