"""Offers of custody of both forms, as they were once written, count for ever."""

import json

import pytest

from referral.vault.case_replay import replay
from referral.vault.strands import Remembered, SignedEntry
from tests.vault.golden import custody
from tests.vault.golden import make as g


@pytest.mark.parametrize("name", ["custody_v1.json", "custody_v2.json"])
def test_a_frozen_offer_of_custody_and_its_taking_count_for_ever(name: str) -> None:
    stored = json.loads((g.FOLDER / name).read_text())
    f = {key: bytes.fromhex(value) for key, value in stored.items()}
    kinds = ("opened", "custody_offered", "custody_taken")
    strand = [SignedEntry(f[kind], f[f"{kind}_signature"]) for kind in kinds]
    directory, _ = g.log()
    view = replay(
        g.DEPLOYMENT,
        g.CASE,
        1,
        {g.AGENCY: strand},
        directory_of=lambda _: directory,
        remembered=Remembered(),
    )
    assert not view.faults
    assert [entry.kind for entry in view.entries] == list(kinds)
    assert not view.offered
    assert {key: bytes.fromhex(value) for key, value in custody.FILES[name]().items()} == f
