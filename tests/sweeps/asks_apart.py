"""The good request of the routes of one's own account, of keys, moves, restores and endings."""

from referral.web.guides import ROLES_OF
from tests.sweeps.asks import Ask, Objects, day, typed_day
from tests.sweeps.asks_api import ACCEPTED, ADMIN, NURSE, SYSTEM
from tests.sweeps.under_way import ENDING, WITH_A_PIN

CHAIR = "commune_chair"
NEW = "mưa bụi trên sông Hương"
SUSPENDED = {"case_id": "suspended_case"}
RENEWED = {"circle_id": "renewed_circle"}
NAMED = {"circle_id": "named_circle"}
PASSING = {"circle_id": "chair_circle"}


def _proof(o: Objects) -> dict[str, object]:
    return {"passphrase": o["passphrase"]}


def _passphrases(o: Objects) -> dict[str, object]:
    return {"passphrase": o["passphrase"], "new_passphrase": NEW}


def _pin(o: Objects) -> dict[str, object]:
    return {"pin": o["pin"]}


def _plan(o: Objects) -> dict[str, object]:
    heir = o["social_circle"]
    pairs = [{"circle_id": one, "heir_circle_id": heir} for one in o["police_circles"].split(",")]
    return {"on": day(), "successors": pairs}


def _conflict(o: Objects) -> dict[str, object]:
    return {"member_id": o["officer"], "relation": "kin_of_survivor"}


def _second(o: Objects) -> dict[str, object]:
    return {"second_id": o["social_agency"]}


def _apart(o: Objects) -> dict[str, object]:
    return {"member_ids": [o["officer"]]}


def _elsewhere(o: Objects) -> dict[str, object]:
    return {"circle_id": o["named_circle"]}


def _passed_on(o: Objects) -> dict[str, object]:
    return {"circle_id": o["hospital_named"]}


def _worker(o: Objects) -> dict[str, object]:
    return {"worker_id": o["nurse"]}


def _kit_code(o: Objects) -> dict[str, object]:
    return {"code": o["kit_code"]}


def _recovery(o: Objects) -> dict[str, object]:
    return {"username": "yt.admin", "code": o["recovery_code"], "passphrase": NEW}


def _parked(o: Objects) -> dict[str, str]:
    return {"Authorization": f"Bearer {o['parked_token']}"}


def _address(_o: Objects) -> dict[str, object]:
    return {"medium": "email", "address": "them@example.vn"}


def _channel_code(o: Objects) -> dict[str, object]:
    return {"code": o["channel_code"]}


def _typed_channel_code(o: Objects) -> dict[str, object]:
    return {"code-email": o["channel_code"]}


QUIET = {"from_hour": 22, "until_hour": 5}
API = {
    "DELETE api_channels.remove_channel": Ask(),
    "GET api_channels.count_letters": Ask(SYSTEM),
    "GET api_jobs.list_jobs": Ask(SYSTEM),
    "GET api_channels.list_channels": Ask(),
    "GET api_channels.show_quiet_hours": Ask(),
    "POST api_channels.add_channel": Ask(body=_address),
    "POST api_channels.confirm_channel": Ask(body=_channel_code),
    "PUT api_channels.choose_quiet_hours": Ask(body=QUIET),
    "DELETE api_account.end_other_sessions": Ask(),
    "DELETE api_account.end_own_session": Ask(),
    "DELETE api_account.end_sessions_for": Ask(WITH_A_PIN),
    "GET api_access.list_suspended": Ask(ids=SUSPENDED),
    "GET api_account.list_sessions": Ask(),
    "GET api_account.show_code_sheet": Ask(),
    "GET api_circle_keys.show_circle_keys": Ask(ADMIN),
    "GET api_recovery.show_kit": Ask(ADMIN),
    "GET api_succession.show_succession": Ask(ADMIN),
    "POST api_access.confirm_grant": Ask(ids=SUSPENDED),
    "POST api_access.end_suspended": Ask(ids=SUSPENDED),
    "POST api_account.make_code_sheet": Ask(),
    "POST api_account.park": Ask(WITH_A_PIN),
    "POST api_account.prove": Ask(body=_proof),
    "POST api_account.take_up": Ask(body=_pin, headers=_parked),
    "POST api_accounts.begin_reenrolment": Ask(ADMIN, body={"compromised": True}),
    "POST api_agencies.name_circle": Ask("supervisor", body=_apart),
    "POST api_agencies.name_second_agency": Ask(ADMIN, body=_second),
    "POST api_cases.declare_conflict": Ask(body=_conflict),
    "POST api_cases.move_case": Ask(body=_elsewhere),
    "POST api_circle_keys.end_generations": Ask(ADMIN, RENEWED),
    "POST api_circle_keys.renew_circle": Ask(ADMIN),
    "POST api_circle_keys.rewrap_circle": Ask(body={}),
    "POST api_circle_keys.share_key": Ask(),
    "POST api_recovery.confirm_kit": Ask(ADMIN, body=_kit_code),
    "POST api_recovery.make_kit": Ask(ADMIN, body=_proof),
    "POST api_recovery.recover": Ask(body=_recovery),
    "POST api_referrals.name_worker": Ask(NURSE, ACCEPTED, _worker),
    "POST api_referrals.pass_on_referral": Ask(NURSE, body=_passed_on),
    "POST api_sessions.confirm_heads": Ask(),
    "POST api_succession.end_succession": Ask(ENDING),
    "POST api_succession.pass_circle": Ask(CHAIR, PASSING),
    "PUT api_account.change_passphrase": Ask(body=_passphrases),
    "PUT api_account.choose_pin": Ask(body=_pin),
    "PUT api_succession.state_succession": Ask(ADMIN, body=_plan),
}


