"""An end as it was once signed, and the seal as it was once made, count for ever."""

import json

from referral.vault.case_replay import replay
from referral.vault.directory import SignedStatement, Successor
from referral.vault.keys import Keyring
from referral.vault.strands import Remembered, SignedEntry
from tests.vault.golden import make as g
from tests.vault.golden import succession as s


def test_a_frozen_end_closes_the_log_and_its_seal_opens() -> None:
    stored = json.loads((g.FOLDER / "succession_v1.json").read_text())
    f = {name: bytes.fromhex(value) for name, value in stored.items()}
    log = s.begun() + [SignedStatement(f[kind], f[f"{kind}_signature"]) for kind in s.KINDS]
    ended, heir = s.verified(log), s.heir_log()
    assert ended.is_ended
    assert ended.plan.successors == {g.CIRCLE: Successor(s.HEIR, s.HEIR_CIRCLE)}
    ring = Keyring(g.DEPLOYMENT, g.MEMBER, s.HEIR, g.MEMBER_KEYS)
    ring._secrets[s.HEIR_CIRCLE, 1] = s.HEIR_SECRET
    ring.add_passed(s.PLACE, f["seal"], public=g.SECRET.exchange_public)
    assert ring.circle(g.CIRCLE).secret == g.SECRET.secret
    opened = json.loads((g.FOLDER / "statements_v1.json").read_text())
    first = SignedEntry(bytes.fromhex(opened["strand"]), bytes.fromhex(opened["strand_signature"]))
    view = replay(
        g.DEPLOYMENT,
        g.CASE,
        1,
        {g.AGENCY: [first], s.HEIR: [SignedEntry(f["strand"], f["strand_signature"])]},
        directory_of={g.AGENCY: ended, s.HEIR: heir}.__getitem__,
        remembered=Remembered(),
    )
    assert view.faults == {}
    assert (view.custodian_agency, view.custodian_circle) == (s.HEIR, s.HEIR_CIRCLE)
    again = {k: bytes.fromhex(v) for k, v in s.succession().items()}
    assert {k: v for k, v in again.items() if k != "seal"} == {
        k: v for k, v in f.items() if k != "seal"
    }
