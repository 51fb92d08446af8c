"""What somebody does with an account of their own, and a duty officer for a colleague's."""

from collections.abc import Callable
from typing import Any

from referral.accounts import parking, proof, session_list, sheets
from referral.accounts.queries import member_by_username, oneself
from referral.accounts.sessions import actor_for
from referral.jobs.letters import send_letters
from referral.kernel.actor import SYSTEM
from referral.notices import channels
from referral.notices.addresses import box
from referral.notices.kinds import Medium
from tests.factories.province import PASSPHRASE, House, Province

ADDRESS = "someone@example.vn"
CARRIED = {"SMTP_HOST": "127.0.0.1", "SMTP_SENDER": "portal@example.vn"}
"""By a mail server that is not there: nothing in these tests sends a mail."""
NEW = "mưa bụi trên sông Hương"


def look_after_account(step: Callable[..., Any], province: Province, house: House) -> None:
    """Codes printed, a PIN chosen, the passphrase changed, sessions ended; then a phone is lost."""
    username = province.member(house, "duty_officer")
    actor, other = actor_for(province.token(username)), actor_for(province.token(username))
    me = oneself(actor)
    step(sheets.make_code_sheet, actor, me)
    assert step(sheets.count_codes, actor, me) == sheets.CODES
    step(parking.choose_pin, actor, me, prepared=parking.prepare_pin(actor, "402817"))
    step(session_list.end_own_session, actor, me, session_id=other.session_id)
    prepared = proof.prepare_passphrase(actor, passphrase=PASSPHRASE, new_passphrase=NEW)
    step(proof.change_passphrase, actor, me, prepared=prepared)
    step(session_list.end_other_sessions, actor, me)
    channel = step(channels.add_channel, actor, me, medium=Medium.EMAIL, address=ADDRESS)
    assert step(channels.confirm_channel, actor, channel, code=box.code(channel))
    step(channels.choose_quiet_hours, actor, me, from_hour=22, until_hour=5)
    step(send_letters, SYSTEM)
    step(channels.remove_channel, actor, channel)
    colleague = member_by_username(house.users["supervisor"])
    step(session_list.end_sessions_for, actor, colleague)
