"""Every kind of letter as a browser shows it: on a small phone, a phone and a screen, light and dark (L06)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.service import page
from tests.mail.letter_gallery import CASTS, Shown, letters

SMALL, PHONE, SCREEN = (320, 640), (360, 740), (1280, 900)
SMALL_PRINT = """() => {
    const found = [], words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const size = parseFloat(getComputedStyle(words.currentNode.parentElement).fontSize);
        if (words.currentNode.data.trim() && size < 14) found.push(words.currentNode.data.trim());
    }
    return found;
}"""


@pytest.fixture(scope="module", params=CASTS)
def one_of_each(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """A letter for every kind and subject, by a name that is good for a file."""
    found: dict[str, Shown] = {}
    for one in letters(tmp_path_factory.mktemp("gallery"), CASTS[request.param]):
        subject = re.sub(r"\W+|\d+", " ", str(one.letter["Subject"]).lower()).split()
        found.setdefault("-".join((request.param, one.kind, *subject[:8])), one)
    return found


@pytest.fixture
def view(chromium: Browser) -> Iterator[Page]:
    opened = chromium.new_page()
    yield opened
    opened.close()


def shown(view: Page, one: Shown, size: tuple[int, int]) -> None:
    view.set_viewport_size({"width": size[0], "height": size[1]})
    view.set_content(page(one.letter))


def test_every_letter_fits_and_can_be_read(view: Page, one_of_each: dict[str, Shown], artefacts: Path) -> None:
    folder = artefacts / "letters"
    folder.mkdir(exist_ok=True)
    assert len(one_of_each) > 20
    for name, one in one_of_each.items():
        for size in (SMALL, PHONE, SCREEN):
            shown(view, one, size)
            assert view.evaluate("document.documentElement.scrollWidth") <= size[0], f"{name} is wider than {size[0]}"
            assert view.evaluate(SMALL_PRINT) == [], name
            if size != SMALL:
                view.screenshot(path=folder / f"{name}-{size[0]}.png", full_page=True)
        assert view.get_by_role("main").count() == 1 and view.get_by_role("contentinfo").count() == 1
        assert view.get_by_role("heading", level=1).count() == 1


def test_what_to_do_first_is_on_the_first_screen_of_a_phone(view: Page, one_of_each: dict[str, Shown]) -> None:
    kinds = set()
    for name, one in one_of_each.items():
        words = {"alert": "Acknowledge by mail", "allocation": "Get in touch", "reply": "Questions? Reply"}.get(
            one.kind
        )
        if one.kind == "receipt" and "confirm" in name:
            words = "Reply CONFIRM"
        if words and not (one.kind == "reply" and len(page(one.letter)) > 6_000):
            shown(view, one, PHONE)
            element = view.get_by_text(words).first.bounding_box()
            assert element and element["y"] + element["height"] <= PHONE[1], name
            kinds.add(words)
    assert len(kinds) >= 3


def test_a_receipt_asks_within_a_screen_of_a_phone(view: Page, tmp_path: Path, one_of_each: dict[str, Shown]) -> None:
    council = next(iter(one_of_each)).partition("-")[0]
    typical = next(one for one in letters(tmp_path, CASTS[council], "questions") if one.kind == "receipt")
    shown(view, typical, PHONE)
    heading = view.get_by_role("heading", name="Questions", exact=True).bounding_box()
    assert heading and heading["y"] <= PHONE[1]
    area = {"tw": "Area of practice", "cb": "Section"}[council]
    assert view.get_by_role("columnheader").all_inner_texts() == ["Read as", area]
    assert "✓ Good" in view.get_by_role("rowheader").all_inner_texts()
