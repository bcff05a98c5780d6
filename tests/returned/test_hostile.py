"""Every file that means harm is refused with its own sentence, soon and within bounds; nobody else notices (G02)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from audit.tools import Tool
from documents import converting, frames, programs
from documents.kinds import Kind
from documents.limits import MB, Child
from documents.reading_process import Forked, NoParent
from documents.reading_room import FileRead, ReadingRoom
from documents.returned_tool import as_data, read
from documents.returned_tool.values import Identity
from tests.documents.filling import TOOL, blank, fill, full_answers
from tests.returned import hostile
from tests.returned.hostile_letters import LETTERS

HOSTILE = {**hostile.HOSTILE, **LETTERS}
GOOD = fill(blank(), TOOL, full_answers())
needs_namespaces = pytest.mark.skipif(not programs.isolated(), reason="namespaces are refused here")
needs_libreoffice = pytest.mark.skipif(bool(converting.why_not()), reason="LibreOffice cannot be run here")


def tools(_: Identity) -> tuple[Tool, ...]:
    return (TOOL,)


def one(room: ReadingRoom, data: bytes, name: str = "a.docx") -> FileRead:
    """What a file with nothing in it but itself came to."""
    found = room.read(data, name, "AB", tools)
    assert len(found) == 1
    return found[0]


def was_read(found: FileRead) -> bool:
    """Whether the good file was read, to its last field."""
    expected = read(GOOD, "file.docx", lambda *_: TOOL, "AB")
    return not found.unreadable and found.readings == (expected,)


@pytest.fixture(scope="module")
def room() -> Iterator[ReadingRoom]:
    made = ReadingRoom()
    yield made
    made.close()


@pytest.fixture
def own_room() -> Iterator[Callable[[Child], ReadingRoom]]:
    """Rooms with limits of their own."""
    with contextlib.ExitStack() as rooms:

        def make(limits: Child) -> ReadingRoom:
            made = ReadingRoom(limits=limits)
            rooms.callback(made.close)
            return made

        yield make


# refused


@pytest.mark.parametrize("case", HOSTILE)
def test_it_is_refused_with_its_own_sentence_soon_and_within_300_mb(case: str, room: ReadingRoom) -> None:
    file = HOSTILE[case]
    data = file.make()
    assert was_read(one(room, GOOD))  # the parent is loaded: what follows is the file's own time
    start = monotonic()
    found = [each for each in room.read(data, file.name, "AB", tools) if each.unreadable]
    assert monotonic() - start < 2
    assert {each.unreadable for each in found} == {file.says}
    assert not any(each.fault or each.readings for each in found)
    assert max(each.peak for each in found) <= 300 * MB


def test_the_sentences_tell_one_harm_from_another() -> None:
    said = [file.says for file in HOSTILE.values()]
    assert len(set(said)) >= 60
    for sentence in said:
        assert sentence.endswith(".")
        assert sentence[0].islower()


BAIT = {
    "boxes": "[ ] " * 100_000,
    "ticks": "☐☒" * 100_000,
    "spaces": "Planning" + " " * 300_000 + "x",
    "hyphens": "good" + "-" * 200_000 + "RI",
    "one word": "a" * 500_000,
    "lines": "Grade\n" * 50_000,
    "references": "AB-0417 " * 50_000,
    "brackets": "(" * 200_000 + ")" * 200_000,
}


@pytest.mark.parametrize("bait", BAIT)
def test_endless_words_under_a_heading_are_read_or_refused_in_time(bait: str, room: ReadingRoom) -> None:
    """Nothing here is forbidden. It must not cost more than its own process may use, nor come out as an answer."""
    words = BAIT[bait]
    cells = "".join(f"<w:tc><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:tc>" for said in ("Grade", words))
    cell = f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    data = hostile.body(f"<w:p><w:r><w:t>1 Planning</w:t></w:r></w:p>{cell}")
    start = monotonic()
    found = one(room, data)
    assert monotonic() - start < 4
    assert not found.fault
    assert found.unreadable or found.readings[0].field("planning", "grade").state != "read"


# the service goes on


def test_good_files_are_read_while_hostile_ones_come_in(room: ReadingRoom) -> None:
    done = threading.Event()

    def goes_on() -> list[bool]:
        read_well = []
        while not done.is_set():
            read_well.append(was_read(one(room, GOOD)))
        return read_well

    with ThreadPoolExecutor(2) as others:
        waiting = [others.submit(goes_on) for _ in range(2)]
        try:
            for file in HOSTILE.values():
                room.read(file.make(), file.name, "AB", tools)
        finally:
            done.set()
        assert all(each for one_thread in waiting for each in one_thread.result())
        assert sum(len(one_thread.result()) for one_thread in waiting) > 20


def test_each_file_has_a_process_of_its_own_and_none_stays(room: ReadingRoom) -> None:
    assert was_read(one(room, GOOD))
    assert was_read(one(room, GOOD))
    assert _children_of(room.parent) == []


def _children_of(parent: int | None) -> list[int]:
    """The processes that were forked and have not ended; the parent itself may stand behind its namespace's door."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    below = [int(pid) for pid in listed]
    return _children_of(below[0]) if below and "unshare" in Path(f"/proc/{parent}/comm").read_text() else below


