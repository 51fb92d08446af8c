"""From settings to carriers; what does not fit together stops the start."""

import re
from collections.abc import Mapping
from pathlib import Path

from referral.kernel.settings import LOOPBACK, SettingError, Settings
from referral.notices.carriers import Carrier, MailServer
from referral.notices.gateway import Gateway, Success, parsed
from referral.notices.kinds import Medium

HEADER = re.compile(r"([A-Za-z0-9-]+): *([\x20-\x7e]+)")


def carriers_of(settings: Settings) -> Mapping[Medium, Carrier]:
    """A carrier for each medium that is set up; `SettingError` names what is missing or wrong."""
    carriers: dict[Medium, Carrier] = {}
    if settings.smtp_host:
        carriers[Medium.EMAIL] = _mail_server(settings)
    if settings.gateway_url:
        carriers[Medium.PHONE] = _gateway(settings)
    return carriers


def _mail_server(settings: Settings) -> MailServer:
    if not settings.smtp_sender:
        raise SettingError("SMTP_SENDER must be set where SMTP_HOST is")
    if bool(settings.smtp_user) != bool(settings.smtp_password_file):
        raise SettingError("SMTP_PASSWORD_FILE must be set where SMTP_USER is, and only there")
    if settings.smtp_user and settings.smtp_tls == "none" and settings.smtp_host not in LOOPBACK:
        raise SettingError("SMTP_TLS must not be none where a password is sent")
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_tls,
        settings.smtp_user,
        _password(settings.smtp_password_file),
        settings.smtp_sender,
    )


def _password(name: str) -> str:
    found = Path(name).read_text(encoding="utf-8").strip() if name else ""
    if not (found.isascii() and found.isprintable()):
        raise SettingError("SMTP_PASSWORD_FILE must hold one line of ASCII")
    return found


def _gateway(settings: Settings) -> Gateway:
    try:
        parsed(settings.gateway_body)
    except ValueError:
        raise SettingError("GATEWAY_BODY must be fields of a form or an object of JSON") from None
    place, _, value = settings.gateway_success.partition("=")
    success = Success(tuple(place.split(".")) if place else (), value)
    headers = _headers(settings.gateway_headers_file)
    return Gateway(settings.gateway_url, headers, settings.gateway_body, success)


def _headers(name: str) -> dict[str, str]:
    lines = Path(name).read_text(encoding="utf-8").splitlines() if name else []
    found = [HEADER.fullmatch(line.strip()) for line in lines if line.strip()]
    if not all(found):
        raise SettingError("GATEWAY_HEADERS_FILE must hold `Name: value` a line")
    return {line[1]: line[2] for line in found if line}
