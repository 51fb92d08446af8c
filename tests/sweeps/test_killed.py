"""A server killed within a writing request leaves all of it or nothing.

`deaths.py` kills a worker at its n-th point, an SQL statement or a commit's edge: in `make test` at
twenty, in the long run at every point of every request of the API and of every job, on PostgreSQL
at those that write, and where the operations are the same but a page asks, at the last commit.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from referral.kernel import db
from tests.sweeps.conftest import Ground
from tests.sweeps.deaths import Sweep, edges, one_point, sweep_apart

FEW = 20
AGAIN = {
    "POST account.make_code_sheet": ["tombstone"],
    "POST accounts.begin_reenrolment": ["tombstone"],
    "POST accounts.make_kit": ["tombstone"],
    "POST accounts.sign_in": ["member_session_body"],
    "POST api_account.make_code_sheet": ["tombstone"],
    "POST api_accounts.begin_reenrolment": ["tombstone"],
    "POST api_recovery.make_kit": ["tombstone"],
    "POST api_sessions.sign_in": ["member_session_body"],
    "POST locking.unlock": ["member_session_body"],
    "PUT api_succession.state_succession": ["directory_entry"],
}
"""What is there twice when it is sent again after an answer that was lost, and why.

Who has not seen the token of a session needs another session, and who has not seen codes that are
shown once needs other codes; that the first ended then stands once more on the list of what a
backup must not bring back. A plan of succession takes the place of the one before, as PUT says; the
signed log has both.
"""


@pytest.fixture
def sweep(ground: Ground) -> Sweep:
    return Sweep(ground)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.promise("nothing-typed-is-lost")
def test_killed_at_twenty_points_nothing_is_lost_doubled_or_half_written(sweep: Sweep) -> None:
    every = dict(sweep.requests())
    for name in list(every)[:: max(1, len(every) // (FEW - 2))]:
        sweep.kill(name, every[name], one_point(name))
    name = "POST api_referrals.send_referral"
    sweep.kill(name, every[name], edges)
    deaths = sweep.deaths
    print(f"killed at {deaths.points} points")  # noqa: T201 - the sweep's size
    assert not deaths.faults, "\n".join(deaths.faults)
    assert not deaths.doubled
    assert deaths.points >= FEW


@pytest.mark.long
@pytest.mark.parametrize("part", ["1 of 2", "2 of 2"])
@pytest.mark.promise("nothing-typed-is-lost")
def test_killed_at_every_point_nothing_is_lost_doubled_or_half_written(
    living: Mapping[str, Any], run_folder: Path, tmp_path: Path, part: str
) -> None:
    deaths = sweep_apart(living, run_folder, tmp_path, part)
    size = f"{len(deaths.asked)} requests at {deaths.points} points"
    print(f"killed {size} of {len(deaths.statements)} distinct statements")  # noqa: T201 - the sweep's size
    assert not deaths.faults, "\n".join(deaths.faults)
    assert deaths.doubled == {n: tables for n, tables in AGAIN.items() if n in deaths.asked}
    assert len(deaths.asked) > 20
    assert deaths.points > 500


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_what_is_half_written_or_doubled_is_found(sweep: Sweep) -> None:
    """A request that commits in the middle of its work, and one that makes another each time."""
    app, deaths = sweep.ground.app, sweep.deaths

    def whole() -> int:
        with app.app_context():
            for table in ("notice", "task"):
                db.session().execute(text(f"DELETE FROM {table}"))
            db.commit()
        return 200

    def torn() -> int:
        with app.app_context():
            db.session().execute(text("DELETE FROM notice"))
            db.session().connection().exec_driver_sql("COMMIT")
            db.session().execute(text("DELETE FROM task"))
        return 200

    def another() -> int:
        with app.app_context():
            made = "hex(randomblob(16)), kind, subject_id, case_id, at, NULL FROM tombstone LIMIT 1"
            db.session().execute(text(f"INSERT INTO tombstone SELECT {made}"))
            db.commit()
        return 200

    sweep.kill("whole", whole)
    assert (deaths.faults, deaths.doubled) == ([], {})
    sweep.kill("another", another)
    assert deaths.doubled == {"another": ["tombstone"]}
    sweep.kill("torn", torn)
    assert any("changed before it was committed" in fault for fault in deaths.faults)
