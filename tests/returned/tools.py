"""The tools of the corpus: those of the councils in the repository, and other kinds that councils use, in our words.

Between them they have yes/no checks beside one grade, sub-numbers (1a, 15a), grades printed worst first, a scale of 0
to 3, a two-point scale, a scale of 0 to 10, and one tool in two versions that look back over different spans.
"""

from __future__ import annotations

from audit import scales, tools
from audit.scales import Guide
from audit.tools import Tool
from tests.documents import filling

SCALES = scales.parse(
    """
[scale.worst_first]
version = "1"
title = "Four grades, worst first"
grade = [
  { id = "inadequate", label = "Inadequate", says = ["inad"], shape = "cross", serious = true },
  { id = "requires_improvement", label = "Requires improvement", says = ["ri"], shape = "triangle" },
  { id = "good", label = "Good", shape = "tick" },
  { id = "outstanding", label = "Outstanding", shape = "star" },
]
[scale.nought_to_three]
version = "1"
title = "0 to 3"
grade = [
  { id = "n0", label = "0", short = "Not in place", says = ["zero"], serious = true },
  { id = "n1", label = "1", short = "Needs work", says = ["one"] },
  { id = "n2", label = "2", short = "Sound", says = ["two"] },
  { id = "n3", label = "3", short = "Very strong", says = ["three"] },
]
[scale.meets]
version = "1"
title = "Two steps"
grade = [
  { id = "meets", label = "Meets good", says = ["meets", "met"], shape = "tick" },
  { id = "not_yet", label = "Does not yet meet good", says = ["does not yet meet", "does not meet good", "not yet met",
    "not met"], shape = "ring", serious = true },
]
[scale.scaling]
version = "1"
title = "0 to 10"
grade = [
  { id = "s0", label = "0", short = "As worrying as it could be", serious = true }, { id = "s1", label = "1" },
  { id = "s2", label = "2" }, { id = "s3", label = "3" }, { id = "s4", label = "4" }, { id = "s5", label = "5" },
  { id = "s6", label = "6" }, { id = "s7", label = "7" }, { id = "s8", label = "8" }, { id = "s9", label = "9" },
  { id = "s10", label = "10", short = "As safe as it could be" },
]
[scale.yes_no_na]
version = "1"
title = "Yes, no or not applicable"
grade = [
  { id = "yes", label = "Yes", says = ["y"] }, { id = "no", label = "No", says = ["n"] },
  { id = "not_applicable", label = "Not applicable", says = ["n/a", "na"] },
]
[scale.yes_no]
version = "1"
title = "Yes or no"
grade = [{ id = "yes", label = "Yes", says = ["y"] }, { id = "no", label = "No", says = ["n"] }]
[scale.partially]
version = "1"
title = "Yes, partially or no"
grade = [
  { id = "yes", label = "Yes", says = ["y"] }, { id = "partially", label = "Partially", says = ["partly"] },
  { id = "no", label = "No", says = ["n"] },
]
"""
)

_JOURNEY = """
id = "journey"
version = "{version}"
title = "The child's journey"
statuses = ["CIN", "CP"]
scale = "worst_first"
look_back_months = {months}
closing = ["meeting", "overall", "safe", "actions"]

[[section]]
id = "help"
number = "1"
title = "Help and protection"
look_at = "Did help come early enough, and was it the right help?"
guidance = "A good answer says what changed for the child in the last {months} months. Inadequate needs a reason."
grade_label = "Overall, what is the quality of help and protection?"
comment_label = "Why did you come to this judgement?"
check = [
  {{ id = "referral", text = "Was the referral dealt with in time?", scale = "yes_no_na" }},
  {{ id = "history", text = "Was the family's history looked at?", scale = "yes_no_na" }},
]

[[section]]
id = "early"
number = "1a"
title = "Early help"
grade_label = "Overall, what is the quality of early help?"
comment_label = "Why did you come to this judgement?"
check = [
  {{ id = "offered", text = "Was early help offered?", scale = "yes_no_na" }},
  {{ id = "plan", text = "Is there an early help plan?", scale = "yes_no_na" }},
]

[[section]]
id = "need"
number = "1b"
title = "Children in need"
grade_label = "Overall, what is the quality of work with this child in need?"
comment_label = "Why did you come to this judgement?"
check = [{{ id = "assessed", text = "Was the assessment finished in time?", scale = "yes_no_na" }}]
ask = [{{ id = "assessed_on", text = "When was the last assessment finished?", kind = "date" }}]

[[section]]
id = "outcomes"
number = "{last}"
title = "Outcomes for the child"
always_asked = true
grade_label = "Overall, how good are the outcomes?"
comment_label = "Why did you come to this judgement?"
{more}
[[section]]
id = "discussion"
number = "{last}a"
title = "Discussion with the team"
graded = false
evidence = false
comment_label = "What was agreed when you talked it through?"
ask = [{{ id = "held_on", text = "When did you talk?", kind = "date" }}]
"""

