"""An agency's directory log: what is forged, moved or rolled back is refused."""

from dataclasses import replace
from uuid import uuid4

import pytest

from referral.kernel.errors import KeysMissing, NotPermitted, NotVerified
from referral.vault import primitives
from referral.vault.boxes import new_circle_secret, seal_circle_secret
from referral.vault.codec import pack, unpack
from referral.vault.directory import (
    LABEL,
    AgencyDirectory,
    SignedStatement,
    VerifiedKey,
    VerifiedMember,
    fingerprint,
    found_agency,
    verify_log,
    write_entry,
)
from referral.vault.keys import Keyring, MemberKeys, wrap_context
from referral.vault.primitives import Purpose
from referral.vault.root import new_root
from tests.vault.province import START, Agency, circle_payload, member_payload, renewed


@pytest.fixture
def agency() -> Agency:
    made = Agency("hospital", uuid4(), new_root())
    made.found()
    made.add("nurse", "health_worker")
    made.add("auditor", "auditor")
    made.key_circle("H1", ("nurse",))
    return made


def _verify(agency: Agency, log: list[SignedStatement]) -> AgencyDirectory:
    return verify_log(agency.root.public, agency.deployment, agency.agency_id, log)


def test_a_log_as_it_was_written_holds(agency: Agency) -> None:
    directory = _verify(agency, agency.log)
    assert directory.head_seq == 4
    assert {m.role for m in directory.members()} == {
        "agency_administrator", "health_worker", "auditor",
    }  # fmt: skip
    key = directory.circle_key(agency.circles["H1"].circle_id)
    assert key.public == agency.circles["H1"].exchange_public


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_an_agency_that_the_root_has_not_founded_has_no_key(agency: Agency) -> None:
    empty = _verify(agency, [])
    assert not empty.is_founded
    with pytest.raises(NotVerified):
        empty.circle_key(agency.circles["H1"].circle_id)
    with pytest.raises(NotVerified):
        _verify(agency, agency.log[1:])
    with pytest.raises(NotVerified):
        verify_log(new_root().public, agency.deployment, agency.agency_id, agency.log)


@pytest.mark.promise("a-new-agency-needs-the-root")
def test_an_administrator_cannot_found_an_agency(agency: Agency) -> None:
    admin = agency.people["admin"]
    other = AgencyDirectory(agency.deployment, uuid4())
    forged = found_agency(
        admin.keys.signing,
        other,
        at=START,
        member_id=admin.member_id,
        exchange_public=admin.keys.exchange_public,
        signing_public=admin.keys.signing_public,
        kind="hotline",
    )
    with pytest.raises(NotVerified):
        other.apply(forged, agency.root.public)


def test_an_agency_is_founded_once(agency: Agency) -> None:
    taker = agency.person("taker", "agency_administrator")
    again = found_agency(
        agency.root.signing,
        agency.directory,
        at=START,
        member_id=taker.member_id,
        exchange_public=taker.keys.exchange_public,
        signing_public=taker.keys.signing_public,
        kind="operator",
    )
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, again])


def test_entries_swapped_doubled_left_out_or_of_another_place_are_refused(agency: Agency) -> None:
    a, b, c, d = agency.log
    for log in ([a, c, b, d], [a, b, b, c, d], [a, b, d], [a, a, b, c, d], [d], [a, b, c, d, d]):
        with pytest.raises(NotVerified):
            _verify(agency, log)
    with pytest.raises(NotVerified):
        verify_log(agency.root.public, uuid4(), agency.agency_id, agency.log)
    with pytest.raises(NotVerified):
        verify_log(agency.root.public, agency.deployment, uuid4(), agency.log)


def test_any_changed_byte_breaks_the_log(agency: Agency) -> None:
    for index, entry in enumerate(agency.log):
        for position in range(0, len(entry.raw), 7):
            raw = bytearray(entry.raw)
            raw[position] ^= 1
            changed = [*agency.log]
            changed[index] = replace(entry, raw=bytes(raw))
            with pytest.raises(NotVerified):
                _verify(agency, changed)
        changed = [*agency.log]
        changed[index] = replace(entry, signature=entry.signature[::-1])
        with pytest.raises(NotVerified):
            _verify(agency, changed)


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_replaced_public_key_is_refused(agency: Agency) -> None:
    """The writer to the database puts a key of his own in the entry, and cannot sign it."""
    thief = MemberKeys.generate()
    entry = agency.log[-1]
    fields = list(unpack(entry.raw))  # type: ignore[arg-type] — an entry is a tuple
    payload = list(fields[9])
    payload[3] = thief.exchange_public
    fields[9] = tuple(payload)
    raw = pack(tuple(fields))
    for signature in (entry.signature, primitives.sign(thief.signing, LABEL, raw)):
        with pytest.raises(NotVerified):
            _verify(agency, [*agency.log[:-1], SignedStatement(raw, signature)])


