"""A backup put in place brings back nothing that had ended, and nothing of a lost time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from referral.accounts import service as accounts
from referral.accounts.events import PassphraseChanged
from referral.accounts.model import Member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.directory import log_heads
from referral.audit import heads
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import CaseFile, StrandRow
from referral.cases.strands import case_view
from referral.followup.queries import visible_tasks
from referral.kernel import db, deployment, events
from referral.kernel.errors import (
    ConsentMissing,
    HalfRestored,
    InvalidInput,
    NotFound,
    NotPermitted,
    NotVerified,
    SignInRequired,
)
from referral.kernel.instance import instance, release_name
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from referral.referrals.model import Referral
from tests.cases.district import District, read, write
from tests.cli.station import OTHER, Kept, Target, entries_of, keep, new_server, ship_now
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE, ROOT_PASSPHRASE, Province, case_of, consent_of
from tests.security.attacker import Attacker, Rows, snapshot

EARLIER, LATER = "canary-earlier-5b1c", "canary-later-9e7d"
INCIDENT = {"forms": ["physical"], "unit": "20050"}
AGREED = ["incident", "needs"]


@pytest.fixture
def target(engine_name: str, run_folder: Path, tmp_path: Path) -> Iterator[Target]:
    """A new server on the other engine than the lost one's."""
    with new_server(OTHER[engine_name], run_folder, tmp_path) as made:
        yield made


def district_of(thread: Thread) -> District:
    houses = (thread.police, thread.hospital, thread.clinic, thread.social)
    return District(None, thread.province, *houses)  # type: ignore[arg-type]  # no module-wide home


def told(thief: Attacker, words: str) -> bool:
    return any(words in raw.decode(errors="ignore") for raw in thief.texts.values())


class Lost:
    """What the lost server went through: shared, backed up, then ended."""

    def __init__(self, thread: Thread, folder: Path) -> None:
        self.thread, self.district = thread, district_of(thread)
        sections = {
            "identity": {"spoken_name": "Mây", "age_band": "25_39", "sex": "female"},
            "incident": INCIDENT | {"account": EARLIER},
            "needs": {"needs": ["health_care"]},
        }
        self.case = case_of(thread.officer, **sections)
        self.quiet = case_of(thread.officer)
        self.case_id, self.quiet_id = self.case.id, self.quiet.id
        self.police_id = thread.police.id
        self.agencies = {name: house.id for name, house in thread.province.houses.items()}
        share = self.district.share
        self.withdrawn = share(self.case, thread.hospital, thread.nurse, AGREED)
        share(self.case, thread.clinic, thread.other_nurse, AGREED)
        for case in (self.case, self.quiet):
            consent_of(thread.officer, case, agency_id=thread.social.id, kinds=["needs"])
        self.declined = self.district.send(self.case, thread.social, ["needs"])
        self.waiting = self.district.send(self.quiet, thread.social, ["needs"])
        self.keyless = self.district.send(self.case, thread.social, ["needs"])
        instance.remove(release_name(self.keyless))
        self.old = Attacker.of(thread.nurse, snapshot())
        self.old.run()
        assert told(self.old, EARLIER)
        ship_now()
        self.kept: Kept = keep(folder)
        self.tokens = dict(thread.province._tokens)

    def go_on(self) -> Rows:
        """Everything that the backup does not know; gives the rows of the lost time."""
        thread, officer = self.thread, self.thread.officer
        with db.unit_of_work():
            case = queries.visible_case(officer, self.case.id)
            cases.withdraw_consent(officer, case, basis_id=self.withdrawn)
        with db.unit_of_work():
            asked = referral_queries.visible_referral(thread.worker, self.declined)
            referrals.decline_referral(thread.worker, asked, reason="no_capacity")
        with db.unit_of_work():
            gone = db.session().get_one(Member, thread.supervisor.member_id)
            accounts.remove_member(thread.province.actor(thread.police.administrator), gone)
        with db.unit_of_work():
            db.begin_write()
            assert thread.other_nurse.member_id is not None
            events.publish(PassphraseChanged(thread.other_nurse.member_id))
        write(officer, self.quiet.id, "needs", {"needs": ["shelter"]}, 1)
        ship_now()
        (self.kept.folder.parent / "heads.json").write_bytes(
            heads.written(heads.present_heads(log_heads()))
        )
        return snapshot()


@pytest.fixture
def lost(thread: Thread, tmp_path: Path) -> Lost:
    return Lost(thread, tmp_path)


def refused_at_the_door(username: str) -> bool:
    try:
        sign_in(username, PASSPHRASE, "")
    except InvalidInput:
        return True
    return False


