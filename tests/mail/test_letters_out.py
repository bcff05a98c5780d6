"""What every letter of ours holds, and what none may (B05 to B07, C01, C02, C04, F05, L01)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import lru_cache
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import case_note
from audit import council as councils
from audit.answers import Answer, Audit, KeptWords
from audit.escalation import ConcernState
from audit.notices import (
    AlertFacts,
    AuditFacts,
    CompletedFacts,
    Facts,
    FinishedFacts,
    Notice,
    PlainFacts,
    ReadRow,
    ReceiptFacts,
    ReplyFacts,
    RequestFacts,
    ToldLine,
)
from audit.people import Case, Held, Person
from audit.process import Stage
from audit.words import sounds_alarming
from documents.returned_tool import identify
from documents.returned_tool.letter import without_print
from mail import bodies
from mail.sending import TEMPLATES, compose
from tests.mail.room import AUDITOR, COUNCILS, STRANGER, Room, words_of

NOW = datetime(2026, 11, 27, 17, 45, 10, tzinfo=UTC)
SECRET = "Zebedee Marker"
"""Stands wherever somebody may have written a child's name."""
GRADE_WORDS = re.compile(r"\b(outstanding|exceeds good|good|requires improvement|inadequate)\b", re.IGNORECASE)


def _council(name: str) -> councils.Council:
    folder = COUNCILS / name
    files = (*folder.glob("*.toml"), *folder.glob("tools/*.toml"))
    return councils.parse({str(path.relative_to(folder)): path.read_text("utf-8") for path in files})


BOTH = {name: _council(name) for name in ("telford_and_wrekin", "central_bedfordshire")}
AVERY = Person(1, "avery@council.example", "Avery Sample", "01632 960101")
PAT = Person(2, "pat@council.example", "Pat Specimen", "01632 960108")
WORKER = Person(3, "robin@council.example", "Robin Example", "07700 900103")


def audit_facts(council: councils.Council, handed_in: bool = False) -> AuditFacts:
    tool = next(iter(council.tools.values()))
    graded = next(step for step in tool.sections if any(one.id == "grade" for one in step.fields))
    audit = Audit(
        id=1,
        reference="TW-0417",
        case_id="4021",
        auditor_id=1,
        moderator_id=None,
        tool_id=tool.id,
        tool_version=tool.version,
        tool_hash="",
        council_hash=council.hash,
        stage=Stage.SUBMITTED if handed_in else Stage.SCORING,
        due=date(2026, 12, 18),
        version=1,
        allocated_at=NOW,
        submitted_at=NOW if handed_in else None,
        answers={
            graded.id: Answer({"grade": "inadequate", "comment": SECRET}),
            "overall": Answer({"grade": "inadequate", "why": SECRET}),
        },
        kept=(KeptWords(1, "overall", "why", SECRET, SECRET, (), "differs", "mail", NOW),),
    )
    case = Case("4021", "Oak Team", "Safeguarding", "CP", 3)
    return AuditFacts(audit, tool, case, AVERY, WORKER, PAT, audit.due, date(2026, 5, 27))


def alert(**changed: object) -> AlertFacts:
    lines = (
        ToldLine("Pat Specimen", "head of service", NOW, (("teams", "gave_up"), ("mail", "sent")), True, None, "1"),
        ToldLine("Robin Example", "worker", NOW, (("mail", "waiting"),), False, NOW, ""),
        ToldLine("Lee Sample", "director", NOW, (), True, None, ""),
    )
    facts = AlertFacts(
        concern_id=1,
        reference="TW-0417",
        kind="immediate concern",
        state=ConcernState.OPEN,
        raised_by="Avery Sample",
        raised_role="auditor",
        raised_at=NOW,
        confirmed=True,
        to_role="head of service",
        may_stop=True,
        repeated=False,
        told=lines,
        next_at=NOW + timedelta(minutes=15),
        next_roles=("director",),
        ring_name="Avery Sample",
        ring_phone="01632 960101",
        out_of_hours="the Emergency Duty Team on 01632 960199",
        stopped_by="",
        stopped_at=None,
        reason=SECRET,
        gap="",
        about_letter=False,
    )
    return replace(facts, **changed)  # type: ignore[arg-type]


def receipt(**changed: object) -> ReceiptFacts:
    facts = ReceiptFacts(
        reference="TW-0417",
        area_count=12,
        areas_read=11,
        rows=tuple(ReadRow(f"Area {n}", "Grade for this area", "Inadequate", "please choose") for n in range(12)),
        questions=(f"Planning: I read “{SECRET} inadequate”. Which do you mean: Good or Inadequate?",),
        submitted=False,
        to_confirm="",
        in_reply_to="<a@b.example>",
        subject=SECRET,
        copies=1,
        due=date(2026, 12, 18),
    )
    return replace(facts, **changed)  # type: ignore[arg-type]


