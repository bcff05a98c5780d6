"""Files that LibreOffice really saved: as .docx, .odt, .doc, .rtf and .pdf, in as few runs as there are formats."""

from __future__ import annotations

from tests.returned.scoring import Result


def run(result: Result, only: str = "") -> None:
    """Adds the rows."""
