"""Fill a Word form in real LibreOffice, as a person would who has no Word; save it in any format; print it to PDF.

`fill`, `fill_all` and `to_pdf` are called by tests. The second half runs in the system's Python, which has `uno`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

SYSTEM_PYTHON = "/usr/bin/python3"
FILTERS = {
    ".docx": "MS Word 2007 XML",
    ".odt": "writer8",
    ".doc": "MS Word 97",
    ".rtf": "Rich Text Format",
    ".pdf": "writer_pdf_Export",
}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFFICE = ["soffice", "--headless", "--norestore", "--nologo", "--nofirststartwizard"]


class OfficeError(RuntimeError):
    """LibreOffice could not do it; the message holds what it said."""


@dataclass(frozen=True)
class Filling:
    """A form, where it goes when it is filled in, and with what. The ending of `target` says in which format.

    A drop-down takes the text shown in its list; a check box takes True or False. `replacements` are for forms
    without controls: each key is a text that stands in the document.
    """

    source: Path
    target: Path
    controls: Mapping[str, str | bool]
    replacements: Mapping[str, str] = field(default_factory=dict)


def fill(
    docx_in: Path,
    docx_out: Path,
    controls: Mapping[str, str | bool],
    replacements: Mapping[str, str] | None = None,
    patience: float = 90.0,
) -> None:
    """Load `docx_in`, set content controls by tag or alias, replace visible texts, save as `docx_out`."""
    fill_all([Filling(docx_in, docx_out, controls, replacements or {})], patience)


def fill_all(fillings: Sequence[Filling], patience: float = 90.0) -> None:
    """Fill several forms, one after the other, in one run of LibreOffice."""
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        pipe = f"office{os.getpid()}x{time.monotonic_ns()}"
        order = Path(folder, "job.json")
        job = {"pipe": pipe, "patience": patience, "forms": [_form(one) for one in fillings]}
        order.write_text(json.dumps(job), encoding="utf-8")
        with _office(Path(folder), pipe):
            _run([SYSTEM_PYTHON, __file__, str(order)], patience)


def _form(one: Filling) -> dict[str, Any]:
    known = control_names(one.source)
    return {
        "source": one.source.resolve().as_uri(),
        "target": one.target.resolve().as_uri(),
        "filter": FILTERS[one.target.suffix],
        "total": len(known),
        "controls": {_position(known, name): text for name, text in one.controls.items()},
        "replacements": dict(one.replacements),
    }


def to_pdf(docx: Path, folder: Path, patience: float = 90.0) -> Path:
    """Print `docx` to a PDF of the same name in `folder`."""
    with tempfile.TemporaryDirectory(prefix="office-") as profile:
        command = [*_OFFICE, _profile(Path(profile)), "--convert-to", "pdf", "--outdir", str(folder), str(docx)]
        _run(command, patience)
    made = folder / f"{docx.stem}.pdf"
    if not made.exists():
        raise OfficeError(f"LibreOffice made no {made.name}")
    return made


def to_pictures(pdf: Path, folder: Path, patience: float = 90.0) -> list[Path]:
    """Each page of `pdf` as a PNG in `folder`, in order."""
    _run(["pdftoppm", "-png", "-r", "80", str(pdf), str(folder / pdf.stem)], patience)
    return sorted(folder.glob(f"{pdf.stem}-*.png"))


def control_names(docx: Path) -> list[tuple[str, str]]:
    """Tag and alias of each content control, in the order of the document, containers left out."""
    with zipfile.ZipFile(docx) as package:
        body = ElementTree.fromstring(package.read("word/document.xml"))
    found = []
    for control in body.iter(f"{_W}sdt"):
        settings = control.find(f"{_W}sdtPr")
        holds_others = len(list(control.iter(f"{_W}sdt"))) > 1
        if settings is None or holds_others or settings.find(f"{_W}docPartObj") is not None:
            continue
        found.append((_setting(settings, "tag"), _setting(settings, "alias")))
    return found


def _setting(settings: ElementTree.Element, name: str) -> str:
    element = settings.find(f"{_W}{name}")
    return "" if element is None else element.get(f"{_W}val", "")


def _position(known: list[tuple[str, str]], name: str) -> int:
    """LibreOffice 7.4 forgets tags, so a control is found by its place in the document."""
    places = [place for place, names in enumerate(known) if name in names]
    if len(places) != 1:
        raise OfficeError(f"{len(places)} content controls are called {name!r}")
    return places[0]


@contextmanager
def _office(folder: Path, pipe: str) -> Iterator[None]:
    accept = f"--accept=pipe,name={pipe};urp;"
    office = subprocess.Popen(
        [*_OFFICE, _profile(folder), accept],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        _end(office)


def _end(office: subprocess.Popen[bytes]) -> None:
    try:
        office.wait(timeout=10)  # it was asked to close
    except subprocess.TimeoutExpired:
        os.killpg(office.pid, signal.SIGKILL)
        office.wait()


def _profile(folder: Path) -> str:
    return f"-env:UserInstallation={(folder / 'profile').as_uri()}"


def _run(command: list[str], patience: float) -> None:
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=patience, check=True)
    except subprocess.CalledProcessError as error:
        raise OfficeError(error.stderr.strip()[-2000:]) from None
    except subprocess.TimeoutExpired:
        raise OfficeError(f"No result in {patience:g} s: {command[0]}") from None


# From here on: inside the system's Python.


def _serve(job: dict[str, Any]) -> None:
    desktop = _desktop(job["pipe"], job["patience"])
    try:
        for form in job["forms"]:
            _fill_in(desktop, form)
    finally:
        _close(desktop)


def _fill_in(desktop: Any, form: dict[str, Any]) -> None:
    document = desktop.loadComponentFromURL(form["source"], "_blank", 0, (_option("Hidden", True),))
    if document is None:
        raise OfficeError("LibreOffice could not open the document")
    _set_controls(document, form)
    for shown, text in form["replacements"].items():
        _replace(document, shown, text)
    document.storeToURL(form["target"], (_option("FilterName", form["filter"]),))
    document.close(True)


def _desktop(pipe: str, patience: float) -> Any:
    import uno  # type: ignore[import-not-found,unused-ignore]

    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    deadline = time.monotonic() + patience
    while True:
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            break
        except uno.getClass("com.sun.star.connection.NoConnectException"):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)


def _close(desktop: Any) -> None:
    import uno

    try:
        desktop.terminate()
    except uno.getClass("com.sun.star.lang.DisposedException"):
        return


def _option(name: str, value: Any) -> Any:
    import uno

    option = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    option.Name, option.Value = name, value
    return option


def _set_controls(document: Any, form: dict[str, Any]) -> None:
    if not form["controls"]:
        return
    places = list(_controls(document.Text))
    if len(places) != form["total"]:
        raise OfficeError(f"The file has {form['total']} content controls, LibreOffice shows {len(places)}")
    for place, text in form["controls"].items():
        paragraph, portion = places[int(place)]
        _set(paragraph, portion, text)


def _controls(text: Any) -> Iterator[tuple[Any, Any]]:
    for part in _each(text):
        if part.supportsService("com.sun.star.text.TextTable"):
            for name in part.getCellNames():
                yield from _controls(part.getCellByName(name))
        else:
            yield from ((part, portion) for portion in list(_each(part)) if _is_control(portion))


def _each(holder: Any) -> Iterator[Any]:
    parts = holder.createEnumeration()
    while parts.hasMoreElements():
        yield parts.nextElement()


def _is_control(portion: Any) -> bool:
    if portion.TextPortionType != "TextField":
        return bool(portion.TextPortionType == "ContentControl")
    kinds = ("com.sun.star.text.TextField.Input", "com.sun.star.text.TextField.DropDown")
    return any(portion.TextField.supportsService(kind) for kind in kinds)


def _set(paragraph: Any, portion: Any, text: str | bool) -> None:
    """LibreOffice 7.4 shows a plain-text control as an input field, most others as a content control."""
    if portion.TextPortionType == "ContentControl":
        _set_content_control(paragraph, portion.ContentControl, text)
    elif portion.TextField.supportsService("com.sun.star.text.TextField.Input"):
        portion.TextField.Content = text
    else:
        portion.TextField.SelectedItem = _offered(portion.TextField.Items, str(text))


def _set_content_control(paragraph: Any, control: Any, text: str | bool) -> None:
    if control.Checkbox:
        control.Checked = bool(text)
        text = control.CheckedState if text else control.UncheckedState
    elif control.ListItems:
        text = _offered([_shown(item) for item in control.ListItems], str(text))
    old = _inside(paragraph, control).getString()
    control.setString(text)  # goes before what is there
    rest = _inside(paragraph, control)
    rest.collapseToEnd()
    rest.goLeft(len(old), True)
    rest.setString("")
    control.ShowingPlaceHolder = False


def _inside(paragraph: Any, control: Any) -> Any:
    portions = list(_each(control))
    cursor = paragraph.getText().createTextCursorByRange(portions[0].getStart())
    cursor.gotoRange(portions[-1].getEnd(), True)
    return cursor


def _shown(item: Any) -> str:
    fields = {field.Name: field.Value for field in item}
    return str(fields.get("DisplayText") or fields.get("Value") or "")


def _offered(items: Any, text: str) -> str:
    for item in items:
        if item.strip().casefold() == text.strip().casefold():
            return str(item)
    raise OfficeError(f"{text!r} is not in the list: {list(items)}")


def _replace(document: Any, shown: str, text: str) -> None:
    wanted = document.createReplaceDescriptor()
    wanted.SearchString, wanted.ReplaceString = shown, text
    wanted.SearchCaseSensitive = True
    if document.replaceAll(wanted) == 0:
        raise OfficeError(f"{shown!r} does not stand in the document")


if __name__ == "__main__":
    _serve(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
