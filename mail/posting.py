"""Posting a letter over SMTP, as any mail client would: for trials, tests and `auditbot mail submit`."""

from __future__ import annotations

import mimetypes
import smtplib
from collections.abc import Iterable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path


class PostClosed(Exception):
    """The letter was not taken; the sentence says why and what to do."""


def post_letter(
    host: str, port: int, sender: str, to: str, subject: str, files: Iterable[Path], now: datetime, text: str = ""
) -> str:
    """Send one letter with files attached. Its Message-ID. Raises PostClosed."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
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
    except smtplib.SMTPResponseException as refused:
        raise PostClosed(f"The inbox did not take the letter ({refused.smtp_code}). Please try again later.") from None
    except (smtplib.SMTPException, OSError):
        raise PostClosed(f"Nobody takes letters at {host}:{port}. Is 'auditbot serve' or 'make run' running?") from None
    return str(letter["Message-ID"])
