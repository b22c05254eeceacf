"""Which language a visitor gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.board.language import Language, choose_language


@pytest.mark.parametrize(
    ("kept", "accepted", "chosen"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", Language.ZH),
        (None, "en-GB,en;q=0.9,zh;q=0.8", Language.EN),
        (None, "fr-FR,zh;q=0.3,en;q=0.2", Language.ZH),
        (None, "zh;q=0.1,en;q=0.7", Language.EN),
        (None, "zh;q=0,fr", Language.EN),
        (None, "ZH-hant-TW", Language.ZH),
        (None, None, Language.EN),
        ("zh", "en", Language.ZH),
        ("en", "zh", Language.EN),
        ("xx", "zh", Language.ZH),
    ],
)
def test_kept_choice_wins_then_the_browsers_order(
    kept: str | None, accepted: str | None, chosen: Language
) -> None:
    assert choose_language(kept, accepted) is chosen


@given(st.text())
def test_any_header_gives_a_language(accepted: str) -> None:
    assert choose_language(None, accepted) in Language
