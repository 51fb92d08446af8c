"""What cannot be restored is refused by name, and nothing is changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from referral.accounts.signin import doorkeeper
from referral.audit import trail
from referral.kernel import clock, db, deployment, snapshot
from referral.kernel.instance import BACKUP_PIN, instance
from referral.vault.backup import BackupHeader, read_pin, seal_backup, sign_pin
from referral.vault.root import ServerKey, new_root, new_server_secret, seal_root
from tests.cli.station import Kept, Target, keep, new_server
from tests.factories.fixtures import Thread
from tests.factories.province import ROOT_PASSPHRASE, case_of


@pytest.fixture
def target(engine_name: str, run_folder: Path, tmp_path: Path) -> Iterator[Target]:
    with new_server(engine_name, run_folder, tmp_path) as made:
        yield made


@pytest.fixture
def refused(thread: Thread, tmp_path: Path) -> tuple[Kept, dict[str, tuple[Path, Path, str]]]:
    """Backup, root's file and what is said, by what is wrong with them."""
    case_of(thread.officer)
    kept = keep(tmp_path)
    whole, folder = kept.backup.read_bytes(), kept.backup.parent
    half = len(whole) // 2
    tries = {
        "tampered": whole[:half] + bytes([whole[half] ^ 1]) + whole[half + 1 :],
        "cut short": whole[: half + 1],
        "no backup": b"GBVK" + bytes(90),
        "of a newer schema": forged(thread, "9999"),
        "of an older schema": forged(thread, "0001"),
        "by another server": forged(thread, _schema(), server=ServerKey(new_server_secret())),
    }
    said = {
        "tampered": "does not hold",
        "cut short": "does not hold",
        "no backup": "does not hold",
        "of a newer schema": "newer than",
        "of an older schema": "older than",
        "by another server": "does not hold",
    }
    found = {}
    for number, (name, raw) in enumerate(tries.items()):
        path = folder / f"{number}.gbv"
        path.write_bytes(raw)
        found[name] = (path, kept.root_file, said[name])
    foreign = folder / "foreign.key"
    here, gate = deployment.current().id, doorkeeper.gate
    foreign.write_bytes(seal_root(gate.derivation, new_root(), here, ROOT_PASSPHRASE, gate.cost))
    found["of another root"] = (kept.backup, foreign, "not made for this root key")
    db.rollback()
    return kept, found


def _schema() -> str:
    with snapshot.snapshot() as connection:
        return snapshot.schema_of(connection)


def forged(thread: Thread, schema: str, *, server: ServerKey | None = None) -> bytes:
    """A backup that the root's key opens, of another schema or by another server."""
    here, ours = deployment.current(), trail.trail.server
    pinned = instance.read(BACKUP_PIN)
    assert pinned is not None
    if server is not None:
        pinned = sign_pin(thread.province.root, here.id, server.public)
    pin = read_pin(pinned, thread.province.root.public)
    header = BackupHeader(here.id, here.epoch, schema, clock.now(), pinned)
    key = instance.read("server.key")
    assert key is not None
    records: list[Any] = [("file", "server.key", key)]
    return b"".join(seal_backup(records, header, pin, (server or ours).sign_as))


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and ".db" not in p.name
    }


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_each_is_refused_by_name_and_changes_nothing(
    refused: tuple[Kept, dict[str, tuple[Path, Path, str]]], target: Target
) -> None:
    kept, tries = refused
    command = ["restore", str(kept.backup), "--root-file", str(kept.root_file)]
    with target.serve() as app:
        before = files(target.folder)
        run = app.test_cli_runner(env={"ROOT_PASSPHRASE": ROOT_PASSPHRASE}).invoke
        for name, (backup, root_file, said) in tries.items():
            answer = run(args=["restore", str(backup), "--root-file", str(root_file)])
            assert (answer.exit_code, said in answer.output) == (1, True), (name, answer.output)
            assert files(target.folder) == before, name
            with snapshot.snapshot() as connection:
                assert snapshot.is_empty(connection), name
        wrong = run(args=[*command, "--passphrase", "một cụm từ khác hẳn"])
        assert (wrong.exit_code, "not right" in wrong.output) == (1, True)
        instance.write("forms/own.toml", b"title = 1")
        answer = run(args=command)
        assert (answer.exit_code, "folder is not empty: forms/" in answer.output) == (1, True)
        instance.remove("forms/own.toml")
        assert run(args=command).exit_code == 0
        answer = run(args=command)
        assert (answer.exit_code, "database is not empty" in answer.output) == (1, True)


def test_a_database_without_tables_is_named(thread: Thread, empty_url: str, tmp_path: Path) -> None:
    kept = keep(tmp_path)
    place = tmp_path / "bare"
    place.mkdir()
    from tests.infrastructure.application import environment_for

    bare = Target(environment_for(empty_url, place), place)
    with bare.serve() as app:
        run = app.test_cli_runner(env={"ROOT_PASSPHRASE": ROOT_PASSPHRASE}).invoke
        answer = run(args=["restore", str(kept.backup), "--root-file", str(kept.root_file)])
        assert (answer.exit_code, "flask db upgrade" in answer.output) == (1, True)
