"""What a writer to the database tries: each change of a row is found, and nothing is shown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from referral.kernel.errors import NotVerified
from referral.vault.case_replay import take
from referral.vault.case_view import CaseView
from referral.vault.codec import digest
from referral.vault.sections import new_section_key, seal_revision
from referral.vault.strands import SignedEntry, StrandEntry, write_entry
from tests.vault.case_file import CaseFile
from tests.vault.province import World


def _police(file: CaseFile) -> list[SignedEntry]:
    return file.strands[file.world.agencies["police"].agency_id]


def _hospital(file: CaseFile) -> list[SignedEntry]:
    return file.strands[file.world.agencies["hospital"].agency_id]


def test_the_case_as_it_was_written_holds(file: CaseFile) -> None:
    assert not file.view().faults
    assert file.read(file.world.person("nurse"), file.identity) == "Lan"
    assert file.read(file.world.person("nurse"), file.needs) is None
    assert file.read(file.world.person("officer"), file.medical) is None


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.parametrize(
    "tamper",
    [
        lambda s: s.pop(2),
        lambda s: s.insert(1, s.pop(2)),
        lambda s: s.insert(3, s[2]),
        lambda s: s.clear(),
        lambda s: s.__setitem__(3, replace(s[3], signature=s[4].signature)),
        lambda s: s.__setitem__(3, replace(s[3], raw=s[3].raw[:-1])),
        lambda s: s.__setitem__(3, replace(s[3], raw=s[3].raw[:-1] + b"\x07")),
    ],
    ids=["left out", "swapped", "doubled", "all gone", "other signature", "cut", "changed"],
)
def test_a_strand_that_was_tampered_with_is_a_fault(
    file: CaseFile, tamper: Callable[[list[SignedEntry]], object]
) -> None:
    tamper(_police(file))
    assert file.view().faults


@pytest.mark.promise("changed-record-is-not-shown")
def test_last_entries_that_another_strand_saw_cannot_be_dropped(file: CaseFile) -> None:
    file.edit(file.world.person("nurse"), file.medical, "seen again")
    _police(file).pop()
    faults = file.view().faults
    assert file.world.agencies["hospital"].agency_id in faults
    # Nobody can write on as if nothing had been.
    with pytest.raises(NotVerified):
        file.view().place(file.world.agencies["hospital"].agency_id)


def test_a_strand_of_another_case_or_agency_does_not_count(file: CaseFile, world: World) -> None:
    other = CaseFile(world)
    other.open_case(world.person("officer"), "P1")
    moved = file.stolen()
    moved.strands[world.agencies["police"].agency_id] = _police(other)
    assert moved.view().faults
    crossed = file.stolen()
    crossed.strands = {
        world.agencies["police"].agency_id: _hospital(file),
        world.agencies["hospital"].agency_id: _police(file),
    }
    assert set(crossed.view().faults) == set(crossed.strands)
    assert not crossed.view().sections


@pytest.mark.promise("changed-record-is-not-shown")
def test_bodies_and_bundles_moved_between_rows_open_nothing(file: CaseFile) -> None:
    officer, nurse = file.world.person("officer"), file.world.person("nurse")
    old = file.bodies[file.identity]
    file.edit(officer, file.identity, "Lan, married name")
    for body in (old, file.bodies[file.needs], old[:-1], b""):
        moved = file.stolen()
        moved.bodies[file.identity] = body
        assert moved.read(officer, file.identity) is None
        with pytest.raises(NotVerified):
            moved.view().expect_revision(file.identity, 2, digest(body))
    file.view().expect_revision(file.identity, 2, digest(file.bodies[file.identity]))
    moved = file.stolen()
    names = list(moved.bundles)
    moved.bundles = {a: moved.bundles[b] for a, b in zip(names, names[1:] + names[:1], strict=True)}
    for person in (officer, nurse):
        for section in (file.identity, file.needs, file.medical):
            assert moved.read(person, section) is None


def test_a_revision_that_no_strand_vouches_for_is_refused(file: CaseFile) -> None:
    forged = seal_revision(new_section_key(), file.place(file.identity), {"text": "Mai"})
    file.bodies[file.identity] = forged.body
    assert file.read(file.world.person("officer"), file.identity) is None
    with pytest.raises(NotVerified):
        file.view().expect_revision(file.identity, 1, forged.digest)


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 5},
        {"heads": (7,)},
        {"heads": None},
        {"directory_seq": "one"},
        {"directory_seq": 99},
        {"payload": ()},
        {"kind": 7},
        {"epoch": 2, "at": None},
    ],
)
def test_malformed_entries_of_a_member_are_a_fault_of_that_strand_alone(
    file: CaseFile, changes: dict[str, object]
) -> None:
    nurse = file.world.person("nurse")
    place = file.view().place(nurse.ring.agency_id)
    honest = write_entry(
        nurse.ring,
        place,
        file.world.directory_of(nurse.ring.agency_id),
        at=file.now,
        kind="noted",
        payload=("closed",),
    )
    raw = replace(StrandEntry.read(honest.raw), **changes).raw()
    _hospital(file).append(SignedEntry(raw, nurse.ring.sign_as("strand", raw)))
    assert set(file.view().faults) == {nurse.ring.agency_id}
    assert file.view().reads(file.world.circle("P1").circle_id, file.needs, file.now)


def _one_by_one(file: CaseFile) -> CaseView:
    """The same entries in the order they were replayed, each taken into the view before it."""
    world = file.world
    waiting = {agency: list(entries) for agency, entries in file.strands.items()}
    view = CaseView(world.deployment, file.case_id, 1)
    for entry in file.view().entries:
        signed = waiting[entry.agency_id].pop(0)
        take(view, signed, world.directory_of(entry.agency_id), world.remembered)
    return view


def test_taking_entries_one_by_one_gives_what_replaying_gives(file: CaseFile) -> None:
    taken, replayed = _one_by_one(file), file.view()
    for name in ("sections", "grants", "bases", "heads", "seqs", "standing", "custodian_circle"):
        assert getattr(taken, name) == getattr(replayed, name), name


@pytest.mark.parametrize(
    ("name", "kind", "payload", "earlier"),
    [
        ("nurse", "noted", ("closed",), timedelta(days=1)),
        ("worker", "noted", ("closed",), timedelta()),
        ("nurse", "grant_ended", (uuid4(),), timedelta()),
        ("nurse", "noted", (), timedelta()),
        ("nurse", "basis_ended", (), timedelta()),
        ("nurse", "invented", (1,), timedelta()),
        ("desk", "noted", ("closed",), timedelta()),
    ],
)
def test_taking_one_entry_refuses_what_replaying_would(
    file: CaseFile, name: str, kind: str, payload: tuple, earlier: timedelta
) -> None:
    person, view = file.world.person(name), _one_by_one(file)
    directory = file.world.directory_of(person.ring.agency_id)
    entry = write_entry(
        person.ring,
        view.place(person.ring.agency_id),
        directory,
        at=file.now - earlier,
        kind=kind,
        payload=payload,
    )
    with pytest.raises(NotVerified):
        take(view, entry, directory, file.world.remembered)
    file.strands.setdefault(person.ring.agency_id, []).append(entry)
    assert file.view().faults
