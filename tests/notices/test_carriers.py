"""Mails go out by real SMTP, say nothing, and what comes of them is told for what it is."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from referral.kernel import clock
from referral.notices.carriers import Dispatch, MailServer, NotCarried
from referral.notices.wording import words_of
from tests.infrastructure.mail import mail_server

ID = UUID(int=7)
NOW = datetime(2024, 11, 25, 14, 40, tzinfo=UTC)
LETTER = Dispatch(ID, "lan@example.vn", words_of("", "https://portal.example.vn"), NOW)


def _carrier(box, tls="none", user="", password="", host="127.0.0.1"):
    return MailServer(host, box.port, tls, user, password, "portal@example.vn")


def _refusal(carrier, letter=LETTER):
    with pytest.raises(NotCarried) as refused:
        carrier.carry(letter)
    assert "lan@" not in str(refused.value) + repr(refused.value)
    told = refused.value
    return str(told.outcome), told.is_final, told.is_doubtful, told.is_down


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of this machine, and the file by which a client trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = clock.clock.unshifted()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, str(public)


@pytest.mark.promise("nothing-on-her-screen-tells")
def test_a_mail_says_that_something_is_new_and_nothing_else():
    with mail_server() as box:
        _carrier(box).carry(LETTER)
    (mail,) = box.mails
    assert (mail.sender, mail.recipient) == ("portal@example.vn", "lan@example.vn")
    message = mail.message
    assert message["Subject"] == "Có thông báo mới / Something is new"
    assert message["Message-ID"] == f"<{ID}@example.vn>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == [
        "Có thông báo mới trong hệ thống.",
        "Something is new in the system.",
        "https://portal.example.vn/sign-in",
    ]
    assert sorted(message.keys()) == [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert mail.raw.isascii()


def test_without_a_public_address_no_link_is_told():
    assert "http" not in words_of("", "").body
    assert words_of("402817", "https://portal.example.vn").lines == (
        "Mã xác nhận: 402817",
        "Code: 402817",
    )


def test_the_same_letter_has_the_same_mark_at_every_attempt():
    with mail_server() as box:
        for _ in range(2):
            _carrier(box).carry(LETTER)
    assert box.mails[0].raw == box.mails[1].raw


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_with_tls_mail_and_password_go_over_an_encrypted_line(certificate, monkeypatch, tls):
    context, trusted = certificate
    how = {"certificate": context, "is_tls_from_the_start": tls == "tls"}
    with mail_server(asks_for=("portal", "s3cret"), **how) as box:
        carrier = _carrier(box, tls, "portal", "s3cret")
        strange = _refusal(carrier)  # a certificate that nobody vouches for
        assert strange == ("unreachable", False, False, True)
        assert box.mails == []
        assert not any(line.startswith(b"AUTH") for line in box.heard)
        monkeypatch.setenv("SSL_CERT_FILE", trusted)
        carrier.carry(LETTER)
    (mail,) = box.mails
    assert mail.is_encrypted
    assert mail.user == "portal"


def test_a_server_without_starttls_gets_neither_mail_nor_password():
    with mail_server(asks_for=("portal", "s3cret")) as box:
        told = _refusal(_carrier(box, "starttls", "portal", "s3cret"))
    assert told == ("unreachable", False, False, True)
    assert box.mails == []
    assert not any(line.startswith(b"AUTH") for line in box.heard)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"AUTH": "535 no"}, ("sign_in", False, False, True)),
        ({"MAIL": "451 later"}, ("refused", False, False, False)),
        ({"RCPT": "550 nobody here"}, ("wrong_address", True, False, False)),
        ({"RCPT": "450 later"}, ("wrong_address", False, False, False)),
        ({"DATA": "554 no"}, ("refused", True, False, False)),
        ({"EHLO": "421 closing", "HELO": "421 closing"}, ("unreachable", False, False, True)),
    ],
)
def test_a_refusal_is_told_for_what_it_is(answers, told):
    with mail_server(asks_for=("portal", "s3cret"), answers=answers) as box:
        assert _refusal(_carrier(box, "none", "portal", "s3cret")) == told
    assert box.mails == []


def test_a_line_cut_after_the_mail_leaves_doubt():
    with mail_server(cuts_off_after_data=True) as box:
        assert _refusal(_carrier(box)) == ("cut_off", False, True, True)
    assert len(box.mails) == 1


def test_how_the_server_parts_is_no_matter_once_it_has_the_mail():
    with mail_server(answers={"QUIT": "451 not now"}) as box:
        _carrier(box).carry(LETTER)
    assert len(box.mails) == 1


def test_a_server_that_is_not_there_is_unreachable():
    with mail_server() as box:
        pass
    assert _refusal(_carrier(box)) == ("unreachable", False, False, True)
