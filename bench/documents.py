"""What files cost: a blank tool made, a filled one read, a final PDF made; and other libraries on the same files.

    make bench-documents                     targets and comparison; ends with 1 where a target is missed
    make bench-documents ARGS=--report       the same, and ends with 0 whatever the figures

Files are made on the spot with one answer to every field. The other libraries give text and know nothing of fields,
so a field counts as found when a search by lines would find its value: below its step's heading, between its label and
the next one, with no other choice beside it; ticks by the mark before each choice's name. Ours counts when the value
read is the value written, unasked.
"""

from __future__ import annotations

import argparse
import html
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]
os.chdir(ROOT)  # the councils' folders are found from here

from audit.answers import Answer, Audit, Value  # noqa: E402
from audit.process import Stage  # noqa: E402
from audit.tools import Field, FieldKind, Step, Tool  # noqa: E402
from audit.words import day, meaning  # noqa: E402
from bench.text_of import peak_mb  # noqa: E402
from documents import layout, look  # noqa: E402
from documents.returned_tool import FieldRead  # noqa: E402
from tests.documents import filling  # noqa: E402
from tests.documents.filling import W  # noqa: E402
from tests.returned import corpus  # noqa: E402
from tests.returned import tools as corpus_tools  # noqa: E402
from tests.returned.draft import NOT_RELEVANT, Right  # noqa: E402
from tests.returned.scoring import flat  # noqa: E402

OTHERS = ROOT / ".venv-bench" / "bin" / "python"
LIBRARIES = ("docx2python", "mammoth", "markitdown")
TIMES, TIMES_OTHERS = 30, 5
DAMAGED = 40

WANTED = {"blank": 150.0, "child": 15.0, "room": 60.0, "pdf": 100.0}
"""Milliseconds, of the median."""


@dataclass(frozen=True)
class Filled:
    """A file, and the answers that stand in it beyond doubt: one to every field of its tool, unless said otherwise."""

    name: str
    tool: Tool
    data: bytes
    clear: Mapping[layout.Key, Value] | None = None

    @property
    def answers(self) -> Mapping[layout.Key, Value]:
        return filling.full_answers(self.tool) if self.clear is None else self.clear


@dataclass
class Row:
    """A line of the first table: what was measured, and at most how many milliseconds are wanted."""

    what: str
    spent: Sequence[float]
    wanted: float = 0
    note: str = ""

    @property
    def missed(self) -> bool:
        return bool(self.wanted) and statistics.median(self.spent) > self.wanted

    def __str__(self) -> str:
        wanted = f"{self.wanted:.0f}" if self.wanted else ""
        note = ", ".join(part for part in ("MISSED" if self.missed else "", self.note) if part)
        spent = f"{min(self.spent):8.1f}{statistics.median(self.spent):8.1f}{p95(self.spent):8.1f}"
        cells = f"{spent}{len(self.spent):5}{wanted:>8}"
        return f"{self.what:<64}{cells}  {note}".rstrip()


def p95(spent: Sequence[float]) -> float:
    return sorted(spent)[max(0, round(0.95 * len(spent)) - 1)]


# The files


def filled_files() -> list[Filled]:
    """Filled in Word; the same with its controls flattened, as apps do; the same saved by LibreOffice; and ticks."""
    tools = {tool.id: tool for tool, _ in filling.councils_tools()} | {"small": filling.TOOL}
    word = {name: filled(tools[name]) for name in ("tw-cp-cin", "cb-practice-evaluation", "small")}
    files = [Filled(f"{name}, filled in Word", tools[name], data) for name, data in word.items()]
    files[-1] = Filled("small, ticked boxes, filled in Word", filling.TOOL, word["small"])
    files.append(Filled("tw-cp-cin, controls flattened", tools["tw-cp-cin"], flattened(word["tw-cp-cin"])))
    for name, data in through_libreoffice({one: word[one] for one in ("tw-cp-cin", "small")}).items():
        ticks = ", ticked boxes" if name == "small" else ""
        files.append(Filled(f"{name}{ticks}, saved by LibreOffice", tools[name], data))
    return files


