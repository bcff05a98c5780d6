"""Every kind of card, drawn from what the desk really holds: played on a database, not made up by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.notices import Notice
from audit.tools import FieldKind, Step, Tool
from desk import concerns
from dialogs.screens import Ask, HandedIn, Screen
from storage.ledger import Store
from tests.stories.story import COUNCILS, FRIDAY_EVENING, Story

TELFORD = COUNCILS / "telford_and_wrekin"
BEDS = COUNCILS / "central_bedfordshire"
FOLDERS = {"tw": TELFORD, "cb": BEDS}
SENTENCE = "The plan is clear about who does what, and the child's own words (<i>not</i> *ours*) are in it. "
LONG = (SENTENCE * 40)[:2000]


def story_of(tmp_path: Path, folder: Path, name: str) -> Story:
    return Story(Store(f"sqlite:///{tmp_path / f'{folder.name}-{name}'}.db"), folder)


def cast(folder: Path) -> tuple[str, str, str]:
    """An auditor, a case they may look at, and its tool."""
    if folder == TELFORD:
        return "avery.sample@telford.example", "4021", "tw-cp-cin"
    return "blake.sample@centralbeds.example", "7301", "cb-practice-evaluation"


def parts(folder: Path, tool: Tool) -> tuple[str, str]:
    """An auditor and a case for a tool."""
    auditor, case, tool_id = cast(folder)
    return (auditor, case) if tool.id == tool_id else ("morgan.example@telford.example", "5101")


def full_answers(step: Step, words: str = LONG) -> dict[str, Any]:
    """Everything that a step asks, at length, and nothing that raises a concern."""
    said: dict[str, Any] = {}
    for one in step.fields:
        if one.picked:
            calm = [choice.id for choice in one.choices if not choice.serious]
            said[one.id] = ",".join(calm) if one.kind is FieldKind.MANY else calm[0]
        elif one.kind is FieldKind.DATE:
            said[one.id] = "2026-12-11"
        else:
            said[one.id] = words if one.kind is FieldKind.TEXT else words[:200]
    return said


def by_hand(story: Story) -> str:
    return next(limb.id for limb in story.council.policy.limbs.values() if limb.by_hand)


def version(story: Story, ref: str, step: str) -> int:
    return story.audit(ref).answer(step).version


def asked(story: Story, auditor: str, ref: str, step: str) -> Ask:
    screen = story.presses(auditor, "open", audit=ref, to=step)
    assert isinstance(screen, Ask)
    return screen


def sections(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Screen]]:
    """Each step of each tool: untouched, full, and with the concerns that may stand above it."""
    for tool in story_of(tmp_path, folder, "tools").council.tools.values():
        story = story_of(tmp_path, folder, tool.id)
        auditor, case = parts(folder, tool)
        ref = story.allocate(case, auditor, tool.id)
        story.presses(auditor, "start", audit=ref)
        for step in tool.steps:
            yield f"{tool.id} {step.id} untouched", asked(story, auditor, ref, step.id)
        for step in tool.steps:
            story.saves(auditor, ref, step.id, **full_answers(step))
            yield f"{tool.id} {step.id} full", asked(story, auditor, ref, step.id)
        story.saves(auditor, ref, "overall", grade="inadequate")
        story.presses(auditor, "raise", audit=ref, limb=by_hand(story), words=LONG, press="1-1")
        for step in tool.steps:
            yield f"{tool.id} {step.id} with concerns", asked(story, auditor, ref, step.id)


def moments(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Screen]]:
    """An audit from its allocation to its receipt, with everything that may happen on the way."""
    story = story_of(tmp_path, folder, "moments")
    auditor, case, tool_id = cast(folder)
    yield "help for a newcomer", story.says(auditor, "help")
    yield "nothing yet", story.says(auditor, "status")
    ref = story.allocate(case, auditor, tool_id)
    yield "list", story.says(auditor, "status")
    yield "start", story.presses(auditor, "start", audit=ref)
    yield from _answering(story, auditor, ref, story.council.tools[tool_id])
    yield from _concerned(story, auditor, ref)
    yield from _finishing(story, auditor, ref, story.council.tools[tool_id])
    yield "nothing here", story.says(auditor, f"{ref[:2]}-9999")
    yield "help", story.says(auditor, "help")


def _answering(story: Story, auditor: str, ref: str, tool: Tool) -> Iterator[tuple[str, Screen]]:
    first, second, third = tool.sections[:3]

    def press(verb: str, step: str, **more: object) -> Screen:
        return story.presses(auditor, verb, audit=ref, step=step, version=version(story, ref, step), **more)

    picked = {key: value for key, value in full_answers(first).items() if first.field(key).picked}
    yield "comment missing", story.saves(auditor, ref, first.id, **picked)
    yield "saved", story.saves(auditor, ref, first.id, comment=SENTENCE)
    checked = {key: value for key, value in full_answers(second).items() if key.startswith(("check", "statements"))}
    yield "grade missing", story.saves(auditor, ref, second.id, comment=SENTENCE, **checked)
    story.saves(auditor, ref, second.id, grade="good")
    yield "stale", story.saves(auditor, ref, second.id, version=1, comment="Other words, typed on the phone.")
    asked(story, auditor, ref, third.id)
    yield "unsure", story.says(auditor, "quite good")
    yield "not on the scale", story.says(auditor, "splendid")
    yield "typed grade", story.says(auditor, "good")
    yield "reset", press("reset", third.id)
    yield "undone", story.says(auditor, "undo")
    optional = next(step for step in tool.sections if step.may_be_not_relevant)
    yield "sure", press("not_relevant", optional.id)
    yield "left out", press("not_relevant", optional.id, sure=True)
    yield "not relevant", asked(story, auditor, ref, optional.id)
    yield "paused", press("pause", third.id)


def _concerned(story: Story, auditor: str, ref: str) -> Iterator[tuple[str, Screen]]:
    story.says(auditor, "raise a concern")
    yield "concern form, words kept", story.says(auditor, "There were bruises; nobody asked about them.")
    yield "concern form, no kind", story.presses(auditor, "raise", audit=ref, step="", press="1-1", words=SENTENCE)
    story.says(auditor, "cancel")
    story.presses(auditor, "review", audit=ref, step="")
    story.says(auditor, "where is the kettle")
    yield "review with gaps", story.presses(auditor, "review", audit=ref, step="")
    yield "not complete", story.presses(auditor, "submit", audit=ref, step="")


def _finishing(story: Story, auditor: str, ref: str, tool: Tool) -> Iterator[tuple[str, Screen]]:
    for step in tool.steps:
        story.saves(auditor, ref, step.id, **full_answers(step, SENTENCE))
    story.presses(auditor, "reset", audit=ref, step="actions", version=version(story, ref, "actions"))
    row: dict[str, Any] = {"what_1": "Visit this week", "who_1": "The worker", "by_1": "2026-12-04"}
    story.saves(auditor, ref, "actions", needed="some", **row)
    yield "actions, one row", asked(story, auditor, ref, "actions")
    row |= {"what_2": "Make planning good", "what_3": "Move from RI to Good", "what_4": LONG[:900], "what_5": "RI now"}
    story.saves(auditor, ref, "actions", needed="some", **row)
    yield "unconfirmed", story.saves(auditor, ref, "overall", grade="inadequate", why=SENTENCE)
    yield "overall changed", story.saves(auditor, ref, "overall", grade="good")
    for kept in story.audit(ref).kept:
        story.presses(auditor, "dismiss", audit=ref, step="", kept=kept.id)
    yield "ready", story.presses(auditor, "review", audit=ref, step="")
    handed_in = story.presses(auditor, "submit", audit=ref, step="")
    yield "handed in", handed_in
    assert isinstance(handed_in, HandedIn) and handed_in.live.finished
    perhaps, certain, *_ = handed_in.live.finished.note.held
    yield "still a grade", _decides(story, auditor, ref, certain.key, "reword", "Get it graded again")
    yield "left out", _decides(story, auditor, ref, certain.key, "leave out")
    yield "kept", _decides(story, auditor, ref, perhaps.key, "keep")
    yield "pdf asked for", story.presses(auditor, "pdf", audit=ref, step="")
    yield "late", story.saves(auditor, ref, tool.steps[0].id, comment="Later words.")
    yield "all mine", story.says(auditor, "status")


def _decides(story: Story, auditor: str, ref: str, line: str, choice: str, words: str = "") -> Screen:
    return story.presses(auditor, "note", audit=ref, step="", line=line, choice=choice, **{f"note.{line}": words})


def alarms(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Screen]]:
    """A concern from both sides: the auditor who raised it, and everyone who was told."""
    story, ref = alarmed(tmp_path, folder, "alarms")
    auditor = cast(folder)[0]
    number = int(str(story.concerns(ref)[0]["id"]))
    yield "raised", story.presses(auditor, "start", audit=ref)
    for place, email in enumerate(told(story)):
        yield f"list of one who was told {place}", story.says(email, "status")
        yield f"recorded {place}", story.presses(email, "show", concern=number)
    story.wait(minutes=50)
    yield "climbing", story.presses(auditor, "start", audit=ref)
    for place, email in enumerate(told(story)):
        yield f"acknowledged {place}", story.presses(email, "ack", concern=number)
    yield "after", story.presses(auditor, "start", audit=ref)
    story.presses(auditor, "withdraw", audit=ref, step="", concern=number, reason="A mis-tap.")
    for place, email in enumerate(told(story)):
        yield f"withdrawn {place}", story.presses(email, "ack", concern=number)


def alarmed(tmp_path: Path, folder: Path, name: str) -> tuple[Story, str]:
    """A Friday evening, all sections answered at length, and a concern raised by hand."""
    story = story_of(tmp_path, folder, name)
    story.now = FRIDAY_EVENING
    story.everyone_opens_chat()
    auditor, case, tool_id = cast(folder)
    moderator: dict[str, Any] = {} if folder == TELFORD else {"moderator": "fran.sample@centralbeds.example"}
    ref = story.allocate(case, auditor, tool_id, **moderator)
    story.presses(auditor, "start", audit=ref)
    for step in story.council.tools[tool_id].sections:
        story.saves(auditor, ref, step.id, **full_answers(step))
    story.presses(auditor, "raise", audit=ref, limb=by_hand(story), words=LONG, press="1-1")
    return story, ref


def _letter_to_place(story: Story, urgent: bool) -> None:
    """A letter that nobody could place climbs a ladder too."""
    with story.store.open() as ledger:
        letter, _new = ledger.letters.keep(
            mailbox="qa",
            message_id=f"<{urgent}@elsewhere.example>",
            fingerprint=str(urgent),
            path="",
            sender="someone@elsewhere.example",
            at=story.now,
        )
        concerns.raise_for_letter(ledger, story.council, letter.id, urgent, story.now)
    story.deliver()


def told(story: Story) -> list[str]:
    """Everyone to whom an alert went, in order."""
    return list(dict.fromkeys(one.to.email for one in story.teams.sent if one.kind == "alert" and one.to))


def notices(tmp_path: Path, folder: Path) -> Iterator[tuple[str, Notice]]:
    """Everything that reaches a chat unasked: allocation, worker, moderator, alerts, ends, redrawn cards, letters."""
    story, ref = alarmed(tmp_path, folder, "notices")
    auditor, _case, _tool = cast(folder)
    story.saves(auditor, ref, "overall", grade="inadequate", why=LONG)
    story.wait(minutes=45)
    for urgent in (True, False):
        _letter_to_place(story, urgent)
    first, second = (int(str(one["id"])) for one in story.concerns(ref)[:2])
    for email in told(story):
        story.presses(email, "ack", concern=first)
    story.presses(auditor, "withdraw", audit=ref, step="", concern=second, reason=SENTENCE)
    story.wait(hours=1)
    for number, notice in enumerate(story.teams.sent):
        yield f"{notice.kind} {number}", notice
