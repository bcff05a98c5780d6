"""The pictures in docs/pictures, composed of what the end-to-end tests saw: `python -m tests.e2e.pictures`."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.e2e.browser import browser
from tests.e2e.conftest import ARTEFACTS

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COMPOSED = {
    "alert.png": ("cb-4-alert-phone.png", "cb-5-acknowledged-phone.png"),
    "section.png": ("cb-1-statements-phone.png", "tw-3-section-saved-phone.png"),
}
MOST_BYTES = 200_000
_PAGE = """
<style>
body {{ margin: 0; padding: 20px; display: inline-flex; gap: 20px; align-items: flex-start; background: #e9ecf1; }}
img {{ display: block; border-radius: 8px; box-shadow: 0 1px 4px rgba(31, 58, 104, .35); }}
</style>
{images}
"""


def main() -> None:
    """Compose every picture. Raises AssertionError for one that is too large."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        view = chromium.new_page()
        for name, seen in COMPOSED.items():
            view.set_content(_PAGE.format(images="".join(_image(ARTEFACTS / one) for one in seen)))
            view.locator("body").screenshot(path=PICTURES / name)
            assert (PICTURES / name).stat().st_size <= MOST_BYTES, f"{name} is too large"
            print(f"docs/pictures/{name}")


def _image(path: Path) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}">'


if __name__ == "__main__":
    main()
