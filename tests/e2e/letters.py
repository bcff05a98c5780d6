"""Letters and tools as people send them: fetched, filled in with LibreOffice, attached, answered."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from audit import council
from audit.tools import Field, FieldKind, Tool
from bot.folders import council_texts
from tests.documents import answering, filling
from tests.e2e.libreoffice import Filling, control_names, fill, fill_all
from tests.e2e.service import ROOT, Service, page, plain_text

Answers = Mapping[str, str | bool]


def answered(blank: Path, **special: str) -> dict[str, str | bool]:
    """A plain answer for every control that asks for one; `special` by tag, with "__" for ".", and "" for no answer."""
    answers: dict[str, str | bool] = {}
    for tag, _alias in control_names(blank):
        step, _, field = tag.partition(".")
        if field == "grade":
            answers[tag] = "Good"
        elif field.startswith("check_") or tag in ("meeting.met", "safe.safe"):
            answers[tag] = "Yes"
        elif field == "comment" or tag == "learning.learning":
            answers[tag] = f"What the record shows about {step}."
    answers |= {"actions.needed": "No actions are needed", "worker_view.view": "Agrees"}
    answers |= {tag.replace("__", "."): said for tag, said in special.items()}
    return {tag: said for tag, said in answers.items() if said}


def blank(served: Service, reference: str, folder: Path) -> Path:
    """The tool of an audit, fetched on the command line."""
    path = folder / f"{reference}-blank.docx"
    served.run("tool", "blank", reference, "-o", str(path))
    return path


def attached(served: Service, auditor: str, reference: str, folder: Path) -> Path:
    """The tool of an audit, as it came with the allocation."""
    (allocation,) = served.wait_for_letters(auditor, "allocation", about=reference)
    (tool,) = allocation.iter_attachments()
    path = folder / f"{reference}-attached.docx"
    path.write_bytes(tool.get_content())
    return path


def filled(served: Service, reference: str, folder: Path, **special: str) -> Path:
    """The tool of an audit, filled in with LibreOffice."""
    empty = blank(served, reference, folder)
    done = folder / "Copy of tool FINAL v2 (1).docx"
    fill(empty, done, answered(empty, **special))
    return done


def tool_of(served: Service, tool_id: str) -> Tool:
    """A tool as its council publishes it."""
    return council.parse(council_texts(ROOT / "councils" / served.council)).tool(tool_id)


def every_answer(tool: Tool) -> dict[str, str]:
    """An answer to every field but the later rows of actions, by tag: the ids of choices, every kind of words."""
    fixed = {
        "meeting.met": "no",
        "overall.grade": "requires_improvement",
        "safe.safe": "yes",
        "actions.needed": "some",
        "worker_view.view": "disagree",
    }
    found: dict[str, str] = {}
    fields = [(step, one) for step in tool.steps for one in step.fields]
    for place, (step, one) in enumerate(fields):
        if step.id == "actions" and one.id[-1] in "456":
            continue
        tag = f"{step.id}.{one.id}"
        found[tag] = fixed.get(tag) or _any_answer(one, place)
    return found


def _any_answer(one: Field, place: int) -> str:
    if one.kind is FieldKind.DATE:
        return f"2026-12-{place % 27 + 1:02}"
    if one.choices:
        return one.choices[place % len(one.choices)].id
    if one.kind is FieldKind.LINE:
        return f"Case note {place}"
    return (
        f"Point {place}: the plan was not good enough, and £20 & “it helps” <she says> is inadequate thanks – to whom?"
    )


def as_written(tool: Tool, answers: Mapping[str, str]) -> dict[str, str]:
    """The same as a person writes it: the labels of choices, days as they are said here."""
    found = {}
    for tag, said in answers.items():
        step, _, field = tag.partition(".")
        one = tool.step(step).field(field)
        choice = one.choice(said)
        day = "/".join(reversed(said.split("-"))) if one.kind is FieldKind.DATE else said
        found[tag] = choice.label if choice else day
    return found


def typed_into(blank: Path, target: Path, tool: Tool, answers: Answers) -> Path:
    """A tool with these words in its controls, as Word leaves them; a drop-down takes any words too, typed over it."""
    target.write_bytes(filling.fill(blank.read_bytes(), tool, _keyed(answers)))
    return target


def _keyed(answers: Answers) -> dict[tuple[str, str], str]:
    parted = ((tag.partition("."), said) for tag, said in answers.items())
    return {(step, field): str(said) for (step, _, field), said in parted}


def filled_as(blanks: Sequence[Path], endings: Sequence[str], answers: Answers) -> list[Path]:
    """Tools, all filled in with the same answers and each saved in a format of its own."""
    forms = [
        Filling(one, one.with_name(f"tool{place}{ending}"), answers)
        for place, (one, ending) in enumerate(zip(blanks, endings, strict=True), 1)
    ]
    fill_all(forms, patience=240)
    return [one.target for one in forms]


def letter(sender: str, to: str, subject: str, words: str, *files: Path, answers: str = "") -> bytes:
    """A letter as a mail program writes it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"], made["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="mail.example")
    if answers:
        made["In-Reply-To"] = made["References"] = answers
    made.set_content(words)
    for file in files:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        main, _, sub = kind.partition("/")
        made.add_attachment(file.read_bytes(), main, sub, filename=file.name)
    return made.as_bytes(policy=SMTP)