def finished(council: councils.Council, role: str, handed_in: bool = True) -> FinishedFacts:
    """An audit with an action that names somebody, and one that speaks of a grade."""
    facts = audit_facts(council, handed_in)
    said = {"needed": "some", "what_1": f"Visit {SECRET}", "who_1": "Robin", "what_2": "Move from RI to Good"}
    audit = replace(facts.audit, answers={**facts.audit.answers, "actions": Answer(said, version=1)})
    note = case_note.write(facts.tool, council.words, audit, AVERY.name, facts.period_from) if handed_in else None
    return FinishedFacts(replace(facts, audit=audit), note, role)


def every_notice(council: councils.Council) -> Iterator[Notice]:
    """Each kind of letter in each of its shapes."""
    facts = audit_facts(council)
    yield notice(council, "allocation", facts, cc=(WORKER.email,))
    yield notice(council, "allocation", replace(facts, worker=None, moderator=None))
    yield notice(council, "moderator", facts, to=PAT)
    for limb in council.policy.limbs.values():
        letter = "letter" in limb.kind
        about = alert(kind=limb.kind, about_letter=letter, reference="Letter 3" if letter else "TW-0417")
        for yes, may_stop, gap in product((True, False), (True, False), ("", "deputy head of service")):
            seen = replace(about, confirmed=yes, repeated=not yes, may_stop=may_stop, gap=gap)
            yield notice(council, "alert", seen, to=PAT)
        for state in (ConcernState.ACKNOWLEDGED, ConcernState.WITHDRAWN):
            ended = alert(kind=limb.kind, state=state, stopped_by="Pat Specimen", stopped_at=NOW, about_letter=letter)
            yield notice(council, "ended", ended, to=PAT)
        yield notice(council, "completed", CompletedFacts(facts, limb.kind, "head of service", True), to=PAT)
    for handed_in in (True, False):
        whole = CompletedFacts(audit_facts(council, handed_in), "serious findings", "worker", False)
        yield notice(council, "completed", whole, to=WORKER)
    for submitted, confirm, late, copies, areas in product(
        (True, False), ("", "You recorded something. Reply CONFIRM."), ("", "It was late."), (1, 2), (0, 12)
    ):
        given = receipt(submitted=submitted, to_confirm=confirm, late=late, copies=copies, areas_read=areas)
        yield notice(council, "receipt", given)
        yield notice(council, "receipt", replace(given, questions=(), due=None))
        answered = replace(given, reply=True, rows=(), taken=("1. Overall: Inadequate.",), unclear=("2. Planning: no",))
        for asked, more in ((given.questions, "3 more things are open."), ((), ""), ((), "40 more things are open.")):
            yield notice(council, "receipt", replace(answered, questions=asked, more=more, still_open=bool(more) * 9))
        yield notice(council, "receipt", replace(answered, taken=(), beside="Your other words are kept for them."))
        yield notice(council, "receipt", replace(given, again=True, rows=()))
    yield notice(council, "reply", ReplyFacts("I found no tool.", "TW-0417", "<a@b.example>", SECRET))
    yield notice(council, "reply", ReplyFacts("I do not know you yet.", "", "", SECRET), to=None)
    for handed_in, role in product((True, False), ("auditor", council.policy.qa_lead)):
        yield notice(council, "finished", finished(council, role, handed_in), to=AVERY if role == "auditor" else PAT)
    for known, again in product((True, False), (True, False)):
        asks = RequestFacts(1, "4021", known, "Long plan", WORKER, NOW, "open", "", None, None, SECRET, repeated=again)
        yield notice(council, "request", asks, to=PAT)
    yield notice(council, "alarm", PlainFacts("The audit service needs a look", ("One line.", "Another.")), to=PAT)


def notice(
    council: councils.Council, kind: str, facts: Facts, to: Person | None = AVERY, cc: tuple[str, ...] = ()
) -> Notice:
    address = to.email if to else STRANGER
    lead = Held(council.policy.qa_lead, PAT)
    return Notice("k", 41, kind, "mail", to, address, cc, facts, council, NOW, lead=lead, seal="0123abcd")


def letter_for(one: Notice) -> EmailMessage:
    letter = message_from_bytes(compose(one), policy=default)
    assert isinstance(letter, EmailMessage)
    return letter


def page_of(letter: EmailMessage) -> str:
    html = letter.get_body(("html",))
    assert html is not None
    return str(html.get_content())


@lru_cache
def letters_of(council: str, kind: str) -> tuple[tuple[Notice, EmailMessage], ...]:
    return tuple((one, letter_for(one)) for one in every_notice(BOTH[council]) if one.kind == kind)


