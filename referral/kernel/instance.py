"""Files of one installation: pinned root key, server key, release keys. Never in the database."""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from referral.kernel.errors import NotFound

ROOT_PUBLIC = "root.pub"
ROOT_SEALED = "root.key"
SERVER_KEY = "server.key"
BACKUP_PIN = "backup.pub"
FORM_KEY = "form.key"
SESSION_KEY = "session.key"
RELEASE_FOLDER = "release"
EPOCH = "epoch"
"""The number of the last restore; not there before the first. The database must say the same."""
STAGED = "restoring"
"""Where a restore lays the files down until the rows are committed."""


class Instance:
    """The folder of this installation; set once by the composition root."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def configure(self, folder: Path) -> None:
        """Take the folder, made with rights for its owner alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    @property
    def folder(self) -> Path:
        """The folder; `NotFound` before it is configured."""
        if self._folder is None:
            raise NotFound("no instance folder")
        return self._folder

    def read(self, name: str) -> bytes | None:
        """A key file's content, None when there is none."""
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def write(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all, on the disk before this returns, mode 0600."""
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, content)
            os.fsync(handle)
        finally:
            os.close(handle)
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """A key file's content, made at first use; of two processes the first to write wins."""
        path = self.folder / name
        if not path.exists():
            beside = f"{name}.{secrets.token_hex(4)}"
            self.write(beside, make())
            with contextlib.suppress(FileExistsError):
                os.link(self.folder / beside, path)
            self.remove(beside)
        return path.read_bytes()

    def remove(self, name: str) -> None:
        """Delete a file if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    def age(self, name: str) -> float:
        """Seconds since a file was written, by the machine's own clock."""
        return time.time() - (self.folder / name).stat().st_mtime

    def names(self, folder: str) -> list[str]:
        """File names in a sub-folder, leftovers of a crash included."""
        path = self.folder / folder
        return sorted(p.name for p in path.iterdir()) if path.is_dir() else []


instance = Instance()
shipping = Instance()
"""The folder from which tombstones leave the host; set once by the composition root."""


def release_name(referral_id: UUID) -> str:
    """Where the release key of a referral lies."""
    return f"{RELEASE_FOLDER}/{referral_id}"
