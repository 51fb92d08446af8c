"""Every setting is checked before anything starts, and is written down."""

from dataclasses import fields
from pathlib import Path

import pytest

from referral.kernel.settings import ROOT, SettingError, Settings, read_settings

FALSE_ADDRESSES = (
    "portal.example.vn",
    "http://portal.example.vn",
    "ftp://127.0.0.1/",
    "https:///portal",
    "https://user:secret-password@portal.example.vn",
    "https://portal.example.vn:0/",
    "https://portal.example.vn:many/",
    "https://portal.example.vn/a b",
    "https://cổng.example.vn",
)
WRONG = [
    ("DATABASE_URL", "mysql://secret-password@somewhere/db"),
    ("JOBS_DATABASE_URL", "referral.db"),
    *[("PORT", text) for text in ("0", "65536", "-1", "8000.0", "http", " 80", "8²", "²")],
    ("TIME_ZONE", "Asia/Hue"),
    *[("DRAFT_DAYS", text) for text in ("0", "7", "a month")],
    ("TIME_ZONE", "../../etc/passwd"),
    *[("ARGON2_MEMORY_KIB", text) for text in ("19455", "1048577", "64MiB")],
    *[("ARGON2_PASSES", text) for text in ("1", "11")],
    *[("PROXIES", text) for text in ("-1", "4")],
    *[("ARGON2_PARALLEL", text) for text in ("-1", "17")],
    ("PEPPER_FILE", "/no/such/pepper"),
    ("METRICS_TOKEN_FILE", "/no/such/token"),
    *[("SESSION_IDLE_MINUTES", text) for text in ("0", "241")],
    *[("SESSION_HOURS", text) for text in ("0", "25")],
    *[("SESSION_PARK_MINUTES", text) for text in ("0", "241")],
    *[("SESSION_PARKED_HOURS", text) for text in ("0", "25")],
    *[("COSIGN_HOURS", text) for text in ("0", "169")],
    *[("SECOND_FACTOR", text) for text in ("yes", "true", "2")],
    *[("SECURE_COOKIES", text) for text in ("no", "-1")],
    *[("STATISTICS_THRESHOLD", text) for text in ("1", "51")],
    *[("PUBLIC_URL", text) for text in FALSE_ADDRESSES],
    *[("GATEWAY_URL", text) for text in FALSE_ADDRESSES],
    ("SMTP_HOST", "mail.example.vn/inbox"),
    *[("SMTP_PORT", text) for text in ("0", "65536", "smtp")],
    ("SMTP_TLS", "ssl"),
    ("SMTP_USER", "cổng thông tin"),
    ("SMTP_PASSWORD_FILE", "/no/such/password"),
    *[("SMTP_SENDER", text) for text in ("portal", "Portal <portal@example.vn>", "a@b\nTo: c@d")],
    ("GATEWAY_HEADERS_FILE", "/no/such/headers"),
    *[("GATEWAY_BODY", text) for text in ("number={to}", "words={text}", "hello")],
    *[("GATEWAY_SUCCESS", text) for text in ("done", "=done", "result=", "a..b=done")],
]
# Anything is an address or a folder until it is used.
TAKES_ANYTHING = {"HOST", "INSTANCE_PATH", "TOMBSTONE_PATH"}


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_a_wrong_value_stops_the_start_and_is_named_but_not_repeated(name: str, text: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_settings({name: text})
    assert str(refused.value).startswith(f"{name} must ")
    assert len(text) < 3 or text not in str(refused.value)


def test_every_setting_has_a_wrong_value_in_this_test_or_takes_anything() -> None:
    named = {item.name.upper() for item in fields(Settings)}
    assert {name for name, _ in WRONG} | TAKES_ANYTHING == named


def test_a_right_value_is_taken_with_its_type(tmp_path: Path) -> None:
    pepper = tmp_path / "pepper"
    pepper.write_bytes(b"salt of the earth")
    read = read_settings(
        {
            "DATABASE_URL": "postgresql://localhost/referral",
            "INSTANCE_PATH": str(tmp_path),
            "PORT": "65535",
            "TIME_ZONE": "UTC",
            "ARGON2_MEMORY_KIB": "1048576",
            "PEPPER_FILE": str(pepper),
            "SECOND_FACTOR": "0",
            "SESSION_HOURS": "24",
        }
    )
    assert (read.port, read.time_zone, read.second_factor) == (65535, "UTC", False)
    assert read.argon2_memory_kib == 1048576
    assert read.database == "postgresql://localhost/referral"
    assert read.instance_path == tmp_path
    assert read.pepper_file == str(pepper)


def test_an_empty_pepper_is_not_taken_for_one(tmp_path: Path) -> None:
    empty = tmp_path / "pepper"
    empty.touch()
    with pytest.raises(SettingError, match=r"^PEPPER_FILE "):
        read_settings({"PEPPER_FILE": str(empty)})


def test_an_empty_value_counts_as_not_set() -> None:
    empty = {item.name.upper(): "" for item in fields(Settings)}
    assert read_settings(empty) == read_settings({})


def test_without_any_setting_the_safe_choice_is_in_force() -> None:
    read = read_settings({})
    assert read.second_factor
    assert read.secure_cookies
    assert read.host == "127.0.0.1"
    assert (read.argon2_memory_kib, read.argon2_passes) == (65536, 3)
    assert read.database == f"sqlite:///{read.instance_path / 'referral.db'}"


def test_every_setting_is_written_down() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for item in fields(Settings):
        about = item.metadata["about"]
        assert about.endswith("."), item.name
        assert f"| `{item.name.upper()}` |" in page
        assert about in page
