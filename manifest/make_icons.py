"""Draws the two icons of the Teams app, with nothing but the standard library."""

import struct
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

Colour = tuple[int, int, int]
Shape = Callable[[float, float], bool]
Pixels = list[bytearray]  # one RGBA row each

BLUE: Colour = (0x1B, 0x3A, 0x6B)
PAPER: Colour = (0xFF, 0xFF, 0xFF)
TICK: Colour = (0x24, 0x5A, 0xA8)
LINE: Colour = (0xA9, 0xBC, 0xD8)
SAMPLES = 4  # a side, so sixteen looks at each pixel


def rounded(left: float, top: float, right: float, bottom: float, radius: float) -> Shape:
    """Return a rectangle with round corners."""

    def inside(x: float, y: float) -> bool:
        if not (left <= x <= right and top <= y <= bottom):
            return False
        dx = max(left + radius - x, x - right + radius, 0.0)
        dy = max(top + radius - y, y - bottom + radius, 0.0)
        return dx * dx + dy * dy <= radius * radius

    return inside


def stroke(points: Sequence[tuple[float, float]], width: float) -> Shape:
    """Return a line through the points, with round ends and joins."""
    reach = (width / 2) ** 2

    def inside(x: float, y: float) -> bool:
        for (ax, ay), (bx, by) in pairwise(points):
            vx, vy = bx - ax, by - ay
            along = ((x - ax) * vx + (y - ay) * vy) / (vx * vx + vy * vy)
            along = min(1.0, max(0.0, along))
            dx, dy = x - ax - along * vx, y - ay - along * vy
            if dx * dx + dy * dy <= reach:
                return True
        return False

    return inside


def polygon(points: Sequence[tuple[float, float]]) -> Shape:
    """Return the inside of a closed outline."""
    edges = list(zip(points, [*points[1:], points[0]], strict=True))

    def inside(x: float, y: float) -> bool:
        within = False
        for (ax, ay), (bx, by) in edges:
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                within = not within
        return within

    return inside


def joined(*shapes: Shape) -> Shape:
    """Return everything that is in any of the shapes."""
    return lambda x, y: any(shape(x, y) for shape in shapes)


def without(shape: Shape, hole: Shape) -> Shape:
    """Return the shape with a hole in it."""
    return lambda x, y: shape(x, y) and not hole(x, y)


def tick(x: float, y: float, size: float, width: float) -> Shape:
    """Return a tick whose middle is at x, y."""
    return stroke([(x - size, y), (x - size * 0.3, y + size * 0.7), (x + size, y - size * 0.7)], width)


def paint(side: int, layers: Sequence[tuple[Shape, Colour]], empty: Colour) -> Pixels:
    """Paint the layers, first one lowest, on a transparent square; wholly empty pixels keep one colour."""
    steps = [(i + 0.5) / SAMPLES for i in range(SAMPLES)]
    corners = [[_topmost(layers, x, y) for x in range(side + 1)] for y in range(side + 1)]
    rows: Pixels = []
    for top in range(side):
        row = bytearray()
        for left in range(side):
            looks = corners[top][left : left + 2] + corners[top + 1][left : left + 2]
            if len(set(looks)) > 1:  # an edge runs through it: look closely
                looks = [_topmost(layers, left + x, top + y) for y in steps for x in steps]
            seen = [colour for colour in looks if colour is not None]
            if seen:
                row += bytes(round(sum(parts) / len(seen)) for parts in zip(*seen, strict=True))
            else:
                row += bytes(empty)
            row.append(round(255 * len(seen) / len(looks)))
        rows.append(row)
    return rows


def _topmost(layers: Sequence[tuple[Shape, Colour]], x: float, y: float) -> Colour | None:
    return next((colour for shape, colour in reversed(layers) if shape(x, y)), None)


def colour_icon() -> Pixels:
    """Return the 192 px icon: a check list in a speech bubble, on calm blue."""
    ground = rounded(0, 0, 192, 192, 42)
    tail = [(59.0, 128.0), (59.0, 157.0), (88.0, 130.0)]
    bubble = joined(rounded(34, 31, 158, 136, 22), polygon(tail), stroke([*tail, tail[0]], 6))
    layers: list[tuple[Shape, Colour]] = [(ground, BLUE), (bubble, PAPER)]
    for y, end in ((66.0, 136.0), (101.0, 122.0)):
        layers.append((tick(67, y, 14, 9), TICK))
        layers.append((stroke([(98, y), (end, y)], 9), LINE))
    return paint(192, layers, empty=BLUE)


def outline_icon() -> Pixels:
    """Return the 32 px icon: the same bubble and list as white lines."""
    body = joined(rounded(3, 4, 29, 24, 5), polygon([(7, 23), (7, 30.5), (15, 23)]))
    hollow = joined(rounded(5, 6, 27, 22, 3), polygon([(9, 21), (9, 26), (14, 21)]))
    marks = joined(
        tick(10.5, 11, 2.7, 1.8),
        stroke([(17, 11), (23, 11)], 2),
        tick(10.5, 17, 2.7, 1.8),
        stroke([(17, 17), (21, 17)], 2),
    )
    return paint(32, [(without(body, hollow), PAPER), (marks, PAPER)], empty=PAPER)


def png(rows: Pixels) -> bytes:
    """Return the rows as a PNG file: eight bits a channel, RGBA, unfiltered."""
    width, height = len(rows[0]) // 4, len(rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def main() -> None:
    """Write both icons beside this file."""
    folder = Path(__file__).parent
    (folder / "colour.png").write_bytes(png(colour_icon()))
    (folder / "outline.png").write_bytes(png(outline_icon()))


if __name__ == "__main__":
    main()