# limits


def test_work_beyond_measure_costs_its_own_file_and_no_other(own_room: Callable[[Child], ReadingRoom]) -> None:
    room = own_room(Child(cpu_seconds=0.001))
    assert one(room, GOOD).unreadable == "it takes far more work to read than a tool does."


def test_memory_beyond_measure_costs_its_own_file_and_no_other(own_room: Callable[[Child], ReadingRoom]) -> None:
    room = own_room(Child(memory=30 * MB))
    large = hostile.docx(**{f"word/media/{place}.bin": os.urandom(900_000) for place in range(25)})
    assert one(room, large).unreadable == "it takes far more memory to read than a tool does."
    assert was_read(one(room, GOOD))


def test_a_process_that_waits_for_ever_is_ended(own_room: Callable[[Child], ReadingRoom]) -> None:
    room = own_room(Child(wall_seconds=0.3))

    def never(_: Identity) -> tuple[Tool, ...]:
        threading.Event().wait(1.0)  # a ledger that does not answer
        return (TOOL,)

    assert room.read(GOOD, "a.docx", "AB", never)[0].unreadable == "it takes far too long to read."
    assert was_read(one(room, GOOD))


def test_a_letter_without_time_left_says_so_and_starts_nothing(room: ReadingRoom) -> None:
    found = room.read(GOOD, "a.docx", "AB", tools, until=monotonic() - 1)
    assert "no time left" in found[0].unreadable


# what dies is replaced


def test_a_parent_that_was_killed_is_replaced(own_room: Callable[[Child], ReadingRoom]) -> None:
    room = own_room(Child())
    assert was_read(one(room, GOOD))
    first = room.parent
    assert first
    os.kill(first, signal.SIGKILL)
    assert was_read(one(room, GOOD))
    assert room.parent != first


def test_a_parent_that_dies_over_a_file_is_replaced_and_the_file_read(own_room: Callable[[Child], ReadingRoom]) -> None:
    room = own_room(Child())
    killed = []

    def kills_once(_: Identity) -> tuple[Tool, ...]:
        if not killed and room.parent:
            killed.append(room.parent)
            os.kill(room.parent, signal.SIGKILL)
        return (TOOL,)

    assert was_read(room.read(GOOD, "a.docx", "AB", kills_once)[0])
    assert killed


def test_a_parent_that_cannot_be_started_is_no_fault_of_a_file(
    own_room: Callable[[Child], ReadingRoom], monkeypatch: pytest.MonkeyPatch
) -> None:
    room = own_room(Child())
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(NoParent):
        one(room, GOOD)
    monkeypatch.undo()
    assert was_read(one(room, GOOD))


def test_a_closed_room_leaves_no_process(own_room: Callable[[Child], ReadingRoom]) -> None:
    room = own_room(Child())
    assert was_read(one(room, GOOD))
    parent = room.parent
    room.close()
    with pytest.raises(ProcessLookupError):
        os.kill(parent or 0, 0)


def test_a_fault_while_asking_for_the_tools_is_the_letter_lanes_and_ends_the_child(room: ReadingRoom) -> None:
    def fails(_: Identity) -> tuple[Tool, ...]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        room.read(GOOD, "a.docx", "AB", fails)
    assert was_read(one(room, GOOD))


