"""Two statisticians at once: one edition, and the other is told."""

import pytest
from sqlalchemy import select

from referral.kernel import db
from referral.reporting.model import Edition
from referral.reporting.queries import is_verified
from tests.factories.installation import together
from tests.reporting import race
from tests.reporting.bureau import Bureau

YEARS = range(2010, 2016)


@pytest.mark.promise("second-click-does-nothing")
def test_of_two_who_freeze_a_year_at_once_one_freezes_it(bureau: Bureau) -> None:
    tokens = [bureau.province.token(name) for name in ("thongke.statistician", "thongke.second")]
    db.rollback()
    parts = [[token, list(YEARS)] for token in tokens]
    outcomes = together(bureau.home.environment, race.freeze, parts)
    db.rollback()
    for year, pair in zip(YEARS, zip(*outcomes, strict=True), strict=True):
        assert sorted(pair) == [race.TOLD, race.WON]
        (edition,) = db.session().scalars(select(Edition).where(Edition.year == year))
        assert edition.number == 1
        assert is_verified(edition)