KINDS = sorted({one.kind for one in every_notice(BOTH["central_bedfordshire"])})
each_kind = pytest.mark.parametrize(("council", "kind"), list(product(BOTH, KINDS)))


def test_every_template_is_tried() -> None:
    assert {path.name for path in Path(TEMPLATES).iterdir() if path.is_dir()} == set(KINDS)


@each_kind
def test_a_preview_holds_reference_kind_and_deadline_only(council: str, kind: str) -> None:  # L01, B07
    for _, letter in letters_of(council, kind):
        for words in (str(letter["Subject"]), words_of(letter)[:255], bodies.from_html(page_of(letter))[:255]):
            assert SECRET not in words
            assert not GRADE_WORDS.search(words)
        assert all(SECRET not in str(header) for header in letter.values())
        assert {one.get_filename() for one in letter.iter_attachments()} <= {"TW-0417.docx", "TW-0417.pdf"}


@each_kind
def test_both_bodies_say_the_same(council: str, kind: str) -> None:  # L06
    for _, letter in letters_of(council, kind):
        page = set(re.findall(r"\w+", bodies.from_html(page_of(letter)).lower()))
        text = set(re.findall(r"\w+", words_of(letter).lower()))
        assert text - page <= {"1", "2", "3"}  # a page counts by itself
        assert page - text <= {"acknowledge", "by", "confirm", "reply", "area", "read", "as"}  # buttons, column heads


@each_kind
def test_every_letter_says_that_a_machine_sent_it(council: str, kind: str) -> None:  # G04
    inbox = BOTH[council].policy.qa_address
    for _, letter in letters_of(council, kind):
        assert letter["Auto-Submitted"] == ("auto-replied" if kind in ("receipt", "reply") else "auto-generated")
        assert letter["X-Auto-Response-Suppress"] == "All"
        assert letter["Reply-To"] == inbox
        assert letter["From"].addresses[0].addr_spec == inbox
        assert letter["Message-ID"] == f"<notice-41.0123abcd@{inbox.partition('@')[2]}>"
        assert str(letter["Subject"]).strip() == str(letter["Subject"])


@each_kind
def test_a_letter_that_is_quoted_back_does_not_sound_alarming(council: str, kind: str) -> None:
    """But for alerts, and receipts with grades in them: there, hurrying is right. What a form prints nobody said."""
    for one, letter in letters_of(council, kind):
        graded = isinstance(one.facts, ReceiptFacts)
        for words in (words_of(letter), bodies.from_html(page_of(letter))):
            assert kind in ("alert", "ended", "completed") or graded or not sounds_alarming(without_print(words))


@given(st.text(max_size=60), st.text(max_size=20))
@settings(max_examples=20, deadline=None)
def test_no_words_break_a_letter(words: str, name: str) -> None:
    council = BOTH["telford_and_wrekin"]
    facts = receipt(questions=(words,), late=words, in_reply_to="<x@y.example>")
    person = Person(1, AUDITOR, " ".join(name.split()), "", "")
    for kind, given_facts in (
        ("receipt", facts),
        ("reply", ReplyFacts(words, "TW-0417", "<x@y.example>", words)),
        ("alert", alert(raised_by=words, gap=words, to_role=words)),
    ):
        one = replace(notice(council, kind, given_facts), to=person, address=AUDITOR)
        letter = letter_for(one)
        assert letter["To"].addresses[0].addr_spec == AUDITOR
        assert "<script" not in page_of(letter)


def test_markup_in_words_stays_words() -> None:
    council = BOTH["telford_and_wrekin"]
    page = page_of(letter_for(notice(council, "receipt", receipt(questions=("<script>x</script> & more",)))))
    assert "&lt;script&gt;x&lt;/script&gt; &amp; more" in page


def test_a_long_message_id_is_answered_unbroken() -> None:
    council = BOTH["telford_and_wrekin"]
    long = f"<{'a' * 120}@mail.example>"
    raw = compose(notice(council, "reply", ReplyFacts("Hello.", "", long, "")))
    assert f"In-Reply-To: {long}\r\n".encode() in raw
    assert f"References: {long}\r\n".encode() in raw


def test_an_allocation_brings_all_that_an_auditor_needs(room: Room) -> None:  # B05, B06, C01, C02, C04
    audit = room.allocates()
    letter = room.letters_out("allocation", AUDITOR)[0]
    assert letter["Subject"] == "TW-0001: practice learning session, due Fri 18 Dec (in 19 working days)"
    assert letter["Cc"] == "robin.example@telford.example"
    said = words_of(letter)
    assert "Get in touch with the worker soon: Robin Example, 07700 900103." in said
    assert "their desk or a room" in said
    assert "Look at the work since Sat 23 May 2026." in said
    assert "Case: 4021" in said
    assert "Robin Example has a copy of this mail" in said
    assert "Pat Specimen, Quality Assurance Manager, 01632 960108" in said
    tool = next(letter.iter_attachments())
    assert tool.get_filename() == "TW-0001.docx"
    assert identify(tool.get_content(), "TW").reference == audit.reference


