"""Every setting, typed, from the environment; a wrong value stops the start with its name."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from referral.kernel.errors import CannotStart

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SettingError(CannotStart):
    """A setting has a value that cannot be used; the text names the setting."""


def _number(low: int, high: int) -> Any:
    def read(name: str, text: str) -> int:
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise SettingError(f"{name} must be a whole number from {low} to {high}")
        return int(text)

    return read


def _flag(name: str, text: str) -> bool:
    if text not in {"0", "1"}:
        raise SettingError(f"{name} must be 0 or 1")
    return text == "1"


def _text(_name: str, text: str) -> str:
    return text


def _key_file(name: str, text: str) -> str:
    path = Path(text)
    if text and not (path.is_file() and path.stat().st_size):
        raise SettingError(f"{name} must name a file that is there and not empty")
    return text


def _path(_name: str, text: str) -> Path:
    return Path(text).expanduser().resolve()


def _one_of(*choices: str) -> Any:
    def read(name: str, text: str) -> str:
        if text not in choices:
            raise SettingError(f"{name} must be one of {', '.join(choices)}")
        return text

    return read


def _shaped(pattern: str, like: str) -> Any:
    def read(name: str, text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise SettingError(f"{name} must be like {like}")
        return text

    return read


def _web_address(name: str, text: str) -> str:
    """With TLS, unless it is on this machine; without a name or password in it."""
    if text and not _is_web_address(text):
        raise SettingError(f"{name} must begin with https:// and hold no password")
    return text


def _is_web_address(text: str) -> bool:
    try:
        read = urlsplit(text)
        is_whole = bool(read.hostname) and read.port != 0  # which says too that it is a number
    except ValueError:
        return False
    is_safe = read.scheme == "https" or (read.scheme == "http" and read.hostname in LOOPBACK)
    is_plain = (
        text.isascii() and text.isprintable() and not {" ", "@"} & set(read.netloc + read.path)
    )
    return is_whole and is_safe and is_plain


def _zone(name: str, text: str) -> str:
    try:
        return str(ZoneInfo(text))
    except (KeyError, ValueError, OSError) as error:
        raise SettingError(f"{name} must name a time zone such as Asia/Ho_Chi_Minh") from error


def _database(name: str, text: str) -> str:
    if text and not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingError(f"{name} must begin with sqlite:/// or postgresql://")
    return text


def _setting(default: Any, read: Any, about: str) -> Any:
    return field(default=default, metadata={"read": read, "about": about})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One installation's configuration. Field names in capitals are the environment's names."""

    database_url: str = _setting(
        "", _database, "Where the tables live; empty means an SQLite file in INSTANCE_PATH."
    )
    jobs_database_url: str = _setting(
        "", _database, "The job process's own database role, without rights on bodies (PostgreSQL)."
    )
    instance_path: Path = _setting(
        ROOT / "instance", _path, "Folder of this installation's keys, forms and SQLite file."
    )
    host: str = _setting("127.0.0.1", _text, "Address to serve on.")
    port: int = _setting(8000, _number(1, 65535), "Port to serve on.")
    proxies: int = _setting(
        0,
        _number(0, 3),
        "Proxies of the installation before this server, whose X-Forwarded-For and -Proto count.",
    )
    time_zone: str = _setting("Asia/Ho_Chi_Minh", _zone, "Zone in which dates are meant.")
    argon2_memory_kib: int = _setting(
        65536, _number(19456, 1048576), "Argon2id memory of one sign-in, KiB; floor 19456."
    )
    argon2_passes: int = _setting(3, _number(2, 10), "Argon2id passes; floor 2.")
    argon2_parallel: int = _setting(
        0,
        _number(0, 16),
        "How many sign-ins a process may derive at once, others queue; 0 means one for each core.",
    )
    pepper_file: str = _setting(
        "",
        _key_file,
        "File with the pepper of all passphrases; empty means none. Kept off backups.",
    )
    tombstone_path: str = _setting(
        "",
        _text,
        "Folder from which tombstones leave the host; empty means `tombstones` in INSTANCE_PATH.",
    )
    session_idle_minutes: int = _setting(15, _number(1, 240), "A session ends when idle this long.")
    session_hours: int = _setting(8, _number(1, 24), "A session ends after this, at the latest.")
    session_park_minutes: int = _setting(
        10, _number(1, 240), "A session with a PIN is locked when idle this long."
    )
    session_parked_hours: int = _setting(
        12, _number(1, 24), "A PIN takes a session up until so long after the sign-in."
    )
    cosign_hours: int = _setting(
        24, _number(1, 168), "A supervisor must co-sign a legal basis within this time."
    )
    draft_days: int = _setting(
        30,
        _number(8, 366),
        "A draft that nobody touches is deleted after so many days; its writer is told 7 before.",
    )
    second_factor: bool = _setting(
        True, _flag, "1: key-holding roles need a second factor. Only a demo may say 0."
    )
    secure_cookies: bool = _setting(
        True, _flag, "1: cookies carry Secure and __Host-. Browsers take them on loopback too."
    )
    metrics_token_file: str = _setting(
        "",
        _key_file,
        "File with the bearer token that `/metrics` asks for; empty means no such page.",
    )
    statistics_threshold: int = _setting(
        5, _number(2, 50), "Smallest number of persons that a published cell may show."
    )
    public_url: str = _setting(
        "",
        _web_address,
        "Where people sign in, told in mails and messages; empty tells no address. A plain name.",
    )
    smtp_host: str = _setting(
        "", _shaped(r"[A-Za-z0-9.:-]+", "mail.a.domain"), "Mail server; empty sends no mail."
    )
    smtp_port: int = _setting(587, _number(1, 65535), "Its port.")
    smtp_tls: str = _setting(
        "starttls",
        _one_of("tls", "starttls", "none"),
        "tls from the first byte, starttls, or none (then without SMTP_USER).",
    )
    smtp_user: str = _setting(
        "", _shaped(r"[!-~]+", "portal"), "Account there; empty signs in with none."
    )
    smtp_password_file: str = _setting("", _key_file, "File with the account's password.")
    smtp_sender: str = _setting(
        "",
        _shaped(r"[\w.+-]+@[A-Za-z0-9.-]+", "someone@a.domain"),
        "Sender of the mails: a neutral address, it is seen on locked screens.",
    )
    gateway_url: str = _setting(
        "", _web_address, "Gateway for SMS or voice, asked by POST; empty sends no message."
    )
    gateway_headers_file: str = _setting(
        "", _key_file, "File of further headers, `Name: value` a line, such as its key."
    )
    gateway_body: str = _setting(
        "to={to}&text={text}",
        _shaped(r"(?s)(?=.*\{to\})(?=.*\{text\}).*", "to={to}&text={text}"),
        "What is posted: fields of a form, or an object of JSON; {id} may stand in it too.",
    )
    gateway_success: str = _setting(
        "",
        _shaped(r"[\w-]+(\.[\w-]+)*=.+", "result.status=ok"),
        "What its answer must say in JSON, `place=value`; empty takes any status of 2xx.",
    )

    @property
    def database(self) -> str:
        """The URL in force."""
        return self.database_url or f"sqlite:///{self.instance_path / 'referral.db'}"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; `SettingError` names the first that cannot be used."""
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for item in fields(Settings):
        name = item.name.upper()
        if name in source and (source[name] or item.default == ""):
            values[item.name] = item.metadata["read"](name, source[name])
    return Settings(**values)
