"""What a restore leaves, made of an installation as it stands."""

from uuid import UUID

from sqlalchemy import select

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.accounts.restoring import confirm_administrator, digits_of_administrator
from referral.agencies.model import Agency
from referral.audit.arrivals import Arrived
from referral.audit.shipments import Buried, Shipment, newest
from referral.audit.tombstones import Ended
from referral.audit.trail import trail
from referral.cli.replay import settle
from referral.kernel import clock, db, deployment
from referral.kernel.instance import EPOCH, RELEASE_FOLDER, ROOT_PUBLIC, STAGED, instance
from referral.vault.backup import BackupHeader
from referral.vault.directory import NO_ENTRY
from tests.factories.province import Province


def restore_with_gap() -> None:
    """As if a backup of this moment had been put in place, with no file of tombstones."""
    _settle(Arrived(), is_gap=True)


def ended(kind: Ended, subject_id: UUID, case_id: UUID | None = None) -> Buried:
    """A tombstone of now, as it comes back in a file."""
    return Buried(str(kind), subject_id, case_id, clock.now())


def restore_with(*told: Buried, is_gap: bool = False) -> None:
    """As if a backup of this moment had been put in place, and this had ended since: all of it.

    With `is_gap` nobody knows what else.
    """
    last, here = newest(), deployment.current()
    file = Shipment(
        here.id,
        here.epoch,
        last.number + 1 if last is not None else 1,
        clock.now(),
        last.digest if last is not None else NO_ENTRY,
        tuple(told),
        {},
        {},
    )
    for name in instance.names(RELEASE_FOLDER):
        key = instance.read(f"{RELEASE_FOLDER}/{name}")
        assert key is not None
        instance.write(f"{STAGED}/{RELEASE_FOLDER}/{name}", key)
    _settle(Arrived([file]), is_gap=is_gap)
    for name in instance.names(f"{STAGED}/{RELEASE_FOLDER}"):
        instance.remove(f"{STAGED}/{RELEASE_FOLDER}/{name}")


def _settle(arrived: Arrived, *, is_gap: bool) -> None:
    here, pinned = deployment.current(), instance.read(ROOT_PUBLIC)
    assert pinned is not None
    epoch = here.epoch + 1
    instance.write(f"{STAGED}/{ROOT_PUBLIC}", pinned)
    db.rollback()
    deployment.restoring.epoch = epoch
    try:
        with db.unit_of_work():
            db.begin_write()
            header = BackupHeader(here.id, here.epoch, "", clock.now(), b"")
            settle(header, trail.server, arrived, epoch, is_gap=is_gap)
        instance.write(EPOCH, str(epoch).encode())
    finally:
        deployment.restoring.epoch = None
    instance.remove(f"{STAGED}/{ROOT_PUBLIC}")


def confirm_accounts(province: Province) -> None:
    """The root confirms each administrator, each administrator the colleagues."""
    for house in province.houses.values():
        if db.session().get_one(Agency, house.id).state == "ended":
            continue
        member_id, digits = digits_of_administrator(house.id, house.administrator)
        db.rollback()
        confirm_administrator(province.root, house.id, member_id, digits=digits)
        boss = province.actor(house.administrator)
        waiting = select(Member.id).where(Member.agency_id == house.id, Member.state == "enrolled")
        for waiting_id in db.session().scalars(waiting).all():
            with db.unit_of_work():
                row = db.session().get_one(Member, waiting_id)
                read = accounts.fingerprint_of(row)
                accounts.confirm_member(boss, row, fingerprint_read=read)
    db.rollback()
