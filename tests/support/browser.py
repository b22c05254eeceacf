"""The system's Chromium, and pages that remember what they asked for and complained about."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright

BINARIES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Watched:
    """A page, the hosts it spoke to, and what went wrong on it."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"}:
            self.hosts.add(parts.netloc)

    def text(self, selector: str) -> Any:
        """The text of an element, as an awaitable."""
        return self.page.locator(selector).text_content()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where Chromium is; the one engine a machine may lack, for nothing but these tests uses it."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BINARIES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="session")
async def chromium(chromium_path: str) -> AsyncIterator[Browser]:
    """A browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def a_page(browser: Browser, **options: Any) -> AsyncIterator[Watched]:
    """A page of a new visitor; options are the context's: locale, viewport, color_scheme."""
    context = await browser.new_context(**{"viewport": {"width": 1360, "height": 900}, **options})
    watched = Watched(await context.new_page())
    page = watched.page
    page.on("request", watched.note)
    page.on("websocket", lambda socket: watched.hosts.add(urlsplit(socket.url).netloc))
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: watched.complaints.append(said.text) if said.type == "error" else None,
    )
    try:
        yield watched
    finally:
        await context.close()
