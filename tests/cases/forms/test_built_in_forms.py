"""What the forms that come with the product promise, form by form."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from werkzeug.datastructures import MultiDict

from referral.cases.forms.definition import BY_ITSELF, CODED_TYPES, FieldType
from referral.cases.forms.engine import REFERRAL_PATH, copy_answers, load_forms
from tests.cases.forms.strategies import answers_to

FORMS = load_forms()
FORM_IDS = sorted(FORMS)
EXPECTED = {
    *REFERRAL_PATH,
    "household",
    "child",
    "perpetrator",
    "medical",
    "psychosocial",
    "police_legal",
    "safety_plan",
    "action_plan",
    "case_note",
    "reopening",
    "risk_triage",
    "risk_child",
    "service",
    "stay_note",
    "follow_up",
    "closure",
    "conflict",
    "legal_basis",
}
# Chosen on the referral page itself: who receives it, and how urgent it is.
QUESTIONS_OUTSIDE_FORMS = 2


def test_every_section_of_the_thread_has_its_form():
    assert set(FORMS) == EXPECTED


def test_a_first_referral_takes_at_most_twelve_questions():
    core = [field for form_id in REFERRAL_PATH for field in FORMS[form_id].core_fields]
    assert 0 < len(core) + QUESTIONS_OUTSIDE_FORMS <= 12


@pytest.mark.parametrize("form_id", REFERRAL_PATH)
def test_nothing_but_a_core_question_is_required_on_the_way_to_a_referral(form_id):
    required = [f.id for f in FORMS[form_id].fields if f.is_always_required]
    assert set(required) <= {field.id for field in FORMS[form_id].core_fields}


@pytest.mark.parametrize("form_id", ["identity", "safe_contact", "incident", "needs"])
def test_a_survivor_may_answer_nothing_at_all(form_id):
    assert FORMS[form_id].schema()().load({}) == {}


@pytest.mark.parametrize("form_id", ["identity", "safe_contact", "needs"])
def test_every_question_asked_of_the_survivor_can_be_declined(form_id):
    assessed_by_the_worker = {"urgency_reasons"}
    asked = [f for f in FORMS[form_id].fields if f.calculation is None and f not in BY_ITSELF]
    everything = [question for field in asked for question in (field, *field.fields)]
    firm = {question.id for question in everything if not question.decline}
    assert firm <= assessed_by_the_worker


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_label_stands_in_vietnamese_and_in_english(form_id):
    form = FORMS[form_id]
    pairs = [(form.title_vi, form.title_en)]
    for field in form.fields:
        pairs += [(field.vi, field.en), *((option.vi, option.en) for option in field.choices)]
        assert bool(field.hint_vi) == bool(field.hint_en)
    for vi, en in pairs:
        assert vi.strip(), pairs
        assert en.strip(), pairs
        assert vi == unicodedata.normalize("NFC", vi)


def test_title_label_and_hint_follow_the_readers_language():
    report = FORMS["incident_report"]
    reporter = report.field("reporter_relation")
    assert (report.title("vi"), report.title("en")) == ("Tin báo", "Incident report")
    assert reporter.label("vi") == "Người báo tin là"
    assert reporter.hint("vi").startswith("Không ghi tên.")
    assert reporter.hint("en-GB").startswith("No name.")


def avoided_words(text):
    spoken = f" {text.lower()} ".replace("bạn học", "")
    avoided = (" bạn ", "nạn nhân", "đối tượng", "thân chủ", "chuyển tuyến")
    return [word.strip() for word in avoided if word in spoken]


def test_an_avoided_word_is_found_where_it_stands():
    assert avoided_words("Tên của bạn ") == ["bạn"]
    assert avoided_words("Nạn nhân") == ["nạn nhân"]


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_no_vietnamese_text_is_familiar_or_names_her_a_victim(form_id):
    words = [FORMS[form_id].title_vi]
    for field in FORMS[form_id].fields:
        words += [field.vi, field.hint_vi, *(option.vi for option in field.choices)]
    assert [word for text in words for word in avoided_words(text)] == []


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_a_fact_field_is_coded_and_never_text(form_id):
    for field in FORMS[form_id].fact_fields:
        assert field.type in CODED_TYPES, field.id


def test_a_statistics_fact_carries_codes_and_leaves_words_behind():
    incident = FORMS["incident"]
    answers = {"account": "lời kể", "occurred_on": "2024-11-20", "forms": ["physical"]}
    assert incident.facts(answers) == {"forms": ["physical"]}


def test_who_reported_is_a_kind_of_person_and_has_no_place_for_a_name():
    report = FORMS["incident_report"]
    assert report.field("reporter_relation").type is FieldType.ONE_OF
    assert not [field.id for field in report.fields if field.type is FieldType.TEXT]


def test_what_the_receiver_sees_first_has_no_field_for_name_phone_or_place():
    asked = {field.id for field in FORMS["referral_summary"].fields}
    named = {
        field.id for form_id in ("identity", "safe_contact") for field in FORMS[form_id].fields
    }
    assert asked & named == {"age_band", "sex", "language", "interpreter_needed"}


def test_the_summary_takes_over_what_the_sections_already_say():
    sections = {
        "identity": {"age_band": "25_39", "spoken_name": "Chị Lan"},
        "needs": {"needs": ["shelter"], "children_count": 1},
    }
    copied = copy_answers(FORMS, "referral_summary", sections)
    assert copied == {"age_band": "25_39", "needs": ["shelter"], "children_count": 1}


def test_a_language_she_did_not_want_to_name_is_left_to_be_asked_at_the_consent():
    sections = {"identity": {"language": "declined"}}
    assert copy_answers(FORMS, "consent", sections) == {}
    assert copy_answers(FORMS, "referral_summary", sections) == {"language": "declined"}


@pytest.mark.parametrize("form_id", FORM_IDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_answers_come_back_from_the_page_and_from_the_schema_as_they_were(form_id, data):
    form = FORMS[form_id]
    answers = data.draw(answers_to(form))
    schema = form.schema()()
    assert schema.load(answers) == answers
    assert schema.dump(answers) == answers
    sent = MultiDict(form.page_values(answers, prefix="x-"))
    assert schema.load(form.parse_form(sent, prefix="x-")) == answers


@pytest.mark.parametrize("form_id", FORM_IDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_the_api_document_admits_every_answer_that_the_schema_keeps(form_id, data):
    form = FORMS[form_id]
    described = Draft202012Validator(form.openapi())
    assert described.is_valid(data.draw(answers_to(form)))


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_api_document_refuses_what_the_schema_refuses(form_id):
    form = FORMS[form_id]
    described = Draft202012Validator(form.openapi())
    assert not described.is_valid({"no_such_question": "x"})
    for field in form.fields:
        assert not described.is_valid({field.id: {"an": "object"}})
        if field.type in {FieldType.ONE_OF, FieldType.YES_NO_UNKNOWN}:
            assert not described.is_valid({field.id: "no_such_code"})


@pytest.mark.parametrize("form_id", FORM_IDS)
@pytest.mark.parametrize("locale", ["vi", "en"])
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_every_answer_given_is_shown_with_words_for_its_codes(form_id, locale, data):
    form = FORMS[form_id]
    answers = data.draw(answers_to(form))
    lines = form.display(answers, locale)
    lists = [answers[f.id] for f in form.fields if f.fields and type(answers.get(f.id)) is list]
    assert len(lines) == len(answers) + sum(len(rows) - 1 for rows in lists)
    assert all(label and value for label, value in lines)
