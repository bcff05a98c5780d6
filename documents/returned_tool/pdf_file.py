"""A PDF as a source: its form, where it has one, and the words on its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pypdfium2.raw as pdfium_c

from audit.tools import Tool
from documents import guard, layout
from documents.returned_tool import pdf_form, pdf_pages
from documents.returned_tool.found import Found
from documents.returned_tool.on_pages import OnPages
from documents.returned_tool.pages import Page
from documents.returned_tool.values import Identity
from documents.unreadable import Unreadable

_NAMES = (layout.REFERENCE_PROPERTY, layout.TOOL_PROPERTY, layout.VERSION_PROPERTY)


class Pictured(Unreadable):
    """It holds pictures of pages and no text. They can be read as a scan, where that can be done."""


_NOTICE = 150
"""Words: a form of Adobe's own kind shows other programs a page that says no more than that."""

PICTURED = "it holds pictures of pages and no text. Please send the Word tool (.docx), or a PDF saved from it."


@dataclass(frozen=True)
class PdfFile:
    """A vetted PDF."""

    on_pages: OnPages
    form: tuple[pdf_form.FormField, ...]
    doubts: Mapping[int, str]

    def identity(self, prefix: str) -> Identity:
        """By title, first lines and footer."""
        return self.on_pages.identity(prefix)

    def found(self, tool: Tool) -> Mapping[layout.Key, Sequence[Found]]:
        """What the form holds, then what the pages show."""
        if not self.form:
            return self.on_pages.found(tool)
        found = {key: list(places) for key, places in pdf_form.find(self.form, tool, self.doubts).items()}
        for key, places in self.on_pages.found(tool).items():
            found.setdefault(key, []).extend(places)
        return found

    def not_relevant(self, tool: Tool) -> tuple[str, ...]:
        """By the ticked box of each step."""
        ticked = {*self.on_pages.not_relevant(tool), *pdf_form.not_relevant(self.form, tool)}
        return tuple(step.id for step in tool.steps if step.id in ticked)


def open_pdf(data: bytes) -> PdfFile:
    """Vet and read. Raises Unreadable; Pictured where most pages are pictures."""
    guard.vet_pdf(data)
    file = pdf_pages.document(data)
    try:
        kind = file.get_formtype()
        form = pdf_form.fields(data) if kind != pdfium_c.FORMTYPE_NONE else ()
        read = pdf_pages.pages(file, _NAMES, form)
        few = sum(len(page.words) for page in read.pages) < _NOTICE
        if kind == pdfium_c.FORMTYPE_XFA_FULL or (kind == pdfium_c.FORMTYPE_XFA_FOREGROUND and few and not form):
            raise Unreadable(pdf_form.ONLY_XFA)
    finally:
        file.close()
    written = len(read.pages) - len(read.pictured)
    if len(read.pictured) > written:
        raise Pictured(PICTURED)
    if not any(page.words for page in read.pages):
        raise Unreadable("its pages are empty.")
    return PdfFile(OnPages(_with_gaps(read), "page", read.properties), form, read.form_doubts)


def _with_gaps(read: pdf_pages.PdfPages) -> tuple[Page, ...]:
    """Its written pages. What runs on over a page that is a picture is in doubt."""
    kept: list[Page] = []
    gap = False
    for page in read.pages:
        if page.number in read.pictured:
            gap = True
            continue
        kept.append(replace(page, gap=gap))
        gap = False
    return tuple(kept)
