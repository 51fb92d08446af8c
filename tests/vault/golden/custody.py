"""Frozen strands of custody offered and taken: `python -m tests.vault.golden.custody`.

As `make.py` beside: run once when a form is born, never overwritten.
"""

import json

from referral.vault import grants
from referral.vault.case_replay import take
from referral.vault.case_view import CaseView
from referral.vault.codec import digest
from referral.vault.strands import Remembered, write_entry
from tests.vault.golden import make as g


def _custody(*token: bytes) -> dict[str, str]:
    """The strand of a case whose custody is offered, from a circle to itself, and taken."""
    directory, _ = g.log()
    view = CaseView(g.DEPLOYMENT, g.CASE, 1)
    offer = (g.OBJECT, g.AGENCY, g.CIRCLE, (), *(digest(part) for part in token))
    told = [
        ("opened", (g.CIRCLE,)),
        ("custody_offered", offer),
        ("custody_taken", (g.OBJECT, *token)),
    ]
    made: dict[str, str] = {}
    for kind, payload in told:
        entry = write_entry(
            g.RING, view.place(g.AGENCY), directory, at=g.AT, kind=kind, payload=payload
        )
        take(view, entry, directory, Remembered())
        made |= {kind: entry.raw.hex(), f"{kind}_signature": entry.signature.hex()}
    return made


def custody_v1() -> dict[str, str]:
    """An offer of the first form, which names no token."""
    return _custody()


def custody_v2() -> dict[str, str]:
    """An offer that is taken only with what the referral's release key gives."""
    return _custody(grants.custody_token(g.KEY, g.DEPLOYMENT, g.OBJECT))


FILES = {"custody_v1.json": custody_v1, "custody_v2.json": custody_v2}


def main() -> None:
    for name, make in FILES.items():
        target = g.FOLDER / name
        if not target.exists():
            target.write_text(json.dumps(make(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
