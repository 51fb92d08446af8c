"""What somebody does with an account of their own, and a duty officer for a colleague's."""

from collections.abc import Callable
from typing import Any

from referral.accounts import parking, proof, session_list, sheets
from referral.accounts.queries import member_by_username, oneself
from referral.accounts.sessions import actor_for
from tests.factories.province import PASSPHRASE, House, Province

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
    colleague = member_by_username(house.users["supervisor"])
    step(session_list.end_sessions_for, actor, colleague)
