"""After the whole thread, nothing that she told is on the disk in any writing; nor are the keys."""

import base64
import gzip
import http.client
import json
import logging
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from referral.cases.forms_in_force import shelf
from referral.kernel import db
from referral.kernel.instance import RELEASE_FOLDER
from referral.kernel.instance import instance as installation
from tests.factories.province import PASSPHRASE
from tests.infrastructure.server import serve
from tests.security.attacker import Attacker, snapshot
from tests.security.canaries import Canaries, answers, text_fields
from tests.security.loot import take
from tests.security.scanner import Scanner
from tests.security.thread import SETTINGS, Thread


class Burglary:
    """One installation after the thread, with all that a thief carries away from it."""

    def __init__(self, url: str, folder: Path, instance: Path) -> None:
        self.url, self.folder, self.instance = url, folder, instance
        self.canaries = Canaries()
        self.log, self.temporary = folder / "log", folder / "temporary"
        self.log.mkdir()
        self.temporary.mkdir()
        self.thefts = 0
        self.keys: dict[str, bytes] = {}
        self.words: dict[str, str] = {}

    def live(self) -> None:
        """The thread through the operations."""
        self.thread = Thread(self.canaries)
        self.thread.run()
        self._remember_secrets()

    def talk_to(self, server_url: str) -> None:
        """More of it through the served product, with all that people type wrongly."""
        talk = Talk(server_url)
        plant = self.canaries
        talk.post("/sessions", username=plant("typed.name"), passphrase=plant("typed"), code="1")
        talk.post("/sessions", username="ca.police_officer", passphrase=plant("typed"), code="1")
        session = talk.post(
            "/sessions", username="ca.police_officer", passphrase=PASSPHRASE, code=""
        )
        talk.token = self.words["token.http"] = session["token"]
        report = answers("incident_report", plant)
        case_id = talk.post("/reports", answers=report)["id"]
        typed = json.dumps({"typed": {"spoken_name": plant("draft over HTTP")}}).encode()
        assert talk.send("PUT", "/draft?place=identity", typed)["place"] == "identity"
        assert talk.send("GET", f"/cases/{case_id}")["sections"]
        form = urlencode({"username": plant("typed.name"), "passphrase": plant("typed.page")})
        talk.send("POST", "/sign-in", form.encode(), api="", form=True)
        talk.post("/reports", answers={"channel": plant("refused"), "least_facts": plant("facts")})
        talk.post("/cases", sections={plant("unknown.section"): {}})
        talk.send("POST", "/reports", f'{{"answers": {plant("broken")}'.encode())
        talk.send("GET", "/cases")
        assert talk.post("/cases/search", words=plant("looked for over HTTP"))["items"] == []
        assert "errors" in talk.post("/cases/search", words=plant("too long") * 10)

    def _remember_secrets(self) -> None:
        """Keys of members and circles, session tokens, and the secrets of second factors."""
        for name, secret in self.thread.province.factors.items():
            self.words[f"factor of {name}"] = secret
        for name in ("officer", "nurse", "keeper", "worker"):
            keyring: Any = getattr(self.thread, name).keys
            self.keys[f"{name} exchange"] = keyring._member.exchange
            self.keys[f"{name} signing"] = keyring._member.signing
            for circle_id in keyring.circle_ids:
                self.keys[f"{name} circle"] = keyring.circle(circle_id).secret
        token = self.thread.province.token("ca.police_officer")
        self.words["token"] = token
        self.keys["token bytes"] = base64.urlsafe_b64decode(token + "=")
        # A name in quotes stands before each answer in what is sealed; plain words such as "note"
        # may stand elsewhere as well.
        for field in text_fields():
            if "_" in (name := field.split(".")[1]):
                self.words[f"answers of {field}"] = f'"{name}":'

    def release_keys(self) -> dict[str, bytes]:
        """The keys of referrals that wait: in the instance folder on purpose, nowhere else."""
        names = installation.names(RELEASE_FOLDER)
        return {n: installation.read(f"{RELEASE_FOLDER}/{n}") or b"" for n in names}

    def scanner(self) -> Scanner:
        """Looks for what people wrote in every form of its letters, for the rest as it is."""
        exact = {
            f"{label} {code}": word.encode(code)
            for label, word in self.words.items()
            for code in ("utf-8", "utf-16-le")
        }
        texts = {"mark": self.canaries.mark, "passphrase": PASSPHRASE}
        return Scanner(texts, {**self.keys, **exact})

    def take_again(self) -> None:
        """A second theft, of what has been written since."""
        self.thefts += 1
        take(self.url, self.folder / f"stolen-{self.thefts}")

    def places(self) -> dict[str, Path]:
        """Every place, by name."""
        return {
            "database": self.folder / f"stolen-{self.thefts}",
            "instance": self.instance,
            "log": self.log,
            "temporary": self.temporary,
        }


