"""What auditors write: the answers of a return, each with what should be read from it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from audit.answers import Value
from audit.scales import Choice
from audit.tools import Field, FieldKind, Step, Tool
from documents import layout
from tests.documents import filling
from tests.documents.filling import W
from tests.returned.draft import NOT_RELEVANT, Ask, Draft, Missing, Right, add, blank, para, table, wipe

SENTENCES = (
    "The worker knows this child and it shows on every page.",
    "Visits are regular, but two were late with no reason given.",
    "The mother said that the plan “finally makes sense” to her.",
    "School & health were asked early; the GP's answer is still awaited.",
    "The chronology stops in March and should be brought up to date.",
    "Direct work with the three houses helped the child to say what worries him.",
    "Supervision is on file every four weeks and asks what has changed.",
    "The father has not been seen since the first meeting.",
    "There is a clear contingency plan if things do not get better.",
    "The family network met on 3/6/2026 and again two weeks later.",
)
TRICKY = (
    "Good.",
    "This is good practice and the relationship is outstanding, although recording requires improvement.",
    "I would have said inadequate a year ago. Not any more!",
    "Good visits\nInadequate recording\nRequires improvement in planning",
    "Grade: Good",
    "Grade for this area\nInadequate",
    "Is the child safe now? No, or I am not sure",
    "{heading}",
    "{title}\nSee what I wrote there.",
    "{label}: nothing to add",
    "Not relevant here",
    "Yes / No / N/A: I did not know which to choose on the old form.",
    "x",
    "N/A",
    "As above.",
    "See previous.",
    "3 Planning",
    "Your answer",
    "Cf. AB-0001 and AB-0999, which were alike.",
)
FOREIGN = (
    "Zoë’s café – naïve, coöperative, “smart quotes”, £5 and €10; 3 × ½ h… ✓ done",
    "Mae’r plentyn yn ddiogel. Dziecko jest bezpieczne. الطفل آمن 😀",
    "Kin­ship care: non‑breaking hyphen, soft hyphen and a zero​width space",
)
LINES = ("Case note of 12/3/26", "Plan of May, page 4; visits 3 and 5", "Chronology", "Case notes, good ones in June")
WHAT = ("Bring the chronology up to date", "Ask the GP again", "Visit the father & his mother", "Hold a family meeting")
WHO = ("Worker", "Team manager", "Worker and IRO", "Practice lead")
DAYS = {
    "2026-12-18": (
        "18 December 2026", "18/12/2026", "18.12.26", "18-12-2026", "Fri 18 Dec 2026", "2026-12-18",
        "18th December 2026", "Friday 18th December 2026", "18 Dec 26", "18th of December 2026", "by 18/12/2026",
        "18 DECEMBER 2026", "18/12/26", "18 December, 2026", "Friday, 18 December 2026",
    ),
    "2026-04-03": ("03/04/2026", "3/4/26", "3 April 2026", "3rd Apr 2026", "03.04.2026"),
}  # fmt: skip
UNCLEAR_DAYS = (
    "31/02/2026", "12/25/2026", "next Friday", "ASAP", "end of January", "18 December", "Mon 18 Dec 2026", "18/12",
    "within 4 weeks", "12/2026", "TBC", "18/12/2026 or 8/1/2027", "ongoing", "18/12/2026?", "00/00/0000",
    "not 18/12/2026", "18/12/2026 but no later than 20/12/2026",
)  # fmt: skip

Content = Callable[[Tool, random.Random], Draft]


def clear_words(choice: Choice, is_grade: bool = True) -> tuple[str, ...]:
    """Every usual way to write an answer that leaves no doubt, the reasons that people add included."""
    label = choice.label
    if not is_grade:
        return (
            label, label.lower(), label.upper(), f"{label}.", f" {label} ", f"“{label}”", f"*{label}*", f"{label}\n",
            *choice.says, *(said.upper() for said in choice.says),
            *(() if "," in label else (f"{label}: seen on file", f"{label} (see the plan)", f"{label}, seen on file")),
        )  # fmt: skip
    counted = ("{}/10 today", "{} out of 10") if choice.id.startswith("s") and label.isdigit() else ()
    return (
        label, label.lower(), label.upper(), f"{label}.", f" {label} ", f"{label}!", f"Grade: {label}", f"“{label}”",
        f"*{label}*", f"Grade = {label}", f"I would say {label.lower()}", f"It is {label.lower()}.", f"{label}\n",
        f"{label}: the record shows it.", f"{label} – the record shows it from start to end",
        f"{label}\nThe record shows it.", f"{label} because the record shows it", f"{label} (agreed with the worker)",
        f"{label}: the plan is clear and up to date", f"{label}. Visits are regular and purposeful.",
        *choice.says, *(said.upper() for said in choice.says), *(one.format(label) for one in counted),
    )  # fmt: skip


TAKEN_BACK = (
    "rejected by the team manager", "Ignore this line please.", "carried over from the spring",
    "the worker's own grade", "I will decide after the visit.", "what the worker says", "a stretch to call it that",
    "I struggle to see this.", "beyond what I saw", "an overstatement by the manager", "nothing to show it",
    "Rejected by the moderator in June.", "how the family describes it", "for the elder of the two",
    "because the template asked me to", "the standard we want", "sort of, given the staffing",
    "the record falls short of this", "copied from the other file", "the middle of the scale",
)  # fmt: skip
"""What looks like a reason behind a grade, and takes the grade back, or gives it to somebody else."""
_AGAINST_A_HIGH_ONE = ("nothing to show it", "the record falls short of this", "beyond what I saw")
"""These take back a high grade; behind a low one they may be its reason."""
_JOINTS = (": ", "\n", " – ", ": ", "\n", " – ", " – ", "\n") * 3


def _taken_back(choice: Choice) -> tuple[str, ...]:
    high = choice.shape in ("tick", "star")
    return TAKEN_BACK if high else tuple(words for words in TAKEN_BACK if words not in _AGAINST_A_HIGH_ONE)


def hedged_words(choice: Choice, other: Choice) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
    """Words that a careful colleague asks about, and the choices that must be among those offered."""
    label, both, counted = choice.label, (choice, other), choice.label.isdigit()
    return (
        (f"not {label.lower()}", ()),
        (f"{label}?", (choice,)), (f"{label} - ?", (choice,)), (f"{label}-", (choice,)), (f"{label}+", (choice,)),
        (f"almost {label.lower()}", (choice,)), (f"Nearly {label.lower()}", (choice,)),
        (f"{label}/{other.label}", both), (f"{label} to {other.label}", both), (f"{label} or {other.label}", both),
        (f"{label} / {other.label}", both), (f"between {label.lower()} and {other.label.lower()}", both),
        (f"{label}, some {other.label.lower()}", both), (f"{label} but could be {other.label.lower()}", both),
        (f"{label} with elements of {other.label.lower()}", both), (f"{label}\n{other.label}", both),
        (f"{label} in parts", (choice,)),
        (f"{label}, but not for the younger child", (choice,)), (f"borderline {label.lower()}", (choice,)),
        (f"would be {label.lower()} if the plan were current", (choice,)), (f"mostly {label.lower()}", (choice,)),
        (f"I can't say it is {label.lower()}", ()), (f"hardly {label.lower()}", (choice,)),
        *((f"{label}{joint}{after}", (choice,)) for joint, after in zip(_JOINTS, _taken_back(choice), strict=False)),
        (f"{label}. No, {other.label.lower()}.", both), (f"{label} until May, then {other.label.lower()}", both),
        (f"{label} overall, {other.label.lower()} for recording", both),
        ("?", ()), ("TBC", ()), ("see comment", ()), ("as above", ()), ("???", ()), ("to discuss", ()), ("N/K", ()),
        *(((f"{label}.5", ()), (f"{label}-{other.label}", ()), ("12", ()), (f"{label}½", ())) if counted else ()),
        *(((f"-{label}", ()), (f"{label} (dad {other.label})", ())) if counted else ()),
        *((("2/3", ()), ("0-3", ())) if counted and choice.id.startswith("n") else ()),
    )  # fmt: skip


HALF_YES = (
    "Yes/No", "Yes and no", "Y/N", "?", "yes but late", "Yes?", "I think so", "No concerns",
    "no reason to think otherwise", "Yes - mostly", "not known", "to be checked", "no longer",
    "Yes, except in May", "see below", "50/50",
)  # fmt: skip
"""Answers to a yes/no question that are none, though most hold a "yes" or a "no"."""


def _text(chance: random.Random) -> str:
    return " ".join(chance.sample(SENTENCES, chance.randint(1, 3)))


def answer(draft: Draft, key: layout.Key, words: str, value: Value | None = None) -> None:
    """Words in a field's control, and what they mean: themselves unless said otherwise."""
    _step, one = draft.step_and_field(key)
    draft.write(key, words)
    draft.expected[key] = Right(words if value is None else value)
    if one.kind is FieldKind.LINE and value is None:
        draft.expected[key] = Right(" ".join(words.split()))


