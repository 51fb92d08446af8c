"""`flask restore`: put a backup in place, whole or not at all, and let nothing ended come back.

The rows are one transaction. The files are laid down beside it first and moved into their places
after its commit, the epoch's last: until it stands there, database and folder tell of different
restores and nothing is served. The same command again finishes what was cut off.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from referral.accounts.founding import open_root_of
from referral.audit.arrivals import Arrived, read_files
from referral.cli.backup import PASSPHRASE, ROOT_FILE, SINGLE_FILES, WRONG_ROOT
from referral.cli.replay import Report, settle
from referral.kernel import clock, db, deployment, snapshot
from referral.kernel.errors import NotVerified, StateConflict, Unreadable
from referral.kernel.instance import (
    EPOCH,
    RELEASE_FOLDER,
    SERVER_KEY,
    SESSION_KEY,
    STAGED,
    instance,
)
from referral.vault.backup import BackupHeader, BackupPin, open_backup, read_header, read_pin
from referral.vault.root import RootKey, ServerKey

MINUTE = 60
TAKEN = (RELEASE_FOLDER, "forms")
MADE_AT_START = frozenset({SERVER_KEY, SESSION_KEY})
"""Files that any start of the application makes, this command's too; the backup's replace them."""


class Refused(click.ClickException):
    """Why nothing was restored; nothing was changed."""


@dataclass
class Source:
    """A backup that has been read to its end, with what came beside it."""

    path: Path
    header: BackupHeader
    pin: BackupPin
    root: RootKey
    server: ServerKey
    arrived: Arrived = field(default_factory=Arrived)

    def records(self) -> Iterator[tuple[Any, ...]]:
        """The records once more; known to hold only when they have run out."""
        with self.path.open("rb") as stream:
            if read_header(stream) != self.header:
                raise NotVerified("another backup than was checked")
            for record in open_backup(stream, self.header, self.root):
                if not isinstance(record, tuple) or not record:
                    raise NotVerified("not a record")
                yield record


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ROOT_FILE
@PASSPHRASE
@click.option(
    "--tombstones",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of files that left the lost server, tombstones and heads together.",
)
@click.option(
    "--gap",
    is_flag=True,
    help="The lost server worked on after the last of these files: all access is confirmed anew.",
)
def restore_command(
    file: Path, root_file: Path, passphrase: str, tombstones: Path | None, *, gap: bool
) -> None:
    """Put the backup FILE into an empty database and an empty instance folder.

    Run `flask db upgrade` before. What had ended since the backup ends again; where that is not
    all known, every access waits for its custodian and every account for its administrator.
    """
    source = _checked(file, root_file.read_bytes(), passphrase)
    if _is_cut_off(source):
        _place_files()
        click.echo("The restore that was cut off is finished. Start the server.")
        return
    _expect_empty()
    source.arrived = _arrived(tombstones, source)
    try:
        told = restore(source, is_gap=gap)
    except (SQLAlchemyError, StateConflict, NotVerified, Unreadable) as error:
        raise Refused(f"Nothing was restored: {type(error).__name__}: {error}") from error
    for line in told.lines():
        click.echo(line)


def _checked(path: Path, sealed_root: bytes, passphrase: str) -> Source:
    """The backup, read to its end before anything is written; `Refused` by name."""
    try:
        with path.open("rb") as stream:
            header = read_header(stream)
            root = open_root_of(sealed_root, header.deployment, passphrase)
    except Unreadable as error:
        raise Refused(f"{WRONG_ROOT} Or it is of another installation.") from error
    except NotVerified as error:
        raise Refused(f"The backup does not hold: {error}.") from error
    try:
        pin = read_pin(header.pin, root.public)
    except NotVerified as error:
        raise Refused("The backup was not made for this root key.") from error
    _expect_schema(header.schema)
    try:
        return Source(path, header, pin, root, _read_through(path, header, pin, root))
    except (NotVerified, Unreadable) as error:
        raise Refused(f"The backup does not hold: {error or 'it was changed'}.") from error


def _expect_schema(made_at: str) -> None:
    try:
        with snapshot.snapshot() as connection:
            here = snapshot.schema_of(connection)
    except SQLAlchemyError as error:
        raise Refused("The database has no tables: run `flask db upgrade` first.") from error
    if made_at > here:
        raise Refused(
            f"The backup is of schema {made_at}, newer than {here} here: install its version."
        )
    if made_at < here:
        raise Refused(
            f"The backup is of schema {made_at}, older than {here} here: restore it with the "
            "version that made it, then upgrade."
        )


def _read_through(path: Path, header: BackupHeader, pin: BackupPin, root: RootKey) -> ServerKey:
    """Every record once, to the end; gives the server key, which must be the writer's."""
    key = b""
    with path.open("rb") as stream:
        read_header(stream)
        for record in open_backup(stream, header, root):
            if isinstance(record, tuple) and record[:2] == ("file", SERVER_KEY):
                key = record[2]
    server = ServerKey(key)
    if server.public != pin.server:
        raise NotVerified("the server key in it is another than wrote it")
    return server


