"""One person's chat window in a real browser, driven as a person would: type, choose, fill, press."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as TookTooLong

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing leaves this machine
]
PHONE = (360, 740)
DESKTOP = (1280, 900)

CARD = ".ac-preview-panel"
FOLDED = "goes on below"
FROM_BOT = "div:has(> [aria-label='Message header'] > [aria-label='Message author'])"

# The Playground's own furniture; on a phone also its margins, so that a card gets the width that Teams gives it.
_PLAIN = """
h1, [role=toolbar] {visibility: hidden}
div:has(> div > div > div > [title="Hide log panel"]) {display: none !important}
"""
_NARROW = (
    _PLAIN
    + """
div:has(> div > h1), div:has(> div > [aria-label="Chat and Teams Channel"]), div:has(> .fui-Avatar)
{display: none !important}
div:has(.ac-preview-panel), div:has([data-lexical-editor]), div:has(> [aria-label="Message header"])
{min-width: 0 !important; max-width: none !important; margin-left: 0 !important; margin-right: 0 !important;
padding-left: 0 !important; padding-right: 0 !important}
div:has(> div > [aria-label="Message header"]) {margin: 0 4px !important}
.fai-OutputCard, .fai-OutputCard > div, .ac-preview-panel
{width: 100% !important; min-width: 0 !important; border: 0 !important; box-shadow: none !important}
"""
)
_SAID = f"""text => [...document.querySelectorAll("{FROM_BOT}")]
    .some(message => message.innerText.replace(/\\s+/g, ' ').includes(text))"""
_SCROLLED = """box => { let part = box;
    while (part && part.scrollHeight <= part.clientHeight + 1) part = part.parentElement;
    return part ? part.scrollHeight - part.clientHeight : 0; }"""


@contextmanager
def browser() -> Iterator[Browser]:
    """Debian's Chromium, closed at the end."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield chromium
        finally:
            chromium.close()


