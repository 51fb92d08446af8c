"""Codes that a person reads: an enum whose members carry a Vietnamese and an English label."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """Members are written `NAME = "code", "nhãn tiếng Việt", "English label"`."""

    label_vi: str
    label_en: str

    def __new__(cls, code: str, label_vi: str = "", label_en: str = "") -> Self:
        """A member whose value is its code."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label_vi = label_vi
        member.label_en = label_en
        return member

    def label(self, locale: str) -> str:
        """The label in one of the two languages."""
        return self.label_en if locale == "en" else self.label_vi
