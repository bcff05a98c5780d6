"""`make corpus`: makes every return, reads it, prints the table and whatever was not right."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.returned import by_hand, corpus, libreoffice, scoring
from tests.returned.scoring import Result, Tally, Verdict

COLUMNS: dict[str, Verdict] = {
    "right": "right", "asked rightly": "asked", "asked though unambiguous": "needless", "missing rightly": "missing",
    "lost": "lost", "wrong and confident": "wrong",
}  # fmt: skip
START, END = "<!-- corpus: written by make corpus -->", "<!-- corpus: end -->"


def cases() -> list[corpus.Case]:
    """Everything that does not need LibreOffice."""
    return [*corpus.matrix(), *corpus.mixed(), *by_hand.cases()]


def table(result: Result) -> str:
    """The rows as Markdown, the total last."""
    lines = [f"| Editor or damage | returns | fields | {' | '.join(COLUMNS)} |", "|---|" + "--:|" * (len(COLUMNS) + 2)]
    lines += [_row(name, tally) for name, tally in result.rows.items()]
    lines.append(_row("**All**", result.total))
    return "\n".join(lines)


def _row(name: str, tally: Tally) -> str:
    counts = " | ".join(str(tally.verdicts[kind]) for kind in COLUMNS.values())
    return f"| {name} | {tally.returns} | {tally.fields} | {counts} |"


def summary(result: Result) -> str:
    """The three figures that count."""
    total = result.total
    good = total.fields - total.verdicts["lost"] - total.verdicts["wrong"]
    return (
        f"{total.returns} returns of {len(result.tools)} tools, {total.fields} fields: right or asked "
        f"{good / max(1, total.fields):.2%}, right without asking {1 - total.needless_share:.2%} of what is "
        f"unambiguous, wrong and confident {total.verdicts['wrong']}, lost {total.verdicts['lost']}."
    )


def written(page: str, result: Result) -> str:
    """The page with this table between its two marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{summary(result)}\n\n{table(result)}\n\n{END}{after}"


def main(arguments: Iterable[str] | None = None) -> int:
    """Exit code 1 where anything was wrong and confident or lost, or too much was asked."""
    parser = argparse.ArgumentParser(prog="make corpus", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="refresh the table in this page")
    parser.add_argument("--only", default="", metavar="WORDS", help="cases whose name or group holds these words")
    parser.add_argument("--without-libreoffice", action="store_true")
    options = parser.parse_args(None if arguments is None else list(arguments))
    result = scoring.run(case for case in cases() if options.only in f"{case.group}: {case.name}")
    if not options.without_libreoffice:
        libreoffice.run(result, options.only)
    print(table(result))
    print()
    for one in sorted(result.bad, key=lambda scored: scoring.BAD.index(scored.verdict)):
        print(one)
    for group in result.not_yet:
        print(f"not yet read at all: {group}")
    print(summary(result))
    if options.write:
        options.write.write_text(written(options.write.read_text("utf-8"), result), "utf-8")
    return 0 if result.total.passes else 1


if __name__ == "__main__":
    sys.exit(main())
