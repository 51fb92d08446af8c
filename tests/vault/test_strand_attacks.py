"""What a dishonest agency or a removed member signs with real keys, and may not."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import NotPermitted, NotVerified
from referral.vault.case_view import CONSENT, LEGAL
from referral.vault.codec import digest
from referral.vault.directory import RENEWAL_DELAY
from referral.vault.directory import write_entry as write_log_entry
from referral.vault.grants import (
    Basis,
    custody_token,
    new_release_key,
    own_basis,
    seal_grant,
    sharing_basis,
    standing_basis,
)
from referral.vault.sections import new_section_key
from referral.vault.strands import StrandPlace, write_entry
from tests.vault.case_file import CaseFile
from tests.vault.province import MINUTE, START, Person, World, member_payload, renewed


def _refused(file: CaseFile, person: Person, kind: str, payload: tuple) -> str:
    """The fault that a signed entry of this member causes; nothing of it may be kept."""
    before = {name: list(entries) for name, entries in file.strands.items()}
    with pytest.raises(NotVerified) as refused:
        file.append(person, kind, payload)
    assert file.strands.get(person.ring.agency_id, []) == before.get(person.ring.agency_id, [])
    return str(refused.value)


def _grant(file: CaseFile, giver: str, to: tuple[str, str], section: UUID, **more: object) -> tuple:
    """Payload of a grant: `to` is (agency, circle)."""
    world = file.world
    return (
        uuid4(),
        world.circle(giver).circle_id,
        world.agencies[to[0]].agency_id,
        world.circle(to[1]).circle_id,
        (section,),
        more.get("form", CONSENT),
        more.get("bases", ()),
        bytes(32),
        0,
    )


@pytest.mark.promise("only-what-she-agreed")
def test_a_dishonest_agency_gives_itself_nothing(file: CaseFile) -> None:
    """The nurse signs, truly, what she has no right to."""
    nurse, h1, p1 = file.world.person("nurse"), ("hospital", "H1"), ("police", "P1")
    h2 = ("hospital", "H2")
    everything = ("identity", "needs", "medical")
    own_word = file.consent(nurse, "H1", everything)
    inner = file.consent(nurse, "H2", everything)
    tries = {
        "a circle of another agency": [
            _grant(file, "P1", h1, file.needs, bases=(own_word,)),
            _grant(file, "P1", h1, file.identity, form="custody"),
            _grant(file, "H1", ("hospital", "P1"), file.identity, bases=(own_word,)),
        ],
        "gives what its giver cannot read": [
            _grant(file, "H1", h2, file.needs, bases=(inner,)),
        ],
        "speaks for a circle that the author is not in": [
            _grant(file, "H2", h2, file.identity, bases=(inner,)),
        ],
        "not its own": [
            _grant(file, "H1", h1, file.identity, form="own"),
            _grant(file, "H1", h2, file.medical, form="own"),
        ],
        "custody passes only": [_grant(file, "H1", h2, file.identity, form="custody")],
        "another recipient": [
            _grant(file, "H1", h2, file.identity, bases=(file.basis,)),
            _grant(file, "H1", p1, file.medical, bases=(own_word,)),
        ],
        "no live basis": [
            _grant(file, "H1", h2, file.medical),
            _grant(file, "H1", h2, file.medical, form="invented"),
        ],
    }
    for why, payloads in tries.items():
        for payload in payloads:
            assert why in _refused(file, nurse, "grant_made", payload)
    assert file.read(nurse, file.needs) is None


def test_a_basis_for_one_kind_carries_no_other(file: CaseFile) -> None:
    officer = file.world.person("officer")
    payload = _grant(file, "P1", ("hospital", "H1"), file.needs, bases=(file.basis,))
    assert "no live basis" in _refused(file, officer, "grant_made", payload)


@pytest.mark.promise("only-what-she-agreed")
def test_a_reader_cannot_keep_for_ever_what_was_lent(file: CaseFile) -> None:
    """A receiver that calls the section its own would outlive the consent."""
    nurse, officer = file.world.person("nurse"), file.world.person("officer")
    own = next(
        g.grant_id
        for g in file.view().grants.values()
        if g.receiver_circle == file.world.circle("H1").circle_id and g.form == "own"
    )
    for grant_id in (own, file.grant):
        assert "renew" in _refused(
            file, nurse, "grant_renewed", (grant_id, (file.identity,), bytes(32))
        )
    file.withdraw(officer, file.basis)
    file.edit(officer, file.identity, "Lan, moved")
    assert file.read(nurse, file.identity) is None


def test_only_the_holder_writes_and_only_the_custodian_hands_over(file: CaseFile) -> None:
    nurse, h1 = file.world.person("nurse"), file.world.circle("H1").circle_id
    p1 = file.world.circle("P1").circle_id
    hospital = file.world.agencies["hospital"].agency_id
    entries = [
        ("section_revised", (file.identity, "identity", h1, 2, 1, bytes(32), bytes(32), 1)),
        ("section_revised", (file.identity, "identity", p1, 2, 1, bytes(32), bytes(32), 1)),
        ("section_revised", (file.medical, "medical", h1, 3, 1, bytes(32), bytes(32), 1)),
        ("section_revised", (file.medical, "medical", h1, 2, 3, bytes(32), bytes(32), 1)),
        ("section_revised", (file.medical, "identity", h1, 2, 1, bytes(32), bytes(32), 1)),
        ("section_revised", (uuid4(), "needs", h1, 2, 1, bytes(32), bytes(32), 1)),
        ("section_revised", (uuid4(), "needs", p1, 1, 1, bytes(32), bytes(32), 1)),
        ("custody_offered", (uuid4(), hospital, h1, (file.identity,))),
        ("custody_taken", (uuid4(),)),
        ("opened", (h1,)),
        ("grant_taken", (file.grant,)),
        ("basis_cosigned", (file.basis,)),
        ("invented", (1,)),
        ("noted", ()),
    ]
    for kind, payload in entries:
        _refused(file, nurse, kind, payload)


def test_an_offer_of_custody_is_taken_by_whom_it_names(file: CaseFile) -> None:
    officer, world, offer = file.world.person("officer"), file.world, uuid4()
    to = world.key("S1")
    theirs = file.write_new(world.person("nurse"), "H1", "needs", "a dressing")
    passing = tuple(sorted((file.needs, file.medical, theirs)))
    file.append(officer, "custody_offered", (offer, to.agency_id, to.circle_id, passing))
    _refused(file, world.person("nurse"), "custody_taken", (offer,))
    file.append(world.person("worker"), "custody_taken", (offer,))
    assert file.view().custodian_agency == to.agency_id
    assert file.view().sections[file.needs].holder_circle == to.circle_id
    for kept in (file.medical, theirs):  # nobody gives away what another circle holds
        assert file.view().sections[kept].holder_circle == world.circle("H1").circle_id


def test_custody_is_taken_only_with_what_the_release_key_gives(file: CaseFile) -> None:
    """An offer dies with its release key, whatever keys the receiver has of its own."""
    officer, worker, world = file.world.person("officer"), file.world.person("worker"), file.world
    to, offer, key = world.key("S1"), uuid4(), new_release_key()
    token = custody_token(key, world.deployment, offer)
    terms = (offer, to.agency_id, to.circle_id, (file.needs,))
    for wrong in ((b"short",), ("x" * 32,), (digest(token), digest(token))):
        _refused(file, officer, "custody_offered", (*terms, *wrong))
    file.append(officer, "custody_offered", (*terms, digest(token)))
    tries: list[tuple] = [
        (),
        (b"",),
        (digest(token),),
        (custody_token(new_release_key(), world.deployment, offer),),
        (custody_token(key, world.deployment, uuid4()),),
        (token, token),
    ]
    for shown in tries:
        assert "released" in _refused(file, worker, "custody_taken", (offer, *shown))
    _refused(file, worker, "custody_taken", (offer, "no bytes"))
    _refused(file, world.person("nurse"), "custody_taken", (offer, token))
    assert file.view().custodian_agency == officer.ring.agency_id
    file.append(worker, "custody_taken", (offer, token))
    assert file.view().custodian_agency == to.agency_id


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_legal_basis_is_cosigned_in_time_by_somebody_else(file: CaseFile) -> None:
    officer, lead = file.world.person("officer"), file.world.person("lead")
    hour = timedelta(hours=1)
    first = file.consent(officer, "H1", ("needs",), cosign_within=hour)
    second = file.consent(officer, "S1", ("needs",), cosign_within=hour)
    third = file.consent(lead, "H1", ("needs",), cosign_within=hour)
    assert "own" in _refused(file, lead, "basis_cosigned", (third,))
    assert file.view().bases[first].is_live(file.now)
    file.append(lead, "basis_cosigned", (first,))
    file.advance(hour)
    assert file.view().bases[first].is_live(file.now)
    assert not file.view().bases[second].is_live(file.now)
    assert "too late" in _refused(file, lead, "basis_cosigned", (second,))
    never = (uuid4(), LEGAL, None, file.world.circle("H1").circle_id, ("needs",), "x", file.now)
    assert "co-signature" in _refused(file, officer, "basis_recorded", (*never, None))


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_colleague_without_the_role_co_signs_nothing_with_raw_keys() -> None:
    """The signed log says who may, at the place the entry names; later promotion changes none."""
    world = World()
    file, police = CaseFile(world), world.agencies["police"]
    colleague, chair = police.add("colleague", "police_officer"), police.add("chair", "case_worker")
    world.refresh()
    officer = world.person("officer")
    file.open_case(officer, "P1")
    hour = timedelta(hours=1)
    needs = file.write_new(officer, "P1", "needs", "a bed")
    basis = file.consent(officer, "H1", ("needs",), cosign_within=hour)
    file.share(officer, "P1", "H1", [needs])
    assert "co-signs nothing" in _refused(file, colleague, "basis_cosigned", (basis,))
    before, place = world.directory_of(police.agency_id), file.view().place(police.agency_id)
    police.log.append(police.say("member_added", member_payload(colleague, "supervisor")))
    police.log.append(
        police.say("member_added", member_payload(chair, "commune_chair+case_worker"))
    )
    world.refresh()
    backdated = write_entry(
        colleague.ring, place, before, at=file.now + MINUTE, kind="basis_cosigned", payload=(basis,)
    )
    file.strands[police.agency_id].append(backdated)
    assert "co-signs nothing" in file.view().faults[police.agency_id]
    assert file.view().bases[basis].cosigned_at is None
    assert not file.view().reads(world.circle("H1").circle_id, needs, file.now + hour)
    file.strands[police.agency_id].pop()
    file.append(chair, "basis_cosigned", (basis,))
    assert file.view().reads(world.circle("H1").circle_id, needs, file.now + hour)


def test_an_agency_that_was_granted_nothing_has_no_say(file: CaseFile) -> None:
    worker = file.world.person("worker")
    circle_id = file.world.circle("S1").circle_id
    entry = (uuid4(), "needs", circle_id, 1, 1, bytes(32), bytes(32), 1)
    assert "never granted" in _refused(file, worker, "section_revised", entry)


def test_a_basis_that_lasts_until_something_that_is_no_moment_is_refused(file: CaseFile) -> None:
    circle_id = file.world.circle("S1").circle_id
    payload = (uuid4(), CONSENT, None, circle_id, ("needs",), "x", "for ever", None)
    assert "moment" in _refused(file, file.world.person("officer"), "basis_recorded", payload)


def test_an_entry_earlier_than_what_it_saw_is_refused(file: CaseFile) -> None:
    file.now -= timedelta(days=1)
    assert "earlier" in _refused(file, file.world.person("nurse"), "noted", ("closed",))


def test_a_role_without_keys_and_a_stranger_sign_no_strand(file: CaseFile) -> None:
    desk, stranger = file.world.person("desk"), file.world.agencies["police"].person("x", "nurse")
    assert "signs no strand" in _refused(file, desk, "noted", ("closed",))
    assert "not a member" in _refused(file, stranger, "noted", ("closed",))


def test_a_removed_members_later_signature_is_refused_and_the_earlier_ones_stay() -> None:
    world = World()
    file, police = CaseFile(world), world.agencies["police"]
    officer, lead = world.person("officer"), world.person("lead")
    file.open_case(officer, "P1")
    section = file.write_new(officer, "P1", "needs", "a bed")
    before = world.directory_of(police.agency_id)
    police.log.append(police.say("member_removed", (officer.member_id,)))
    world.refresh()
    assert not file.view().faults  # what was signed before stands, by its place in the log
    assert "not a member" in _refused(file, officer, "noted", ("closed",))
    file.edit(lead, section, "two beds")

    place: StrandPlace = file.view().place(police.agency_id)
    backdated = write_entry(
        officer.ring, place, before, at=file.now + MINUTE, kind="noted", payload=("closed",)
    )
    file.strands[police.agency_id].append(backdated)
    assert "goes back" in file.view().faults[police.agency_id]


def test_new_keys_do_not_sign_for_the_time_of_the_old(world: World) -> None:
    world = World()
    file, hospital = CaseFile(world), world.agencies["hospital"]
    nurse = world.person("nurse")
    file.open_case(nurse, "H1")
    fresh = hospital.person("nurse", "health_worker")
    fresh.member_id = nurse.member_id
    hospital.log.append(hospital.say("renewal_begun", (nurse.member_id,)))
    ring = hospital.people["admin"].ring
    later = {"at": START + RENEWAL_DELAY, "kind": "member_renewed", "payload": renewed(fresh)}
    hospital.log.append(write_log_entry(ring, hospital.directory, **later))
    world.refresh()
    assert not file.view().faults
    assert "signature" in _refused(file, nurse, "noted", ("closed",))


def test_what_a_basis_allows_is_all_that_is_sealed(file: CaseFile) -> None:
    view, to = file.view(), file.world.key("H1")
    basis = sharing_basis(
        view, to, [file.identity], giver_agency=view.custodian_agency, at=file.now
    )
    keys = {file.identity: {1: new_section_key()}, file.needs: {1: new_section_key()}}
    grant = {"grant_id": uuid4(), "case_tag": file.case_tag}
    with pytest.raises(NotPermitted):
        seal_grant(basis, keys=keys, receiver=to, **grant)
    with pytest.raises(NotPermitted):
        seal_grant(basis, keys={}, receiver=file.world.key("S1"), **grant)
    with pytest.raises(NotPermitted):
        own_basis(view, to.circle_id, [file.identity])
    with pytest.raises(NotPermitted):
        standing_basis(view, view.grants[file.grant], file.world.key("S1"), at=file.now)
    with pytest.raises(TypeError):
        Basis(file.case_id, CONSENT, to.circle_id, frozenset([file.needs]), (), object())


def test_a_consent_for_a_circle_is_none_for_a_namesake_in_another_agency(file: CaseFile) -> None:
    """A dishonest agency states a circle with the id of another agency's in its own log."""
    basis = file.view().bases[file.basis]
    h1, social = file.world.circle("H1").circle_id, file.world.agencies["social"].agency_id
    assert basis.names(file.world.agencies["hospital"].agency_id, h1)
    assert not basis.names(social, h1)
    assert not basis.names(file.world.agencies["hospital"].agency_id, uuid4())