def send(served: Service, sender: str, *files: Path) -> None:
    """Somebody sends files with a line that says nothing about them."""
    served.post(letter(sender, served.inbox_address, "done, see attached", "Here it is.", *files), sender)


def reply(served: Service, to: EmailMessage, words: str) -> None:
    """Somebody answers a letter of ours as mail programs do, what they answer quoted below."""
    quoted = "\n".join(f"> {line}" for line in plain_text(to).split(". ")[:3])
    sender = str(to["To"])
    text = f"{words}\n\nOn Friday, Practice Audit wrote:\n{quoted}\n"
    subject = f"Re: {to['Subject']}"
    served.post(letter(sender, served.inbox_address, subject, text, answers=str(to["Message-ID"])), sender)


def reply_in_the_form(served: Service, to: EmailMessage, tool: Tool, answers: Mapping[str, str]) -> None:
    """Somebody answers the form in a letter of ours, inside what their mail program quotes of it."""
    sender, reference = str(to["To"]), str(to["Subject"]).partition(":")[0]
    said = dict(
        zip(
            answering.form(tool, reference), answering.answered(tool, _keyed(answers), reference=reference), strict=True
        )
    )
    part = to.get_body(("plain",))
    assert part
    lines = ["Mine are below.", "", "On Friday, Practice Audit wrote:", ""]
    for printed in str(part.get_content()).splitlines():
        answered_line, *below = said.pop(printed, [printed])
        lines += [f"> {answered_line}", *below]
    assert set(said) <= {""}, f"not in the letter: {sorted(said)}"
    words = letter(
        sender, served.inbox_address, f"Re: {to['Subject']}", "\n".join(lines), answers=str(to["Message-ID"])
    )
    served.post(words, sender)


def numbered(receipt: EmailMessage) -> list[str]:
    """The questions of a receipt, without their numbers."""
    part = receipt.get_body(("plain",))
    assert part
    lines = [line.strip() for line in str(part.get_content()).splitlines()]
    asked: list[str] = []
    for line in lines[lines.index("Questions") + 1 : lines.index("What happens next")]:
        if line.startswith(f"{len(asked) + 1}. "):
            asked.append(line.partition(" ")[2])
    return asked


def versions(shown: Mapping[str, Any], kind: str) -> int:
    """How many versions of a kind an audit has: each is a tool that came."""
    return sum(1 for one in shown["versions"] if one["kind"] == kind)


def standing(shown: Mapping[str, Any]) -> dict[str, str]:
    """What stands in an audit, by the tags of the Word tool: ids of choices, or words."""
    found: dict[str, Any] = {"safe.safe": shown["child_safe"]}
    for section in shown["sections"]:
        own = {name: section[name] for name in ("grade", "comment", "evidence")} | section["other"]
        found |= {f"{section['id']}.{name}": said for name, said in own.items()}
    parts = {"meeting": "met_worker", "overall": "overall", "learning": "learning", "worker_view": "worker_view"}
    for step, part in parts.items():
        found |= {f"{step}.{name}": said for name, said in shown[part].items()}
    for place, action in enumerate(shown["actions"], 1):
        found |= {f"actions.{name}_{place}": said for name, said in action.items()}
    found["actions.needed"] = "none" if shown["no_actions_needed"] else "some" if shown["actions"] else ""
    return {tag: said for tag, said in found.items() if said}


def picture(chromium: Browser, sent: EmailMessage, path: Path) -> None:
    """A letter on a phone of 360 px; nothing sticks out."""
    view = chromium.new_page(viewport={"width": 360, "height": 740})
    view.set_content(page(sent))
    assert view.evaluate("document.documentElement.scrollWidth") <= 360, f"{path.name} is wider than a phone"
    view.screenshot(path=path, full_page=True)
    view.close()