# a child that was taken over


class TakenOver:
    """Stands where the parent of the children stands, and says whatever a child under a stranger's hand might say."""

    pid = None

    def __init__(self, *says: bytes) -> None:
        self.says = says

    def learn(self, tools: tuple[Tool, ...]) -> None:
        """Its parent is none of ours."""

    @contextlib.contextmanager
    def child(self) -> Iterator[Forked]:
        ours, theirs = socket.socketpair()
        told, tell = os.pipe()
        os.write(tell, json.dumps({"code": 0, "cpu": 0.1, "peak": 1}).encode())
        talks = threading.Thread(target=self._talk, args=(theirs,))
        talks.start()
        try:
            yield Forked(ours, told)
        finally:
            ours.close()
            talks.join()
            for each in (told, tell):
                os.close(each)

    def _talk(self, theirs: socket.socket) -> None:
        with theirs, contextlib.suppress(OSError):
            for each in self.says:
                theirs.sendall(each)
            theirs.shutdown(socket.SHUT_WR)
            while theirs.recv(100_000):
                pass


def frame(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def said(data: object) -> bytes:
    return frame(json.dumps(data).encode())


WHO = {"by_property": ["AB-0417"], "by_body": [], "by_footer": [], "tool_id": "small", "version": "3"}
READING = as_data.reading_as_data(read(GOOD, "a.docx", lambda *_: TOOL, "AB"))


def with_field(**changed: object) -> bytes:
    first, *others = json.loads(json.dumps(READING))["fields"]
    return said({"readings": [{**READING, "fields": [{**first, **changed}, *others]}]})


LIES: dict[str, tuple[bytes, ...]] = {
    "nothing": (),
    "no frame": (b"\0",),
    "an endless frame": (b"\xff\xff\xff\xff" + b"a" * 100,),
    "no JSON": (frame(b"\x80\x04K\x01."),),
    "nested JSON": (frame(b"[" * 200_000),),
    "a list": (said([1]),),
    "nothing that was asked": (said({"x": 1}),),
    "an identity of numbers": (said({"identity": {**WHO, "by_body": [1]}}),),
    "a thousand references": (said({"identity": {**WHO, "by_body": ["AB-0417"] * 1000}}),),
    "an endless version": (said({"identity": {**WHO, "version": "1" * 10_000}}),),
    "a sentence with markup": (said({"unreadable": "<a href=http://evil.example>press here</a>."}),),
    "a sentence of many lines": (said({"unreadable": "it is.\n\nDear all."}),),
    "an endless sentence": (said({"unreadable": "a" * 10_000 + "."}),),
    "a kind that is none": (said({"convert": "EXE"}),),
    "a kind that is a number": (said({"convert": 1}),),
    "a hundred files": (said({"files": [".docx"] * 100}),),
    "no readings": (said({"identity": WHO}), said({})),
    "too few readings": (said({"identity": WHO}), said({"readings": []})),
    "too few fields": (said({"identity": WHO}), said({"readings": [{**READING, "fields": READING["fields"][1:]}]})),
    "a field that is not there": (said({"identity": WHO}), with_field(field="other")),
    "a grade that is none": (said({"identity": WHO}), with_field(value="brilliant")),
    "a grade that is a list": (said({"identity": WHO}), with_field(value=["good"])),
    "a choice that is none": (said({"identity": WHO}), with_field(options=["brilliant"])),
    "a state that is none": (said({"identity": WHO}), with_field(state="certain")),
    "read, but nothing": (said({"identity": WHO}), with_field(state="read", value=None)),
    "half a character": (said({"identity": WHO}), with_field(words="\ud800")),
    "endless words": (said({"identity": WHO}), with_field(words="a" * 300_000)),
    "a step that is none": (said({"identity": WHO}), said({"readings": [{**READING, "not_relevant": ["x"]}]})),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_child_says_is_believed_only_where_it_fits(lie: str) -> None:
    room = ReadingRoom()
    room._process = TakenOver(*LIES[lie])  # type: ignore[assignment]
    found = one(room, GOOD)
    assert found.unreadable.startswith("something in it stopped the reader.")
    assert not found.readings
    assert not found.identity


def test_the_same_words_are_believed_where_they_fit() -> None:
    room = ReadingRoom()
    room._process = TakenOver(said({"identity": WHO}), said({"readings": [READING]}))  # type: ignore[assignment]
    assert one(room, GOOD).readings[0].fields == read(GOOD, "a.docx", lambda *_: TOOL, "AB").fields


def test_a_fault_is_told_by_kind_and_place_and_nothing_else() -> None:
    room = ReadingRoom()
    for given, told in (("KeyError at found:12", "KeyError at found:12"), ("Robin is not safe", "unknown")):
        room._process = TakenOver(said({"fault": given}))  # type: ignore[assignment]
        assert one(room, GOOD).fault == told


# nothing leaves the machine


class Listener:
    """Somebody on this machine who would notice being asked for a picture."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]

    def was_asked(self) -> bool:
        self.server.settimeout(0.05)
        try:
            self.server.accept()[0].close()
        except TimeoutError:
            return False
        return True


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.server.close()


def test_no_file_makes_the_reader_fetch_anything(room: ReadingRoom, listener: Listener) -> None:
    target = f"http://127.0.0.1:{listener.port}/a.png"
    files = {
        "a.docx": hostile.relation("image", target),
        "b.docx": hostile.relation("attachedTemplate", target),
        "c.docx": hostile.relation("hyperlink", target),
        "d.docx": hostile.body("&b;", before=f'<!DOCTYPE a [<!ENTITY b SYSTEM "{target}">]>'),
        "e.odt": hostile.odt(hostile.picture(target)),
        "f.pdf": hostile.pdf(b"9 0 obj<</S /URI /URI (%s)>>endobj" % target.encode()),
    }
    for name, data in files.items():
        room.read(data, name, "AB", tools)
    assert not listener.was_asked()


@needs_libreoffice
def test_libreoffice_fetches_nothing_even_where_vetting_is_left_out(listener: Listener, tmp_path: Path) -> None:
    data = hostile.odt(hostile.picture(f"http://127.0.0.1:{listener.port}/a.png"))
    assert converting.to_word(data, Kind.OPEN_DOCUMENT, 30).startswith(b"PK")
    assert not listener.was_asked()
    (tmp_path / "in.odt").write_bytes(data)  # and this is what it does when nobody shuts it in
    words = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "docx",
        "in.odt",
    ]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as office:
        listener.server.settimeout(40)
        listener.server.accept()[0].close()
        office.wait(60)


@needs_libreoffice
def test_what_libreoffice_converts_is_read_by_a_second_child(room: ReadingRoom) -> None:
    found = one(room, hostile.with_macros(honest=True), "a.docm")
    assert found.note.startswith("The document holds macros. They were left out")
    assert found.identity
    assert found.identity.reference == "AB-0417"


def test_without_libreoffice_each_kind_says_what_to_do(monkeypatch: pytest.MonkeyPatch, room: ReadingRoom) -> None:
    monkeypatch.setattr(programs, "_PATH", "/nowhere")  # a machine on which nothing is installed
    files = {
        "a.docm": hostile.with_macros(honest=True),
        "a.odt": hostile.odt(),
        "a.rtf": b"{\\rtf1 Grade: Good}",
        "a.doc": hostile.compound("WordDocument"),
    }
    sentences = {one(room, data, name).unreadable for name, data in files.items()}
    assert len(sentences) == 4
    assert all("Please" in sentence and "(.docx)" in sentence for sentence in sentences)


# archives


def test_each_file_of_an_archive_is_read_by_itself(room: ReadingRoom) -> None:
    found = room.read(hostile.zipped({"one/a.docx": GOOD, "b.docx": b"MZ", "c.docx": GOOD}), "tools.zip", "AB", tools)
    assert [each.place for each in found] == [1, 2, 3]
    assert [each.unreadable for each in found] == ["", hostile.PROGRAM, ""]
    assert was_read(found[0])
    assert was_read(found[2])
    assert len({each.hash for each in found}) == 2


# shut in


def test_frames_are_no_longer_than_is_allowed() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        frames.send(theirs, b"four")
        with pytest.raises(frames.Broken):
            frames.receive(ours, 3, monotonic() + 1)
