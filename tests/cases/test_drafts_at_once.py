"""A browser saves a draft by itself while its form is sent, and a form may be sent twice."""

import pytest

from referral.cases.queries import visible_drafts
from referral.cases.service import read_draft, save_draft
from referral.kernel import db
from tests.cases.district import District
from tests.infrastructure.meanwhile import before_statement


@pytest.mark.promise("nothing-typed-is-lost")
@pytest.mark.parametrize("standing", ["postgresql"], indirect=True)
def test_of_two_first_drafts_of_one_place_the_later_is_kept_and_nobody_is_refused(
    district: District,
) -> None:
    officer, place = district.officer, "incident_report"

    def save(text: str) -> None:
        with db.unit_of_work():
            save_draft(officer, None, place=place, typed={"least_facts": [text]})

    def meanwhile() -> None:
        with district.home.app.app_context():
            save("by the browser")

    with before_statement(0, "INSERT INTO draft ", meanwhile):
        save("with the form")
    with db.unit_of_work():
        kept = read_draft(officer, None, place=place)
    assert kept == {"least_facts": ["with the form"]}
    assert [line.place for line in visible_drafts(officer)] == [place]
