"""A backup holds everything at one instant, opens with the root alone, and bears no change."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import JSON, Boolean, Date, Table, select

from referral.audit.model import AuditEntry
from referral.cli.backup import check_backup, write_backup
from referral.kernel import db, snapshot
from referral.kernel.errors import NotFound, NotVerified, StateConflict, Unreadable
from referral.kernel.instance import BACKUP_PIN, ROOT_SEALED, instance
from referral.kernel.snapshot import LEFT_OUT
from referral.vault.backup import (
    CHUNK,
    BackupHeader,
    BackupPin,
    open_backup,
    read_header,
    read_pin,
    seal_backup,
    sign_pin,
)
from referral.vault.root import RootKey, ServerKey, new_root, new_server_secret
from tests.factories.installation import Installation
from tests.factories.province import ROOT_PASSPHRASE, Province, case_of
from tests.infrastructure.application import ROOT

DEPLOYMENT = UUID(int=7)
RECORDS = [("row", (n, "x" * 900, b"\x00" * n)) for n in range(200)]


def filled(province: Province, tmp_path: Path) -> tuple[Path, RootKey]:
    """A backup of a province with a case, beside a waiting release key and an own form."""
    police = province.house("congan", "commune_police", "police_officer")
    case_of(province.worker(police, "police_officer"))
    instance.write("release/11111111-1111-1111-1111-111111111111", b"r" * 32)
    instance.write("forms/own.toml", b"title = 1")
    out = tmp_path / "backup.gbv"
    assert write_backup(out) > 0
    return out, province.root


def opened(out: Path, root: RootKey) -> tuple[BackupHeader, list[Any]]:
    with out.open("rb") as stream:
        header = read_header(stream)
        return header, list(open_backup(stream, header, root))


def restored_rows(records: list[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows as the models would take them again."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    table: Table | None = None
    for kind, *rest in records:
        if kind == "table":
            table = db.db.metadata.tables[rest[0]]
            assert tuple(column.name for column in table.columns) == rest[1]
            found[table.name] = []
        if kind == "row":
            assert table is not None
            pairs = zip(table.columns, rest[0], strict=True)
            found[table.name].append(tuple(_value(c.type, v) for c, v in pairs))
    return found


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, JSON):
        return json.loads(value)
    if value is not None and isinstance(kind, Boolean):
        return bool(value)
    return date.fromisoformat(value) if value and isinstance(kind, Date) else value


def present_rows() -> dict[str, list[tuple[Any, ...]]]:
    tables = [t for t in db.db.metadata.sorted_tables if t.name not in LEFT_OUT]
    return {t.name: [tuple(r) for r in db.session().execute(select(t))] for t in tables}


@pytest.mark.promise("backup-opens-with-the-root-alone")
def test_a_backup_holds_every_row_but_sessions_and_the_files_that_go_with_them(
    province: Province, tmp_path: Path
) -> None:
    out = tmp_path / "backup.gbv"
    police = province.house("congan", "commune_police", "police_officer")
    case_of(province.worker(police, "police_officer"))
    instance.write("release/11111111-1111-1111-1111-111111111111", b"r" * 32)
    instance.write("forms/own.toml", b"title = 1")
    before = present_rows()
    db.rollback()
    write_backup(out)
    _, records = opened(out, province.root)
    rows = restored_rows(records)
    assert {name: sorted(map(repr, found)) for name, found in rows.items()} == {
        name: sorted(map(repr, found)) for name, found in before.items()
    }
    assert rows["case_file"]
    assert rows["section_revision_body"]
    assert LEFT_OUT & set(rows) == set()
    files = {name: content for kind, name, *rest in records if kind == "file" for content in rest}
    assert set(files) == {
        "root.pub",
        "backup.pub",
        "server.key",
        "session.key",
        "release/11111111-1111-1111-1111-111111111111",
        "forms/own.toml",
    }
    assert files["server.key"] == instance.read("server.key")


def test_neither_pepper_nor_root_key_travels_and_nothing_of_it_is_readable(
    province: Province, tmp_path: Path
) -> None:
    sealed_root = instance.read(ROOT_SEALED)
    assert sealed_root is not None
    instance.write("pepper", b"PEPPER OF THE HOUSE")
    out, root = filled(province, tmp_path)
    plain = repr(opened(out, root)[1])
    assert repr(sealed_root)[2:-1] not in plain
    assert "PEPPER OF THE HOUSE" not in plain
    raw = out.read_bytes()
    assert "congan.police_officer" in plain
    for told in (b"congan", b"rrrrrrrr", b"title = 1", b"police_officer"):
        assert told not in raw
    assert out.stat().st_mode & 0o777 == 0o600


def test_the_holder_of_the_root_checks_a_backup_without_an_installation(
    province: Province, tmp_path: Path
) -> None:
    out, _ = filled(province, tmp_path)
    sealed_root = instance.read(ROOT_SEALED)
    assert sealed_root is not None
    header, counts = check_backup(out, sealed_root, ROOT_PASSPHRASE)
    assert header.epoch == 1
    newest = sorted(p.name for p in (ROOT / "migrations" / "versions").glob("0*.py"))[-1]
    assert header.schema == newest[:4]
    assert counts["table"] == len(db.db.metadata.tables) - len(LEFT_OUT)
    assert counts["file"] == 6
    with pytest.raises(Unreadable):
        check_backup(out, sealed_root, "một cụm từ khác hẳn")


def test_a_backup_replaces_no_file_and_leaves_none_when_it_cannot_be_made(
    province: Province, tmp_path: Path
) -> None:
    out = tmp_path / "backup.gbv"
    out.write_bytes(b"yesterday's")
    with pytest.raises(FileExistsError):
        write_backup(out)
    assert out.read_bytes() == b"yesterday's"
    with db.db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE unknown_to_the_models (id INTEGER)")
    with pytest.raises(StateConflict):
        write_backup(tmp_path / "other.gbv")
    assert not (tmp_path / "other.gbv").exists()


def test_no_backup_is_sealed_to_a_key_that_the_root_did_not_sign(
    province: Province, tmp_path: Path
) -> None:
    out = tmp_path / "backup.gbv"
    honest = instance.read(BACKUP_PIN)
    assert honest is not None
    thief = new_root()
    pin = read_pin(honest, province.root.public)
    instance.write(BACKUP_PIN, sign_pin(thief, pin.deployment, pin.server))
    with pytest.raises(NotVerified):
        write_backup(out)
    instance.write(BACKUP_PIN, sign_pin(province.root, UUID(int=9), pin.server))
    with pytest.raises(NotVerified):
        write_backup(out)
    instance.remove(BACKUP_PIN)
    with pytest.raises(NotFound):
        write_backup(out)
    assert not out.exists()


def test_what_is_written_while_a_backup_runs_is_not_half_in_it(province: Province) -> None:
    agency, log = (db.db.metadata.tables[name] for name in ("agency", "directory_entry"))
    province.house("truoc", "commune_police")
    with snapshot.snapshot() as connection:
        before = list(snapshot.rows(connection, agency))
        province.house("sau", "commune_police")
        assert list(snapshot.rows(connection, agency)) == before
        assert {row[1] for row in snapshot.rows(connection, log)} <= {row[0] for row in before}
    with snapshot.snapshot() as connection:
        assert len(list(snapshot.rows(connection, agency))) == len(before) + 1


def test_the_commands_back_up_check_and_name_the_key_anew(
    settle: Callable[..., Installation], tmp_path: Path
) -> None:
    run = settle(()).whole.test_cli_runner().invoke
    out, root_file = str(tmp_path / "b.gbv"), str(instance.folder / ROOT_SEALED)
    instance.remove(BACKUP_PIN)
    refused = run(args=["backup", "--out", out])
    assert (refused.exit_code, "flask backup-key" in refused.output) == (1, True)
    key = ["--root-file", root_file, "--passphrase", ROOT_PASSPHRASE]
    assert run(args=["backup-key", *key]).exit_code == 0
    assert "sealed to the root" in run(args=["backup", "--out", out]).output
    checked = run(args=["backup-check", out, *key])
    assert (checked.exit_code, checked.output.startswith("Holds.")) == (0, True)
    Path(out).write_bytes(Path(out).read_bytes()[:-1])
    assert run(args=["backup-check", out, *key]).exit_code == 1
    wrong = run(args=["backup-key", *key[:-1], "một cụm từ khác hẳn"])
    assert (wrong.exit_code, "not right" in wrong.output) == (1, True)
    made = select(AuditEntry.outcome).where(AuditEntry.operation == "deployment.backup")
    assert list(db.session().scalars(made)) == ["done"]


# The stream itself, without a database.


def made(
    root: RootKey, server: ServerKey, *, told: Any = None, pinned: ServerKey | None = None
) -> bytes:
    raw = sign_pin(root, DEPLOYMENT, (pinned or server).public)
    pin: BackupPin = read_pin(raw, root.public)
    header = BackupHeader(DEPLOYMENT, 1, "0001", _moment(), raw)
    records = RECORDS if told is None else told
    return b"".join(seal_backup(records, header, pin, server.sign_as))


def _moment() -> datetime:
    return datetime(2024, 11, 25, 8, 0, tzinfo=UTC)


def read(raw: bytes, root: RootKey) -> list[Any]:
    stream = io.BytesIO(raw)
    return list(open_backup(stream, read_header(stream), root))


def starts(raw: bytes) -> Iterator[int]:
    """Where each length-prefixed piece of a backup begins."""
    at = 5
    while at < len(raw):
        yield at
        at += 4 + int.from_bytes(raw[at : at + 4], "big")


@pytest.fixture
def keys() -> tuple[RootKey, ServerKey]:
    return new_root(), ServerKey(new_server_secret())


def test_records_come_back_as_they_were_over_many_chunks(keys: tuple[RootKey, ServerKey]) -> None:
    raw = made(*keys)
    assert len(list(starts(raw))) > 4
    assert len(raw) > 2 * CHUNK
    assert read(raw, keys[0]) == RECORDS
    assert read(made(*keys, told=[]), keys[0]) == []
    with pytest.raises((Unreadable, NotVerified)):
        read(raw, new_root())


@pytest.mark.promise("backup-opens-with-the-root-alone")
def test_a_changed_cut_reordered_or_lengthened_backup_is_refused(
    keys: tuple[RootKey, ServerKey],
) -> None:
    raw = made(*keys)
    places = list(starts(raw))
    pieces = [raw[a:b] for a, b in zip(places, [*places[1:], len(raw)], strict=True)]
    changed = [raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :] for n in range(0, len(raw), 997)]
    changed += [raw[:-1], raw[: places[-1]], raw + b"\x00", raw + pieces[-1]]
    changed.append(raw[: places[2]] + pieces[3] + pieces[2] + b"".join(pieces[4:]))
    changed.append(raw[: places[2]] + b"".join(pieces[3:]))
    for forged in changed:
        with pytest.raises((Unreadable, NotVerified)):
            read(forged, keys[0])


def test_whoever_has_only_the_public_keys_makes_no_backup_that_is_taken(
    keys: tuple[RootKey, ServerKey],
) -> None:
    root, server = keys
    stranger = ServerKey(new_server_secret())
    with pytest.raises(NotVerified):
        read(made(root, stranger, pinned=server), root)
    with pytest.raises(NotVerified):
        read(made(new_root(), stranger), root)
