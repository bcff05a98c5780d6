"""Answers the form in a mail as a person does, and does to the mail what mail programs do."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable, Mapping

from audit.tools import FieldKind, Tool
from documents import layout, letter_form
from mail.bodies import from_html

Answers = Mapping[layout.Key, str | tuple[str, ...]]

ABOVE = """Practice learning session, due Fri 18 Dec

This practice learning session is yours. The practice learning tool is attached.

First
1. Get in touch with the worker soon: Robin Example, 07700 900103.
2. Ask whether their desk or a room is better.

Prefer to answer here? Reply, write after each colon, and send."""
BELOW = """--
Questions? Reply to this mail, and the quality assurance team will read it.
Anyshire Council"""
WROTE = "On Mon, 23 Nov 2026 at 09:00, Anyshire Quality Assurance <qa@anyshire.example> wrote:"
OUTLOOK = """________________________________
From: Anyshire Quality Assurance <qa@anyshire.example>
Sent: 23 November 2026 09:00
To: Avery Sample <avery@anyshire.example>
Subject: TW-0001: practice learning session, due Fri 18 Dec"""


def asked_by_mail(tool: Tool) -> set[layout.Key]:
    """Every field that the form asks."""
    return {(question.step.id, one.id) for question in letter_form.questions(tool) for one in question.fields}


def form(tool: Tool, reference: str = "TW-0001") -> list[str]:
    return list(letter_form.lines(tool, reference))


def answered(tool: Tool, answers: Answers, inline: bool = True, reference: str = "TW-0001") -> list[list[str]]:
    """A list a printed line: the line, answer behind it where `inline`, and the lines written below it."""
    found = [[line] for line in form(tool, reference)]
    place = {line[0]: number for number, line in enumerate(found)}
    for question in letter_form.questions(tool):
        at = place[question.line]
        said = [answers.get((question.step.id, one.id), "") for one in question.fields]
        if question.boxes:
            for nth, choice in enumerate(question.boxes, 1):
                if choice.id in said[0]:
                    found[at + nth][0] = found[at + nth][0].replace("[ ]", "[x]")
            continue
        typed = zip(question.fields, said, strict=True)
        words = [_typed(tool, question.step.id, one.id, value) for one, value in typed]
        if not any(words):
            continue
        lines = "; ".join(words).split("\n")
        if inline:
            found[at][0] += f" {lines.pop(0)}"
        found[at] += lines
    return found


def _typed(tool: Tool, step_id: str, field_id: str, value: str | tuple[str, ...]) -> str:
    one = tool.step(step_id).field(field_id)
    assert isinstance(value, str)
    choice = one.choice(value)
    if choice:
        return choice.label
    if one.kind is FieldKind.DATE and value:
        return "/".join(reversed(value.split("-")))
    return value


# what mail programs do: each takes the lines of the form with what is written below them, and gives the letter's text


def written_above_and_inline(lines: list[list[str]]) -> str:
    """Thunderbird and mutt: marks before the quote, none before what was written between."""
    quoted = [f"> {line}".rstrip() for line in ABOVE.split("\n")]
    for printed, *below in lines:
        quoted += [f"> {printed}".rstrip(), *below]
    quoted += [f"> {line}" for line in BELOW.split("\n")]
    return "\n".join(("Hello, my answers are below.", "", WROTE, "", *quoted))


def outlook_unmarked(lines: list[list[str]]) -> str:
    """Outlook: a rule and four headers, and then the letter as if it were new."""
    flat = [part for line in lines for part in line]
    return "\n".join(("Please see below.", "", "Kind regards", "Avery", "", OUTLOOK, "", ABOVE, *flat, "", BELOW))


def apple_mail(lines: list[list[str]]) -> str:
    """The header on two lines, marks without a space, and bars; the signature between answers and quote."""
    flat = [part for line in lines for part in line]
    header = WROTE.replace(" at 09:00, ", " at 09:00, \n")
    return "\n".join(("Sent from my iPhone", "", header, "", *(f">{line}" for line in (*ABOVE.split("\n"), *flat))))


def gmail_wrapped(lines: list[list[str]]) -> str:
    """Everything broken at 72 columns, quotes within their marks."""
    found = ["Done", "", WROTE, ""]
    for printed, *below in lines:
        found += _wrapped(printed, "> ")
        for line in below:
            found += _wrapped(line, "")
    return "\n".join((*found, "> End", ""))


def badly_wrapped(lines: list[list[str]]) -> str:
    """Broken at 64 columns after the marks were put before: the rest of a line bears none."""
    found: list[str] = []
    for line in written_above_and_inline(lines).split("\n"):
        found += textwrap.wrap(line, 64, break_on_hyphens=False) or [""]
    return "\n".join(found)


def phone_page(lines: list[list[str]]) -> str:
    """A page without any plain text: a block a line, and the quote indented."""
    blocks = "".join(f"<div>{html.escape(part) or '<br>'}</div>" for line in lines for part in line)
    return from_html(
        f"<html><body><div>Hello</div><div><br></div><div>{html.escape(WROTE)}</div>"
        f'<blockquote type="cite"><p>Hello</p>{blocks}<p>--</p></blockquote></body></html>'
    )


def web_page_without_quote(lines: list[list[str]]) -> str:
    """Outlook on the web: a rule, headers, and blocks of its own that nothing marks as a quote."""
    blocks = "".join(f'<p class="x">{html.escape(part) or "&nbsp;"}</p>' for line in lines for part in line)
    return from_html(f"<html><body><p>See below</p><hr><p>From: x<br>Sent: y</p>{blocks}</body></html>")


def run_together(lines: list[list[str]]) -> str:
    """One paragraph: a page whose line breaks were only white space."""
    return " ".join(part.strip() for line in lines for part in line if part.strip())


def quoted_twice(lines: list[list[str]]) -> str:
    """Answered, answered by us, and answered again: marks of marks."""
    text = written_above_and_inline(lines)
    for _ in range(2):
        text = f"See below once more.\n\n{WROTE}\n" + "\n".join(f"> {line}" for line in text.split("\n"))
    return text


def smart(lines: list[list[str]]) -> str:
    """Curly quotes, hard spaces, no white space at the ends, and invisible characters."""
    text = outlook_unmarked([[part.rstrip() for part in line] for line in lines])
    text = re.sub(r"(\w)'(\w)", r"\1’\2", text).replace("–", "-")
    return text.replace(": ", ":\u00a0").replace("Grade", "\u200bGrade")


def bold_labels(lines: list[list[str]]) -> str:
    """The text that a program makes of bold print."""
    found = []
    for printed, *below in lines:
        found += [re.sub(r"^(\d\w+ [^:]*:)", r"*\1*", printed), *below]
    return "\n".join(found)


def _wrapped(line: str, mark: str) -> list[str]:
    return [f"{mark}{part}" for part in textwrap.wrap(line, 72 - len(mark), break_on_hyphens=False)] or [mark.strip()]


PROGRAMS: tuple[Callable[[list[list[str]]], str], ...] = (
    written_above_and_inline,
    outlook_unmarked,
    apple_mail,
    gmail_wrapped,
    badly_wrapped,
    phone_page,
    web_page_without_quote,
    run_together,
    quoted_twice,
    smart,
    bold_labels,
)
