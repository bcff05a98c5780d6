"""A Word form goes through real LibreOffice: what is filled in comes back, and it prints."""

from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from tests.e2e.libreoffice import OfficeError, control_names, fill, to_pdf, to_pictures

LIST = '<w:dropDownList><w:listItem w:displayText="Good"/><w:listItem w:displayText="Inadequate"/></w:dropDownList>'


def control(tag: str, kind: str, shown: str) -> str:
    settings = f'<w:alias w:val="The {tag}"/><w:tag w:val="{tag}"/><w:showingPlcHdr/>{kind}'
    content = f"<w:r><w:t>{shown}</w:t></w:r>"
    return f"<w:sdt {nsdecls('w')}><w:sdtPr>{settings}</w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>"


@pytest.fixture
def form(tmp_path: Path) -> Path:
    document = Document()
    document.add_heading("Planning", 1)
    cells = document.add_table(rows=1, cols=3).rows[0].cells
    cells[0].paragraphs[0]._p.append(parse_xml(control("grade", LIST, "Choose a grade")))
    cells[1].paragraphs[0]._p.append(parse_xml(control("comment", '<w:text w:multiLine="1"/>', "Write here")))
    cells[2].text = "Where is it recorded"
    path = tmp_path / "form.docx"
    document.save(str(path))
    return path


def shown(docx: Path) -> str:
    body = Document(str(docx)).element.body
    return " | ".join(text.text or "" for text in body.iter("{*}t"))


def test_a_filled_form_comes_back_with_its_words(form: Path, artefacts: Path):
    filled = artefacts / "form-filled.docx"
    assert control_names(form) == [("grade", "The grade"), ("comment", "The comment")]
    fill(form, filled, {"grade": "Inadequate", "The comment": "No visit."}, {"Where is it recorded": "Case notes"})
    assert shown(filled) == "Planning | Inadequate | No visit. | Case notes"
    [page] = to_pictures(to_pdf(filled, artefacts), artefacts)
    assert page.stat().st_size > 2_000


@pytest.mark.parametrize("mistake", [{"nothing": "x"}, {"grade": "Splendid"}])
def test_what_a_person_could_not_do_is_refused(form: Path, tmp_path: Path, mistake: dict[str, str]):
    with pytest.raises(OfficeError):
        fill(form, tmp_path / "out.docx", mistake)
