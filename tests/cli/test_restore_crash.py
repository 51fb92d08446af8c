"""A restore that is killed leaves nothing that can be used, or is finished by the same command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from referral.kernel import db, deployment, snapshot
from referral.kernel.errors import HalfRestored, NotFound
from referral.kernel.instance import EPOCH, ROOT_PUBLIC, STAGED, instance, release_name
from tests.cases.district import District
from tests.cli import power_cut
from tests.cli.station import OTHER, Target, keep, new_server, ship_now
from tests.factories.fixtures import Thread
from tests.factories.province import ROOT_PASSPHRASE, case_of, consent_of


@pytest.fixture
def target(engine_name: str, run_folder: Path, tmp_path: Path) -> Iterator[Target]:
    with new_server(OTHER[engine_name], run_folder, tmp_path) as made:
        yield made


@pytest.mark.heavy
@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_restore_that_is_killed_is_nothing_or_is_finished(
    thread: Thread, target: Target, tmp_path: Path
) -> None:
    houses = (thread.police, thread.hospital, thread.clinic, thread.social)
    district = District(None, thread.province, *houses)  # type: ignore[arg-type] # no module of tests around it
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.social.id, kinds=["needs"])
    waiting = district.send(case, thread.social, ["needs"])
    ship_now()
    kept = keep(tmp_path)
    ship_later(thread)
    kept.fetch()
    arguments = [str(kept.backup), "--root-file", str(kept.root_file)]
    arguments += ["--passphrase", ROOT_PASSPHRASE, "--tombstones", str(kept.folder)]

    for moment in (("statement", 40), ("statement", 80), ("commit", 1)):
        assert power_cut.restore(target.environment, arguments, moment) == -9, moment
        with target.serve() as app:
            with pytest.raises(NotFound):
                deployment.current()
            with snapshot.snapshot() as connection:
                assert snapshot.is_empty(connection)
            assert instance.read(ROOT_PUBLIC) is None
            assert app.test_client().get("/readyz").status_code == 503
    for moment in (("file", 1), ("file", 2), ("file", 2)):  # each goes on where the last ended
        assert power_cut.restore(target.environment, arguments, moment) == -9, moment
        with target.serve() as app:
            with pytest.raises(HalfRestored):
                deployment.current()
            assert instance.read(EPOCH) is None
            client = app.test_client()
            for path in ("/sign-in", "/readyz"):
                answer = client.get(path)
                assert answer.status_code == 503, path
            sent = {"username": "congan.admin", "passphrase": "x" * 12, "code": ""}
            assert client.post("/api/v1/sessions", json=sent).status_code == 503
    assert power_cut.restore(target.environment, arguments, None) == 0
    with target.serve() as app:
        assert deployment.current().epoch > 1
        assert instance.names(STAGED) == []
        assert instance.read(release_name(waiting)) is not None
        assert app.test_client().get("/sign-in").status_code == 200
        db.rollback()
        again = app.test_cli_runner().invoke(args=["restore", *arguments])
        assert (again.exit_code, "not empty" in again.output) == (1, True)


def ship_later(thread: Thread) -> None:
    """Something ended after the backup, so that there is a file newer than it."""
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.clinic.id, kinds=["needs"])
    from referral.cases import queries
    from referral.cases import service as cases

    with db.unit_of_work():
        found = queries.visible_case(thread.officer, case.id)
        (basis,) = queries.visible_bases(thread.officer, found)
        cases.withdraw_consent(thread.officer, found, basis_id=basis.id)
    ship_now()
