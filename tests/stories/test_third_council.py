"""A third council needs no code: copy a folder, edit its words, policy and tool, and run an audit."""

from __future__ import annotations

import shutil
from pathlib import Path

from audit.process import Stage
from dialogs.screens import Ask, HandedIn
from storage.ledger import Store
from tests.stories.story import COUNCILS, Story

TOOL = """
id = "nv-supervision"
version = "1"
title = "Supervision check"
scale = "meets"
closing = ["overall", "safe", "learning"]

[[section]]
id = "sessions"
title = "Supervision sessions"
look_at = "Were they held, and did they help?"
comment_label = "What led you to this"
[[section.check]]
id = "held"
text = "Were sessions held each month?"
scale = "yes_partly_no"

[[section]]
id = "recording"
title = "Recording"
graded = false
evidence = false
[[section.statement]]
id = "prompt"
text = "Notes are written within a week."
[[section.statement]]
id = "clear"
text = "Decisions and reasons are clear."
"""

SCALES = """
[scale.meets]
version = "1"
title = "Two points"
[[scale.meets.grade]]
id = "meets"
label = "Meets the standard"
says = ["meets"]
shape = "tick"
[[scale.meets.grade]]
id = "not_yet"
label = "Not yet"
says = ["does not yet meet"]
shape = "cross"
serious = true

[scale.yes_partly_no]
version = "1"
title = "Yes, partly, no"
[[scale.yes_partly_no.grade]]
id = "yes"
label = "Yes"
[[scale.yes_partly_no.grade]]
id = "partly"
label = "Partly"
[[scale.yes_partly_no.grade]]
id = "no"
label = "No"
"""


def third_council(folder: Path) -> Path:
    """Northvale, made by copying Telford & Wrekin and editing files."""
    made = folder / "northvale"
    shutil.copytree(COUNCILS / "telford_and_wrekin", made)
    shutil.rmtree(made / "tools")
    (made / "tools").mkdir()
    (made / "tools" / "supervision.toml").write_text(TOOL, "utf-8")
    (made / "scales.toml").write_text(SCALES, "utf-8")
    policy = (made / "policy.toml").read_text("utf-8")
    policy = policy.replace('reference_prefix = "TW"', 'reference_prefix = "NV"')
    policy = policy.replace('name = "Telford & Wrekin"', 'name = "Northvale"')
    policy = policy.replace('standard = ""', 'standard = "P2W"')
    policy = policy.replace('after = "PT30M"\nto = ["service_delivery_manager"]', 'after = "PT5M"\nto = ["qa_manager"]')
    policy = policy.replace('after = "PT1H"\nto = ["qa_manager"]', 'after = "PT1H"\nto = ["service_delivery_manager"]')
    (made / "policy.toml").write_text(policy, "utf-8")
    return made


def test_a_third_council_runs_an_audit_by_its_own_rules(store: Store, tmp_path: Path) -> None:
    story = Story(store, folder=third_council(tmp_path))
    story.everyone_opens_chat()
    avery = "avery.sample@telford.example"
    reference = story.allocate("4021", avery, "nv-supervision", due=None)
    assert reference == "NV-0001"
    assert story.audit(reference).due.isoformat() == "2026-12-07", "two weeks, as its policy says"
    story.forget()

    assert isinstance(story.says(avery, "start"), Ask)
    story.says(avery, "partly")
    story.says(avery, "meets")
    story.says(avery, "Held in nine months of twelve; the record shows why not in three.")
    story.says(avery, "skip")
    story.says(avery, "1, 2")
    story.says(avery, "Short and clear.")
    story.saves(avery, reference, "overall", grade="not_yet")
    story.presses(avery, "confirm", audit=reference)
    assert story.is_told("pat.specimen@telford.example", "alert")
    story.says("pat.specimen@telford.example", "ack")
    story.saves(avery, reference, "safe", safe="yes")
    story.saves(avery, reference, "learning", learning="Book the next session before the last one ends.")
    assert isinstance(story.presses(avery, "submit", audit=reference), HandedIn)
    assert story.audit(reference).stage is Stage.SUBMITTED
    assert story.audit(reference).answer("recording").values["statements"] == ("prompt", "clear")


def test_its_ladder_is_its_own(store: Store, tmp_path: Path) -> None:
    story = Story(store, folder=third_council(tmp_path))
    story.everyone_opens_chat()
    avery = "avery.sample@telford.example"
    reference = story.allocate("4021", avery, "nv-supervision", due=None)
    story.forget()
    story.presses(avery, "raise", audit=reference, limb="immediate", words="", press="a-press")
    story.is_told("morgan.example@telford.example", "alert")
    story.wait(minutes=5)
    assert story.told("pat.specimen@telford.example", "alert"), "five minutes, not half an hour"