_FILE_CHECK = """
id = "file-check"
version = "2"
title = "Foster carers' file check"
scale = "nought_to_three"
closing = ["overall", "learning", "actions"]

[[section]]
id = "records"
title = "Key records"
grade_label = "Score for key records"
comment_label = "Comments"
check = [
  { id = "agreement", text = "Is the carers' agreement signed?", scale = "yes_no" },
  { id = "checks", text = "Are all checks up to date?", scale = "yes_no" },
  { id = "health", text = "Is the health report on file?", scale = "yes_no" },
]

[[section]]
id = "reviews"
title = "Reviews"
grade_label = "Score for reviews"
comment_label = "Comments"
check = [{ id = "annual", text = "Was the yearly review held?", scale = "yes_no" }]
ask = [{ id = "last_on", text = "Date of the last review", kind = "date" }]

[[section]]
id = "supervision"
title = "Supervision of the carers"
grade_label = "Score for supervision"
comment_label = "Comments"
check = [
  { id = "regular", text = "Is it regular?", scale = "partially" },
  { id = "written", text = "Is it written up?", scale = "partially" },
]
"""

_ADOPTION = """
id = "adoption-support"
version = "1"
title = "Adoption support"
scale = "meets"
closing = ["meeting", "overall", "learning", "worker_view"]

[[section]]
id = "referral"
title = "Referral and allocation"
comment_label = "Evidence"
ask = [{ id = "allocated_on", text = "Date allocated", kind = "date" }]

[[section]]
id = "assessment"
title = "Assessment of need"
comment_label = "Evidence"
statement = [
  { id = "family", text = "The family had a say in it" },
  { id = "child", text = "The child had a say in it" },
  { id = "school", text = "School had a say in it" },
]

[[section]]
id = "support"
title = "Support given"
comment_label = "Evidence"
check = [{ id = "plan", text = "Is there a support plan?", scale = "yes_no" }]

[[section]]
id = "recording"
title = "Recording"
comment_label = "Evidence"
evidence = false
"""

_SCALING = """
id = "scaling"
version = "4"
title = "Scaling safety together"
scale = "scaling"
closing = ["overall", "safe", "actions"]

[[section]]
id = "worries"
title = "What are we worried about?"
grade_label = "Where on the scale?"
comment_label = "What makes it that number?"

[[section]]
id = "working"
title = "What is working well?"
grade_label = "Where on the scale?"
comment_label = "What makes it that number?"

[[section]]
id = "next"
title = "What needs to happen?"
grade_label = "Where on the scale?"
comment_label = "What would make it one higher?"
ask = [{ id = "who", text = "Who was in the room?", kind = "many", choice = [
  { id = "parent", text = "Parent" }, { id = "child", text = "Child" }, { id = "school", text = "School" }] }]
"""

JOURNEY_OLD = tools.parse(_JOURNEY.format(version="5", months=24, last=12, more=""), SCALES)
JOURNEY = tools.parse(
    _JOURNEY.format(
        version="7",
        months=6,
        last=15,
        more='check = [{ id = "better", text = "Is life better for the child?", scale = "yes_no_na" }]\n',
    ),
    SCALES,
)
FILE_CHECK = tools.parse(_FILE_CHECK, SCALES)
ADOPTION = tools.parse(_ADOPTION, SCALES)
SCALING = tools.parse(_SCALING, SCALES)

_OURS: list[tuple[Tool, Guide | None]] = [
    (JOURNEY, None), (JOURNEY_OLD, None), (FILE_CHECK, None), (ADOPTION, None), (SCALING, None),
]  # fmt: skip
EVERY: tuple[tuple[Tool, Guide | None], ...] = (*filling.councils_tools(), *_OURS)
TOOLS: tuple[Tool, ...] = tuple(tool for tool, _ in EVERY)


def tool_for(tool_id: str, version: str) -> Tool | None:
    """What the service would look up for a file that says this of itself."""
    return next((tool for tool in TOOLS if (tool.id, tool.version) == (tool_id, version)), None)


def named(tool_id: str) -> Tool:
    """The latest version of a tool of the corpus. Raises KeyError."""
    for tool in TOOLS:
        if tool.id == tool_id:
            return tool
    raise KeyError(tool_id)
