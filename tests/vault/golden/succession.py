"""A frozen end of an agency, sealed and signed: `python -m tests.vault.golden.succession`.

As `make.py` beside: run once when a form is born, never overwritten.
"""

import json
from uuid import UUID

from referral.vault import boxes, primitives
from referral.vault.case_replay import take
from referral.vault.case_succession import SUCCEEDED
from referral.vault.case_view import CaseView
from referral.vault.directory import (
    AgencyDirectory,
    SignedStatement,
    countersign_succession,
    found_agency,
    verify_log,
    write_entry,
)
from referral.vault.keys import CircleSecret, PassedPlace
from referral.vault.strands import Remembered
from referral.vault.strands import write_entry as write_strand
from tests.vault.golden import make as g

HEIR, HEIR_CIRCLE = UUID(int=10), UUID(int=11)
HEIR_SECRET = CircleSecret(HEIR_CIRCLE, 1, bytes(range(6, 38)))
PLACE = PassedPlace(g.AGENCY, g.CIRCLE, 1, HEIR, HEIR_CIRCLE, 1)
ROOT_PUBLIC = primitives.signing_public(g.ROOT)
KINDS = ("succession_stated", "succession_countersigned", "circle_passed", "ended")


def begun() -> list[SignedStatement]:
    """The log before its end: a founding entry and a circle."""
    _, made = g.log()
    return [
        SignedStatement(bytes.fromhex(made[name]), bytes.fromhex(made[f"{name}_signature"]))
        for name in ("founding", "circle")
    ]


def verified(log: list[SignedStatement]) -> AgencyDirectory:
    return verify_log(ROOT_PUBLIC, g.DEPLOYMENT, g.AGENCY, log)


def heir_log() -> AgencyDirectory:
    """The successor's log, with the same member as its administrator."""
    empty = AgencyDirectory(g.DEPLOYMENT, HEIR)
    founding = found_agency(
        g.ROOT, empty, at=g.AT, member_id=g.MEMBER, exchange_public=g.RING.exchange_public,
        signing_public=g.RING.signing_public, kind="commune_police",
    )  # fmt: skip
    ring = type(g.RING)(g.DEPLOYMENT, g.MEMBER, HEIR, g.MEMBER_KEYS)
    founded = verify_log(ROOT_PUBLIC, g.DEPLOYMENT, HEIR, [founding])
    payload = (HEIR_CIRCLE, "cases", 1, HEIR_SECRET.exchange_public, (g.MEMBER,))
    circle = write_entry(ring, founded, at=g.AT, kind="circle_keyed", payload=payload)
    return verify_log(ROOT_PUBLIC, g.DEPLOYMENT, HEIR, [founding, circle])


def succession() -> dict[str, str]:
    """The four entries and the seal."""
    log = begun()
    plan = ("2025-07-01", ((g.CIRCLE, HEIR, HEIR_CIRCLE),))
    log.append(write_entry(g.RING, verified(log), at=g.AT, kind=KINDS[0], payload=plan))
    directory = verified(log)
    stated = directory.digests[-1]
    log.append(countersign_succession(g.ROOT, directory, at=g.AT, plan=stated))
    seal = boxes.seal_to_successor(verified(log), g.SECRET, heir_log().circle_key(HEIR_CIRCLE))
    passing = (g.CIRCLE, HEIR_CIRCLE, 1, (1,))
    log.append(write_entry(g.RING, verified(log), at=g.AT, kind=KINDS[2], payload=passing))
    strand, view = _opened()
    ends = (((g.CASE, 1, strand.digest),),)
    log.append(write_entry(g.RING, verified(log), at=g.AT, kind=KINDS[3], payload=ends))
    succeeded = _succeeded(view, verified(log))
    entries = dict(zip(KINDS, log[2:], strict=True))
    made = {kind: entry.raw.hex() for kind, entry in entries.items()}
    made |= {f"{kind}_signature": entry.signature.hex() for kind, entry in entries.items()}
    return made | {
        "seal": seal.hex(),
        "strand": succeeded.raw.hex(),
        "strand_signature": succeeded.signature.hex(),
    }


def _opened():
    directory = verified(begun())
    view = CaseView(g.DEPLOYMENT, g.CASE, 1)
    entry = write_strand(
        g.RING, view.place(g.AGENCY), directory, at=g.AT, kind="opened", payload=(g.CIRCLE,)
    )
    take(view, entry, directory, Remembered())
    return entry, view


def _succeeded(view: CaseView, ended: AgencyDirectory):
    ring, heir = type(g.RING)(g.DEPLOYMENT, g.MEMBER, HEIR, g.MEMBER_KEYS), heir_log()
    view.log_of = {g.AGENCY: ended, HEIR: heir}.__getitem__
    entry = write_strand(ring, view.place(HEIR), heir, at=g.AT, kind=SUCCEEDED, payload=(g.AGENCY,))
    take(view, entry, heir, Remembered())
    return entry


FILES = {"succession_v1.json": succession}


def main() -> None:
    for name, make in FILES.items():
        target = g.FOLDER / name
        if not target.exists():
            target.write_text(json.dumps(make(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