@pytest.mark.heavy
@pytest.mark.promise("a-restore-brings-nothing-back")
def test_with_the_tombstones_nothing_that_had_ended_works_again(lost: Lost, target: Target) -> None:
    future = lost.go_on()
    lost.kept.fetch()
    province = lost.thread.province.kept()
    answer = target.restore(lost.kept, "--tombstones", str(lost.kept.folder))
    assert answer.returncode == 0, answer.stderr
    assert "GAP" not in answer.stdout
    with target.serve():
        again = Province.restored(province)
        _no_session_is_left(lost)
        _who_left_or_changed_the_passphrase_stays_out()
        _the_withdrawn_receiver_opens_nothing(lost, again)
        _referrals_are_where_they_were(lost, again)
        _nothing_of_the_lost_time_is_taken(lost, future)
        db.rollback()
    verified = target.run("audit", "verify", "--head", str(lost.kept.folder.parent / "heads.json"))
    assert verified.returncode == 0, verified.stdout
    assert "were lost when a backup was put in place" in verified.stdout
    assert "directory  holds" in verified.stdout
    assert ", 0 broken" in verified.stdout


def _no_session_is_left(lost: Lost) -> None:
    for token in lost.tokens.values():
        with pytest.raises(SignInRequired):
            actor_for(token)


def _who_left_or_changed_the_passphrase_stays_out() -> None:
    assert refused_at_the_door("congan.supervisor")
    assert refused_at_the_door("tram.health_worker")
    assert not refused_at_the_door("congan.police_officer")


def _the_withdrawn_receiver_opens_nothing(lost: Lost, again: Province) -> None:
    officer = again.worker(again.houses["congan"], "police_officer")
    nurse = again.worker(again.houses["yte"], "health_worker")
    with pytest.raises(NotFound):
        queries.visible_case(nurse, lost.case_id)
    restored = Attacker.of(nurse, snapshot())
    restored.run()
    assert not told(restored, EARLIER), "the bundle did not come back"
    with pytest.raises(NotVerified):  # the log still names a keeper of the old key
        write(officer, lost.case_id, "incident", INCIDENT | {"account": LATER}, 1)
    db.rollback()
    _remove_again(again)
    officer = again.worker(again.houses["congan"], "police_officer")
    write(officer, lost.case_id, "incident", INCIDENT | {"account": LATER}, 1)
    hoarder = Attacker.of(nurse, snapshot())
    hoarder.secrets |= lost.old.secrets
    hoarder.section_keys |= lost.old.section_keys
    hoarder.run()
    assert told(hoarder, EARLIER), "what was read stays known"
    assert not told(hoarder, LATER)
    newest = {s.kind: s for s in read(officer, lost.case_id)}["incident"]
    assert newest.answers["account"] == LATER
    assert again.houses["yte"].circle_id() not in {circle for _, circle in newest.readers}


def _remove_again(again: Province) -> None:
    boss = again.actor(again.houses["congan"].administrator)
    gone = db.session().scalars(select(Member).where(Member.username == "congan.supervisor")).one()
    assert gone.state == "barred"
    with db.unit_of_work():
        accounts.remove_member(boss, gone)


def _referrals_are_where_they_were(lost: Lost, again: Province) -> None:
    states = {r.id: r.state for r in db.session().scalars(select(Referral))}
    assert (states[lost.declined], states[lost.waiting]) == ("declined", "sent")
    assert states[lost.keyless] == "returned"
    officer = again.worker(again.houses["congan"], "police_officer")
    to_send = {t.object_id for t in visible_tasks(officer) if t.kind == "send_again"}
    assert to_send == {lost.keyless}
    worker = again.worker(again.houses["ctxh"], "social_worker")
    district = lost.district
    district.province = again
    district.accept(worker, lost.waiting)
    assert {s.kind for s in read(worker, lost.quiet_id) if s.status == "open"} == {"needs"}


def _nothing_of_the_lost_time_is_taken(lost: Lost, future: Rows) -> None:
    """Entries that somebody kept of the time after the backup, put back into the tables."""
    db.rollback()
    there = {row.id for row in db.session().scalars(select(StrandRow))}
    seqs = case_view(lost.quiet_id).seqs[lost.police_id]
    new = entries_of(future, lost.quiet_id, lambda r: r["id"] not in there and r["seq"] > seqs)
    db.rollback()
    assert new
    with db.unit_of_work():
        db.begin_write()
        db.session().execute(insert(StrandRow), new)
    view = case_view(lost.quiet_id)
    assert "lost when a backup" in view.faults[lost.police_id]
    assert view.seqs[lost.police_id] == seqs


def test_a_database_put_back_beside_the_folder_of_another_epoch_is_not_served(
    thread: Thread,
) -> None:
    with db.unit_of_work():
        db.begin_write()
        deployment.raise_epoch(7)
    with pytest.raises(HalfRestored):
        deployment.current()
    assert db.session().scalars(select(CaseFile)).all() == []


@pytest.mark.heavy
@pytest.mark.promise("a-restore-brings-nothing-back")
def test_without_the_tombstones_everything_waits_for_somebody_to_confirm_it(
    lost: Lost, target: Target
) -> None:
    lost.go_on()
    province, digits = lost.thread.province.kept(), _digits(lost)
    answer = target.restore(lost.kept)
    assert answer.returncode == 0, answer.stderr
    assert "GAP: no file of tombstones is newer than the backup" in answer.stdout
    with target.serve():
        _every_sign_in_waits()
        states = {r.id: r.state for r in db.session().scalars(select(Referral))}
        assert (states[lost.declined], states[lost.waiting]) == ("returned", "returned")
        db.rollback()
    with target.serve() as app:
        _the_root_confirms_an_administrator(lost, app, digits)
        again = Province.restored(province)
        _the_administrator_confirms_colleagues(again, digits)
        _no_raw_key_opens_what_waits(lost, again)
        _the_custodian_confirms_one_and_ends_the_other(lost, again)


