"""The board's words: whole in both languages, and asked for by names that exist."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from services.reporting.board import texts as module
from services.reporting.board.language import Language
from services.reporting.board.shown import SHEETS
from services.reporting.board.texts import TEXTS, Texts
from services.reporting.domain.reasons import REASONS

FOLDER = Path(module.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", TEXTS)
def test_text_stands_in_both_languages(name: str) -> None:
    text = TEXTS[name]

    assert text.zh.strip()
    assert text.en.strip()
    if name not in {"switch", "switch_hint"}:  # these speak the other language
        assert CHINESE.search(text.zh)
        assert not CHINESE.search(text.en)


@pytest.mark.parametrize("name", TEXTS)
def test_both_languages_have_the_same_blanks(name: str) -> None:
    blanks = [{part[1] for part in Formatter().parse(text)} - {None} for text in TEXTS[name]]

    assert blanks[0] == blanks[1]


def test_every_text_is_used_and_every_use_has_a_text() -> None:
    named = {
        node.value
        for path in FOLDER.glob("*.py")
        if path.name != "texts.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    asked = {
        node.args[0].value
        for path in FOLDER.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in {"texts", "_texts"}
        and isinstance(node.args[0], ast.Constant)
    }

    assert asked <= TEXTS.keys()
    assert composed() <= TEXTS.keys()
    assert {name for name in TEXTS if not name.startswith("platform_")} <= named | composed()


def composed() -> set[str]:
    """The names that are made of a sheet's, a ranking's or a reason's."""
    rankings = [ranking.name for sheet in SHEETS for ranking in sheet.rankings]
    return {
        *(f"reason_{reason}" for reason in REASONS),
        *(f"{name}{part}" for name in rankings for part in ("", "_hint", "_none")),
        *(
            f"{sheet.name}_{part}"
            for sheet in SHEETS
            for part in ("title", "hourly", "quiet_title", "quiet")
        ),
    }


@pytest.mark.parametrize("language", Language)
def test_figures_are_called_as_in_the_catalogue(language: Language) -> None:
    names = [shown.name(language) for sheet in SHEETS for shown in (*sheet.tiles, *sheet.columns)]

    assert all(bool(CHINESE.search(name)) is (language is Language.ZH) for name in names)


def test_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts(Language.EN)("nothing of the kind")
