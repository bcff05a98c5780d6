"""The lines that mail programs and offices put around what a person wrote: who wrote, what follows, what closes."""

from __future__ import annotations

import re

WROTE = re.compile(r"^[ \t]*On\b[^\n]{0,250}(?:\n[^\n]{0,120}?)?\bwrote:[ \t]*$", re.MULTILINE)
"""The line that announces a quote: "On Monday Avery Sample wrote:", on one line or two."""

REST_IS_QUOTED = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:original|forwarded) (?:message|mail|e-?mail)[ \t]*-{2,}|"
    r"begin forwarded message:|"
    r"_{10,}[ \t]*\n\s{0,20}\*?(?:from|von|van|de|da|od|fr[aå]n?|oddi wrth):|"
    r"\*?from:\*?[ \t][^\n]*\n(?:[^\n]*\n){0,3}?[ \t]*\*?(?:sent|date|to|subject):)",
    re.MULTILINE | re.IGNORECASE,
)
"""Where a quote begins that bears no marks."""

RULE = re.compile(r"^[ \t]*_{10,}[ \t]*$", re.MULTILINE)
"""A line across the page. What follows it may be a quote, a disclaimer, or what somebody wrote."""

REST_IS_CLOSING = re.compile(
    r"^(?:--[ \t]*$|sent from (?:my|outlook)\b|get outlook for\b|"
    r"(?:this (?:e-?mail|message|communication)|the information (?:contained )?in this (?:e-?mail|message)) "
    r"(?:and|is|contains|may|was|has)\b|(?:disclaimer|confidentiality notice|important notice)\b)",
    re.MULTILINE | re.IGNORECASE,
)
"""Where a signature or a disclaimer begins."""

_DEVICE = (
    r"(?:(?:apple |samsung |work |mobile |smart|council |android |huawei |windows |google |nokia |motorola |sony )*"
    r"(?:iphone|ipad|phone|mobile(?: phone| device)?|device|tablet|galaxy(?: [\w+]+){0,3}|android|pixel|blackberry|"
    r"smartphone|handset|telephone|huawei|samsung))"
)
_PARDON = (
    r"(?:[ ,.;–-]*(?:so )?please (?:excuse|forgive|pardon)"
    r"(?:[ ,.]+(?:any|the|my|brevity|typos?|errors?|and|or|spelling)\b){1,8})?"
)
FOOTER = re.compile(
    rf"(?:sent from (?:my |a |an )?{_DEVICE}(?: device)?(?: using [\w ]{{1,40}})?{_PARDON}|"
    r"sent from (?:outlook|mail|yahoo mail|gmail|aol mail|proton mail)"
    r"(?: (?:for|on|mobile)(?: (?:ios|iphone|ipad|android|mac|windows(?: 1\d)?|mobile))?)?|"
    r"sent via blackberry|(?:get|sent (?:from|via|with)) outlook for (?:ios|android|mac|windows))",
    re.IGNORECASE,
)
"""What a phone writes below a letter, as a whole line. "Sent from my car" is none."""