def _digits(lost: Lost) -> dict[str, str]:
    found = {m.username: accounts.fingerprint_of(m) for m in db.session().scalars(select(Member))}
    db.rollback()
    return found


def _every_sign_in_waits() -> None:
    for username in ("congan.police_officer", "congan.admin", "yte.health_worker"):
        actor = actor_for(sign_in(username, PASSPHRASE, ""))
        assert actor.permissions == frozenset()
        assert actor.keys is None
    officer = db.session().scalars(
        select(Member).where(Member.username == "congan.police_officer")
    ).one()  # fmt: skip
    with db.unit_of_work():
        db.begin_write()
        officer.state = "active"  # a writer to the table, not the administrator
    assert refused_at_the_door("congan.police_officer")
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(Member, officer.id).state = "enrolled"


def _the_root_confirms_an_administrator(lost: Lost, app: Any, digits: dict[str, str]) -> None:
    run = app.test_cli_runner(env={"ROOT_PASSPHRASE": ROOT_PASSPHRASE}).invoke
    for house in ("congan", "yte", "tram"):
        named = ["--username", f"{house}.admin", "--root-file", str(lost.kept.root_file)]
        command = ["directory", "confirm-after-restore", str(lost.agencies[house]), *named]
        wrong = run(args=[*command, "--fingerprint", digits["ctxh.admin"]])
        assert (wrong.exit_code, "not the digits" in wrong.output) == (1, True)
        done = run(args=[*command, "--fingerprint", digits[f"{house}.admin"]])
        assert done.exit_code == 0, done.output


def _the_administrator_confirms_colleagues(again: Province, digits: dict[str, str]) -> None:
    names = {
        "congan": "congan.police_officer",
        "yte": "yte.health_worker",
        "tram": "tram.health_worker",
    }
    for house, username in names.items():
        boss = again.actor(again.houses[house].administrator)
        row = db.session().scalars(select(Member).where(Member.username == username)).one()
        with pytest.raises(NotPermitted), db.unit_of_work():
            accounts.confirm_member(boss, row, fingerprint_read=digits["ctxh.admin"])
        db.rollback()
        with db.unit_of_work():
            row = db.session().get_one(Member, row.id)
            accounts.confirm_member(boss, row, fingerprint_read=digits[username])


def _no_raw_key_opens_what_waits(lost: Lost, again: Province) -> None:
    """The bundles are not there: a flag alone would stop nobody who has keys."""
    for house in ("yte", "tram"):
        nurse = again.worker(again.houses[house], "health_worker")
        with pytest.raises(NotFound):
            queries.visible_case(nurse, lost.case_id)
        thief = Attacker.of(nurse, snapshot())
        thief.run()
        assert not told(thief, EARLIER)


def _the_custodian_confirms_one_and_ends_the_other(lost: Lost, again: Province) -> None:
    officer = again.worker(again.houses["congan"], "police_officer")
    (task,) = [t for t in visible_tasks(officer) if t.kind == "confirm_access"]
    assert task.case_id == lost.case_id
    lost.district.province = again
    case = queries.visible_case(officer, lost.case_id)
    with pytest.raises(ConsentMissing):  # what she agreed to before waits as well
        lost.district.send(case, again.houses["ctxh"], ["needs"])
    write(officer, lost.case_id, "incident", INCIDENT | {"account": LATER}, 1)
    with db.unit_of_work():
        case = queries.visible_case(officer, lost.case_id)
        waiting = {g.receiver_agency_id: g.id for g in cases.list_suspended(officer, case)}
    assert set(waiting) == {lost.agencies["yte"], lost.agencies["tram"]}
    with db.unit_of_work():
        case = queries.visible_case(officer, lost.case_id)
        cases.end_suspended(officer, case, grant_id=waiting[lost.agencies["yte"]])
    with db.unit_of_work():
        case = queries.visible_case(officer, lost.case_id)
        cases.confirm_grant(officer, case, grant_id=waiting[lost.agencies["tram"]])
    clinic = again.worker(again.houses["tram"], "health_worker")
    found = {s.kind: s for s in read(clinic, lost.case_id) if s.status == "open"}
    assert found["incident"].answers["account"] == LATER
    nurse = again.worker(again.houses["yte"], "health_worker")
    with pytest.raises(NotFound):
        queries.visible_case(nurse, lost.case_id)
    thief = Attacker.of(nurse, snapshot())
    thief.secrets |= lost.old.secrets
    thief.section_keys |= lost.old.section_keys
    thief.run()
    assert not told(thief, LATER)
    assert [t for t in visible_tasks(officer) if t.kind == "confirm_access"] == []
