"""What a restore with a gap leaves, made of an installation as it stands."""

from sqlalchemy import select

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.accounts.restoring import confirm_administrator, digits_of_administrator
from referral.agencies.model import Agency
from referral.audit.arrivals import Arrived
from referral.audit.trail import trail
from referral.cli.replay import settle
from referral.kernel import clock, db, deployment
from referral.kernel.instance import EPOCH, ROOT_PUBLIC, STAGED, instance
from referral.vault.backup import BackupHeader
from tests.factories.province import Province


def restore_with_gap() -> None:
    """As if a backup of this moment had been put in place, with no file of tombstones."""
    here, pinned = deployment.current(), instance.read(ROOT_PUBLIC)
    assert pinned is not None
    epoch = here.epoch + 1
    instance.write(f"{STAGED}/{ROOT_PUBLIC}", pinned)
    deployment.restoring.epoch = epoch
    try:
        with db.unit_of_work():
            db.begin_write()
            header = BackupHeader(here.id, here.epoch, "", clock.now(), b"")
            settle(header, trail.server, Arrived(), epoch, is_gap=True)
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
