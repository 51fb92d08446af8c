"""What ended leaves the host in signed, linked files: nothing is lost, nothing is made up."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from referral.agencies.directory import log_heads
from referral.audit import tombstones
from referral.audit.arrivals import Arrived, gap_of, read_files
from referral.audit.shipments import read_shipment, ship
from referral.audit.tombstones import Ended, bury
from referral.audit.trail import trail
from referral.jobs.schedule import job_named
from referral.kernel import db, deployment
from referral.kernel.errors import NotVerified
from referral.kernel.instance import shipping
from referral.vault.root import ServerKey, new_server_secret
from tests.audit.conftest import Office
from tests.factories.installation import hours_pass


def end(*kinds: Ended) -> list[UUID]:
    """Something of each kind ends, in one transaction."""
    ids = [uuid4() for _ in kinds]
    with db.unit_of_work():
        db.begin_write()
        for kind, subject_id in zip(kinds, ids, strict=True):
            bury(kind, subject_id, case_id=uuid4())
    return ids


def run() -> int:
    with db.unit_of_work():
        db.begin_write()
        return ship(log_heads())


def arrived() -> Arrived:
    here = deployment.current().id
    db.rollback()
    return read_files(shipping.folder.glob("*.json"), here, trail.server.public)


def test_what_ended_is_in_the_next_file_and_in_no_other(office: Office) -> None:
    run()
    ids = end(Ended.GRANT, Ended.BASIS, Ended.MEMBER)
    assert run() == 3
    newest = max(arrived().shipments, key=lambda s: s.number)
    assert {b.subject_id for b in newest.buried} == set(ids)
    assert newest.chains.keys() >= {office.police.id}
    assert run() == 0
    hours_pass(1)
    assert run() == 1, "a file goes out each hour although nothing ended"
    newest = max(arrived().shipments, key=lambda s: s.number)
    assert newest.buried == ()


def test_nothing_leaves_of_a_transaction_that_was_rolled_back(office: Office) -> None:
    run()
    before = sorted(shipping.names("."))
    db.begin_write()
    bury(Ended.GRANT, uuid4())
    ship(log_heads())
    db.rollback()
    assert sorted(shipping.names(".")) == before
    assert tombstones.count_unshipped() == 0


def test_a_file_that_a_crash_kept_from_being_written_is_written_by_the_next_run(
    office: Office,
) -> None:
    (subject,) = end(Ended.PASSPHRASE)
    run()
    name = sorted(shipping.names("."))[-1]
    raw = shipping.read(name)
    shipping.remove(name)  # the power went between the commit and the file
    assert subject not in {b.subject_id for s in arrived().shipments for b in s.buried}
    run()
    assert shipping.read(name) == raw
    assert subject in {b.subject_id for s in arrived().shipments for b in s.buried}


def test_the_job_ships_and_a_missing_file_is_noticed(office: Office) -> None:
    for kind in (Ended.GRANT, Ended.DECLINED, Ended.MEMBER):
        end(kind)
        job = job_named("ship_tombstones")
        from referral.jobs.runner import perform

        assert perform(job) == 1
    whole = arrived()
    newest = whole.latest
    assert newest is not None
    # As a backup would know it: the rows of the files that came later are not there.
    with db.unit_of_work():
        db.begin_write()
        _forget_files_after(newest.number - 3)
    assert gap_of(whole) == ""
    middle = [s for s in whole.shipments if s.number != newest.number - 1]
    assert "is missing" in gap_of(Arrived(middle, whole.heads))
    assert "newer than the backup" in gap_of(Arrived())
    db.rollback()


def _forget_files_after(number: int) -> None:
    from sqlalchemy import delete

    from referral.audit.model import Tombstone, TombstoneShipment

    db.session().execute(delete(Tombstone).where(Tombstone.shipment > number))
    db.session().execute(delete(TombstoneShipment).where(TombstoneShipment.number > number))


def test_a_file_that_was_altered_or_is_of_another_server_is_not_believed(office: Office) -> None:
    end(Ended.GRANT)
    run()
    here, public = deployment.current().id, trail.server.public
    name = sorted(shipping.names("."))[-1]
    raw = shipping.read(name)
    assert raw is not None
    told = json.loads(raw)
    changes: list[dict[str, Any]] = [
        {"tombstones": []},
        {"number": told["number"] + 1},
        {"previous": "00" * 32},
        {"epoch": 2},
        {"chains": {}},
        {"signature": "00" * 64},
        {"deployment": str(uuid4())},
        {"tombstones": [{"kind": "access", "subject": str(uuid4()), "case": None, "at": "x"}]},
    ]
    for change in changes:
        with pytest.raises(NotVerified):
            read_shipment(json.dumps(told | change).encode(), here, public)
    with pytest.raises(NotVerified):
        read_shipment(raw, here, ServerKey(new_server_secret()).public)
    assert read_shipment(raw, here, public).number == told["number"]
    stray = shipping.folder / "stray.json"
    stray.write_bytes(b"{}")
    assert arrived().refused == ["stray.json"]
    stray.unlink()


def test_a_file_holds_ids_and_no_word(office: Office, tmp_path: Path) -> None:
    end(Ended.GRANT)
    run()
    raw = shipping.read(sorted(shipping.names("."))[-1])
    assert raw is not None
    told = json.loads(raw)
    assert set(told["tombstones"][0]) == {"kind", "subject", "case", "at"}
    assert UUID(told["tombstones"][0]["subject"])
