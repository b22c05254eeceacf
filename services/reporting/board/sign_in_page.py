"""The sign-in page: plain HTML, because nothing on it moves."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from services.reporting.board.language import Language
from services.reporting.board.texts import Texts

_STYLES = Path(__file__).parent / "styles"
_PAGE = Template("""<!doctype html>
<html lang="$tag">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>$title · Shopfleet</title>
<style>$style</style>
</head>
<body class="door">
<main>
<p class="brand">Shopfleet</p>
<h1>$lead</h1>
$notice
<form method="post" action="/board/session">
<input type="hidden" name="next" value="$target">
<label for="token">$token</label>
<input id="token" name="token" type="password" autocomplete="current-password"
 spellcheck="false" required autofocus>
<button>$sign_in</button>
</form>
<p class="hint">$hint</p>
<p class="switch"><a href="/board/language/$other?next=$target" lang="$other_tag">$switch</a></p>
</main>
</body>
</html>
""")


def sign_in_page(language: Language, target: str, notice: str | None = None) -> str:
    """Return the page; `target` is where signing in leads, `notice` names a text to show."""
    texts = Texts(language)
    shown = f'<p class="notice" role="alert">{escape(texts(notice))}</p>' if notice else ""
    words = {
        "tag": language.tag,
        "title": texts("sign_in"),
        "lead": texts("sign_in_lead"),
        "target": target,
        "token": texts("token"),
        "sign_in": texts("sign_in"),
        "hint": texts("token_hint"),
        "other": language.other,
        "other_tag": language.other.tag,
        "switch": texts("switch"),
    }
    safe = {name: escape(word) for name, word in words.items()}
    return _PAGE.substitute(safe, notice=shown, style=style_sheet("palette", "door"))


@cache
def style_sheet(*names: str) -> str:
    """Return style sheets of this package, one after the other."""
    return "\n".join((_STYLES / f"{name}.css").read_text() for name in names)
