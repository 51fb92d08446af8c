"""The one who runs the server sees how it works, and nothing of anybody."""

import re
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from referral.jobs import journal
from referral.jobs.schedule import SCHEDULE
from referral.kernel import db
from referral.watch.metrics import SHARED_FOLDER
from tests.infrastructure.application import Environment
from tests.infrastructure.server import serve

ASKED = 8
TOKEN = "a-token-of-this-test"


@pytest.fixture
def watched(make_app: Any, tmp_path: Path) -> Any:
    token = tmp_path / "metrics-token"
    token.write_text(f"{TOKEN}\n")
    return make_app(METRICS_TOKEN_FILE=str(token))


def ask(app: Any, token: str = TOKEN) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return app.test_client().get("/metrics", headers=headers)


def figures(app: Any) -> dict[str, dict[tuple[str, ...], float]]:
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(ask(app).text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_only_who_shows_the_token_sees_the_figures(watched: Any, app: Any) -> None:
    assert ask(watched).status_code == 200
    assert [ask(watched, wrong).status_code for wrong in ("", "x", f"{TOKEN}x")] == [404] * 3
    assert ask(app).status_code == 404, "without a token in the settings there is no such page"


def test_requests_are_counted_by_edge_and_status_and_never_by_address(watched: Any) -> None:
    before = figures(watched).get("referral_requests_total", {})
    client = watched.test_client()
    client.get("/sign-in")
    client.get("/api/v1/cases")
    client.open("/cases/9b1ec70d-0b47-4528-881e-bba53cd78ea5", method="CANARY")
    after = figures(watched)["referral_requests_total"]

    added = {labels: n - before.get(labels, 0) for labels, n in after.items()}
    assert added["page", "GET", "2xx"] >= 1
    assert added["api", "GET", "4xx"] == 1
    assert added["page", "none", "4xx"] == 1
    assert not re.search("CANARY|9b1ec70d|sign-in", ask(watched).text)


def test_each_job_tells_its_age_and_whether_it_failed(watched: Any) -> None:
    with watched.app_context(), db.unit_of_work():
        for job_id, outcome in (("purge_sessions", journal.DONE), ("remind_due", journal.FAILED)):
            journal.note_start(job_id)
            journal.note_end(job_id, outcome, 0)
    told = figures(watched)

    assert told["referral_jobs_working"] == {(): 0.0}
    jobs = {(job.id,) for job in SCHEDULE}
    ran = {("purge_sessions",), ("remind_due",)}
    assert told["referral_job_late"] == {job: float(job not in ran) for job in jobs}
    assert told["referral_job_failed"] == {job: float(job == ("remind_due",)) for job in jobs}
    assert set(told["referral_job_age_seconds"]) == ran
    assert 0 <= told["referral_job_age_seconds"]["purge_sessions",] < 60


def test_what_two_processes_of_a_server_counted_is_added_up(
    settings_environment: Environment, tmp_path: Path
) -> None:
    token, shared = tmp_path / "token", tmp_path / "shared"
    token.write_text(TOKEN)
    shared.mkdir()
    own = {"METRICS_TOKEN_FILE": str(token), SHARED_FOLDER: str(shared)}
    server = serve(settings_environment | own, tmp_path / "log", workers=2)
    try:
        for _ in range(ASKED):
            with urlopen(f"{server.url}/sign-in") as answer:
                assert answer.status == 200
        shown = Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        with urlopen(shown) as answer:
            told = answer.read().decode()
    finally:
        server.stop()
    counted = 'referral_requests_total{edge="page",method="GET",status="2xx"}'
    assert f"{counted} {float(ASKED)}" in told


def test_each_request_leaves_a_line_with_its_route_and_without_its_ids(
    watched: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "referral.requests")
    watched.test_client().get("/cases/9b1ec70d-0b47-4528-881e-bba53cd78ea5?name=CANARY")

    (line,) = [record.msg for record in caplog.records if record.name == "referral.requests"]
    assert (line["route"], line["status"], line["method"]) == ("cases.show_case", 303, "GET")
    assert not re.search("CANARY|9b1ec70d", caplog.text)