def tick(draft: Draft, key: layout.Key, ids: tuple[str, ...]) -> None:
    for choice_id in ids:
        filling.tick(draft.control(key, choice_id))
    draft.expected[key] = Right(ids) if ids else Missing()


def _usual(draft: Draft, step: Step, one: Field, chance: random.Random) -> None:
    key = step.id, one.id
    match one.kind:
        case FieldKind.GRADE | FieldKind.CHOICE:
            choice = chance.choice(one.choices)
            answer(draft, key, choice.label, choice.id)
        case FieldKind.MANY:
            tick(
                draft, key, tuple(choice.id for choice in one.choices if chance.random() < 0.5) or (one.choices[-1].id,)
            )
        case FieldKind.DATE:
            answer(draft, key, "18 December 2026", "2026-12-18")
        case FieldKind.TEXT:
            answer(draft, key, _text(chance))
        case FieldKind.LINE:
            pool = WHO if one.id.startswith("who_") else WHAT if one.id.startswith("what_") else LINES
            answer(draft, key, chance.choice(pool))


def full(tool: Tool, chance: random.Random) -> Draft:
    """Everything answered, from the lists where there are lists."""
    draft = blank(tool)
    for step in tool.steps:
        for one in step.fields:
            _usual(draft, step, one, chance)
    return draft


