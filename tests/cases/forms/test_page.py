"""HTML inputs both ways, and the lines shown on page and paper."""

from zoneinfo import ZoneInfo

import pytest
from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from referral.cases.forms.engine import load_forms
from referral.cases.forms.messages import Message

FORMS = load_forms()


def sent(form_id, *pairs, **options):
    return FORMS[form_id].parse_form(MultiDict(pairs), **options)


def test_inputs_of_other_forms_and_of_the_framework_are_passed_over():
    assert sent("identity", ("csrf_token", "abc"), ("sex", "female"), ("needs-sex", "male")) == {
        "sex": "female"
    }


def test_two_forms_on_one_page_are_told_apart_by_prefix():
    pairs = [("a-language", "bru"), ("b-language", "co_tu")]
    assert sent("identity", *pairs, prefix="a-") == {"language": "bru"}
    assert sent("consent", *pairs, prefix="b-") == {"language": "co_tu"}


def test_ticked_boxes_become_a_list():
    assert sent("needs", ("needs", "shelter"), ("needs", "legal_aid")) == {
        "needs": ["shelter", "legal_aid"]
    }


def test_a_box_declines_a_text_a_number_or_a_list():
    pairs = [("paper_name-exit", "declined"), ("birth_year-exit", "unknown")]
    pairs += [("paper_name", ""), ("disability-exit", "declined")]
    read = sent("identity", *pairs)
    assert FORMS["identity"].schema()().load(read) == {
        "paper_name": "declined",
        "birth_year": "unknown",
        "disability": "declined",
    }


def test_declining_and_ticking_at_once_is_refused():
    read = sent("needs", ("needs", "shelter"), ("needs-exit", "declined"))
    with pytest.raises(ValidationError) as refused:
        FORMS["needs"].schema()().load(read)
    assert refused.value.messages == {"needs": [Message.NOT_ALONE]}


@pytest.mark.parametrize("typed", ["2024-11-20", "20/11/2024", "20.11.2024", " 20-11-2024 "])
def test_a_date_may_be_typed_the_vietnamese_way(typed):
    assert sent("incident", ("occurred_on", typed)) == {"occurred_on": "2024-11-20"}


@pytest.mark.parametrize("typed", ["07:30", "7:30", "7h30", "07:30:00"])
def test_a_time_may_be_typed_the_vietnamese_way(typed):
    assert sent("incident", ("occurred_time", typed)) == {"occurred_time": "07:30"}


@pytest.mark.parametrize(
    "pairs",
    [
        [("received_at-date", "25/11/2024"), ("received_at-time", "1:05")],
        [("received_at", "2024-11-25T01:05")],
    ],
)
def test_local_wall_time_is_kept_in_utc(pairs):
    read = sent("incident_report", *pairs)
    loaded = FORMS["incident_report"].schema()(partial=True).load(read)
    assert loaded == {"received_at": "2024-11-24T18:05:00Z"}


def test_another_installation_may_live_in_another_zone():
    read = sent("incident_report", ("received_at", "2024-11-25T01:05"), zone=ZoneInfo("Asia/Tokyo"))
    assert read == {"received_at": "2024-11-24T16:05:00+00:00"}


@pytest.mark.parametrize(
    "pairs",
    [
        [("received_at-date", "25/11/2024")],
        [("received_at-time", "07:30")],
        [("received_at-date", "31/02/2024"), ("received_at-time", "07:30")],
        [("received_at", "hôm qua")],
        [("received_at", "2024-11-25")],
        [("received_at", "0001-01-01T00:00")],
    ],
)
def test_half_a_moment_is_refused_and_not_guessed(pairs):
    read = sent("incident_report", *pairs)
    with pytest.raises(ValidationError) as refused:
        FORMS["incident_report"].schema()(partial=True).load(read)
    assert refused.value.messages == {"received_at": [Message.NOT_DATETIME]}


@pytest.mark.parametrize("typed", ["ba", "3.5", "9" * 5000, "３"])
def test_a_number_that_is_none_is_refused_and_not_guessed(typed):
    with pytest.raises(ValidationError):
        FORMS["needs"].schema()().load(sent("needs", ("children_count", typed)))


def test_zero_children_is_an_answer():
    assert sent("needs", ("children_count", "0")) == {"children_count": 0}


ANSWERS = {
    "occurred_on": "2024-11-20",
    "unit": "20047",
    "forms": ["physical", "economic"],
    "weapon": "unknown",
    "place_type": "declined",
    "account": "lời kể",
}


def test_answers_are_shown_in_vietnamese_in_the_order_of_the_form():
    shown = FORMS["incident"].display(ANSWERS, "vi", unit_name={"20047": "Xã A Ngo"}.__getitem__)
    assert shown == [
        ("Ngày xảy ra (lần gần nhất)", "20/11/2024"),
        ("Xã, phường, thị trấn nơi xảy ra", "Xã A Ngo"),
        ("Loại địa điểm", "Không muốn trả lời"),
        ("Hình thức bạo lực", "Bạo lực thể chất; Bạo lực kinh tế"),
        ("Có dùng hoặc đe dọa bằng hung khí không?", "Không rõ"),
        ("Lời kể", "lời kể"),
    ]


def test_answers_are_shown_in_english_for_an_english_locale():
    shown = dict(FORMS["incident"].display(ANSWERS, "en_GB"))
    assert shown["Forms of violence"] == "Physical violence; Economic violence"
    assert shown["Kind of place"] == "Prefer not to say"


def test_a_unit_without_a_name_is_shown_by_its_code():
    shown = FORMS["incident"].display({"unit": "20047"}, "en")
    assert shown == [("Commune where it happened", "20047")]


def test_a_moment_is_shown_in_local_wall_time():
    shown = FORMS["incident_report"].display({"received_at": "2024-11-24T18:05:00Z"}, "vi")
    assert shown == [("Thời điểm nhận tin", "25/11/2024, 01:05")]


def test_what_an_older_version_asked_is_still_shown():
    stored = {"sex": "no_longer_listed", "clan": "Arâl", "tags": ["a", "b"]}
    shown = FORMS["identity"].display(stored, "vi")
    assert shown == [("Giới tính", "no_longer_listed"), ("clan", "Arâl"), ("tags", "a; b")]


def test_a_word_that_an_older_version_kept_for_a_date_is_shown_and_not_lost():
    note = FORMS["stay_note"]
    assert note.display({"noted_at": "declined"}, "vi") == [("Thời điểm", "declined")]
    assert note.page_values({"noted_at": "declined"}) == {"noted_at": ["declined"]}
    assert FORMS["closure"].display({"closed_on": "unknown"}, "en") == [("Closed on", "unknown")]


def test_a_moment_that_an_older_version_kept_for_a_date_is_shown_by_its_day():
    shown = FORMS["closure"].display({"closed_on": "2024-11-25T07:30:00Z"}, "vi")
    assert shown == [("Ngày kết thúc", "25/11/2024")]


def test_a_date_written_in_free_text_is_shown_as_it_was_written():
    shown = FORMS["needs"].display({"medical_window_note": "2024-11-25"}, "vi")
    assert shown == [("Ghi chú về thời hạn y tế", "2024-11-25")]
