"""The whole of a restore: moves, conflicts, roles, lost devices that the backup does not know."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.accounts.reenrolment import begin_reenrolment
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.model import Circle
from referral.agencies.rewrapping import key_report
from referral.agencies.service import renew_circle
from referral.cases import queries
from referral.cases.model import CaseFile
from referral.cases.strands import case_view
from referral.kernel import db
from referral.kernel.actor import Actor
from referral.referrals import service
from tests.cases.district import statuses, write
from tests.cli.station import OTHER, Kept, Target, keep, new_server, ship_now
from tests.cli.test_restore import refused_at_the_door, told
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE, Province, case_of
from tests.referrals.test_moving import circle_of, declare, move, now
from tests.security.attacker import Attacker, snapshot

EARLIER = "canary-earlier-83be"
INCIDENT = {"forms": ["physical"], "unit": "20050"}


@pytest.fixture
def target(engine_name: str, run_folder: Path, tmp_path: Path) -> Iterator[Target]:
    with new_server(OTHER[engine_name], run_folder, tmp_path) as made:
        yield made


class Lost:
    """Two cases of the police; a nurse; a second nurse who is a supervisor too; then the loss."""

    def __init__(self, thread: Thread, folder: Path) -> None:
        self.thread = thread
        self.declared = case_of(thread.officer, incident=INCIDENT | {"account": EARLIER}).id
        self.moved = case_of(thread.officer, incident=INCIDENT | {"account": EARLIER}).id
        self.nurses = case_of(thread.nurse, incident=INCIDENT | {"account": EARLIER}).id
        self.named = circle_of(thread, "congan", "congan.police_officer")
        self._roles("health_worker+supervisor")
        ship_now()
        self.kept: Kept = keep(folder)

    def _roles(self, role: str) -> None:
        boss = now(self.thread, "tram.admin")
        with db.unit_of_work():
            row = db.session().get_one(Member, self.thread.other_nurse.member_id)
            accounts.change_roles(boss, row, role=role)

    def go_on(self) -> Attacker:
        """What the backup does not know; gives what the keys of before open."""
        thread = self.thread
        declare(now(thread, "congan.supervisor"), _case(self.declared), thread.supervisor)
        move(now(thread, "congan.police_officer"), _case(self.moved), self.named)
        old = Attacker.of(now(thread, "yte.health_worker"), snapshot())
        old.run()
        boss = now(thread, "yte.admin")
        with db.unit_of_work():
            row = db.session().get_one(Member, thread.nurse.member_id)
            begin_reenrolment(boss, row, compromised=True)
        self._roles("health_worker")
        ship_now()
        self.kept.fetch()
        return old


def _case(case_id: UUID) -> CaseFile:
    return db.session().get_one(CaseFile, case_id)


def opens(actor: Actor, words: str) -> bool:
    thief = Attacker.of(actor, snapshot())
    thief.run()
    return told(thief, words)


@pytest.mark.heavy
@pytest.mark.promise("a-restore-brings-nothing-back")
def test_who_had_been_left_out_or_lost_a_role_or_a_device_is_so_after_a_restore(
    thread: Thread, target: Target, tmp_path: Path
) -> None:
    lost = Lost(thread, tmp_path)
    chief = now(thread, "congan.supervisor")
    assert opens(chief, EARLIER), "control: in the backup these keys open it"
    old = lost.go_on()
    assert told(old, EARLIER)
    province = thread.province.kept()
    answer = target.restore(lost.kept, "--tombstones", str(lost.kept.folder))
    assert answer.returncode == 0, answer.stderr
    assert "GAP" not in answer.stdout
    for count, what in (
        (2, "cases to be moved to another circle again"),
        (1, "members whose roles are confirmed anew"),
        (1, "members to be enrolled anew"),
        (1, "circles to be given a new key"),
    ):
        assert f"{count:6} {what}" in answer.stdout, answer.stdout
    with target.serve():
        again = Province.restored(province)
        _the_colleague_opens_neither_case(lost, again)
        _both_cases_move_again(lost, again)
        _the_stolen_device_opens_nothing(lost, again, old)
        _the_role_waits(lost, again)
        db.rollback()


def _the_colleague_opens_neither_case(lost: Lost, again: Province) -> None:
    chief = again.actor("congan.supervisor")
    for case_id in (lost.declared, lost.moved):
        assert statuses(chief, case_id) == {"incident": "sealed"}
    assert not opens(chief, EARLIER)
    assert not opens(again.actor("congan.police_officer"), EARLIER), "nor anybody of the circle"


def _both_cases_move_again(lost: Lost, again: Province) -> None:
    chief = again.actor("congan.supervisor")
    with db.unit_of_work():
        service.move_case(chief, queries.visible_case(chief, lost.declared))
    officer = again.actor("congan.police_officer")
    with db.unit_of_work():
        case = queries.visible_case(officer, lost.moved)
        service.move_case(officer, case, circle_id=lost.named)
    officer = again.actor("congan.police_officer")
    for case_id in (lost.declared, lost.moved):
        assert statuses(officer, case_id) == {"incident": "open"}
        assert case_view(case_id).faults == {}
        write(again.actor("congan.police_officer"), case_id, "needs", {"needs": ["shelter"]})
        assert not queries.is_visible(again.actor("congan.supervisor"), case_id)
    assert not opens(again.actor("congan.supervisor"), EARLIER)


def _the_stolen_device_opens_nothing(lost: Lost, again: Province, old: Attacker) -> None:
    thief = Attacker(snapshot(), keys=old.keys)
    thief.run()
    assert not told(thief, EARLIER)
    assert refused_at_the_door("yte.health_worker")
    circle_id = again.houses["yte"].circle_id()
    boss = again.actor("yte.admin")
    assert key_report(db.session().get_one(Circle, circle_id)).awaits_key
    db.rollback()
    with db.unit_of_work():
        renew_circle(boss, db.session().get_one(Circle, circle_id))
    assert not key_report(db.session().get_one(Circle, circle_id)).awaits_key
    db.rollback()


def _the_role_waits(lost: Lost, again: Province) -> None:
    waiting = actor_for(sign_in("tram.health_worker", PASSPHRASE, ""))
    assert (waiting.permissions, waiting.keys) == (frozenset(), None)
    boss = again.actor("tram.admin")
    row = db.session().get_one(Member, waiting.member_id)
    assert row.role == "health_worker+supervisor", "control: so the backup has it"
    with db.unit_of_work():
        row = db.session().get_one(Member, waiting.member_id)
        read = accounts.fingerprint_of(row)
        accounts.confirm_member(boss, row, fingerprint_read=read, roles=["health_worker"])
    assert actor_for(sign_in("tram.health_worker", PASSPHRASE, "")).role == "health_worker"
