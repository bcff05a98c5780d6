"""Notices become letters: composed whole here, so that Message-ID, threads and files are ours on every transport."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from audit.notices import Notice
from desk.outbox import GiveUp
from mail import drafts
from mail.draft_parts import Draft
from mail.mailbox import Transport
from mail.numbering import message_id

TEMPLATES = Path(__file__).parent / "templates"
_KINDS = {
    ".docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".pdf": ("application", "pdf"),
}
"""Content types of what we attach, by the end of the name."""
_WIDE = SMTP.clone(max_line_length=200)
"""At 78, `email` leaves the first line of a longer subject empty; words in ASCII need no folding."""
_ANSWERS = ("receipt", "reply")


_SAME_PAGE = {"news": "alarm"}
"""Kinds of letters that look like another kind."""


class MailSender:
    """The mail side of desk.outbox.Sender."""

    def __init__(self, transport: Transport, reads_answers: bool = True) -> None:
        """`transport`: the way out. `reads_answers`: whether the bot itself reads what comes back to the address."""
        self._transport = transport
        self._reads_answers = reads_answers

    def send(self, notice: Notice) -> str:
        """Send one notice. Its Message-ID. Raises TryLater or GiveUp."""
        if not notice.address:
            raise GiveUp("there is no address to send to")
        mime, to = compose(notice, self._reads_answers), (notice.address, *notice.cc)
        self._transport.send_mime(mime, to, notice.number, notice.kind, notice.may_have_left)
        return message_id(notice.number, notice.seal, notice.council.policy.qa_address)


def compose(notice: Notice, reads_answers: bool = True) -> bytes:
    """The whole letter for a notice: the same number is the same Message-ID, however often it is sent.

    Where the bot does not read the mailbox itself, no letter promises that an answer by mail does anything.
    """
    draft = drafts.draft(notice)
    words = {**drafts.common(notice), **draft.words, "title": draft.title, "reads_answers": reads_answers}
    letter = EmailMessage(policy=SMTP)
    for name, value in _headers(notice, draft, _filled(notice.kind, "subject.txt", words)).items():
        letter[name] = value
    letter.set_content(_filled(notice.kind, "body.txt", words))
    letter.add_alternative(_filled(notice.kind, "body.html", words), subtype="html")
    for file in draft.files:
        maintype, subtype = _KINDS[Path(file.name).suffix]
        letter.add_attachment(file.data, maintype=maintype, subtype=subtype, filename=file.name)
    return _thread(draft.answers) + letter.as_bytes(policy=SMTP if not str(letter["Subject"]).isascii() else _WIDE)


def _thread(answers: str) -> bytes:
    """Written by hand: `email` would encode an id that is longer than a line, and the thread would be lost."""
    known = answers.encode("ascii", "ignore")
    return b"In-Reply-To: " + known + b"\r\nReferences: " + known + b"\r\n" if known else b""


def _headers(notice: Notice, draft: Draft, subject: str) -> dict[str, object]:
    inbox = notice.council.policy.qa_address
    headers: dict[str, object] = {
        "From": Address(drafts.council_name(notice.council), addr_spec=inbox),
        "To": _to(notice),
        "Reply-To": inbox,
        "Subject": " ".join(subject.split()),
        "Date": format_datetime(notice.now),
        "Message-ID": message_id(notice.number, notice.seal, inbox),
        "Auto-Submitted": "auto-replied" if notice.kind in _ANSWERS else "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if notice.cc:
        headers["Cc"] = ", ".join(notice.cc)
    if draft.urgent:
        headers["Importance"] = "high"
        headers["X-Priority"] = "1"
    return headers


def _to(notice: Notice) -> Address:
    try:
        return Address(notice.to.name if notice.to else "", addr_spec=notice.address)
    except (ValueError, IndexError, HeaderParseError):
        raise GiveUp("the address cannot be written to") from None


def _filled(kind: str, part: str, words: dict[str, object]) -> str:
    return _templates().get_template(f"{_SAME_PAGE.get(kind, kind)}/{part}").render(words).strip() + "\n"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["unbroken"] = _unbroken
    made.filters["dialled"] = _dialled
    made.filters["with_article"] = _with_article
    return made


def _unbroken(words: str) -> Markup:
    """A title whose reference stays on one line."""
    safe = str(escape(words))
    return Markup(re.sub(r"([A-Z]{2,4}-\d{4,6})", r'<span style="white-space:nowrap;">\1</span>', safe))  # noqa: S704


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def _dialled(words: str) -> Markup:
    """Words in which every telephone number is one line, and a tap rings it."""
    return Markup(_PHONE.sub(_to_ring, str(escape(words))))  # noqa: S704


_PHONE = re.compile(r"(?<!\w)0\d(?: ?\d){8,9}(?!\w)")


def _to_ring(number: re.Match[str]) -> str:
    digits = number[0].replace(" ", "")
    return f'<a href="tel:{digits}" style="color:#1F3A68;font-weight:bold;white-space:nowrap;">{number[0]}</a>'
