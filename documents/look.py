"""The look that every document shares: one type scale, one accent, grey rules, marks that differ in shape."""

from __future__ import annotations

FONT = "Arial"
LANGUAGE = "en-GB"

ACCENT = "1F3A68"
INK = "1D2530"
QUIET = "56606E"  # 6:1 on white, so that small print stays readable
RULE = "C3CAD4"
TINT = "F3F6FA"

TINY, SMALL, BODY, LARGE, HEADING, TITLE = 8.5, 9.5, 11, 13, 16, 26
"""Points. Nothing is set in a size that is not one of these."""

MARKS = {"star": "★", "tick": "✓", "triangle": "▲", "cross": "✕", "ring": "○", "none": ""}
"""What a shape of `audit.scales` looks like. It always stands beside the word, never alone."""
