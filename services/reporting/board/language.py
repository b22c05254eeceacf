"""The board's two languages and how a visitor's is chosen."""

from enum import StrEnum
from typing import Literal


class Language(StrEnum):
    """A language the board speaks; the value is how cookies and addresses spell it."""

    ZH = "zh"
    EN = "en"

    @property
    def tag(self) -> Literal["zh-CN", "en-US"]:
        """Return the BCP 47 tag, as in the `lang` attribute of a page."""
        return "zh-CN" if self is Language.ZH else "en-US"

    @property
    def other(self) -> "Language":
        """Return the language that a switch leads to."""
        return Language.EN if self is Language.ZH else Language.ZH


def choose_language(kept: str | None, accepted: str | None) -> Language:
    """Return the kept choice, else the first language of an `Accept-Language` that is spoken.

    English where neither says anything that is understood.
    """
    if kept in set(Language):
        return Language(kept)
    wishes = sorted(map(_wish, (accepted or "").split(",")), key=lambda wish: -wish[1])
    for tag, quality in wishes:
        spoken = tag.split("-")[0]
        if quality > 0 and spoken in set(Language):
            return Language(spoken)
    return Language.EN


def _wish(text: str) -> tuple[str, float]:
    tag, _, parameter = text.partition(";")
    try:
        quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
    except ValueError:
        quality = 0.0
    return tag.strip().lower(), quality
