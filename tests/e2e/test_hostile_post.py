"""Files that mean harm come by post, many at a time: everybody else is served as ever, and nothing of it is left."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import OpenChat
from tests.e2e.letters import answered, attached, letter, send, standing, tool_of, typed_into
from tests.e2e.service import Service, ServiceError, eventually, plain_text, running
from tests.returned import hostile
from tests.returned.hostile import HOSTILE
from tests.returned.test_hostile import BAIT

AVERY = "avery.sample@telford.example"  # auditor
MORGAN = "morgan.example@telford.example"  # team manager; sends the harm here
TOOL = "tw-cp-cin"
TIMES = 10
AT_MOST_FOR_A_PRESS = 2.0
AT_MOST_FOR_A_TOOL = 10.0
UNPACKS = HOSTILE["bomb in many parts"].says
TOO_MUCH = ("it takes far more work to read than a tool does.", "it holds far more drawings than a tool does.")
READING_PARENT = 2
"""The process that readers are forked from, and its namespace's door, stay for the next file."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running("telford_and_wrekin", tmp_path_factory.mktemp("hostile")) as service:
        yield service


def eats_work() -> bytes:
    """A page of a hundred and fifty thousand little boxes."""
    at = random.Random(1)
    drawn = b" ".join(b"%d %d 3 3 re f" % (at.randrange(600), at.randrange(800)) for _ in range(150_000))
    file = hostile.pdf(b"9 0 obj<</Length %d>>stream\n%s\nendstream endobj" % (len(drawn), drawn))
    return file.replace(b"/Type /Page /Parent", b"/Type /Page /Contents 9 0 R /MediaBox [0 0 595 842] /Parent")


def bait() -> bytes:
    """Hundreds of thousands of boxes where a grade should stand."""
    cells = "".join(f"<w:tc><w:p><w:r><w:t>{said}</w:t></w:r></w:p></w:tc>" for said in ("Grade", BAIT["boxes"]))
    return hostile.body(f"<w:p><w:r><w:t>1 Planning</w:t></w:r></w:p><w:tbl><w:tr>{cells}</w:tr></w:tbl>")


def below(process: int) -> list[int]:
    """Every process that one has started, and those that they have started."""
    listed = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for path in listed for child in path.read_text().split()]
    return children + [further for child in children for further in below(child)]


def looked_at(served: Service) -> str:
    """What `auditbot doctor` says, whether or not it is content."""
    try:
        return served.run("doctor")
    except ServiceError as found:
        return str(found)


def test_g02_harm_by_post_slows_nobody_down_and_leaves_nothing(
    served: Service, open_chat: OpenChat, tmp_path: Path
) -> None:
    avery = open_chat(AVERY)
    reference = served.allocate("4021", AVERY, TOOL)
    avery.wait_for(f"{reference} Practice learning session for you")
    blank = attached(served, AVERY, reference, tmp_path)
    honest = typed_into(blank, tmp_path / "tool.docx", tool_of(served, TOOL), answered(blank))
    harm = {"bomb.docx": HOSTILE["bomb in many parts"].make(), "bait.docx": bait(), "work.pdf": eats_work()}
    for name, data in harm.items():
        (tmp_path / name).write_bytes(data)

    start = time.monotonic()
    for place, name in zip(range(TIMES), itertools.cycle(harm), strict=False):
        served.post(letter(MORGAN, served.inbox_address, f"mail {place}", "Here it is.", tmp_path / name), MORGAN)
        if place == 2:
            sent = time.monotonic()
            send(served, AVERY, honest)
    assert served.is_ready()
    pressed = time.monotonic()
    avery.press("Start", on=reference)
    avery.wait_for(f"{reference} · 1 of 18 Assessment", timeout=AT_MOST_FOR_A_PRESS)
    answered_after = time.monotonic() - pressed
    (receipt,) = served.wait_for_letters(AVERY, "receipt", about=reference, patience=AT_MOST_FOR_A_TOOL)
    filed_after = time.monotonic() - sent
    assert filed_after <= AT_MOST_FOR_A_TOOL
    assert served.is_ready()
    assert "handed in" in str(receipt["Subject"])
    assert standing(served.show(reference))["overall.grade"] == "good"

    refusals = [plain_text(one) for one in served.wait_for_letters(MORGAN, "reply", TIMES, patience=60)]
    print(f"a press {answered_after:.1f} s, the tool {filed_after:.1f} s, everything {time.monotonic() - start:.1f} s")
    assert len(refusals) == TIMES, "each letter is answered once"
    assert sum(UNPACKS in says for says in refusals) == 4
    assert sum(any(one in says for one in TOO_MUCH) for says in refusals) == 3
    eventually(lambda: len(below(served.process)) <= READING_PARENT, "nothing is left of the readers")
    assert served.is_ready()
    assert "faults of our own" not in looked_at(served)
    log = served.log.read_text(errors="replace")
    assert "failed" not in log and "Traceback" not in log, log
