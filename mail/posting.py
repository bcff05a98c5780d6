"""Posting a letter over SMTP, as any mail client would: for trials, tests and `auditbot mail submit`."""

from __future__ import annotations

import mimetypes
import smtplib
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

TOO_LARGE = 552


class PostClosed(Exception):
    """The letter was not taken; the sentence says why and what to do."""


def post_letter(
    host: str, port: int, sender: str, to: str, subject: str, files: Iterable[Path], now: datetime, text: str = ""
) -> str:
    """Send one letter with files attached. Its Message-ID. Raises PostClosed, or OSError for a file."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, " ".join(subject.split())
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "localhost")
    letter.set_content(text or "The completed tool is attached.\n")
    for file in files:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        letter.add_attachment(file.read_bytes(), maintype=main, subtype=sub, filename=file.name)
    try:
        with smtplib.SMTP(host, port, timeout=10) as smtp:
            smtp.send_message(letter)
    except smtplib.SMTPRecipientsRefused as refused:
        code = next(iter(refused.recipients.values()))[0]
        raise PostClosed(f"The inbox does not take letters to {to} ({code}). Is it another council's?") from None
    except smtplib.SMTPResponseException as refused:
        raise PostClosed(_why(refused.smtp_code)) from None
    except (smtplib.SMTPException, OSError):
        raise PostClosed(f"Nobody takes letters at {host}:{port}. Is 'auditbot serve' or 'make run' running?") from None
    return str(letter["Message-ID"])


def _why(code: int) -> str:
    if code == TOO_LARGE:
        return "The inbox did not take the letter: it is too large. Please send the files one by one."
    return f"The inbox did not take the letter ({code}). Please try again later."