class Talk:
    """JSON over HTTP to the served product."""

    def __init__(self, url: str) -> None:
        self.host, self.token = url.removeprefix("http://"), ""

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        """The answer's body, whatever its status."""
        return self.send("POST", path, json.dumps(body).encode())

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        api: str = "/api/v1",
        form: bool = False,
    ) -> dict[str, Any]:
        """One request on a connection of its own; what a page answers is passed over."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, f"{api}{path}", body, headers)
            answer = connection.getresponse()
            assert answer.status < 500, (method, path, answer.status)
            said = answer.read()
            return {} if form else json.loads(said or b"{}")
        finally:
            connection.close()


@pytest.fixture
def burglary(make_app, instance, monkeypatch, settings_environment):
    """The thread has run, in this process and in a served one, with every log at its loudest."""
    found = Burglary(settings_environment["DATABASE_URL"], instance.parent, instance)
    monkeypatch.setattr(tempfile, "tempdir", str(found.temporary))
    monkeypatch.setenv("TMPDIR", str(found.temporary))
    handler = logging.FileHandler(found.log / "debug.log", encoding="utf-8")
    root = logging.getLogger()
    engine = logging.getLogger("sqlalchemy.engine")
    before = root.level, engine.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    engine.setLevel(logging.INFO)
    app = make_app(**SETTINGS)
    with app.app_context():
        server = None
        try:
            logging.getLogger("tests").debug("%s", "the log is on")
            found.live()
            server = serve({**settings_environment, **SETTINGS}, found.log / "server.log")
            found.talk_to(server.url)
            found.take_again()
            yield found
        finally:
            if server is not None:
                server.stop()
            root.removeHandler(handler)
            root.setLevel(before[0])
            engine.setLevel(before[1])
            handler.close()


@pytest.mark.heavy
@pytest.mark.promise("stolen-disk-shows-no-survivor")
def test_the_stolen_disk_tells_nothing_opens_nothing_and_a_planted_word_is_found(burglary):
    missing = text_fields() - set(burglary.canaries.planted)
    assert missing == set(), "every text of every form must carry a canary"
    scanner = burglary.scanner()
    counts = {}
    for place, folder in burglary.places().items():
        before = scanner.bytes_read
        hits = scanner.scan_folder(place, folder)
        counts[place] = scanner.bytes_read - before
        assert sorted(hits) == []
    planted = len(burglary.canaries.planted)
    print(  # noqa: T201 - the counts are what is to be shown
        f"\n{burglary.url.split(':')[0]}: {planted} canaries, {len(burglary.keys)} keys,"
        f" {scanner.needles} needles, 0 hits; bytes read {counts},"
        f" {scanner.streams_opened} streams opened"
    )
    _opens_nothing_without_a_circle_key(burglary)
    _plant_everywhere(burglary, word := Canaries()("planted"))
    control = Scanner({"planted": word}, {})
    found = {
        place: {hit.place for hit in control.scan_folder(place, folder)}
        for place, folder in burglary.places().items()
    }
    assert {place for place, files in found.items() if files} == set(counts)
    assert any(name.endswith("dump.sql") for name in found["database"])
    assert len(found["database"]) >= 3, f"dump, data file and write-ahead log: {found['database']}"
    print(  # noqa: T201 - the counts are what is to be shown
        f"planted on purpose and found: { {p: len(files) for p, files in found.items()} }, through"
        f" {control.streams_opened} streams"
    )


def _opens_nothing_without_a_circle_key(burglary):
    """With all that lies there as a key, and with the release keys of what waits."""
    keys = burglary.release_keys()
    assert keys, "a referral waits, so that its release key lies there"
    outside = {place: path for place, path in burglary.places().items() if place != "instance"}
    scanner = Scanner({}, keys)
    for place, folder in outside.items():
        assert scanner.scan_folder(place, folder) == set()
    rows = snapshot()
    on_disk = [path.read_bytes() for path in burglary.instance.rglob("*") if path.is_file()]
    thief = Attacker(rows, keys=[raw for raw in on_disk if len(raw) == 32], release=keys)
    thief.run()
    assert thief.released, "the release key strips its own layer, and only that"
    assert thief.opened == set()
    nurse = Attacker.of(burglary.thread.nurse, rows, release=keys)
    nurse.run()
    assert nurse.opened, "the same attack with a member's keys opens what is theirs"
    assert any(table == "section_revision_body" for table, _ in nurse.opened)


def _plant_everywhere(burglary, word):
    """A word in the clear in each place, as a fault of the product would put it there."""
    text = db.db.text
    db.session().execute(text("UPDATE agency SET phone = :word"), {"word": word})
    db.session().commit()
    if burglary.url.startswith("sqlite"):  # copies what the write-ahead log has into the data file
        with closing(sqlite3.connect(burglary.url.removeprefix("sqlite:///"))) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    (burglary.instance / "note.txt").write_text(word, encoding="utf-16-le")
    (burglary.temporary / "upload.gz").write_bytes(gzip.compress(word.encode()))
    logging.getLogger("tests").warning("case of %s", word)
    burglary.take_again()


def test_every_text_of_every_form_has_a_canary_to_carry():
    assert len(text_fields()) > 30
    assert all(shelf.form(name.split(".")[0]) for name in text_fields())
