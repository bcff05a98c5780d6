"""Texts of a council that were published once are read for as long as anything stands on them.

`shipped/` holds folders as they were once published. Never edit them; add to them what has been published since.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.council import BadCouncil, Texts, content_hash, parse
from audit.toml import BadFile, load
from desk import councils
from storage.ledger import Store

SHIPPED = sorted(path.parent for path in Path(__file__).parent.glob("shipped/*/policy.toml"))
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def texts_of(folder: Path) -> Texts:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.toml"))}


ONCE = [texts_of(folder) for folder in SHIPPED]
EACH = pytest.mark.parametrize("texts", ONCE, ids=[folder.name for folder in SHIPPED])


@EACH
def test_what_was_published_once_can_still_be_read(texts: Texts) -> None:
    council = parse(texts, strict=False)
    for limb in council.policy.limbs:
        assert council.policy.ladder_of(limb).rungs[0].to
    for tool in council.tools.values():
        assert tool.step("overall").field("grade").choice("inadequate")
        assert tool.step("safe").field("safe").choice("no")
        assert council.guide(tool)
    assert council.words.audit
    assert council.hash == content_hash(texts)


@EACH
def test_publishing_it_today_names_the_key_that_has_gone(texts: Texts) -> None:
    with pytest.raises(BadCouncil) as bad:
        parse(texts)
    assert bad.value.faults == (
        "policy.toml: deadlines.remind_days_before is not a key that is known here; is it misspelt?",
    )


@EACH
def test_the_desk_reads_what_it_kept_and_refuses_to_publish_it_again(store: Store, texts: Texts) -> None:
    store.migrate()
    with store.open() as ledger:
        ledger.directory.publish(content_hash(texts), texts, NOW)
        assert councils.by_hash(ledger, content_hash(texts)).policy.ladders
        with pytest.raises(BadCouncil, match="remind_days_before"):
            councils.publish(ledger, texts, NOW)


@EACH
@pytest.mark.parametrize("file", ["policy.toml", "words.toml", "scales.toml"])
def test_a_key_that_nobody_knows_does_no_harm_in_a_stored_text(texts: Texts, file: str) -> None:
    parse({**texts, file: 'gone = "x"\n' + texts[file]}, strict=False)


def test_nested_tables_are_as_strict_as_their_file() -> None:
    text = "[a.b]\nx = 1\n[[c]]\ny = 1"
    for strict in (True, False):
        top = load(text, strict=strict)
        for table in (top, top.table("a").table("b"), top.tables("c")[0], top.table("a").named()[0][1]):
            assert table.strict is strict
    load(text, strict=False).table("a").table("b").done()
    with pytest.raises(BadFile, match=r"a\.b\.x is not a key"):
        load(text).table("a").table("b").done()