def partial(tool: Tool, chance: random.Random) -> Draft:
    """Some of it, with whole sections left for another day."""
    draft = blank(tool)
    for step in tool.steps:
        share = chance.choice((0.0, 0.4, 1.0))
        for one in step.fields:
            if chance.random() < share:
                _usual(draft, step, one, chance)
    return draft


def nothing(tool: Tool, chance: random.Random) -> Draft:
    """Sent back as it came."""
    return blank(tool)


def grade_words(tool: Tool, chance: random.Random) -> Draft:
    """Typed over the lists, in every usual variant."""
    draft = full(tool, chance)
    for key in draft.keys(FieldKind.GRADE, FieldKind.CHOICE):
        one = draft.step_and_field(key)[1]
        choice = chance.choice(one.choices)
        answer(draft, key, chance.choice(clear_words(choice, one.kind is FieldKind.GRADE)), choice.id)
    return draft


def hedged(tool: Tool, chance: random.Random) -> Draft:
    """Half a grade, two grades, or a doubt."""
    draft = full(tool, chance)
    for key in draft.keys(FieldKind.GRADE):
        choice, other = chance.sample(draft.step_and_field(key)[1].choices, 2)
        words, options = chance.choice(hedged_words(choice, other))
        draft.write(key, words)
        draft.expected[key] = Ask(tuple(one.id for one in options), (words,))
    for key in draft.keys(FieldKind.CHOICE):
        ids = [one.id for one in draft.step_and_field(key)[1].choices]
        if ids[0] == "yes" and ids[-1] in ("no", "not_applicable") and chance.random() < 0.5:
            words = chance.choice(HALF_YES)
            draft.write(key, words)
            draft.expected[key] = Ask((), (words,))
    return draft


