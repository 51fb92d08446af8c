"""Release keys: one file a waiting referral, in the installation's folder, never in the database.

Without it neither the database nor the receiver opens a payload. It is written before the
transaction that sends commits, and removed after the one that accepts or ends has committed, so
that a crash leaves at most a key without a payload, which a job sweeps away.
"""

from uuid import UUID

from sqlalchemy import delete, select

from referral.kernel import clock, deployment
from referral.kernel.db import after_commit, session
from referral.kernel.errors import NotFound, Unreadable
from referral.kernel.ids import new_id
from referral.kernel.instance import RELEASE_FOLDER, instance, release_name
from referral.referrals.model import Referral, ReferralPayload, ReferralPayloadBody
from referral.vault.codec import digest
from referral.vault.grants import custody_token, new_release_key, open_release, seal_release


def _key_of(referral: Referral) -> bytes:
    """The referral's release key, made at its first use."""
    return instance.read_or_make(release_name(referral.id), new_release_key)


def custody_promise(referral: Referral) -> bytes:
    """The digest that an offer of custody names: to take it needs the referral's release key."""
    return digest(custody_token(_key_of(referral), deployment.current().id, referral.id))


def custody_proof(referral: Referral) -> bytes:
    """What taking custody shows; `NotFound` when the release key is gone."""
    key = instance.read(release_name(referral.id))
    if key is None:
        raise NotFound("the release key is gone; the sender must send again")
    return custody_token(key, deployment.current().id, referral.id)


def store_payload(referral: Referral, bundle: bytes, generation: int) -> None:
    """Keep a bundle behind the referral's release key, which is made with the first one."""
    key = _key_of(referral)
    body = seal_release(key, deployment.current().id, referral.id, bundle)
    row = ReferralPayload(
        id=new_id(),
        referral_id=referral.id,
        circle_generation=generation,
        made_at=clock.now(),
    )
    session().add(row)
    session().flush()
    session().add(ReferralPayloadBody(payload_id=row.id, body=body))
    session().flush()


def take_payload(referral: Referral) -> list[tuple[int, bytes]]:
    """Strip the release layer of every bundle and destroy it, oldest first.

    `NotFound` when the key is gone: the sender must send again.
    """
    bundles = waiting_bundles(referral)
    destroy_payload(referral.id)
    return bundles


def replace_payload(referral: Referral, bundle: bytes, generation: int) -> None:
    """Keep one bundle, sealed to another circle, in the place of all that wait."""
    session().execute(delete(ReferralPayload).where(ReferralPayload.referral_id == referral.id))
    session().flush()
    store_payload(referral, bundle, generation)


def waiting_bundles(referral: Referral) -> list[tuple[int, bytes]]:
    """What waits, without its release layer, oldest first, for the operations that pass it on.

    `NotFound` when the key is gone: the sender must send again.
    """
    rows = (
        session()
        .execute(
            select(ReferralPayload.circle_generation, ReferralPayloadBody.body)
            .join(ReferralPayloadBody, ReferralPayloadBody.payload_id == ReferralPayload.id)
            .where(ReferralPayload.referral_id == referral.id)
            .order_by(ReferralPayload.made_at)
        )
        .all()
    )
    key = instance.read(release_name(referral.id))
    if not rows or key is None:
        raise NotFound("the release key is gone; the sender must send again")
    here = deployment.current().id
    try:
        return [(g, open_release(key, here, referral.id, body)) for g, body in rows]
    except Unreadable as error:
        raise NotFound("the release key does not fit; the sender must send again") from error


def destroy_payload(referral_id: UUID) -> None:
    """Delete the wrapped bundles, and their key once that is committed."""
    session().execute(delete(ReferralPayload).where(ReferralPayload.referral_id == referral_id))
    session().flush()
    after_commit(lambda: instance.remove(release_name(referral_id)))


def sweep_keys() -> int:
    """Remove release keys whose payload is gone (a crash between commit and removal); how many."""
    waiting = {
        str(referral_id) for referral_id in session().scalars(select(ReferralPayload.referral_id))
    }
    orphans = [name for name in instance.names(RELEASE_FOLDER) if name not in waiting]
    old = [name for name in orphans if instance.age(f"{RELEASE_FOLDER}/{name}") > 3600]
    for name in old:
        instance.remove(f"{RELEASE_FOLDER}/{name}")
    return len(old)
