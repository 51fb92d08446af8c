"""A case that had moved when a backup of before was put in place, as its strands are heard."""

from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import Unreadable
from referral.vault.root import ServerKey, new_server_secret
from tests.vault.case_file import CaseFile
from tests.vault.ending import end, newcomer
from tests.vault.province import World
from tests.vault.test_case_moves import _revision, circle, move
from tests.vault.test_restores import restored
from tests.vault.test_strand_attacks import _grant, _refused

HAD_LEFT = "had left this circle"


def without(file: CaseFile, *names: str, of: tuple[str, ...] = ("P1",)) -> CaseFile:
    """Put back as of before it had left these circles, and with them these people."""
    ids = tuple(sorted(file.world.person(name).member_id for name in names))
    return restored(file, left_out=tuple((circle(file, name), ids) for name in of))


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_nobody_acts_for_a_circle_that_the_case_had_left_but_by_moving_it(file: CaseFile) -> None:
    officer, lead, nurse = (file.world.person(n) for n in ("officer", "lead", "nurse"))
    again = without(file, "officer")
    p1, h1 = circle(file, "P1"), circle(file, "H1")
    assert again.view().left_out == {p1: frozenset({officer.member_id})}
    assert not again.view().reads(p1, again.needs, again.now)
    assert p1 not in {c for _, c in again.view().readers(again.identity, again.now)}
    assert again.view().reads(h1, again.identity, again.now), "whom it was shared with reads on"
    offer = (uuid4(), file.world.agencies["hospital"].agency_id, h1, (again.identity,))
    for person in (officer, lead):
        for kind, payload in (
            ("section_revised", _revision(again.identity, p1)),
            ("grant_made", _grant(again, "P1", ("hospital", "H1"), again.needs)),
            ("grant_renewed", (again.grant, (again.identity,), bytes(32))),
            ("custody_offered", offer),
        ):
            assert HAD_LEFT in _refused(again, person, kind, payload), kind
    again.consent(nurse, "P1", ("medical",))
    shared = again.share(nurse, "H1", "P1", [again.medical], pending=True)
    assert HAD_LEFT in _refused(again, lead, "grant_taken", (shared,))
    again.withdraw(lead, again.basis)  # what takes away is anybody's, at any time


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_it_moves_to_a_circle_without_whom_it_had_left_out_and_to_no_other(file: CaseFile) -> None:
    world, officer, lead = file.world, file.world.person("officer"), file.world.person("lead")
    again = without(file, "officer")
    p1, p2 = circle(file, "P1"), circle(file, "P2")
    back = without(file, "lead")
    refused = _refused(back, officer, "circle_moved", (p1, p2, (), ()))
    assert "whom the case had left out" in refused
    both = without(file, "officer", of=("P1", "P2"))
    assert set(both.view().left_out) == {p1, p2}
    assert "whom the case had left out" in _refused(both, lead, "circle_moved", (p1, p2, (), ()))
    move(again, officer, "P1", "P2")  # also by the one who is left out, who opens nothing by it
    assert again.view().left_out == {}
    assert again.view().faults == {}
    again.edit(lead, again.identity, "Lan, moved away")
    assert again.read(officer, again.identity) is None
    assert again.read(lead, again.identity) == "Lan, moved away"
    assert again.read(world.person("nurse"), again.identity) == "Lan, moved away"
    move(again, lead, "P2", "P1")
    assert again.read(officer, again.identity) == "Lan, moved away", "decided by who had it"


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_circle_that_is_given_the_case_only_now_lets_go_of_it_as_well(file: CaseFile) -> None:
    """The backup was made before the case came there; its own agency may decide otherwise."""
    officer, lead, nurse = (file.world.person(n) for n in ("officer", "lead", "nurse"))
    p2 = circle(file, "P2")
    again = without(file, "lead", of=("P2",))
    again.consent(nurse, "P2", ("medical",))
    shared = again.share(nurse, "H1", "P2", [again.medical], pending=True)
    assert HAD_LEFT in _refused(again, lead, "grant_taken", (shared,))
    assert "whom the case had left out" in _refused(
        again, officer, "circle_moved", (circle(file, "P1"), p2, (), ())
    )
    mine = without(file, "lead", of=("P2",))
    move(mine, officer, "P1", "P2")
    assert mine.view().left_out == {}
    assert mine.view().reads(p2, mine.identity, mine.now)


def test_a_second_restore_keeps_what_the_first_had_left_open(file: CaseFile) -> None:
    first = without(file, "officer")
    second = restored(first, epoch=9)
    assert second.view().left_out == first.view().left_out
    move(first, file.world.person("lead"), "P1", "P2")
    assert restored(first, epoch=9).view().left_out == {}


def test_where_the_agency_has_ended_the_wait_is_its_successors() -> None:
    """Whether its own restore had named the ended circle, or the one that acts for it."""
    world = World()
    newcomer(world, "ward", ("W1",))
    file = CaseFile(world)
    file.open_case(world.person("officer"), "P1")
    file.identity = file.write_new(world.person("officer"), "P1", "identity", "Lan")
    police = end(world, "police", {"P1": "W1", "P2": "W1"}, file)
    again = without(file, "ward officer", of=("P1", "W1"))
    member: UUID = world.person("ward officer").member_id
    both = dict.fromkeys((circle(file, "P1"), circle(file, "W1")), frozenset({member}))
    assert again.view().left_out == both
    again.append(world.person("ward lead"), "succeeded", (police,))
    w1 = circle(file, "W1")
    assert again.view().left_out == {w1: frozenset({member})}
    said = _refused(
        again, world.person("ward lead"), "section_revised", _revision(again.identity, w1)
    )
    assert HAD_LEFT in said


def test_what_is_put_away_opens_with_the_key_of_this_server_and_for_this_alone() -> None:
    server, other = ServerKey(new_server_secret()), ServerKey(new_server_secret())
    here, grant = uuid4(), uuid4()
    body = b"sealed to a circle"
    away = server.put_away(here, grant, body)
    assert body not in away
    assert server.take_out(here, grant, away) == body
    for key, place, raw in (
        (other, (here, grant), away),
        (server, (here, uuid4()), away),
        (server, (uuid4(), grant), away),
        (server, (here, grant), body),
        (server, (here, grant), away[:-1]),
    ):
        with pytest.raises(Unreadable):
            key.take_out(*place, raw)
