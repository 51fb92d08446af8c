"""Makes the frozen files of this folder: `python -m tests.vault.golden.make`.

Run once when a format is born. It never overwrites: bytes of a format that was in use are frozen
for ever, and a new version of a format gets a file of its own beside the old one.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from referral.vault import boxes, grants, primitives, sealed_session
from referral.vault.audit_chain import AuditRecord, detail_digest, sign_record
from referral.vault.audit_detail import seal_detail
from referral.vault.case_view import CaseView
from referral.vault.codec import pack
from referral.vault.directory import (
    AgencyDirectory,
    SignedStatement,
    found_agency,
    verify_log,
    write_entry,
)
from referral.vault.keys import CircleSecret, Keyring, MemberKeys
from referral.vault.passphrase import FLOOR, Derivation, seal_record
from referral.vault.primitives import Purpose
from referral.vault.restore_points import CasePoint, InstallationPoint
from referral.vault.root import ServerKey
from referral.vault.sections import RevisionPlace, seal_revision
from referral.vault.strands import first_place
from referral.vault.strands import write_entry as write_strand

FOLDER = Path(__file__).parent
AT = datetime(2024, 11, 25, 1, 2, 3, 456789, tzinfo=UTC)
DEPLOYMENT, AGENCY, MEMBER, CIRCLE, CASE, SECTION, GRANT, OBJECT = (
    UUID(int=n) for n in range(1, 9)
)
KEY, ROOT, PRIVATE = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
MEMBER_KEYS = MemberKeys(bytes(range(3, 35)), bytes(range(4, 36)))
SECRET = CircleSecret(CIRCLE, 1, bytes(range(5, 37)))
WORDS, TOKEN = "sông Hương mùa nước nổi", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
FACTS = {"opened": ("identity", "needs"), "count": (3,), "recipient": (CASE,)}
VALUES = (None, b"\x00\xff", "Huế", -1, 2**40, CASE, AT, (("a",), "b", ()))
PLACE = RevisionPlace(DEPLOYMENT, CASE, SECTION, "identity", 3, 2, 1, MEMBER)
SESSION = sealed_session.SessionPlace(DEPLOYMENT, MEMBER, AT, AT.replace(hour=9))
RING = Keyring(DEPLOYMENT, MEMBER, AGENCY, MEMBER_KEYS)
RECORD = AuditRecord(
    DEPLOYMENT, AGENCY, 1, bytes(32), 1, AT, "case.open", "member", MEMBER, "case", CASE, "done",
    detail_digest(b"sealed"),
)  # fmt: skip


def envelopes() -> dict[str, str]:
    """Ciphertexts that a reader must open for ever."""
    revision = seal_revision(KEY, PLACE, {"text": "Huế"})
    public = primitives.exchange_public(PRIVATE)
    return {
        "sealed": primitives.seal(KEY, Purpose.DRAFT, ("case", CASE, 7), b"frozen").hex(),
        "sealed_to": primitives.seal_to(public, Purpose.SUMMARY, ("to", CASE), b"frozen").hex(),
        "revision": revision.body.hex(),
        "commitment": revision.commitment.hex(),
        "release": grants.seal_release(KEY, DEPLOYMENT, OBJECT, b"frozen").hex(),
        "card": boxes.seal_in_circle(SECRET, Purpose.CARD, DEPLOYMENT, OBJECT, b"frozen").hex(),
        "own": RING.seal_own(Purpose.DRAFT, ("case", CASE), b"frozen").hex(),
        "session": sealed_session.seal_session(TOKEN, SESSION, MEMBER_KEYS.to_bytes()).hex(),
        "session_row": sealed_session.row_id(TOKEN),
    }


def records() -> dict[str, str]:
    """A passphrase record at the floor of cost."""
    context = ("member", DEPLOYMENT, MEMBER)
    keys = MEMBER_KEYS.to_bytes()
    return {"password": seal_record(Derivation(), WORDS, FLOOR, context, keys).hex()}


def former_founding() -> SignedStatement:
    """A founding entry as it was written before it named the kind of agency."""
    publics = (MEMBER_KEYS.exchange_public, MEMBER_KEYS.signing_public)
    payload = (MEMBER, *publics)
    raw = pack(("directory", 1, DEPLOYMENT, AGENCY, 1, bytes(32), "founded", AT, None, payload))
    return SignedStatement(raw, primitives.sign(ROOT, "directory", raw))


def founding_of_kind() -> dict[str, str]:
    """A founding entry that names the kind."""
    founding = found_agency(
        ROOT,
        AgencyDirectory(DEPLOYMENT, AGENCY),
        at=AT,
        member_id=MEMBER,
        exchange_public=MEMBER_KEYS.exchange_public,
        signing_public=MEMBER_KEYS.signing_public,
        kind="commune_police",
    )
    return {"founding": founding.raw.hex(), "founding_signature": founding.signature.hex()}


def log() -> tuple[AgencyDirectory, dict[str, str]]:
    """A founding entry and a circle, whose signatures are deterministic."""
    founding = former_founding()
    public = primitives.signing_public(ROOT)
    founded = verify_log(public, DEPLOYMENT, AGENCY, [founding])
    payload = (CIRCLE, "cases", 1, SECRET.exchange_public, (MEMBER,))
    circle = write_entry(RING, founded, at=AT, kind="circle_keyed", payload=payload)
    directory = verify_log(public, DEPLOYMENT, AGENCY, [founding, circle])
    return directory, {
        "founding": founding.raw.hex(),
        "founding_signature": founding.signature.hex(),
        "circle": circle.raw.hex(),
        "circle_signature": circle.signature.hex(),
        "head": directory.head_digest.hex(),
    }


def statements() -> dict[str, str]:
    """Canonical bytes and signatures of directory, strand and audit."""
    directory, made = log()
    strand = write_strand(
        RING, first_place(CASE, 1), directory, at=AT, kind="opened", payload=(CIRCLE,)
    )
    audit = sign_record(RECORD, RING.sign)
    return made | {
        "strand": strand.raw.hex(),
        "strand_signature": strand.signature.hex(),
        "audit": audit.raw.hex(),
        "audit_signature": audit.signature.hex(),
    }


def grant() -> dict[str, str]:
    """A grant bundle and a circle secret's wrap."""
    directory, _ = log()
    basis = grants.own_basis(CaseView(DEPLOYMENT, CASE, 1), CIRCLE, [SECTION])
    bundle = grants.seal_grant(
        basis,
        grant_id=GRANT,
        case_tag=bytes(16),
        keys={SECTION: {1: KEY, 2: PRIVATE}},
        receiver=directory.circle_key(CIRCLE),
    )
    wrap = boxes.seal_circle_secret(SECRET, directory.member(MEMBER))
    return {"bundle": bundle.hex(), "wrap": wrap.hex()}