class Chat:
    """A chat window. Where a name is on several cards, the newest is meant; `on` asks for one that shows a text."""

    def __init__(self, chromium: Browser, patience: float = 15.0) -> None:
        self.patience = patience * 1000
        self.page: Page = chromium.new_page()
        self.page.set_default_timeout(self.patience)
        self._style = _PLAIN
        self.desktop()

    def open(self, url: str) -> None:
        """Go to the window and put the Playground's own panels away."""
        self.page.goto(url)
        expect(self._box()).to_be_visible(timeout=self.patience)
        self._restyle()

    def say(self, text: str) -> None:
        """Type a message and send it."""
        self._box().click()
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")

    def answer(self, text: str) -> None:
        """Type `text` while a live card stands, and wait until the new one is there and the old one has folded."""
        folded = self._folded().count()
        self.say(text)
        expect(self._folded()).to_have_count(folded + 1, timeout=self.patience)

    def wait_for(self, text: str, timeout: float | None = None) -> None:
        """Wait until the bot shows `text` (any run of white space counts as one blank)."""
        self._wait(_SAID, text, timeout, "was not shown")

    def wait_gone(self, text: str, timeout: float | None = None) -> None:
        """Wait until nothing from the bot shows `text`."""
        self._wait(f"text => !({_SAID})(text)", text, timeout, "is still shown")

    def press(self, title: str, on: str = "") -> None:
        """Press the button called `title`."""
        button = self.page.get_by_role("button", name=title, exact=True)
        self._card(button, on).get_by_role("button", name=title, exact=True).last.click()

    def press_twice(self, title: str, on: str = "") -> None:
        """Press it two times as fast as a nervous finger does."""
        button = self.page.get_by_role("button", name=title, exact=True)
        self._card(button, on).get_by_role("button", name=title, exact=True).last.dblclick()

    unfold = press  # an Action.ShowCard or a toggle is a button like any other

    def press_in_menu(self, title: str, on: str = "") -> None:
        """Press an action that the card keeps behind its three dots."""
        self.press("More options", on)
        self.page.get_by_role("menuitem", name=title, exact=True).click()

    def choose(self, option: str, field: str = "", on: str = "") -> None:
        """Choose a radio button, tick a box, or (with `field`) take an option of a drop-down list.

        `option` may be the first words of a longer label. `field` is needed where several inputs have the option.
        """
        if field:
            place = self._card(self._fields(field), on).locator(self._fields(field)).first
        else:
            place = self._card(self._choices(option), on)
        place.wait_for()
        if place.get_by_role("combobox").count() and field:
            place.get_by_role("combobox").click()
            self.page.get_by_role("option", name=_starting(option)).first.click()
        else:
            _first_of(place.locator(self._choices(option, exact=True)), place.locator(self._choices(option))).check()

    def fill(self, label: str, text: str, on: str = "") -> None:
        """Type `text` into the input called `label`."""
        self._input(label, on).fill(text)

    def value(self, label: str, on: str = "") -> str:
        """What the input called `label` holds now."""
        return self._input(label, on).input_value()

    def newest_card_text(self) -> str:
        """What the last card shows."""
        return self.page.locator(CARD).last.inner_text()

    def cards(self) -> int:
        """How many cards the chat holds."""
        return self.page.locator(CARD).count()

    def text(self) -> str:
        """All that the bot shows, top to bottom."""
        return "\n\n".join(self.page.locator(FROM_BOT).all_inner_texts())

    def lose_touch(self) -> None:
        """The network is gone: nothing new shows from now on."""
        self.page.context.set_offline(True)

    def be_in_touch(self) -> None:
        """The network is back. What was missed stays missed: this window shows old cards."""
        self.page.context.set_offline(False)

    def phone(self, width: int = PHONE[0]) -> None:
        """A narrow screen: a card gets 8 px less than `width`."""
        self.set_viewport(width, PHONE[1], style=_NARROW)

    def desktop(self) -> None:
        """A desk's screen."""
        self.set_viewport(*DESKTOP)

    def set_viewport(self, width: int, height: int, style: str = _PLAIN) -> None:
        """Any other screen."""
        self._style = style
        self.page.set_viewport_size({"width": width, "height": height})
        self._restyle()

    def wider_than_screen(self) -> list[str]:
        """Texts of card elements that stick out of their card on the right: a card must not scroll sideways."""
        stray: list[str] = self.page.locator(CARD).last.evaluate(
            """card => { const edge = card.getBoundingClientRect().right + 1;
            return [...card.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > edge)
                .map(e => e.innerText || e.tagName); }"""
        )
        return stray

    def screenshot(self, path: Path) -> Path:
        """A picture of the whole chat, from its first message to its last."""
        path.parent.mkdir(parents=True, exist_ok=True)
        size = self.page.viewport_size or {"width": DESKTOP[0], "height": DESKTOP[1]}
        hidden = self._hidden_height()
        self.page.set_viewport_size({"width": size["width"], "height": size["height"] + hidden})
        self.page.screenshot(path=path, animations="disabled")
        self.page.set_viewport_size(size)
        return path

    def card_screenshot(self, path: Path) -> Path:
        """A picture of the newest card alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        card = self.page.locator(CARD).last
        size = self.page.viewport_size or {"width": DESKTOP[0], "height": DESKTOP[1]}
        box = card.bounding_box()
        tall = max(size["height"], int(box["height"]) + 300 if box else 0)
        self.page.set_viewport_size({"width": size["width"], "height": tall})
        card.screenshot(path=path, animations="disabled")
        self.page.set_viewport_size(size)
        return path

    def both_widths(self, folder: Path, name: str) -> None:
        """The newest card at a desk's width and at a phone's; nothing sticks out on the phone.

        A new width takes the inputs back to what the card holds: save first.
        """
        self.card_screenshot(folder / f"{name}-desktop.png")
        self.phone()
        self.card_screenshot(folder / f"{name}-phone.png")
        assert self.wider_than_screen() == []
        self.desktop()

    def _card(self, having: Locator, on: str) -> Locator:
        cards = self.page.locator(CARD).filter(has=having.locator("visible=true"))
        return (cards.filter(has_text=on) if on else cards).last

    def _input(self, label: str, on: str) -> Locator:
        return self._card(self.page.get_by_label(label), on).get_by_label(label).first

    def _fields(self, label: str) -> Locator:
        """A label with its input below it."""
        named = self.page.locator("label.ac-richTextBlock", has_text=_starting(label))
        return self.page.locator("div:has(> .ac-input-container)", has=named)

    def _choices(self, option: str, exact: bool = False) -> Locator:
        """The radio buttons and boxes so called."""
        words = re.compile(rf"^\s*{re.escape(option)}\s*$") if exact else _starting(option)
        return self.page.locator(".fui-Radio, .fui-Checkbox", has_text=words).locator("input")

    def _folded(self) -> Locator:
        return self.page.locator(CARD, has_text=FOLDED)

    def _box(self) -> Locator:
        return self.page.locator("[role=textbox][data-lexical-editor=true]")

    def _restyle(self) -> None:
        self.page.evaluate(
            """css => { const sheet = document.getElementById('harness') || document.createElement('style');
            sheet.id = 'harness'; sheet.textContent = css; document.head.append(sheet); }""",
            self._style,
        )

    def _hidden_height(self) -> int:
        last = self.page.locator(FROM_BOT).last
        return int(last.evaluate(_SCROLLED)) if last.count() else 0

    def _wait(self, condition: str, text: str, timeout: float | None, complaint: str) -> None:
        patience = timeout * 1000 if timeout else self.patience
        try:
            self.page.wait_for_function(condition, arg=text, timeout=patience)
        except TookTooLong:
            raise AssertionError(f"{text!r} {complaint} in {patience / 1000:g} s. Shown:\n{self.text()}") from None


def _starting(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(words)}(?!\w)")


def _first_of(best: Locator, otherwise: Locator) -> Locator:
    return (best if best.count() else otherwise).first