@pytest.mark.parametrize("author", ["nurse", "auditor"])
def test_only_administrators_sign_the_log(agency: Agency, author: str) -> None:
    friend = agency.person("friend", "health_worker")
    entry = agency.say("member_added", member_payload(friend), by=author)
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, entry])
    honest = agency.say("member_added", member_payload(friend))
    assert _verify(agency, [*agency.log, honest]).member(friend.member_id).role == "health_worker"


def test_an_administrator_of_another_agency_signs_nothing_here(agency: Agency) -> None:
    other = Agency("school", agency.deployment, agency.root)
    other.found()
    friend = agency.person("friend", "health_worker")
    entry = write_entry(
        other.people["admin"].ring,
        agency.directory,
        at=START,
        kind="member_added",
        payload=member_payload(friend),
    )
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, entry])


@pytest.mark.promise("keys-belong-to-people")
def test_a_role_without_keys_is_in_no_circle(agency: Agency) -> None:
    secret = agency.circles["H1"]
    entry = agency.say("circle_keyed", circle_payload(secret, agency, ("nurse", "auditor")))
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, entry])
    auditor = agency.directory.member(agency.people["auditor"].member_id)
    with pytest.raises(NotPermitted):
        seal_circle_secret(secret, auditor)
    with pytest.raises(KeysMissing):
        agency.people["auditor"].ring.circle(secret.circle_id)


@pytest.mark.promise("keys-belong-to-people")
@pytest.mark.parametrize(
    ("role", "holds"),
    [
        ("auditor+coordinator", False),
        ("system_administrator+duty_officer", False),
        ("health_worker+privacy_officer", True),
    ],
)
def test_several_roles_hold_keys_when_one_of_them_does(
    agency: Agency, role: str, *, holds: bool
) -> None:
    person = agency.add("several", role)
    assert agency.directory.member(person.member_id).holds_keys is holds
    secret = agency.circles["H1"]
    entry = agency.say("circle_keyed", circle_payload(secret, agency, ("nurse", "several")))
    if holds:
        assert _verify(agency, [*agency.log, entry]).head_seq == 6
        return
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, entry])


def test_generations_of_a_circle_follow_one_another(agency: Agency) -> None:
    circle_id = agency.circles["H1"].circle_id
    for generation in (0, 1, 3, 7):
        fresh = new_circle_secret(circle_id, generation)
        entry = agency.say("circle_keyed", circle_payload(fresh, agency, ("nurse",)))
        with pytest.raises(NotVerified):
            _verify(agency, [*agency.log, entry])
    second = agency.key_circle("H1", ("nurse",))
    directory = agency.directory
    assert directory.circle_key(circle_id).generation == 2
    assert directory.stated_public(circle_id, 2) == second.exchange_public
    with pytest.raises(NotVerified):
        directory.stated_public(circle_id, 3)


def test_a_removed_member_is_none_now_and_was_one_before(agency: Agency) -> None:
    nurse = agency.people["nurse"]
    agency.log.append(agency.say("member_removed", (nurse.member_id,)))
    directory = agency.directory
    with pytest.raises(NotVerified):
        directory.member(nurse.member_id)
    assert directory.member_at(nurse.member_id, 4).signing_public == nurse.keys.signing_public
    for outside in (0, 1, 5, 6, 99):
        with pytest.raises(NotVerified):
            directory.member_at(nurse.member_id, outside)
    entry = agency.say("circle_keyed", circle_payload(agency.circles["H1"], agency, ("nurse",)))
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, entry])
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, agency.say("member_removed", (nurse.member_id,))])


def test_a_removed_administrator_signs_no_more(agency: Agency) -> None:
    agency.add("second", "agency_administrator")
    admin = agency.people["admin"]
    agency.log.append(agency.say("member_removed", (admin.member_id,), by="second"))
    friend = agency.person("friend", "health_worker")
    payload = member_payload(friend)
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, agency.say("member_added", payload)])
    _verify(agency, [*agency.log, agency.say("member_added", payload, by="second")])


