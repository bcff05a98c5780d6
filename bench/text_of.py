"""One library that gives the text of a Word file, measured in a process of its own. Runs in `.venv-bench`.

    python bench/text_of.py LIBRARY TIMES FILE...

Prints JSON: seconds for the import, the first file (warm-up), milliseconds of CPU and of wall by file, memory, texts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reader = Callable[[str], str]


def docx2python() -> Reader:
    from docx2python import docx2python

    def text(path: str) -> str:
        with docx2python(path) as content:
            return str(content.text)

    return text


def mammoth() -> Reader:
    """Its HTML, which keeps more of a table than its raw text does."""
    import mammoth

    def text(path: str) -> str:
        with open(path, "rb") as file:
            return str(mammoth.convert_to_html(file).value)

    return text


def markitdown() -> Reader:
    from markitdown import MarkItDown

    converter = MarkItDown(enable_plugins=False)
    return lambda path: str(converter.convert_local(path).text_content)


LIBRARIES = {one.__name__: one for one in (docx2python, mammoth, markitdown)}


def measured(library: str, times: int, paths: list[str]) -> dict[str, Any]:
    start = time.perf_counter()
    read = LIBRARIES[library]()
    ready = time.perf_counter()
    read(paths[0])
    warm = time.perf_counter()
    spent: dict[str, list[tuple[float, float]]] = {path: [] for path in paths}
    texts: dict[str, str] = {}
    for path in paths:
        for _ in range(times):
            cpu, wall = time.process_time(), time.perf_counter()
            texts[path] = read(path)
            spent[path].append(((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))
    return {
        "import": ready - start,
        "first": warm - ready,
        "spent": spent,
        "texts": texts,
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    json.dump(measured(sys.argv[1], int(sys.argv[2]), sys.argv[3:]), sys.stdout)