def test_an_alert_says_when_it_will_not_stop_for_this_reader() -> None:
    council = BOTH["central_bedfordshire"]
    said = words_of(letter_for(notice(council, "alert", alert(may_stop=False), to=PAT)))
    assert "the alert goes on until the head of service or the director acknowledges it" in said


def test_an_alert_names_gaps_and_doubts() -> None:
    council = BOTH["central_bedfordshire"]
    doubtful = alert(confirmed=False, gap="deputy head of service")
    said = words_of(letter_for(notice(council, "alert", doubtful, to=PAT)))
    assert "It is not yet confirmed by the auditor." in said
    assert "Nobody is listed as deputy head of service, so others were told instead." in said
    assert "Robin Example, worker: On its way by mail since 17:45; acknowledged at 17:45" in said


def test_nothing_that_people_wrote_goes_out_in_a_letter(room: Room) -> None:  # L01
    audit = room.allocates()
    answers = {("overall", "grade"): "Inadequate", ("overall", "why"): SECRET, ("voice", "comment"): SECRET}
    room.writes(AUDITOR, SECRET, text=f"{SECRET} is not safe.\n", files=(room.filled(audit, answers), b"%PDF bad"))
    room.works()
    room.writes(AUDITOR, SECRET, text=SECRET + "\n")
    room.writes(STRANGER, SECRET, text=SECRET + "\n")
    room.works()
    room.waits(minutes=30)
    kinds = set()
    for letter in room.letters_out():
        kinds.add(letter["Subject"])
        assert SECRET not in words_of(letter) + page_of(letter)
        assert all(SECRET not in str(value) for value in letter.values())
    assert len(kinds) > 6


# the look


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_can_be_read() -> None:  # L06: 4.5 to 1
    pages = "".join(path.read_text() for path in Path(TEMPLATES).rglob("*.html"))
    inks = {match.upper() for match in re.findall(r"[^-]color:#([0-9A-Fa-f]{6})", pages)} - {"FFFFFF"}
    grounds = {match.upper() for match in re.findall(r"background-color:#([0-9A-Fa-f]{6})", pages)} - {"1F3A68"}
    for ink, ground in product(inks, grounds):
        light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_pages_bring_nothing_from_outside() -> None:
    for path in Path(TEMPLATES).rglob("*.html"):
        assert not re.search(r"<(img|link|script|style)|url\(|https?:", path.read_text())


# in the council's words (A02)


def test_a02_what_an_auditor_is_asked_to_do_first_is_the_councils_own() -> None:
    council = BOTH["central_bedfordshire"]
    ours = replace(council.words, first=("Ring the {worker}{contact}, before noon.",), signature=("Floor 2", "9 to 5"))
    for worker, contact in ((WORKER, ": Robin Example, 07700 900103"), (None, "")):
        facts = replace(audit_facts(council), worker=worker)
        letter = letter_for(notice(replace(council, words=ours), "allocation", facts))
        for words in (words_of(letter).replace("\r\n", " "), bodies.from_html(page_of(letter)).replace("\n", " ")):
            assert f"Ring the social worker{contact}, before noon." in words
            assert "Get in touch" not in words
            assert words.strip().endswith("Central Bedfordshire Floor 2 9 to 5")


@pytest.mark.parametrize(
    ("council", "label"), [("telford_and_wrekin", "Area of practice"), ("central_bedfordshire", "Section")]
)
def test_a02_a_receipt_speaks_of_areas_as_the_council_does(council: str, label: str) -> None:
    page = page_of(letter_for(notice(BOTH[council], "receipt", receipt(rows=(ReadRow("Voice", "Grade", "Good", ""),)))))
    assert f">{label}</th>" in page and ">Area</th>" not in page


def test_every_number_can_be_rung() -> None:
    page = page_of(letter_for(notice(BOTH["telford_and_wrekin"], "alert", alert(), to=AVERY)))
    numbers = set(
        re.findall(r"0\d{4} \d{6}", words_of(letter_for(notice(BOTH["telford_and_wrekin"], "alert", alert()))))
    )
    assert numbers == {"01632 960101", "01632 960108", "01632 960199"}
    for number in numbers:
        assert f'<a href="tel:{number.replace(" ", "")}" ' in page
        assert page.count(number) == page.count(f">{number}</a>"), "wherever it stands"
