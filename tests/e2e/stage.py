"""The installation of one test: its settings, its servers, its sign-ins, its clock."""

import os
import signal
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import create_engine, text

from tests.e2e.person import Person, Scene
from tests.infrastructure.application import Environment, flask
from tests.infrastructure.server import LiveServer, serve


@dataclass
class Stage:
    """Serves one installation, from one process or several."""

    settings: Environment
    folder: Path
    scene: Scene
    servers: list[LiveServer] = field(default_factory=list)

    def start(self) -> LiveServer:
        """Serve it; actors find it from their next request on."""
        self.scene.url = self._serve().url
        return self.servers[-1]

    def _serve(self) -> LiveServer:
        server = serve(self.settings, self.folder / f"server-{len(self.servers)}.log")
        self.servers.append(server)
        return server

    def kill(self) -> None:
        """As a power cut would: every process of the server at once, no handler runs."""
        pid = self.servers[-1].process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        assert children, "the server has no worker to kill"
        for one in (pid, *map(int, children)):
            os.kill(one, signal.SIGKILL)
        self.servers[-1].process.wait()

    def stop(self) -> None:
        for server in self.servers:
            server.stop()

    def command(self, *arguments: str) -> str:
        """A `flask` command of the product, in a process of its own."""
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

    def enter(self, username: str, device: str = "desktop", *, apart: bool = False) -> Person:
        """A member in a browser of their own, signed in; `apart` through a server of its own."""
        scene = replace(self.scene, url=self._serve().url) if apart else self.scene
        person = Person.of(scene, username, device)
        person.sign_in()
        return person