def damaged_files() -> list[Filled]:
    """Some of the corpus: what people and editors do to a tool, with the answers that are clear all the same."""
    returns = [case.make() for case in islice(corpus.sample(), DAMAGED)]
    return [Filled(one.name, one.tool, one.data, clear) for one in returns if (clear := clear_answers(one))]


def clear_answers(one: corpus.Return) -> dict[layout.Key, Value]:
    """Without the boxes that say that a whole section is not relevant."""
    expected = ((key, said) for key, said in one.expected.items() if key[1] != NOT_RELEVANT)
    return {key: said.value for key, said in expected if isinstance(said, Right)}


def filled(tool: Tool) -> bytes:
    typed = {key: filling.as_typed(tool, key, value) for key, value in filling.full_answers(tool).items()}
    return filling.fill(filling.blank(tool), tool, typed)


def flattened(data: bytes) -> bytes:
    """What stood in controls as plain text, as after a trip through an app that knows no controls."""

    def change(root: Any) -> None:
        for control in list(root.iter(f"{W}sdt")):
            for child in control.find(f"{W}sdtContent"):
                control.addprevious(child)
            control.getparent().remove(control)

    return filling.with_xml(data, change)


def through_libreoffice(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files saved again by LibreOffice; none where it is not installed."""
    program = shutil.which("soffice")
    if not program:
        return {}
    with tempfile.TemporaryDirectory(prefix="auditbot-bench-") as folder:
        there = Path(folder)
        for name, data in files.items():
            (there / f"{name}.docx").write_bytes(data)
        profile, out = (there / "profile").as_uri(), there / "out"
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "docx:MS Word 2007 XML"]
        paths = [str(there / f"{name}.docx") for name in files]
        subprocess.run([*command, "--outdir", str(out), *paths], check=True, capture_output=True, timeout=60)
        return {name: (out / f"{name}.docx").read_bytes() for name in files}


# Measuring ours


def milliseconds(work: Callable[[], object], times: int, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    work()
    spent = []
    for _ in range(times):
        start = clock()
        work()
        spent.append((clock() - start) * 1000)
    return spent


def making() -> list[Row]:
    """A blank tool of each council, and a final PDF."""
    rows = [
        Row(
            f"blank tool made, {tool.id} (wall)",
            milliseconds(lambda tool=tool, guide=guide: filling.blank(tool, guide), TIMES),
            WANTED["blank"],
        )
        for tool, guide in filling.councils_tools()
    ]
    return rows + final_pdf()


def final_pdf() -> list[Row]:
    """Of an audit with every answer given. The first one loads the typesetter and its fonts, and is told apart."""
    from documents import audit_pdf

    rows = []
    at = datetime(2026, 12, 18, 12, tzinfo=UTC)
    for tool, _guide in filling.councils_tools():
        said: dict[str, dict[str, Value]] = {}
        for (step_id, field_id), value in filling.full_answers(tool).items():
            said.setdefault(step_id, {})[field_id] = value
        answers = {step_id: Answer(values) for step_id, values in said.items()}
        audit = Audit(
            1, "AB-0417", "C-1001", 1, None, tool.id, tool.version, "", "", Stage.SUBMITTED, at.date(), 1, at, at,
            answers=answers,
        )  # fmt: skip

        def make(tool: Tool = tool, audit: Audit = audit) -> bytes:
            return audit_pdf.make(tool, filling.WORDS, "Anyshire Council", audit, "Sam Reed", at)

        if not rows:
            rows.append(Row("the first final PDF of a process", once(make)))
        rows.append(Row(f"final PDF, {tool.id} (wall)", milliseconds(make, TIMES), WANTED["pdf"]))
    return rows


def once(work: Callable[[], object]) -> list[float]:
    start = time.perf_counter()
    work()
    return [(time.perf_counter() - start) * 1000]


def reading(files: Sequence[Filled]) -> tuple[list[Row], dict[str, int]]:
    """CPU of the child that reads a file, by its parent, and the wall time of it all; how many fields were right.

    Everything through the reading room, as in service: vetted, identified and read in a process forked for the file.
    """
    from documents.reading_room import FileRead, ReadingRoom

    room = ReadingRoom()
    rows, right = [], {}
    try:
        rows.append(Row("first file of a process, its parent started (wall)", once(lambda: of_room(room, files[0]))))
        for file in files:
            read: list[FileRead] = []
            wall = milliseconds(lambda file=file, read=read: read.append(of_room(room, file)), TIMES)
            answers = file.answers
            right[file.name] = sum(
                one.state == "read" and one.value == answers[one.step_id, one.field_id]
                for one in read[-1].readings[0].fields
            )
            rows.append(Row(f"{file.name} (CPU in the child)", [one.cpu * 1000 for one in read[1:]], WANTED["child"]))
            rows.append(Row(f"{file.name} (wall, with the fork)", wall, WANTED["room"]))
            rows[-1].note = f"{max(one.peak for one in read) / 1e6:.0f} MB"
    finally:
        room.close()
    return rows, right


def of_room(room: Any, file: Filled) -> Any:
    (read,) = room.read(file.data, "tool.docx", "AB", lambda _who: (file.tool,))
    if not read.readings:
        raise RuntimeError(f"{file.name}: {read.unreadable} {read.fault}")
    return read


# Measuring the others


@dataclass
class Measured:
    """One library on all files: seconds to import and for its first file, MB at most, and by file ms and fields."""

    library: str
    imported: float
    first: float
    peak: float
    cpu: dict[str, Sequence[float]] = field(default_factory=dict)
    found: dict[str, Counter[str]] = field(default_factory=dict)


def measured(python: Path, script: Path, library: str, times: int, files: Mapping[str, Filled]) -> Measured:
    """In a process of its own, so that one's imports are not another's."""
    command = [str(python), str(script), library, str(times), *files]
    done = subprocess.run(command, check=True, capture_output=True, timeout=100)
    said = json.loads(done.stdout)
    one = Measured(library, said["import"], said["first"], said["peak_mb"])
    for path, file in files.items():
        one.cpu[file.name] = [cpu for cpu, _wall in said["spent"][path]]
        if "texts" in said:
            one.found[file.name] = fields_found(said["texts"][path], file)
    return one


def ourselves(times: int, paths: Sequence[str]) -> dict[str, Any]:
    """The same measurements of our own reading. The tool is looked up by what the file says, as it is in service."""
    from documents import returned_tool

    loading = (
        "import time; start = time.perf_counter(); import documents.returned_tool; print(time.perf_counter() - start)"
    )
    loaded = subprocess.run([sys.executable, "-c", loading], check=True, capture_output=True, cwd=ROOT)
    tools = {
        tool.id: tool for tool in (filling.TOOL, *corpus_tools.TOOLS, *(one for one, _ in filling.councils_tools()))
    }

    def read(path: str) -> None:
        returned_tool.read(Path(path).read_bytes(), "tool.docx", lambda tool_id, _version: tools.get(tool_id), "AB")

    before = time.perf_counter()
    read(paths[0])
    warm = time.perf_counter()
    spent = {path: [(ms, 0.0) for ms in milliseconds(lambda path=path: read(path), times, time.process_time)]
             for path in paths}  # fmt: skip
    return {"import": float(loaded.stdout), "first": warm - before, "spent": spent, "peak_mb": peak_mb()}


# Which fields a search by lines finds


def fields_found(text: str, file: Filled) -> Counter[str]:
    """For how many fields the value stands where somebody would look for it, or another one does, or none."""
    lines = as_lines(text)
    hollow = layout.placeholders(file.tool)
    found: Counter[str] = Counter()
    for (step_id, field_id), value in file.answers.items():
        step = file.tool.step(step_id)
        one = step.field(field_id)
        found[stands(lines_of(lines, file.tool, step, one), one, value, hollow[step_id, field_id])] += 1
    return found


def as_lines(text: str) -> list[str]:
    """Text, HTML or Markdown as lines, a cell a line."""
    text = re.sub(r"<input[^>]*checked[^>]*>", "[x]", text)
    text = re.sub(r"<input[^>]*>", "[ ]", text)
    if "</p>" in text:
        text = html.unescape(re.sub(r"<[^>]*>", "\n", text))
    text = re.sub(r"(?<!\\)\|", "\n", text)
    text = re.sub(r"\\([^\w\s])", r"\1", text)
    text = re.sub(r"([☐☒]|\[[x ]\])", r"\n\1", text)
    return [line for line in (" ".join(line.strip(" #*\t").split()) for line in text.split("\n")) if line]


def lines_of(lines: list[str], tool: Tool, step: Step, one: Field) -> list[str]:
    """From a field's label to the next label of its step; the row, where it stands in a grid."""
    headings = [layout.heading(other) for other in tool.steps]
    starts = [place for place, line in enumerate(lines) if line == layout.heading(step)]
    if not starts:
        return []
    section = lines[starts[-1] + 1 :]
    end = next((place for place, line in enumerate(section) if line in headings), len(section))
    rows = {one.id: row.title for block in layout.blocks(step) if isinstance(block, layout.Grid)
            for row in block.rows for one in row.fields}  # fmt: skip
    labels = {" ".join(rows.get(other.id, other.label).split()) for other in step.fields}
    mine = " ".join(rows.get(one.id, one.label).split())
    section = section[:end]
    start = next((place for place, line in enumerate(section) if is_label(line, mine, labels)), None)
    if start is None:
        return []
    rest = section[start:]
    stop = next(
        (place for place, line in enumerate(rest) if place and any(is_label(line, other, labels) for other in labels)),
        len(rest),
    )
    return [rest[0][len(mine) :].strip(), *rest[1:stop]]


def is_label(line: str, label: str, labels: set[str]) -> bool:
    """A line that is this label or starts with it, and with no longer one."""
    return line.startswith(label) and not any(
        line.startswith(other) for other in labels if len(other) > len(label) and other.startswith(label)
    )


PRINTED = tuple(mark for mark in look.MARKS.values() if mark)
"""What a line of the tool's own list of grades begins with."""


def stands(lines: Sequence[str], one: Field, value: Value, placeholder: str) -> str:
    """ "found", "another" or "none"."""
    if not isinstance(value, str):
        shown = {choice.id: choice.label for choice in one.choices}
        ticked = {line[len(mark) :].strip() for line in lines for mark in ("☒", "[x]") if line.startswith(mark)}
        return "found" if ticked == {shown[choice_id] for choice_id in value} else "another" if ticked else "none"
    if one.kind in (FieldKind.GRADE, FieldKind.CHOICE):
        said = (line.replace(placeholder, "").strip() for line in lines if not line.startswith(PRINTED))
        chosen = {choice.id for line in said if (choice := meaning(line, one.choices).choice)}
        return "found" if chosen == {value} else "another" if len(chosen) == 1 else "none"
    if one.kind is FieldKind.DATE:
        days = {found.isoformat() for line in lines if (found := day(line.replace(placeholder, "")))}
        return "found" if days == {value} else "another" if len(days) == 1 else "none"
    return "found" if squeezed(value) in squeezed("".join(lines)) else "none"


def squeezed(words: str) -> str:
    return "".join(flat(words).split())


# Telling


def compare(files: Sequence[Filled], ours_right: Mapping[str, int]) -> None:
    ours, *others = each_on(files, TIMES, TIMES_OTHERS)
    everyone = [ours, *others]
    ours.found = {name: Counter(found=right) for name, right in ours_right.items()}
    print(f"\n{'CPU ms, median (p95); fields found':<46}" + "".join(f"{one.library:>22}" for one in everyone))
    for file in files:
        cells = (
            f"{statistics.median(one.cpu[file.name]):.1f} ({p95(one.cpu[file.name]):.0f}); "
            f"{one.found[file.name]['found']}/{len(file.answers)}"
            for one in everyone
        )
        print(f"{file.name:<46}" + "".join(f"{cell:>22}" for cell in cells))
    for what, told in (
        ("import, s", lambda one: f"{one.imported:.2f}"),
        ("first file, s", lambda one: f"{one.first:.2f}"),
        ("memory at most, MB", lambda one: f"{one.peak:.0f}"),
    ):
        print(f"{what:<46}" + "".join(f"{told(one):>22}" for one in everyone))
    print(f"N: ours {TIMES}, the others {TIMES_OTHERS} a file (so that their p95 is their slowest).")


def compare_damaged(files: Sequence[Filled]) -> None:
    """On files that were damaged: what is found, and where another answer is taken for the right one."""
    ours, *others = each_on(files, 1, 1)
    for file in files:
        ours.found[file.name] = Counter(outcome(read, file) for read in read_by_us(file))
    fields = sum(len(file.answers) for file in files)
    print(f"\n{f'{len(files)} returns of the corpus, {fields} clear fields':<46}", end="")
    print("".join(f"{one.library:>22}" for one in (ours, *others)))
    for what, label in (("found", "found"), ("another", "another answer taken"), ("none", "asked, or not found")):
        counts = (sum(one.found[file.name][what] for file in files) for one in (ours, *others))
        print(f"{label:<46}" + "".join(f"{count:>22}" for count in counts))


def read_by_us(file: Filled) -> Sequence[FieldRead]:
    from documents import returned_tool

    read = returned_tool.read(file.data, "tool.docx", lambda *_: file.tool, "AB").fields
    return [one for one in read if (one.step_id, one.field_id) in file.answers]


def outcome(read: FieldRead, file: Filled) -> str:
    if read.state != "read":
        return "none"
    value = file.answers[read.step_id, read.field_id]
    if isinstance(value, str) and isinstance(read.value, str):
        return "found" if squeezed(read.value) == squeezed(value) else "another"
    return "found" if read.value == value else "another"


def each_on(files: Sequence[Filled], times: int, times_others: int) -> list[Measured]:
    """Ours first, then each library, on the same files."""
    with tempfile.TemporaryDirectory(prefix="auditbot-bench-") as folder:
        paths = {}
        for number, file in enumerate(files):
            path = Path(folder) / f"{number}.docx"
            path.write_bytes(file.data)
            paths[str(path)] = file
        ours = measured(Path(sys.executable), Path(__file__), "ours", times, paths)
        script = ROOT / "bench" / "text_of.py"
        return [ours, *(measured(OTHERS, script, library, times_others, paths) for library in LIBRARIES)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--report", action="store_true", help="only print; end with 0 whatever the figures")
    asked = parser.parse_args()
    files = filled_files()
    waiting = os.getloadavg()[0]  # what else runs makes the median longer; the least figure shows least of it
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load average {waiting:.1f}\n")
    print(f"{'milliseconds':<64}{'least':>8}{'median':>8}{'p95':>8}{'N':>5}{'wanted':>8}")
    rows, right = reading(files)
    rows = [*making(), *rows]
    for row in rows:
        print(row)
    if OTHERS.exists():
        compare(files, right)
        compare_damaged(damaged_files())
    else:
        print("\nNot compared with other libraries: make bench-documents puts them into .venv-bench.")
    missed = [row.what for row in rows if row.missed]
    print(f"\nMissed: {'; '.join(missed)}." if missed else "\nEvery target is met.")
    return 1 if missed and not asked.report else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["ours"]:
        json.dump(ourselves(int(sys.argv[2]), sys.argv[3:]), sys.stdout)
    else:
        sys.exit(main())