def _is_cut_off(source: Source) -> bool:
    """Whether the rows of this backup are in place and its files still lie beside."""
    stated = deployment.stated()
    db.rollback()
    staged = instance.read(f"{STAGED}/{EPOCH}")
    return (
        stated is not None
        and staged is not None
        and stated == (source.header.deployment, int(staged))
    )


def _expect_empty() -> None:
    with snapshot.snapshot() as connection:
        if not snapshot.is_empty(connection):
            raise Refused("The database is not empty: a restore replaces nothing.")
    there = [name for name in SINGLE_FILES if name not in MADE_AT_START and instance.read(name)]
    there += [f"{folder}/" for folder in TAKEN if instance.names(folder)]
    if there or instance.read(EPOCH):
        raise Refused(f"The instance folder is not empty: {', '.join(there) or EPOCH}.")


def _arrived(folder: Path | None, source: Source) -> Arrived:
    if folder is None:
        return Arrived()
    paths = [path for path in folder.rglob("*.json") if path.is_file()]
    arrived = read_files(paths, source.header.deployment, source.server.public)
    for name in arrived.refused:
        click.echo(f"Not of this server, left out: {name}", err=True)
    return arrived


def restore(source: Source, *, is_gap: bool = False) -> Report:
    """Rows, then what had ended, in one transaction; then the files. What is to be done."""
    known = {source.header.epoch, *source.arrived.epochs}
    epoch = max(max(known) + 1, int(clock.clock.unshifted().timestamp()) // MINUTE)
    deployment.restoring.epoch = epoch
    try:
        with db.unit_of_work():
            db.begin_write()
            _put(source)
            told = settle(source.header, source.server, source.arrived, epoch, is_gap=is_gap)
            _stage_epoch(epoch, told.kept_keys)
    finally:
        deployment.restoring.epoch = None
    _place_files()
    return told


def _put(source: Source) -> None:
    """Rows into the tables, files into the folder beside; nothing of it counts yet."""
    shutil.rmtree(instance.folder / STAGED, ignore_errors=True)
    connection = db.session().connection()
    rows: list[Any] = []
    name, columns = "", ()
    for record in source.records():
        if record[0] == "row":
            rows.append(record[1])
        if rows and (record[0] == "table" or len(rows) == snapshot.ROWS_AT_ONCE):
            snapshot.put_rows(connection, name, columns, rows)
            rows = []
        if record[0] == "table":
            name, columns = record[1], record[2]
        elif record[0] == "file":
            instance.write(f"{STAGED}/{_taken_name(record[1])}", record[2])
    snapshot.put_rows(connection, name, columns, rows)


def _taken_name(name: str) -> str:
    """A name that a backup of ours has; none that leads out of the folder."""
    folder, _, rest = name.rpartition("/")
    plain = rest and rest == Path(rest).name and not rest.startswith(".")
    if not plain or (name not in SINGLE_FILES and folder not in TAKEN):
        raise NotVerified("a file that no backup holds")
    return name


def _stage_epoch(epoch: int, kept_keys: set[str]) -> None:
    """Leave out release keys that nothing waits for, and say what is about to be put in place."""
    for name in instance.names(f"{STAGED}/{RELEASE_FOLDER}"):
        if name not in kept_keys:
            instance.remove(f"{STAGED}/{RELEASE_FOLDER}/{name}")
    instance.write(f"{STAGED}/{EPOCH}", str(epoch).encode())


def _place_files() -> None:
    """Move every file into its place, the epoch last; may be done again after a crash."""
    staged = instance.folder / STAGED
    for path in sorted(p for p in staged.rglob("*") if p.is_file() and p.name != EPOCH):
        name = str(path.relative_to(staged))
        if not path.name.startswith("."):
            instance.write(name, path.read_bytes())
        path.unlink()
    instance.write(EPOCH, (staged / EPOCH).read_bytes())
    shutil.rmtree(staged)