def _typed_passphrases(o: Objects) -> dict[str, object]:
    return {**_passphrases(o), "again": NEW}


def _typed_pin(o: Objects) -> dict[str, object]:
    return {"pin": o["pin"], "again": o["pin"]}


def _typed_plan(o: Objects) -> dict[str, object]:
    heirs = {f"heir-{one}": o["social_circle"] for one in o["police_circles"].split(",")}
    return {"on": typed_day(), **heirs}


def _given_again(o: Objects) -> dict[str, object]:
    return {"proof_passphrase": o["passphrase"], "next": "/sessions"}


def _typed_recovery(o: Objects) -> dict[str, object]:
    return {**_recovery(o), "again": NEW}


def _locked(o: Objects) -> dict[str, str]:
    return {"Cookie": f"parked-tokens={o['parked_token']}"}


PAGES = {
    **{f"GET help.read_guide {number}": Ask() for number in range(1, len(ROLES_OF) + 1)},
    "GET channels.list_channels": Ask(),
    "GET help.list_words": Ask(),
    "GET help.show_about": Ask(),
    "GET help.show_help": Ask(),
    "GET jobs.list_jobs": Ask(SYSTEM),
    "GET notices.count_letters": Ask(SYSTEM),
    "POST channels.add_channel": Ask(body=_address),
    "POST channels.choose_quiet_hours": Ask(body=QUIET),
    "POST channels.confirm_channel": Ask(body=_typed_channel_code),
    "POST channels.remove_channel": Ask(),
    "GET account.change_passphrase": Ask(),
    "GET account.end_sessions_for": Ask(WITH_A_PIN),
    "GET account.list_sessions": Ask(),
    "GET account.make_code_sheet": Ask(),
    "GET accounts.begin_reenrolment": Ask(ADMIN),
    "GET accounts.confirm_heads": Ask(),
    "GET accounts.list_entrusted": Ask(ADMIN),
    "GET accounts.make_kit": Ask(ADMIN),
    "GET accounts.name_second_agency": Ask(ADMIN),
    "GET accounts.recover": Ask(),
    "GET agencies.show_circle_keys": Ask(ADMIN),
    "GET agencies.show_succession": Ask(ADMIN),
    "GET cases.declare_conflict": Ask(),
    "GET cases.list_suspended": Ask(ids=SUSPENDED),
    "GET cases.move_case": Ask(),
    "GET circles.list_circles": Ask(),
    "GET frame.leave": Ask(),
    "GET locking.choose_pin": Ask(),
    "GET locking.lock": Ask(WITH_A_PIN),
    "GET locking.unlock": Ask(headers=_locked),
    "GET proof.give_proof": Ask(),
    "GET styleguide.show_styleguide": Ask(),
    "POST account.change_passphrase": Ask(body=_typed_passphrases),
    "POST account.end_other_sessions": Ask(),
    "POST account.end_session": Ask(body=lambda o: {"session": o["session_id"]}),
    "POST account.end_sessions_for": Ask(WITH_A_PIN, body=lambda o: {"member": o["member_id"]}),
    "POST account.make_code_sheet": Ask(),
    "POST accounts.begin_reenrolment": Ask(ADMIN, body={"compromised": "1"}),
    "POST accounts.confirm_heads": Ask(),
    "POST accounts.confirm_kit": Ask(ADMIN, body=_kit_code),
    "POST accounts.make_kit": Ask(ADMIN, body=_proof),
    "POST accounts.name_second_agency": Ask(ADMIN, body=_second),
    "POST accounts.recover": Ask(body=_typed_recovery),
    "POST agencies.end_succession": Ask(ENDING),
    "POST agencies.pass_circle": Ask(CHAIR, PASSING),
    "POST agencies.renew_circle": Ask(ADMIN),
    "POST agencies.rewrap_circle": Ask(),
    "POST agencies.share_key": Ask(),
    "POST agencies.state_succession": Ask(ADMIN, body=_typed_plan),
    "POST cases.confirm_grant": Ask(ids=SUSPENDED),
    "POST cases.declare_conflict": Ask(body=_conflict),
    "POST cases.end_suspended": Ask(ids=SUSPENDED),
    "POST cases.move_case": Ask(body=_elsewhere),
    "POST circles.admit_to_circle": Ask(ids=NAMED, body=lambda o: {"member_id": o["member_id"]}),
    "POST circles.name_circle": Ask("supervisor", body=_apart),
    "POST locking.choose_pin": Ask(body=_typed_pin),
    "POST locking.unlock": Ask(body=_pin, headers=_locked),
    "POST proof.give_proof": Ask(body=_given_again),
    "POST referrals.name_worker": Ask(NURSE, ACCEPTED, _worker),
    "POST referrals.pass_on_referral": Ask(NURSE, body=_passed_on),
}
