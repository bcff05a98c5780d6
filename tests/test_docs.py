"""What the pages say is so: commands, settings, refusals, keys and links are compared with the code."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from audit.refusals import every_refusal
from bot.cli import cli
from bot.settings import Settings
from desk import showing
from desk.seeding import COLUMNS
from docs import make_refusals
from mail.local import Sent
from storage.ledger import Store
from tests.stories.story import Story

ROOT = Path(__file__).parent.parent
INTERFACE = (ROOT / "docs" / "interface.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
DECISIONS = ROOT / "docs" / "decisions"
BY_FIELD = ("met_worker", "worker_view", "other")
ROOMS = ("audit", "desk", "dialogs", "bot", "mail", "documents", "storage", "tests", "councils")


def committed(*patterns: str) -> list[Path]:
    """Files that git knows or would take, and that are there."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def commands(group: click.Group, before: str = "auditbot") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def part_about(name: str) -> str:
    """What docs/interface.md says under the heading of a command."""
    found = re.search(rf"^### `{re.escape(name)}(?: [^`]*)?`\n(.*?)(?=^##)", INTERFACE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/interface.md has no heading for {name}"
    return found[0]


@pytest.mark.parametrize(("name", "command"), [pytest.param(*one, id=one[0]) for one in commands(cli)])
def test_every_command_is_described_with_all_its_options(name: str, command: click.Command) -> None:
    says = part_about(name)
    for one in command.params:
        written = one.opts if isinstance(one, click.Option) else [one.human_readable_name.removesuffix("...")]
        for word in written:
            assert word in says, f"docs/interface.md does not say what {word} does to {name}"


def test_no_command_is_described_that_is_not_there() -> None:
    described = set(re.findall(r"^### `(auditbot [a-z ]+?)(?: [A-Z\[-][^`]*)?`$", INTERFACE, re.MULTILINE))
    assert described == {name for name, _ in commands(cli)}


def keys(data: Any) -> set[str]:
    """Every key at any depth of JSON, but for those that are a tool's own field ids."""
    if isinstance(data, dict):
        return set(data).union(*(keys(value) for key, value in data.items() if key not in BY_FIELD))
    return set().union(*(keys(value) for value in data)) if isinstance(data, list) else set()


@pytest.fixture
def told(tmp_path: Path) -> Story:
    """A story with everything in it: an answer, kept words, a concern that was acknowledged."""
    story = Story(Store(f"sqlite:///{tmp_path / 'auditbot.db'}"))
    story.everyone_opens_chat()
    auditor, manager = "avery.sample@telford.example", "morgan.example@telford.example"
    story.allocate("4021", auditor, "tw-cp-cin")
    story.fills_in("TW-0001", only=("assessment",), actions={"needed": "yes", "what_1": "Visit", "who_1": "Robin"})
    for words in ("start", "quite good", "concern", "1 No visit for nine weeks."):
        story.says(auditor, words)
    story.says(manager, "ack")
    return story


def test_every_key_that_audit_show_and_status_print_is_described(told: Story) -> None:
    with told.store.open() as ledger:
        audit = ledger.audits.by_reference("TW-0001")
        assert audit
        printed = {
            "auditbot audit show": showing.whole_audit(ledger, audit),
            "auditbot status": showing.status(ledger, told.now),
        }
    for name, data in printed.items():
        says = part_about(name)
        absent = sorted(key for key in keys(data) if f"`{key}`" not in says)
        assert not absent, f"{name} prints keys that docs/interface.md does not describe: {absent}"


def test_every_key_that_mail_outbox_prints_is_described() -> None:
    says = part_about("auditbot mail outbox")
    assert all(f"`{name}`" in says for name in Sent.__dataclass_fields__)


def test_every_column_of_the_directory_is_described() -> None:
    for name, columns in COLUMNS.items():
        row = next(line for line in INTERFACE.splitlines() if line.startswith(f"| `{name}`"))
        assert all(f"`{column}`" in row for column in columns), f"docs/interface.md: {name}"


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    for field in Settings.model_fields.values():
        name = str(field.validation_alias)
        row = next((line for line in README.splitlines() if line.startswith(f"| `{name}`")), "")
        assert row, f"README.md does not name {name}"
        assert name in INTERFACE, f"docs/interface.md does not name {name}"
        if isinstance(field.default, int | str) and field.default not in ("", False):
            assert f"`{field.default}`" in row, f"README.md does not give the default of {name}"


def test_no_setting_is_in_the_readme_that_is_not_read() -> None:
    read = {str(field.validation_alias) for field in Settings.model_fields.values()}
    assert set(re.findall(r"\b(?:AUDITBOT|MICROSOFT)_[A-Z_]+\b", README + INTERFACE)) <= read


def test_the_page_of_refusals_is_the_one_that_the_code_makes() -> None:
    assert make_refusals.PAGE.read_text("utf-8") == make_refusals.page(), (
        "docs/refusals.md is behind audit/refusals.py: run .venv/bin/python -m docs.make_refusals"
    )
    assert len({refusal.code for refusal in every_refusal()}) == len(every_refusal())


def test_every_requirement_that_is_cited_exists() -> None:
    rows = (ROOT / "docs" / "requirements.md").read_text("utf-8")
    known = set(re.findall(r"^\| ([A-Z]\d{2}) \|", rows, re.MULTILINE))
    letters = "".join(sorted({one[0] for one in known}))
    cited = re.compile(rf"\b(?:test_)?([{letters}{letters.lower()}]\d{{2}})(?=\b|_)")
    unknown = {
        f"{path.relative_to(ROOT)}: {found}"
        for path in committed(*ROOMS, "docs", "README.md", "CHANGELOG.md")
        if path.suffix in (".py", ".toml", ".md", ".txt", ".html")
        for line in path.read_text("utf-8").splitlines()
        for found in _ids(cited, line)
        if found not in known
    }
    assert not unknown, sorted(unknown)


def _ids(cited: re.Pattern[str], line: str) -> Iterator[str]:
    """IDs in capitals anywhere, and in small letters in the name of a test."""
    for match in cited.finditer(line):
        if match[1].isupper():
            yield match[1]
        elif match[0].startswith("test_"):
            yield match[1].upper()


def test_every_make_target_that_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in committed("*.md"):
        named = set(re.findall(r"`make ([a-z0-9]+)`|^make ([a-z0-9]+)", path.read_text("utf-8"), re.MULTILINE))
        wanted = {one or other for one, other in named}
        assert wanted <= targets, f"{path.name}: {sorted(wanted - targets)}"


def test_no_relative_link_is_broken() -> None:
    broken = []
    for path in committed("*.md"):
        text = re.sub(r"^```.*?^```|`[^`\n]+`", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            file, _, anchor = target.partition("#")
            aim = (path.parent / file) if file else path
            if re.match(r"[a-z]+:", target):
                continue  # elsewhere
            if not aim.exists() or (anchor and anchor not in anchors(aim)):
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert not broken, broken


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_every_picture_has_words_for_those_who_cannot_see_it() -> None:
    for path in committed("*.md"):
        assert "![](" not in path.read_text("utf-8"), path


def test_every_decision_is_on_the_list_and_has_its_three_parts() -> None:
    listed = (DECISIONS / "README.md").read_text("utf-8")
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        assert f"]({page.name})" in listed, f"{page.name} is not in docs/decisions/README.md"
        heads = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
        assert heads == ["Context", "Decision", "What we gave up"], page.name
