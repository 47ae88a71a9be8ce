"""Reports in a real browser: Debian's chromium, driven by playwright, without any network."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xverify.comparison.results import Comparison
from xverify.report.html.page import to_html

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Opened:
    """A page, and what went wrong on it or left it."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


Open = Callable[..., Opened]


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def reports(browser: Any, folder: Path) -> Iterator[Open]:
    """Opens reports of comparisons from disk; in the end the pages must have asked for nothing and complained of nothing."""
    contexts: list[Any] = []
    pages: list[Opened] = []

    def opened(*comparisons: Comparison, anchor: str = "", **context: Any) -> Opened:
        file = folder / f"report{len(contexts)}.html"
        file.write_bytes(to_html(*comparisons))
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}))
        page = contexts[-1].new_page()
        found = Opened(page)
        page.on("console", lambda message: found.messages.append(message.text))
        page.on("pageerror", lambda error: found.messages.append(str(error)))
        page.on("request", lambda request: found.requests.append(request.url))
        page.goto(file.as_uri() + anchor)
        pages.append(found)
        return found

    try:
        yield opened
        assert [message for found in pages for message in found.messages] == []
        assert [url for found in pages for url in found.requests if not url.startswith(("file:", "data:"))] == []
    finally:
        for context in contexts:
            context.close()