def test_nothing_is_sealed_to_a_circle_key_that_somebody_who_left_still_holds(
    agency: Agency,
) -> None:
    circle_id = agency.circles["H1"].circle_id
    before = agency.directory.circle_key(circle_id)
    agency.log.append(agency.say("member_removed", (agency.people["nurse"].member_id,)))
    with pytest.raises(NotVerified):
        agency.directory.circle_key(circle_id)
    agency.key_circle("H1", ("admin",))
    after = agency.directory.circle_key(circle_id)
    assert (after.generation, after.public != before.public) == (before.generation + 1, True)


def test_the_last_administrator_cannot_be_removed(agency: Agency) -> None:
    admin = agency.people["admin"]
    with pytest.raises(NotVerified):
        _verify(agency, [*agency.log, agency.say("member_removed", (admin.member_id,))])


def test_new_keys_replace_old_ones_from_their_place_on(agency: Agency) -> None:
    agency.add("second", "agency_administrator")
    nurse = agency.people["nurse"]
    fresh = replace(nurse, keys=MemberKeys.generate())
    agency.log.append(agency.say("renewal_begun", (nurse.member_id,)))
    agency.log.append(agency.say("member_renewed", renewed(fresh)))
    directory = agency.directory
    assert directory.member_at(nurse.member_id, 4).signing_public == nurse.keys.signing_public
    assert directory.member(nurse.member_id).signing_public == fresh.keys.signing_public
    assert directory.member(nurse.member_id).role == "health_worker"


def test_a_malformed_entry_of_an_administrator_is_not_verified(agency: Agency) -> None:
    payloads = [
        ("member_added", ("just one",)),
        ("member_removed", (None,)),
        ("circle_keyed", (uuid4(), "cases", 1, b"k" * 32, None)),
        ("circle_keyed", (uuid4(), "cases", "one", b"k" * 32, ())),
        ("invented", (1,)),
    ]
    for kind, payload in payloads:
        with pytest.raises(NotVerified):
            _verify(agency, [*agency.log, agency.say(kind, payload)])


def test_a_log_that_was_cut_short_has_another_head(agency: Agency) -> None:
    """Rolling back whole entries leaves a log that holds: the head kept elsewhere shows it."""
    shorter = _verify(agency, agency.log[:-1])
    assert shorter.head_digest != agency.directory.head_digest
    assert shorter.head_seq < agency.directory.head_seq


def test_keys_come_from_nowhere_but_a_verified_log(agency: Agency) -> None:
    with pytest.raises(TypeError):
        VerifiedKey(agency.deployment, agency.agency_id, uuid4(), 1, b"k" * 32, object())
    with pytest.raises(TypeError):
        VerifiedMember(
            agency.deployment, agency.agency_id, uuid4(), "nurse", b"k" * 32, b"k" * 32, None
        )


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_wrap_that_a_writer_to_the_database_made_is_refused(agency: Agency) -> None:
    """Anybody can seal to a member; the log says which secret is the circle's."""
    nurse, secret = agency.people["nurse"], agency.circles["H1"]
    planted = new_circle_secret(secret.circle_id, 1)
    context = wrap_context(agency.deployment, secret.circle_id, 1, nurse.member_id)
    wrap = primitives.seal_to(
        nurse.keys.exchange_public, Purpose.CIRCLE_SECRET, context, planted.secret
    )
    public = agency.directory.stated_public(secret.circle_id, 1)
    ring = Keyring(agency.deployment, nurse.member_id, agency.agency_id, nurse.keys)
    ring.add_wrap(secret.circle_id, 1, wrap, public=public)
    with pytest.raises(NotVerified):
        ring.circle(secret.circle_id)
    honest = agency.wraps[secret.circle_id, 1, nurse.member_id]
    ring.add_wrap(secret.circle_id, 1, honest, public=public)
    assert ring.circle(secret.circle_id).secret == secret.secret


def test_a_fingerprint_to_read_aloud_differs_for_other_keys() -> None:
    one, two = MemberKeys.generate(), MemberKeys.generate()
    spoken = fingerprint(one.exchange_public, one.signing_public)
    assert [len(group) for group in spoken.split()] == [4] * 12
    assert spoken == fingerprint(one.exchange_public, one.signing_public)
    assert spoken != fingerprint(two.exchange_public, one.signing_public)
    assert spoken != fingerprint(one.exchange_public, two.signing_public)