def tricky(tool: Tool, chance: random.Random) -> Draft:
    """Comments with grade words, other sections' titles and labels in them, or that look like headings."""
    draft = full(tool, chance)
    for place, key in enumerate(draft.keys(FieldKind.TEXT)):
        step = chance.choice(tool.steps)
        label = chance.choice(step.fields).label
        words = TRICKY[(place + chance.randrange(len(TRICKY))) % len(TRICKY)]
        answer(draft, key, words.format(heading=layout.heading(step), title=step.title, label=label))
    return draft


def long(tool: Tool, chance: random.Random) -> Draft:
    """Comments of several paragraphs, lists and other scripts."""
    draft = full(tool, chance)
    for key in draft.keys(FieldKind.TEXT):
        kind = chance.randrange(4)
        lines = [_text(chance) for _ in range(chance.randint(3, 6))]
        if kind == 0:
            answer(draft, key, "\n\n".join(lines))
        elif kind == 1:
            answer(draft, key, "\n".join(f"{mark} {line}" for mark, line in zip("-•*–·o", lines, strict=False)))
        elif kind == 2:
            answer(draft, key, chance.choice(FOREIGN))
        else:
            as_block(draft, key, [para(line, style="ListParagraph") for line in lines])
            draft.expected[key] = Right("\n".join(lines))
    return draft


def as_block(draft: Draft, key: layout.Key, blocks: list) -> None:
    """What Word makes of a control in which somebody presses Enter or pastes: a block of its own."""
    control = draft.control(key)
    draft.write(key, "x")
    around = control.getparent()
    content = control.find(f"{W}sdtContent")
    for child in list(content):
        content.remove(child)
    around.addnext(control)
    content.extend(blocks)
    control.addnext(para())
    marks = [child for child in around if child.tag in (f"{W}bookmarkStart", f"{W}bookmarkEnd")]
    if marks:
        content[0].insert(0, marks[0])
        content[-1].append(marks[-1]) if content[-1].tag == f"{W}p" else control.addnext(marks[-1])
    around.getparent().remove(around)


def pasted(tool: Tool, chance: random.Random) -> Draft:
    """A table pasted into a comment; it may look like part of another tool."""
    draft = full(tool, chance)
    for key in draft.keys(FieldKind.TEXT)[::2]:
        step, _ = draft.step_and_field(key)
        grade = step.fields[0]
        rows = chance.choice(
            (
                [
                    ("Date", "What was seen"),
                    ("3 June 2026", "At school, alone"),
                    ("17 June 2026", "At home, with mother"),
                ],
                [(grade.label, grade.choices[-1].label if grade.choices else "x"), ("Comment", "From last year")],
                [("Question", "Your answer"), (layout.heading(tool.steps[0]), "Good")],
            )
        )
        before = _text(chance)
        as_block(draft, key, [para(before), table(rows), para("That is what I saw.")])
        draft.expected[key] = Right("\n".join([before, *(word for row in rows for word in row), "That is what I saw."]))
    return draft


def days(tool: Tool, chance: random.Random) -> Draft:
    """Days as people write them, and as nobody can read them."""
    draft = full(tool, chance)
    for key in draft.keys(FieldKind.DATE, grids=True):
        if chance.random() < 0.5:
            day = chance.choice(tuple(DAYS))
            answer(draft, key, chance.choice(DAYS[day]), day)
        else:
            words = chance.choice(UNCLEAR_DAYS)
            draft.write(key, words)
            draft.expected[key] = Ask((), (words,))
    return draft


def some_actions(tool: Tool, chance: random.Random) -> Draft:
    """Action rows half filled, and more actions than rows in one cell."""
    draft = full(tool, chance)
    rows = sorted(
        {one.id[-1] for step in tool.steps if step.id == "actions" for one in step.fields if one.id[-1].isdigit()}
    )
    for row in rows:
        for column in ("what", "who", "by"):
            key = "actions", f"{column}_{row}"
            if chance.random() < 0.5:
                draft.clear(key)
                draft.expected[key] = Missing()
    if rows and chance.random() < 0.5:
        draft.write(("actions", f"what_{rows[-1]}"), "1. Visit; 2. Ask the GP; 3. Write it up")
        words = "1. Visit; 2. Ask the GP; 3. Write it up"
        draft.expected["actions", f"what_{rows[-1]}"] = Ask((), (words,), or_right=words)
    return draft


