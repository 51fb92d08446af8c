"""nginx with the site of `deploy/nginx.conf`, in front of the command of the unit file."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.infrastructure.application import ROOT, Environment, clean_environment

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
READY_WITHIN = 60.0  # seconds


@dataclass(frozen=True)
class Site:
    """A site that answers on `port` by TLS and on `plain` without, and its server's process."""

    folder: Path
    port: int
    plain: int
    certificate: Path
    database: str
    server: subprocess.Popen[bytes]

    @property
    def spool(self) -> Path:
        """Where nginx would put a body that does not fit into memory."""
        return self.folder / "spool"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def command_of(unit: Path) -> list[str]:
    """The words of a unit's ExecStart, with this environment's programs."""
    found = re.search(r"^ExecStart=/opt/referral/\.venv/bin/(\S+) (.*)$", unit.read_text(), re.M)
    assert found, unit
    return [sys.executable, "-m", found[1], *shlex.split(found[2])]


@contextmanager
def behind_nginx(environment: Environment, folder: Path) -> Iterator[Site]:
    """The product as docs/operating.md puts it on a server."""
    folder.mkdir()
    folder.chmod(0o755)
    site = folder / "web.sock"
    port, plain = free_port(), free_port()
    certificate = _certificate(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(site))
        listener.listen(64)
        site.chmod(0o777)
        command = command_of(ROOT / "deploy" / "referral-web.service")
        with (folder / "server.log").open("ab") as log:
            server = subprocess.Popen(
                [*command, "--bind", f"fd://{listener.fileno()}"],
                cwd=ROOT,
                env=clean_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
            )
    nginx = _nginx(folder, site, port, plain)
    try:
        yield Site(folder, port, plain, certificate, environment["DATABASE_URL"], server)
    finally:
        for process in (nginx, server):
            process.terminate()
            process.wait(READY_WITHIN)


def _certificate(folder: Path) -> Path:
    """A throw-away one for 127.0.0.1."""
    chain = folder / "fullchain.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += [
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    made += ["-keyout", str(folder / "privkey.pem"), "-out", str(chain)]
    subprocess.run(made, check=True, capture_output=True)
    return chain


def _nginx(folder: Path, site: Path, port: int, plain: int) -> subprocess.Popen[bytes]:
    """The site as it is shipped; only where it listens and where its files lie are this test's."""
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    places = {
        "unix:/run/referral-web.sock": f"unix:{site}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/referral/tls": str(folder),
        "/var/log/nginx/referral-error.log": str(folder / "error.log"),
    }
    for shipped, here in places.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    text = re.sub(r"listen \[::\]:[^;]*;", "", text)
    spool = folder / "spool"
    spool.mkdir()
    spool.chmod(0o777)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {spool}/{kind};\n" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # whose folders of this run alone it may enter
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ include /etc/nginx/mime.types;\n{temporary}{text}}}\n"
    )
    assert NGINX
    return subprocess.Popen(
        [NGINX, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
