"""The schema of a form, as the page and the API load it."""

import pytest
from marshmallow import ValidationError

from referral.cases.forms.engine import load_forms
from referral.cases.forms.messages import Message

FORMS = load_forms()


def errors(form_id, answers, **options):
    with pytest.raises(ValidationError) as refused:
        FORMS[form_id].schema()(**options).load(answers)
    return refused.value.messages


def test_a_question_that_the_form_does_not_ask_is_refused():
    assert errors("identity", {"salary": 5}) == {"salary": [Message.NO_SUCH_QUESTION]}


@pytest.mark.parametrize("given", [[], "text", 3, None])
def test_answers_that_are_no_object_are_refused(given):
    assert errors("identity", given) == {"_schema": [Message.NOT_ANSWERS]}


def test_blank_inputs_are_absent_and_never_empty_answers():
    given = {
        "spoken_name": "",
        "alias": "  ",
        "sex": None,
        "disability": [],
        "id_number": "declined",
    }
    assert FORMS["identity"].schema()().load(given) == {"id_number": "declined"}


def test_a_required_question_left_blank_is_named():
    given = {"channel": "", "immediate_danger": "unknown", "received_at": "2024-11-25T07:30:00Z"}
    assert errors("incident_report", given) == {"channel": [Message.REQUIRED]}


def test_a_draft_may_leave_out_what_is_required():
    draft = FORMS["consent"].schema()(partial=True)
    assert draft.load({"how": ["oral_with_witness"]}) == {"how": ["oral_with_witness"]}


def test_an_oral_consent_needs_the_name_of_its_witness():
    given = {"given_by": "survivor", "how": ["oral_with_witness"]}
    assert errors("consent", given) == {"witness_name": [Message.REQUIRED]}
    named = {**given, "witness_name": "Hồ Thị Mai"}
    assert FORMS["consent"].schema()().load(named) == named


def test_a_consent_through_an_interpreter_needs_the_interpreters_name():
    given = {"given_by": "survivor", "how": ["thumbprint", "through_interpreter"]}
    assert errors("consent", given) == {"interpreter_name": [Message.REQUIRED]}


def test_a_written_consent_needs_neither():
    given = {"given_by": "survivor", "how": ["written"]}
    assert FORMS["consent"].schema()().load(given) == given


def test_a_wrong_answer_is_called_wrong_and_not_also_missing():
    given = {"given_by": "survivor", "how": ["oral_with_witness"], "witness_name": "x" * 999}
    assert errors("consent", given) == {"witness_name": [Message.TOO_LONG]}


def test_all_wrong_answers_are_named_at_once():
    given = {"sex": "x", "birth_year": "1990", "no": 1, "residence_unit": "Huế"}
    assert errors("identity", given) == {
        "sex": [Message.NOT_LISTED],
        "birth_year": [Message.NOT_NUMBER],
        "no": [Message.NO_SUCH_QUESTION],
        "residence_unit": [Message.NOT_UNIT],
    }


@pytest.mark.parametrize("secret", ["Nguyễn Thị Bí Mật", "0905 123 456"])
def test_no_message_repeats_what_was_typed(secret):
    given = {field.id: {"said": secret} for field in FORMS["identity"].fields}
    assert secret not in str(errors("identity", given))


def test_a_form_makes_its_schema_once():
    assert FORMS["needs"].schema() is FORMS["needs"].schema()


def test_two_forms_that_share_a_field_name_keep_schemas_of_their_own():
    service, note = FORMS["service"].schema()(), FORMS["stay_note"].schema()()
    assert service.load({"kind": "shelter"}, partial=True) == {"kind": "shelter"}
    with pytest.raises(ValidationError):
        note.load({"kind": "shelter"}, partial=True)
