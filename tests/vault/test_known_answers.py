"""The primitives give the answers that the standards print."""

import json
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from referral.kernel.errors import NotVerified
from referral.vault import primitives
from referral.vault.codec import pack
from referral.vault.primitives import Purpose

VECTORS = Path(cryptography_vectors.__file__).parent


def _blocks(text: str) -> list[dict[str, str]]:
    """`name = value` lines, a new record at each COUNT."""
    records: list[dict[str, str]] = []
    for line in text.splitlines():
        name, _, value = line.partition("=")
        name = name.strip().lower()
        if name == "count":
            records.append({})
        if records and line and not line.startswith(("#", "[")):
            records[-1][name] = value.strip()
    return records


def _base_mode_vectors() -> list[dict]:
    everything = json.loads((VECTORS / "HPKE/test-vectors.json").read_text())
    wanted = {"mode": 0, "kem_id": 0x20, "kdf_id": 1, "aead_id": 2}
    return [v for v in everything if all(v[k] == x for k, x in wanted.items())]


def test_hpke_opens_the_vector_of_rfc_9180() -> None:
    vectors = _base_mode_vectors()
    assert vectors
    for vector in vectors:
        first = vector["encryptions"][0]
        private = X25519PrivateKey.from_private_bytes(bytes.fromhex(vector["skRm"]))
        sealed = bytes.fromhex(vector["enc"] + first["ct"])
        info, aad = bytes.fromhex(vector["info"]), bytes.fromhex(first["aad"])
        # The vectors bind associated data, which the public one-shot call cannot take.
        opened = openssl.hpke._decrypt_with_aad(primitives._HPKE, sealed, private, info, aad)
        assert opened.hex() == first["pt"]
        with pytest.raises(InvalidTag):
            openssl.hpke._decrypt_with_aad(primitives._HPKE, sealed, private, info, aad + b"x")


def _pyhpke_suite() -> CipherSuite:
    return CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)


def test_another_hpke_opens_what_we_seal_and_we_open_what_it_seals() -> None:
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    sealed = primitives.seal_to(public, Purpose.SUMMARY, ("a", 1), b"needs a bed")
    info = pack([sealed[:6], ("a", 1)])
    suite = _pyhpke_suite()
    recipient = suite.create_recipient_context(
        sealed[6:38], KEMKey.from_pyca_cryptography_key(private), info=info
    )
    assert recipient.open(sealed[38:]) == b"needs a bed"

    enc, sender = suite.create_sender_context(
        KEMKey.from_pyca_cryptography_key(private.public_key()), info=info
    )
    theirs = sealed[:6] + enc + sender.seal(b"needs a bed")
    raw = private.private_bytes_raw()
    assert primitives.unseal_with(raw, Purpose.SUMMARY, ("a", 1), theirs) == b"needs a bed"


def test_argon2id_gives_the_tag_of_rfc_9106() -> None:
    vector = _blocks((VECTORS / "KDF/argon2id.txt").read_text())[0]
    derived = Argon2id(
        salt=bytes.fromhex(vector["salt"]),
        length=int(vector["length"]),
        iterations=int(vector["iter"]),
        lanes=int(vector["lanes"]),
        memory_cost=int(vector["memcost"]),
        ad=bytes.fromhex(vector["ad"]),
        secret=bytes.fromhex(vector["secret"]),
    ).derive(bytes.fromhex(vector["pass"]))
    assert derived.hex() == vector["output"]


def test_hkdf_gives_the_keys_of_rfc_5869() -> None:
    cases = _blocks((VECTORS / "KDF/rfc-5869-HKDF-SHA256.txt").read_text())
    assert len(cases) == 3
    for case in cases:
        salt, info = bytes.fromhex(case["salt"]), bytes.fromhex(case["info"])
        derived = HKDF(hashes.SHA256(), int(case["l"]), salt or None, info).derive(
            bytes.fromhex(case["ikm"])
        )
        assert derived.hex() == case["okm"]


def test_our_children_are_hkdf_with_the_label_as_info() -> None:
    key, salt = bytes(range(32)), bytes(range(32, 64))
    expected = HKDF(hashes.SHA256(), 32, salt, b"encrypt").derive(key)
    assert primitives.derive(key, "encrypt", salt=salt) == expected


def test_gcm_agrees_with_nist_on_a_sample_and_on_every_failure() -> None:
    names = ("gcmDecrypt256.rsp", "gcmEncryptExtIV256.rsp")
    files = [VECTORS / "ciphers/AES/GCM" / name for name in names]
    records = [record for file in files for record in _blocks(file.read_text())]
    # Our nonces have 12 bytes and our tags 16.
    usable = [r for r in records if len(r["iv"]) == 24 and len(r["tag"]) == 32]
    failures = [r for r in usable if "fail" in r]
    good = [r for r in usable if "fail" not in r]
    sample = good[::-1][:500]
    assert len(failures) > 100
    assert len(sample) == 500
    for record in sample:
        key, nonce, body, aad = _gcm_parts(record)
        assert AESGCM(key).decrypt(nonce, body, aad).hex() == record["pt"]
    for record in failures:
        key, nonce, body, aad = _gcm_parts(record)
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(nonce, body, aad)


def _gcm_parts(record: dict[str, str]) -> tuple[bytes, bytes, bytes, bytes]:
    names = ("key", "iv", "ct", "tag", "aad")
    key, nonce, body, tag, aad = (bytes.fromhex(record[name]) for name in names)
    return key, nonce, body + tag, aad


def test_ed25519_signs_as_in_rfc_8032() -> None:
    lines = (VECTORS / "asymmetric/Ed25519/sign.input").read_text().splitlines()
    assert len(lines) == 1024
    for line in lines:
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        key = Ed25519PrivateKey.from_private_bytes(secret[:32])
        assert key.sign(message) == signed[:64]
        assert primitives.signing_public(secret[:32]) == public
        Ed25519PublicKey.from_public_bytes(public).verify(signed[:64], message)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(public).verify(signed[:64], message + b"x")


def test_a_signature_for_one_use_is_none_for_another() -> None:
    key = primitives.random_key()
    public = primitives.signing_public(key)
    signature = primitives.sign(key, "audit", b"entry")
    primitives.verify(public, "audit", b"entry", signature)
    for label, message in [("strand", b"entry"), ("audit", b"entri"), ("audi", b"tentry")]:
        with pytest.raises(NotVerified):
            primitives.verify(public, label, message, signature)
