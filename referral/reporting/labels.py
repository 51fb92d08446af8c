"""The words printed on frozen tables, charts and sheets, read from ``labels.toml``."""

import tomllib
from pathlib import Path

Label = dict[str, str]

_TEXTS = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
TABLES: dict[str, dict[str, Label]] = _TEXTS["tables"]
WORDS: dict[str, Label] = _TEXTS["words"]


def month_label(month: str) -> str:
    """Write ``2024-03`` as ``03/2024``, the same in both languages."""
    year, number = month.split("-")
    return f"{number}/{year}"


def grouped(number: float, locale: str) -> str:
    """Write a number as the locale does: 1.234,5 in Vietnamese, 1,234.5 in English."""
    text = f"{number:,}"
    return text.translate(str.maketrans(",.", ".,")) if locale == "vi" else text
