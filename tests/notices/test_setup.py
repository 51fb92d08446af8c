"""Settings that do not fit together stop the start."""

import pytest

from referral.kernel.settings import SettingError, read_settings
from referral.notices.kinds import Medium
from referral.notices.setup import carriers_of

MAIL = {"SMTP_HOST": "mail.example.vn", "SMTP_SENDER": "portal@example.vn"}
PHONE = {"GATEWAY_URL": "https://sms.example.vn/send"}


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "kept"
        path.write_text(content, encoding="utf-8")
        return str(path)

    return write


def _carriers(**settings):
    return carriers_of(read_settings(settings))


def test_nothing_is_set_up_unless_asked_for():
    assert _carriers() == {}
    assert set(_carriers(**MAIL)) == {Medium.EMAIL}
    assert set(_carriers(**MAIL, **PHONE)) == {Medium.EMAIL, Medium.PHONE}


def test_secrets_come_from_files_and_are_shown_nowhere(file):
    mail = _carriers(**MAIL, SMTP_USER="portal", SMTP_PASSWORD_FILE=file("s3cret\n"))
    assert mail[Medium.EMAIL].password == "s3cret"
    phone = _carriers(**PHONE, GATEWAY_HEADERS_FILE=file("Authorization: Bearer s3cret\n\nX-A: b"))
    assert phone[Medium.PHONE].headers == {"Authorization": "Bearer s3cret", "X-A": "b"}
    assert "s3cret" not in repr(mail) + repr(phone)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SMTP_HOST": "mail.example.vn"}, "SMTP_SENDER"),
        ({**MAIL, "SMTP_USER": "portal"}, "SMTP_PASSWORD_FILE"),
        ({**PHONE, "GATEWAY_BODY": '{"to": "{to}", "text": "{text}"'}, "GATEWAY_BODY"),
        ({**PHONE, "GATEWAY_BODY": "{to} {text}"}, "GATEWAY_BODY"),
    ],
)
def test_what_does_not_fit_together_is_named(settings, named):
    with pytest.raises(SettingError, match=f"^{named} must"):
        _carriers(**settings)


def test_a_password_goes_out_encrypted_alone(file):
    signed = {**MAIL, "SMTP_USER": "portal", "SMTP_PASSWORD_FILE": file("s3cret")}
    with pytest.raises(SettingError, match=r"^SMTP_TLS must"):
        _carriers(**signed, SMTP_TLS="none")
    assert _carriers(**signed | {"SMTP_HOST": "127.0.0.1"}, SMTP_TLS="none")


def test_a_password_that_no_server_would_take_stops_the_start(file):
    with pytest.raises(SettingError, match=r"^SMTP_PASSWORD_FILE must"):
        _carriers(**MAIL, SMTP_USER="portal", SMTP_PASSWORD_FILE=file("khẩu lệnh"))


@pytest.mark.parametrize("line", ["no colon", "Na me: x", "X: a\tb", ": x"])
def test_a_wrong_header_stops_the_start(file, line):
    with pytest.raises(SettingError, match=r"^GATEWAY_HEADERS_FILE must"):
        _carriers(**PHONE, GATEWAY_HEADERS_FILE=file(f"X-Good: 1\n{line}"))
