"""A move of a case between circles of one agency, as signed: what counts and what is refused."""

from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import ConsentMissing, NotPermitted, NotVerified
from referral.vault.case_moves import received
from referral.vault.codec import digest
from referral.vault.grants import moving_basis, seal_grant
from tests.vault.case_file import CaseFile
from tests.vault.province import Person
from tests.vault.test_strand_attacks import _grant, _refused


def circle(file: CaseFile, name: str) -> UUID:
    return file.world.circle(name).circle_id


def move(file: CaseFile, person: Person, was: str, to: str) -> None:
    """As a service does it: every bundle that the mover opens, sealed to the other circle."""
    receiver, view, keys = file.world.key(to), file.view(), file.keys_of(person)
    bundles: dict[UUID, bytes] = {}
    for grant in received(view, circle(file, was)):
        try:
            basis = moving_basis(view, grant, receiver, at=file.now)
        except ConsentMissing:
            continue
        bundles[grant.grant_id] = seal_grant(
            basis,
            grant_id=grant.grant_id,
            case_tag=file.case_tag,
            keys={s: keys[s] for s in basis.section_ids if s in keys},
            receiver=receiver,
        )
    listed = tuple((g, digest(b)) for g, b in bundles.items())
    file.append(person, "circle_moved", (circle(file, was), circle(file, to), listed, ()))
    for grant_id, bundle in bundles.items():
        file.bundles[grant_id] = [bundle]
    after = received(file.view(), circle(file, to))
    file.stale |= {s for grant in after for s in grant.section_ids}


@pytest.mark.promise("conflict-of-interest-left-out")
def test_what_is_written_after_a_move_opens_in_the_other_circle_alone(file: CaseFile) -> None:
    officer, lead = file.world.person("officer"), file.world.person("lead")
    hoarded = file.keys_of(officer)
    move(file, officer, "P1", "P2")
    assert file.read(lead, file.identity) == "Lan"
    file.edit(lead, file.identity, "Lan, moved away")
    assert file.read_with(hoarded | file.keys_of(officer), file.identity) is None
    assert file.read(file.world.person("nurse"), file.identity) == "Lan, moved away"
    view = file.view()
    assert (view.faults, view.custodian_circle) == ({}, circle(file, "P2"))
    assert not view.reads(circle(file, "P1"), file.identity, file.now)


def test_a_consent_for_the_agency_goes_along_and_one_for_a_circle_does_not(file: CaseFile) -> None:
    officer, doctor = file.world.person("officer"), file.world.person("doctor")
    file.consent(officer, "H1", ("needs",), whole_agency=True)
    broad = file.share(officer, "P1", "H1", [file.needs])
    move(file, file.world.person("nurse"), "H1", "H2")
    view = file.view()
    assert view.grants[file.grant].ended_at is not None
    assert view.grants[broad].receiver_circle == circle(file, "H2")
    assert file.read(doctor, file.needs) == "a bed tonight"
    assert file.read(doctor, file.medical) == "seen at nine"
    with pytest.raises(NotPermitted):
        moving_basis(view, view.grants[broad], file.world.key("P2"), at=file.now)


def test_a_move_that_a_dishonest_colleague_signs_counts_for_nothing(file: CaseFile) -> None:
    world = file.world
    nurse, officer, lead = (world.person(name) for name in ("nurse", "officer", "lead"))
    p1, p2, h1, h2 = (circle(file, name) for name in ("P1", "P2", "H1", "H2"))
    theirs = next(g.grant_id for g in received(file.view(), p1))
    tries = [
        (nurse, (p1, h1, (), ()), "a circle of another agency"),
        (nurse, (h1, p2, (), ()), "not a circle of this agency"),
        (nurse, (h1, uuid4(), (), ()), "not a circle of this agency"),
        (nurse, (h2, h1, (), ()), "the author is not in"),
        (officer, (p2, p1, (), ()), "the author is not in"),
        (lead, (p2, p1, (), ()), "moves nothing"),
        (nurse, (h1, h1, (), ()), "moves nothing"),
        (nurse, (h1, h2, ((file.grant, bytes(32)),), ()), "names another recipient"),
        (nurse, (h1, h2, ((theirs, bytes(32)),), ()), "was not given"),
        (nurse, (h1, h2, (), ((uuid4(), bytes(32)),)), ""),
        (nurse, (h1, h2, 7, ()), ""),
    ]
    for person, payload, why in tries:
        before = file.view()
        assert why in _refused(file, person, "circle_moved", payload)
        after = file.view()
        assert (after.grants, after.sections) == (before.grants, before.sections)


@pytest.mark.promise("conflict-of-interest-left-out")
def test_nothing_more_is_given_to_a_circle_that_was_left(file: CaseFile) -> None:
    """Neither the agency itself nor another one seals to it, until the case comes back."""
    world = file.world
    officer, lead, nurse = (world.person(name) for name in ("officer", "lead", "nurse"))
    move(file, lead, "P1", "P2")
    p1 = circle(file, "P1")
    to = ("police", "P1")
    assert "moved away" in _refused(file, nurse, "grant_made", _grant(file, "H1", to, file.medical))
    for person in (officer, lead):
        said = _refused(file, person, "section_revised", _revision(file.identity, p1))
        assert "moved away" in said
    assert "author is not in" in _refused(
        file, officer, "section_revised", _revision(file.identity, circle(file, "P2"))
    )
    hospital = file.world.agencies["hospital"].agency_id
    offer = (uuid4(), hospital, circle(file, "H1"), (file.identity,))
    assert "author is not in" in _refused(file, officer, "custody_offered", offer)
    renewal = (file.grant, (file.identity,), bytes(32))
    assert "author is not in" in _refused(file, officer, "grant_renewed", renewal)
    with pytest.raises(NotVerified, match="moved away"):
        file.write_new(officer, "P1", "incident", "what the officer says")
    move(file, lead, "P2", "P1")
    assert file.view().left == {circle(file, "P2"): p1}
    assert file.read(officer, file.identity) == "Lan"
    file.write_new(officer, "P1", "incident", "what the officer says")


def _revision(section_id: UUID, circle_id: UUID) -> tuple:
    return (section_id, "identity", circle_id, 2, 1, bytes(32), bytes(32), 1)


def test_an_offer_and_a_grant_that_waits_are_the_other_circles(file: CaseFile) -> None:
    officer, nurse, doctor = (file.world.person(n) for n in ("officer", "nurse", "doctor"))
    file.consent(officer, "H1", ("needs",), whole_agency=True)
    waiting = file.share(officer, "P1", "H1", [file.needs], pending=True)
    hospital = file.world.agencies["hospital"].agency_id
    offer = uuid4()
    offered = (offer, hospital, circle(file, "H1"), (file.identity,))
    file.append(officer, "custody_offered", offered)
    file.append(nurse, "circle_moved", (circle(file, "H1"), circle(file, "H2"), (), ()))
    for kind, payload in (("grant_taken", (waiting,)), ("custody_taken", (offer,))):
        assert "author is not in" in _refused(file, nurse, kind, payload)
        file.append(doctor, kind, payload)
    assert file.view().custodian_circle == circle(file, "H2")
