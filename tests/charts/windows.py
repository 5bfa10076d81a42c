"""Pages as a reader's window shows them: at a width, in a scheme, on paper, without scripts.

Belongs here: opening a page, and what the browser told of it. Does not belong here: what a page must be like.
"""

from pathlib import Path

from assets.ground.browser import Browser, BrowserPage

MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")
TOLD = {"Log.entryAdded", "Runtime.exceptionThrown"}


def seen(
    browser: Browser,
    path: Path,
    width: int,
    *,
    scheme: str = "light",
    media: str = "screen",
    scripts: bool = True,
    fragment: str = "",
) -> BrowserPage:
    """A page at a width in pixels; `browser.events` then has what it told and asked for."""
    page = browser.page()
    page.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
    page.ask("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
    page.go(path.as_uri() + fragment)
    page.ask("Emulation.setScriptExecutionDisabled", value=False)
    return page


def errors(browser: Browser) -> list[str]:
    """What the page that was opened last told in the console."""
    return [str(event["params"]) for event in browser.events if event.get("method") in TOLD]


def asked_for(browser: Browser) -> list[str]:
    """The addresses that it asked for."""
    sent = [event["params"] for event in browser.events if event.get("method") == "Network.requestWillBeSent"]
    return [params["request"]["url"] for params in sent]
