"""The audit chain: an entry that is removed, altered or added is found."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from referral.kernel.errors import NotVerified
from referral.vault.audit_chain import AuditRecord, detail_digest, sign_record, verify_chain
from referral.vault.directory import NO_ENTRY, SignedStatement
from referral.vault.root import ServerKey, new_server_secret
from tests.vault.province import MINUTE, START, shared_world

CHAIN = uuid4()


def _chain(length: int) -> tuple[list[SignedStatement], Callable[[AuditRecord], list[bytes]], UUID]:
    """A chain signed in turn by a nurse and by the server."""
    world, server = shared_world(), ServerKey(new_server_secret())
    nurse = world.person("nurse")
    entries: list[SignedStatement] = []
    for seq in range(1, length + 1):
        previous = entries[-1].digest if entries else NO_ENTRY
        by_person = seq % 2 == 1
        record = AuditRecord(
            world.deployment, CHAIN, seq, previous, 1, START + seq * MINUTE, "case.open",
            "member" if by_person else "server", nurse.member_id if by_person else None,
            "case", uuid4(), "done", detail_digest(b"sealed"),
        )  # fmt: skip
        entries.append(sign_record(record, nurse.ring.sign if by_person else server.sign))

    def publics_of(record: AuditRecord) -> list[bytes]:
        return [nurse.keys.signing_public if record.signer == "member" else server.public]

    return entries, publics_of, world.deployment


def _verify(entries: list[SignedStatement], made: tuple) -> tuple[int, bytes]:
    _, publics_of, deployment = made
    return verify_chain(entries, deployment=deployment, chain_id=CHAIN, publics_of=publics_of)


@pytest.mark.promise("every-opening-is-on-record")
def test_a_chain_as_it_was_written_holds_and_gives_its_head() -> None:
    made = _chain(6)
    assert _verify(made[0], made) == (6, made[0][-1].digest)
    assert _verify([], made) == (0, NO_ENTRY)


@pytest.mark.promise("every-opening-is-on-record")
def test_removed_swapped_doubled_or_altered_entries_are_found() -> None:
    made = _chain(6)
    e = made[0]
    changed = replace(AuditRecord.read(e[3].raw), outcome="refused")
    broken = [
        [*e[:2], *e[3:]],
        e[1:],
        [e[0], e[2], e[1], *e[3:]],
        [*e, e[-1]],
        [*e[:3], SignedStatement(changed.raw(), e[3].signature), *e[4:]],
        [*e[:3], replace(e[3], signature=e[4].signature), *e[4:]],
    ]
    for entries in broken:
        with pytest.raises(NotVerified):
            _verify(entries, made)


def test_an_entry_signed_by_somebody_else_names_its_place() -> None:
    made = _chain(3)
    record = AuditRecord.read(made[0][2].raw)
    forged = sign_record(record, shared_world().person("doctor").ring.sign)
    with pytest.raises(NotVerified, match="entry 3"):
        _verify([*made[0][:2], forged], made)


def test_the_last_entries_cut_off_show_in_the_head_kept_elsewhere() -> None:
    made = _chain(4)
    length, head = _verify(made[0][:3], made)
    assert (length, head) != _verify(made[0], made)


def test_a_chain_is_of_one_deployment_and_one_agency() -> None:
    made = _chain(2)
    for place in ({"deployment": uuid4()}, {"chain_id": uuid4()}):
        where = {"deployment": made[2], "chain_id": CHAIN, **place}
        with pytest.raises(NotVerified):
            verify_chain(made[0], publics_of=made[1], **where)
    with pytest.raises(NotVerified):
        AuditRecord.read(shared_world().agencies["social"].log[0].raw)
