"""The key files of an installation are whole or absent, and their owner's alone."""

import os
from pathlib import Path

import pytest

from referral.kernel.errors import NotFound
from referral.kernel.instance import Instance
from tests.kernel import rivals


@pytest.fixture
def files(tmp_path: Path) -> Instance:
    made = Instance()
    made.configure(tmp_path / "instance")
    return made


def test_before_it_is_configured_there_is_no_folder() -> None:
    with pytest.raises(NotFound):
        Instance().read("root.pub")


def test_what_is_written_is_read_back_by_its_owner_alone(files: Instance) -> None:
    os.umask(before := os.umask(0))
    os.umask(0)
    try:
        files.write("release/one", b"\x00key")
    finally:
        os.umask(before)
    path = files.folder / "release" / "one"
    assert files.read("release/one") == b"\x00key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert files.names("release") == ["one"]
    assert files.read("nothing") is None
    assert files.names("nowhere") == []


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_write_that_is_cut_short_leaves_the_old_file_whole(
    files: Instance, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    files.write("server.key", b"old and whole")

    def fails(*_arguments: object) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(*((Path, "replace") if step == "replace" else (os, step)), fails)
        with pytest.raises(OSError, match="power cut"):
            files.write("server.key", b"new")
    assert files.read("server.key") == b"old and whole"
    files.write("server.key", b"new")
    assert files.read("server.key") == b"new"


def test_a_removed_file_is_gone_and_may_be_removed_again(files: Instance) -> None:
    files.write("release/one", b"key")
    files.remove("release/one")
    files.remove("release/one")
    assert files.read("release/one") is None
    assert files.names("release") == []


def test_a_key_is_made_once(files: Instance) -> None:
    assert files.read_or_make("form.key", lambda: b"first") == b"first"
    assert files.read_or_make("form.key", lambda: b"second") == b"first"
    assert (files.folder / "form.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in files.folder.iterdir()] == ["form.key"]


def test_of_two_processes_that_make_a_key_at_once_both_have_the_same(tmp_path: Path) -> None:
    names = [f"key{n}" for n in range(25)]
    one, other = rivals.make_keys(tmp_path / "instance", names)
    assert one == other
    assert len(set(one)) == len(names)
    assert sorted(path.name for path in (tmp_path / "instance").iterdir()) == sorted(names)
