"""What alone suggests that a machine wrote a letter, where no header says so: its subject, an invitation, its sender.

People's letters look like that too. So such a letter is never answered, and what it says for itself goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message

KINDS = {"subject": "auto-reply", "invitation": "auto-reply", "sender": "list"}
"""What a letter is taken for, by what suggests it."""

_TITLES = re.compile(
    r"(?:automatic(?:ally generated)? (?:reply|response)|auto[- ]?(?:reply|response|responder)|"
    r"out of (?:the )?office(?: auto-?reply| reply| response| message)?|ateb awtomatig|automatische antwort|"
    r"abwesenheitsnotiz|réponse automatique|respuesta automática|odpowiedź automatyczna)\s*[:\[]",
    re.IGNORECASE,
)
_RECEIPT_TITLES = re.compile(r"(?:not )?read:|read receipt\b|return receipt\b", re.IGNORECASE)
_RECEIPT = re.compile(
    r"\byour message\b.{0,1500}?\bwas (?:read|displayed|deleted without being read)\b[^\n]{0,120}",
    re.IGNORECASE | re.DOTALL,
)
_SENDERS = re.compile(r"(?:mailer-daemon|postmaster|(?:do-?not|no)[-_.]?reply)(?:[-+._].*)?@", re.IGNORECASE)


def hint(message: Message, parts: Iterable[Message], text: str, subject: str, sender: str) -> str:
    """ "subject", "invitation" or "sender"; empty where nothing suggests a machine. A person's answer to one begins
    with *Re:*."""
    if _TITLES.match(subject) or (_RECEIPT_TITLES.match(subject) and _RECEIPT.search(text)):
        return "subject"
    if any(_answers_an_invitation(part) for part in parts):
        return "invitation"
    if _SENDERS.match(sender) or message.get("List-Unsubscribe"):
        return "sender"
    return ""


def _answers_an_invitation(part: Message) -> bool:
    if part.get_content_type() != "text/calendar":
        return False
    data = part.get_payload(decode=True)
    said = data[:5_000].upper() if isinstance(data, bytes) else b""
    return str(part.get_param("method", "")).upper() == "REPLY" or b"METHOD:REPLY" in said


def without_receipt(words: str) -> str:
    """Words without what a mail program says of our letter: that it was read, or deleted unread."""
    return _RECEIPT.sub(" ", words)