def details() -> dict[str, str]:
    """The sealed detail of an audit entry, and the heads that a member confirmed last."""
    directory, _ = log()
    heads = pack((AT, 1, (7, KEY), (2, ROOT)))
    return {
        "detail": seal_detail([directory.circle_key(CIRCLE)], (AGENCY, 1), FACTS).hex(),
        "heads": RING.seal_own(Purpose.CONFIRMED_HEADS, ("confirmed heads", 1), heads).hex(),
    }


INSTALLATION_POINT = InstallationPoint(
    DEPLOYMENT, 9, 1, AT, AT, 0, ((AGENCY, 7, KEY),), (), (MEMBER,), (MEMBER,), (MEMBER,), (CIRCLE,)
)
CASE_POINT = CasePoint(
    DEPLOYMENT, CASE, 9, 1, AT, 0, ((AGENCY, 7, KEY),), ((GRANT, AT),), (), ((CIRCLE, (MEMBER,)),)
)


def restore_points() -> dict[str, str]:
    """What a restore signs of an installation and of a case, and what it puts away."""
    server = ServerKey(ROOT)
    installation, case = (p.signed(server.sign_as) for p in (INSTALLATION_POINT, CASE_POINT))
    return {
        "installation": installation[0].hex(),
        "installation_signature": installation[1].hex(),
        "case": case[0].hex(),
        "case_signature": case[1].hex(),
        "put_away": server.put_away(DEPLOYMENT, GRANT, b"frozen").hex(),
    }


def codec() -> dict[str, str]:
    """The canonical encoding of one of each."""
    return {"values": pack(VALUES).hex()}


FILES = {
    "codec_v1.json": codec,
    "envelopes_v1.json": envelopes,
    "records_v1.json": records,
    "statements_v1.json": statements,
    "founding_of_kind_v1.json": founding_of_kind,
    "grant_v1.json": grant,
    "details_v1.json": details,
    "restore_points_v2.json": restore_points,
}


def main() -> None:
    for name, make in FILES.items():
        target = FOLDER / name
        if not target.exists():
            target.write_text(json.dumps(make(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