def passed_over(tool: Tool, chance: random.Random) -> Draft:
    """Some sections ticked as not relevant: empty ones, and one that is answered all the same."""
    draft = full(tool, chance)
    steps = [step for step in tool.steps if step.may_be_not_relevant]
    for step in chance.sample(steps, max(1, len(steps) // 3)):
        filling.tick(draft.tagged(layout.not_relevant_tag(step)))
        if chance.random() < 0.4:
            draft.expected[step.id, NOT_RELEVANT] = Ask()
            continue
        draft.expected[step.id, NOT_RELEVANT] = Right("ticked")
        empty_section(draft, step)
    return draft


def empty_section(draft: Draft, step: Step) -> None:
    """A section without answers."""
    from tests.returned.draft import untick

    for one in step.fields:
        key = step.id, one.id
        draft.expected[key] = Missing()
        if one.kind is FieldKind.MANY:
            for choice in one.choices:
                untick(draft.control(key, choice.id))
        else:
            draft.clear(key)


def statements(tool: Tool, chance: random.Random) -> Draft:
    """No statement, one, or all."""
    draft = blank(tool)
    for key in draft.keys(FieldKind.MANY, answered=False):
        choices = draft.step_and_field(key)[1].choices
        tick(draft, key, chance.choice(((), (chance.choice(choices).id,), tuple(one.id for one in choices))))
    return draft


def only_overall(tool: Tool, chance: random.Random) -> Draft:
    """Nothing but the overall grade and a line on why."""
    draft = blank(tool)
    for one in tool.step("overall").fields:
        _usual(draft, tool.step("overall"), one, chance)
    return draft


def in_the_comment(tool: Tool, chance: random.Random) -> Draft:
    """The grade stands in the comment only, so that its own field is empty; asking "did you mean that?" is fair."""
    draft = full(tool, chance)
    for key in draft.keys(FieldKind.GRADE):
        step, one = draft.step_and_field(key)
        comment = next((field for field in step.fields if field.kind is FieldKind.TEXT), None)
        if comment is None:
            continue
        choice = chance.choice(one.choices)
        draft.clear(key)
        draft.expected[key] = Missing(or_asked=True)
        answer(draft, (step.id, comment.id), f"I grade this as {choice.label.lower()}. {_text(chance)}")
    return draft


def pasted_rich(tool: Tool, chance: random.Random) -> Draft:
    """Comments pasted from elsewhere: other fonts, a heading style, a link, several runs a word."""
    from tests.returned.draft import run

    draft = full(tool, chance)
    for key in draft.keys(FieldKind.TEXT)[::2]:
        head, text = chance.choice(("Summary", "2 Analysis", "Overall", "Planning")), _text(chance)
        pieces = [run(piece, "b", "sz:28") for piece in re.findall(r"\S+\s*", text)]
        as_block(draft, key, [para(head, style="Heading2"), para(*pieces)])
        draft.expected[key] = Right(f"{head}\n{text}")
    return draft


def beside(draft: Draft, key: layout.Key, words: str) -> None:
    """Another paragraph in the same cell."""
    add(draft.cell(key), para(words))


def typed_over(draft: Draft, key: layout.Key, *blocks: object) -> None:
    """A cell emptied, control and all, and written in anew."""
    cell = draft.cell(key)
    wipe(cell)
    add(cell, *blocks)


EVERY: dict[str, Content] = {
    "full": full,
    "partial": partial,
    "empty": nothing,
    "grade words": grade_words,
    "hedged": hedged,
    "tricky comments": tricky,
    "long comments": long,
    "pasted tables": pasted,
    "pasted text": pasted_rich,
    "days": days,
    "actions": some_actions,
    "not relevant": passed_over,
    "statements": statements,
    "overall only": only_overall,
    "grade in the comment": in_the_comment,
}
