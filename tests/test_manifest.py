"""The Teams app: the manifest keeps to the limits, and the icons are the ones we draw."""

import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from manifest import make_icons

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "manifest"
PACKAGE = ROOT / "node_modules" / "@microsoft" / "app-manifest"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COMMANDS = {"status", "resume", "pause", "concern", "help", "back", "undo", "skip", "not relevant", "ack"}


@pytest.fixture
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def pixels(path: Path) -> list[bytes]:
    """Read a PNG of the one kind that we write: RGBA, eight bits, no filter, no interlace."""
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + length
    width, height, *kind_of_png = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert kind_of_png == [8, 6, 0, 0, 0]
    raw = zlib.decompress(chunks[b"IDAT"])
    stride = 1 + width * 4
    assert len(raw) == stride * height
    assert not any(raw[::stride])
    return [raw[top + 1 : top + stride] for top in range(0, len(raw), stride)]


def test_names_and_descriptions_fit(manifest: dict[str, Any]) -> None:
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["name"]["full"]) <= 100
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["description"]["full"]) <= 4000
    assert len(manifest["developer"]["name"]) <= 32


def test_schema_is_recent_and_named_once(manifest: dict[str, Any]) -> None:
    version = manifest["manifestVersion"]
    assert tuple(map(int, version.split("."))) >= (1, 25)
    assert f"/v{version}/" in manifest["$schema"]


def test_ids_are_placeholders_that_stand_out(manifest: dict[str, Any]) -> None:
    ids = [manifest["id"], manifest["bots"][0]["botId"]]
    assert len(set(ids)) == 2
    for each in ids:
        assert GUID.fullmatch(each)
        assert each.startswith("00000000-0000-0000-0000-")
    urls = [value for key, value in manifest["developer"].items() if key.endswith("Url")]
    assert len(urls) == 3
    assert all(re.fullmatch(r"https://([a-z-]+\.)?example\.org/[a-z]*", url) for url in urls)


def test_one_bot_in_personal_chat_that_can_alert_a_phone(manifest: dict[str, Any]) -> None:
    (bot,) = manifest["bots"]
    assert bot["scopes"] == ["personal"]
    assert "isNotificationOnly" not in bot
    assert "webApplicationInfo" not in manifest
    assert "permissions" not in manifest


def test_commands_fit(manifest: dict[str, Any]) -> None:
    (commands,) = manifest["bots"][0]["commandLists"]
    assert commands["scopes"] == ["personal"]
    titles = [command["title"] for command in commands["commands"]]
    assert len(titles) == len(set(titles)) <= 10
    assert "help" in titles
    assert set(titles) <= COMMANDS
    for command in commands["commands"]:
        assert 0 < len(command["title"]) <= 32
        assert 0 < len(command["description"]) <= 128


def test_icons_have_the_sizes_teams_asks_for(manifest: dict[str, Any]) -> None:
    for key, side in (("color", 192), ("outline", 32)):
        rows = pixels(FOLDER / manifest["icons"][key])
        assert len(rows) == side
        assert {len(row) for row in rows} == {side * 4}


def test_outline_icon_is_white_on_transparent(manifest: dict[str, Any]) -> None:
    data = b"".join(pixels(FOLDER / manifest["icons"]["outline"]))
    colours = {data[at : at + 3] for at in range(0, len(data), 4)}
    alphas = data[3::4]
    assert colours == {b"\xff\xff\xff"}
    assert {0, 255} <= set(alphas)
    assert 0.1 < sum(alphas) / 255 / len(alphas) < 0.6


def test_icons_are_the_ones_we_draw(manifest: dict[str, Any]) -> None:
    icons = manifest["icons"]
    assert pixels(FOLDER / icons["color"]) == make_icons.colour_icon()
    assert pixels(FOLDER / icons["outline"]) == make_icons.outline_icon()


def test_the_zip_holds_what_the_manifest_names(manifest: dict[str, Any], tmp_path: Path) -> None:
    package = tmp_path / "practice-audit-bot.zip"
    command = [sys.executable, "-m", "zipfile", "-c", str(package), *_uploaded(manifest)]
    subprocess.run(command, cwd=FOLDER, check=True, timeout=60)
    with zipfile.ZipFile(package) as opened:
        assert sorted(opened.namelist()) == sorted(_uploaded(manifest))


def _uploaded(manifest: dict[str, Any]) -> list[str]:
    return ["manifest.json", manifest["icons"]["color"], manifest["icons"]["outline"]]


def validated(path: Path) -> subprocess.CompletedProcess[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed, so the manifest was not checked against Microsoft's schema")
    if not PACKAGE.is_dir():
        pytest.skip("run npm ci first: the manifest was not checked against Microsoft's schema")
    command = [node, str(FOLDER / "validate.mjs"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_manifest_is_valid_against_its_schema() -> None:
    done = validated(FOLDER / "manifest.json")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("where", "value", "complaint"),
    [
        ("accentColor", "blue", "/accentColor"),
        ("id", "{{AppId}}", "/id"),
        ("surprise", True, "additional properties"),
        ("manifestVersion", "1.24", "disagree"),
    ],
)
def test_a_faulty_manifest_is_named(
    manifest: dict[str, Any], tmp_path: Path, where: str, value: object, complaint: str
) -> None:
    faulty = tmp_path / "manifest.json"
    faulty.write_text(json.dumps({**manifest, where: value}), encoding="utf-8")
    done = validated(faulty)
    assert done.returncode == 1
    assert complaint in done.stderr
