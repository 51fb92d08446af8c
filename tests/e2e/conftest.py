"""A freshly loaded demo, served, with the sign-ins that its command lists."""

import json
import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, text

from tests.e2e.person import Person, Scene
from tests.infrastructure.application import ROOT, Environment, flask
from tests.infrastructure.server import LiveServer, serve


@dataclass
class Stage:
    """The installation of one test: its settings, its server, its sign-ins."""

    settings: Environment
    folder: Path
    scene: Scene
    servers: list[LiveServer] = field(default_factory=list)

    def start(self) -> LiveServer:
        """Serve it; actors find it from their next request on."""
        server = serve(self.settings, self.folder / f"server-{len(self.servers)}.log")
        self.servers.append(server)
        self.scene.url = server.url
        return server

    def stop(self) -> None:
        self.servers[-1].stop()

    def kill(self) -> None:
        """As a power cut would: no handler runs, nothing is flushed."""
        self.servers[-1].process.kill()
        self.servers[-1].process.wait()

    def command(self, *arguments: str) -> str:
        return flask(self.settings, *arguments)

    def pass_hours(self, hours: int) -> None:
        """Move the demo's clock on, between two runs of the server."""
        self.stop()
        engine = create_engine(self.settings["DATABASE_URL"])
        with engine.begin() as connection:
            moved = "UPDATE deployment SET clock_shift = clock_shift + :seconds"
            connection.execute(text(moved), {"seconds": hours * 3600})
        engine.dispose()
        self.start()

    def enter(self, username: str, device: str = "desktop") -> Person:
        """A member in a browser context of their own, signed in."""
        person = Person.of(self.scene, username, device)
        person.sign_in()
        return person


@pytest.fixture(scope="session")
def compiled_catalogue() -> None:
    runpy.run_path(str(ROOT / "tools/make_translations.py"))["compile_catalogue"]()


@pytest.fixture
def stage(
    compiled_catalogue: None,
    settings_environment: Environment,
    tmp_path: Path,
    engine_name: str,
    page_for: Callable[..., Page],
) -> Iterator[Stage]:
    """The demo with one invented case, served by gunicorn, second factor and all."""
    settings = {**settings_environment, "SECOND_FACTOR": "1"}
    flask(settings, "demo", "load", "--cases", "1")
    listed = json.loads(flask(settings, "demo", "accounts", "--json"))
    accounts = {row["username"]: row for row in listed}
    untold = {row[name] for row in listed for name in ("full_name", "agency")}
    # Pages do not differ by engine: axe judges each once, where the database is fastest.
    scene = Scene("", accounts, page_for, judges=engine_name == "sqlite", untold=untold)
    made = Stage(settings, tmp_path, scene)
    made.start()
    yield made
    for server in made.servers:
        server.stop()
