"""The living province on each engine, built once a run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from referral.agencies.directory import pin
from tests.infrastructure.application import application, let_go
from tests.infrastructure.copies import Copy, copy_of, keep
from tests.sweeps import world

SETTINGS = {
    "SECOND_FACTOR": "0",
    "STATISTICS_THRESHOLD": "3",
    "SECURE_COOKIES": "0",
    "SESSION_IDLE_MINUTES": "240",
    "SESSION_HOURS": "24",
    "SMTP_HOST": "127.0.0.1",  # only a job would send, and none of these sweeps runs it
    "SMTP_SENDER": "portal@example.vn",
}


@dataclass
class Ground:
    """An application on a copy of the living province, its objects, and a token of each role."""

    app: Any
    copy: Copy
    objects: dict[str, str]
    tokens: dict[str, str] = field(repr=False)
    cast: dict[str, str]

    def send(self, role: str | None, method: str, path: str, **how: Any) -> Any:
        """One request as somebody of this role, with their own session; None is a stranger."""
        headers = dict(how.pop("headers", {}))
        if role is not None:
            token = self.tokens[role]
            if path.startswith("/api/"):
                headers.setdefault("Authorization", f"Bearer {token}")
            else:
                headers["Cookie"] = f"session-token={token}; {headers.pop('Cookie', '')}"
        client = self.app.test_client(use_cookies=False)
        return client.open(path, method=method, headers=headers, buffered=True, **how)

    def put_back(self) -> None:
        """Every row and file as they were; a process that has seen more would rightly object."""
        self.copy.put_back()
        pin.configure(pin.root_public)


@contextmanager
def standing(kept: dict[str, Any], run_folder: Path, folder: Path) -> Iterator[Ground]:
    """A copy of the living province in `folder`, gone afterwards."""
    folder.mkdir()
    with copy_of(kept, run_folder, folder) as copy:
        app = application(copy.environment)
        app.config["WTF_CSRF_ENABLED"] = False
        told = kept["told"]
        try:
            yield Ground(app, copy, told["objects"], told["tokens"], told["cast"])
        finally:
            let_go(app)


@pytest.fixture
def living(engine_name: str, run_folder: Path) -> dict[str, Any]:
    """Where the living province is kept."""
    return keep("living", engine_name, run_folder, world.built, **SETTINGS)


@pytest.fixture
def ground(living: dict[str, Any], run_folder: Path, tmp_path: Path) -> Iterator[Ground]:
    """A copy of the living province of this test's own."""
    with standing(living, run_folder, tmp_path / "ground") as found:
        yield found
