"""Bytes written by version 1 of our formats are read for ever (tests/vault/golden/make.py)."""

import json

import pytest

from referral.kernel.errors import NotVerified, Unreadable
from referral.vault import boxes, grants, primitives, sealed_session
from referral.vault.audit_chain import AuditRecord, verify_chain
from referral.vault.audit_detail import open_detail
from referral.vault.codec import pack, unpack
from referral.vault.directory import SignedStatement, verify_log
from referral.vault.keys import Keyring
from referral.vault.passphrase import FLOOR, Derivation, open_record, record_cost
from referral.vault.primitives import Purpose
from referral.vault.root import ServerKey
from referral.vault.sections import open_revision
from referral.vault.strands import Remembered, SignedEntry, verify_entry
from tests.vault.golden import make as g

ROOT_PUBLIC = primitives.signing_public(g.ROOT)


def _frozen(name: str) -> dict[str, bytes]:
    stored = json.loads((g.FOLDER / name).read_text())
    return {key: bytes.fromhex(value) for key, value in stored.items()}


def test_the_canonical_encoding_is_frozen() -> None:
    raw = _frozen("codec_v1.json")["values"]
    assert pack(g.VALUES) == raw
    assert unpack(raw) == g.VALUES


def test_frozen_envelopes_open() -> None:
    f = _frozen("envelopes_v1.json")
    opened = [
        primitives.unseal(g.KEY, Purpose.DRAFT, ("case", g.CASE, 7), f["sealed"]),
        primitives.unseal_with(g.PRIVATE, Purpose.SUMMARY, ("to", g.CASE), f["sealed_to"]),
        grants.open_release(g.KEY, g.DEPLOYMENT, g.OBJECT, f["release"]),
        boxes.open_in_circle(g.SECRET, Purpose.CARD, g.DEPLOYMENT, g.OBJECT, f["card"]),
        g.RING.open_own(Purpose.DRAFT, ("case", g.CASE), f["own"]),
    ]
    assert opened == [b"frozen"] * 5
    with pytest.raises(Unreadable):
        primitives.unseal(g.KEY, Purpose.DRAFT, ("case", g.CASE, 8), f["sealed"])


def test_frozen_points_of_a_restore_hold_and_what_it_put_away_opens() -> None:
    f = _frozen("restore_points_v2.json")
    server = ServerKey(g.ROOT)
    for name, point in (("installation", g.INSTALLATION_POINT), ("case", g.CASE_POINT)):
        raw, signature = f[name], f[f"{name}_signature"]
        assert type(point).read(raw, signature, server.public) == point
        assert point.raw() == raw
    assert server.take_out(g.DEPLOYMENT, g.GRANT, f["put_away"]) == b"frozen"


def test_a_frozen_revision_opens() -> None:
    f = _frozen("envelopes_v1.json")
    opened = open_revision(g.KEY, g.PLACE, f["revision"], commitment=f["commitment"])
    assert opened == {"text": "Huế"}


def test_a_frozen_session_and_password_record_give_the_keys() -> None:
    f = _frozen("envelopes_v1.json")
    assert sealed_session.row_id(g.TOKEN) == f["session_row"].hex()
    opened = sealed_session.open_session(g.TOKEN, g.SESSION, f["session"])
    assert opened == g.MEMBER_KEYS
    record = _frozen("records_v1.json")["password"]
    assert record_cost(record) == FLOOR
    context = ("member", g.DEPLOYMENT, g.MEMBER)
    assert open_record(Derivation(), g.WORDS, context, record) == g.MEMBER_KEYS.to_bytes()


def test_frozen_statements_verify_and_are_written_the_same_today() -> None:
    f = _frozen("statements_v1.json")
    log = [
        SignedStatement(f["founding"], f["founding_signature"]),
        SignedStatement(f["circle"], f["circle_signature"]),
    ]
    directory = verify_log(ROOT_PUBLIC, g.DEPLOYMENT, g.AGENCY, log)
    assert directory.head_digest == f["head"]
    assert directory.kind is None
    entry = verify_entry(
        SignedEntry(f["strand"], f["strand_signature"]),
        deployment=g.DEPLOYMENT,
        case_id=g.CASE,
        expected=(g.AGENCY, 1, bytes(32)),
        directory=directory,
        remembered=Remembered(),
    )
    assert (entry.kind, entry.payload, entry.at) == ("opened", (g.CIRCLE,), g.AT)
    audit = SignedStatement(f["audit"], f["audit_signature"])
    assert AuditRecord.read(audit.raw) == g.RECORD
    where = {"deployment": g.DEPLOYMENT, "chain_id": g.AGENCY}
    assert verify_chain([audit], publics_of=lambda _: [g.RING.signing_public], **where)[0] == 1
    # Ed25519 has no chance in it: the writers of today give the very same bytes.
    assert {name: bytes.fromhex(value) for name, value in g.statements().items()} == f
    with pytest.raises(NotVerified):
        verify_log(g.RING.signing_public, g.DEPLOYMENT, g.AGENCY, log)


def test_a_frozen_founding_names_the_kind_and_is_written_the_same_today() -> None:
    f = _frozen("founding_of_kind_v1.json")
    log = [SignedStatement(f["founding"], f["founding_signature"])]
    assert verify_log(ROOT_PUBLIC, g.DEPLOYMENT, g.AGENCY, log).kind == "commune_police"
    assert {name: bytes.fromhex(value) for name, value in g.founding_of_kind().items()} == f


def test_a_frozen_grant_and_wrap_open() -> None:
    f = _frozen("grant_v1.json")
    ring = Keyring(g.DEPLOYMENT, g.MEMBER, g.AGENCY, g.MEMBER_KEYS)
    ring.add_wrap(g.CIRCLE, 1, f["wrap"], public=g.SECRET.exchange_public)
    opened = grants.open_grant(
        ring.circle(g.CIRCLE),
        g.DEPLOYMENT,
        g.CASE,
        grant_id=g.GRANT,
        agency_id=g.AGENCY,
        raw=f["bundle"],
    )
    assert opened.case_tag == bytes(16)
    assert opened.keys == {g.SECTION: {1: g.KEY, 2: g.PRIVATE}}


def test_a_frozen_detail_and_the_frozen_heads_open() -> None:
    wrap, f = _frozen("grant_v1.json")["wrap"], _frozen("details_v1.json")
    ring = Keyring(g.DEPLOYMENT, g.MEMBER, g.AGENCY, g.MEMBER_KEYS)
    ring.add_wrap(g.CIRCLE, 1, wrap, public=g.SECRET.exchange_public)
    assert open_detail(ring, (g.AGENCY, 1), f["detail"]) == g.FACTS
    heads = ring.open_own(Purpose.CONFIRMED_HEADS, ("confirmed heads", 1), f["heads"])
    assert unpack(heads) == (g.AT, 1, (7, g.KEY), (2, g.ROOT))


def test_the_numbers_of_purposes_are_frozen() -> None:
    assert {p.name: p.value for p in Purpose if p.value <= 17} == {
        "SECTION_REVISION": 1, "MEMBER_KEYS": 2, "SESSION": 3, "CIRCLE_SECRET": 4, "GRANT": 5,
        "RELEASE": 6, "SUMMARY": 7, "CARD": 8, "DRAFT": 9, "SECOND_FACTOR": 10,
        "AUDIT_DETAIL": 11, "FACT": 12, "SITE": 13, "STAY": 14, "ROOT_KEY": 15, "SERVER_KEY": 16,
        "CODE_SHEET": 17,
    }  # fmt: skip
    assert (Purpose.BACKUP, Purpose.CONFIRMED_HEADS) == (18, 30)
