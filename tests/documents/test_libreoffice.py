"""What comes back after somebody opened the tool in LibreOffice and saved it."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from lxml import etree

from audit.tools import FieldKind
from documents import layout, returned_tool
from documents.returned_tool import Reading
from tests.documents import filling
from tests.documents.filling import TOOL, W

pytestmark = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not on the PATH")

COUNCILS = filling.councils_tools()


def glue(data: bytes) -> bytes:
    """A grade written into its control in front of a placeholder that stays, flag and all."""

    def change(root: etree._Element) -> None:
        for sdt in root.iter(f"{W}sdt"):
            if sdt.find(f"{W}sdtPr/{W}dropDownList") is not None:
                words = sdt.find(f".//{W}t")
                words.text = f"Good{words.text}"

    return filling.with_xml(data, change)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Several files after one LibreOffice run."""
    folder = tmp_path_factory.mktemp("office")
    files = {"blank": filling.blank(), "full": filled(TOOL), "glued": glue(filling.blank())}
    files["ticked"] = with_not_relevant(filling.blank())
    files |= {tool.id: filled(tool) for tool, _ in COUNCILS}
    for name, data in files.items():
        (folder / f"{name}.docx").write_bytes(data)
    out = folder / "out"
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "docx:MS Word 2007 XML",
            "--outdir",
            str(out),
            *(str(folder / f"{name}.docx") for name in files),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {name: (out / f"{name}.docx").read_bytes() for name in files}


def filled(tool: filling.Tool) -> bytes:
    answers = filling.full_answers(tool)
    typed = {key: filling.as_typed(tool, key, value) for key, value in answers.items()}
    return filling.fill(filling.blank(tool), tool, typed)


def with_not_relevant(data: bytes) -> bytes:
    def change(root: etree._Element) -> None:
        for sdt in root.iter(f"{W}sdt"):
            tag = sdt.find(f"{W}sdtPr/{W}tag")
            if tag is not None and tag.get(f"{W}val") == layout.not_relevant_tag(TOOL.step("planning")):
                filling.tick(sdt)

    return filling.with_xml(data, change)


def read(data: bytes, tool: filling.Tool = TOOL) -> Reading:
    return returned_tool.read(data, "Copy of tool (1).docx", lambda tool_id, version: tool, "AB")


def test_it_drops_every_tag(saved: dict[str, bytes]) -> None:
    assert b"<w:tag " not in filling.parts(saved["full"])[filling.BODY]


def test_the_audit_and_the_tool_are_still_known(saved: dict[str, bytes]) -> None:
    who = returned_tool.identify(saved["blank"], "AB")
    assert (who.by_property, who.by_body, who.by_footer) == (("AB-0417",), ("AB-0417",), ("AB-0417",))
    assert (who.tool_id, who.version) == ("small", "3")


def test_every_answer_survives(saved: dict[str, bytes]) -> None:
    reading = read(saved["full"])
    assert {(one.step_id, one.field_id): one.value for one in reading.fields} == filling.full_answers()
    assert {one.state for one in reading.fields} == {"read"}
    assert {one.layer for one in reading.fields} == {"bookmark"}


@pytest.mark.parametrize("tool", [tool for tool, _ in COUNCILS], ids=lambda tool: tool.id)
def test_every_answer_of_a_councils_tool_survives(saved: dict[str, bytes], tool: filling.Tool) -> None:
    reading = read(saved[tool.id], tool)
    assert {(one.step_id, one.field_id): one.value for one in reading.fields} == filling.full_answers(tool)


def test_an_empty_tool_is_still_empty(saved: dict[str, bytes]) -> None:
    reading = read(saved["blank"])
    assert {one.state for one in reading.fields} == {"missing"}
    assert not reading.not_relevant


def test_a_tick_for_not_relevant_survives(saved: dict[str, bytes]) -> None:
    assert read(saved["ticked"]).not_relevant == ("planning",)


def test_a_grade_glued_to_its_placeholder_is_still_that_grade(saved: dict[str, bytes]) -> None:
    reading = read(saved["glued"])
    grades = [(step.id, one.id) for step in TOOL.steps for one in step.fields if one.kind is FieldKind.GRADE]
    assert [(reading.field(*key).value, reading.field(*key).state) for key in grades] == [("good", "read")] * len(
        grades
    )


def test_layers_without_bookmarks_agree(saved: dict[str, bytes]) -> None:
    reading = read(filling.without_bookmarks(saved["full"]))
    assert {(one.step_id, one.field_id): one.value for one in reading.fields} == filling.full_answers()
    assert {one.layer for one in reading.fields} == {"heading"}
