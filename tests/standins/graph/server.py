"""The server: a mailbox by REST, and Entra beside it, on 127.0.0.1. It does what it is told, wrongly where told so."""

from __future__ import annotations

import base64
import binascii
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from requests import PreparedRequest, Session
from requests.adapters import HTTPAdapter

from mail.exchange_login import AppLogin
from mail.graph_line import SCOPE
from tests.standins.graph.entra import APP, LOGIN, TENANT, Entra, Refused
from tests.standins.graph.mailbox import Kept, StoredMailbox, Wrong
from tests.standins.web import WebServer

MOST = 4_000_000
LARGE = 3 * 1024 * 1024
AT_A_TIME = 4
ROUTES = {
    "delta": ("GET", r"/mailFolders/(?P<folder>[^/]+)/messages/delta"),
    "list": ("GET", r"/mailFolders/(?P<folder>[^/]+)/messages"),
    "folders": ("GET", r"/mailFolders/(?P<folder>[^/]+)/childFolders"),
    "make": ("POST", r"/mailFolders/(?P<folder>[^/]+)/childFolders"),
    "folder": ("GET", r"/mailFolders/(?P<folder>[^/]+)"),
    "value": ("GET", r"/messages/(?P<letter>[^/]+)/\$value"),
    "move": ("POST", r"/messages/(?P<letter>[^/]+)/move"),
    "send": ("POST", r"/messages/(?P<letter>[^/]+)/send"),
    "session": ("POST", r"/messages/(?P<letter>[^/]+)/attachments/createUploadSession"),
    "attach": ("POST", r"/messages/(?P<letter>[^/]+)/attachments"),
    "letter": ("GET", r"/messages/(?P<letter>[^/]+)"),
    "patch": ("PATCH", r"/messages/(?P<letter>[^/]+)"),
    "delete": ("DELETE", r"/messages/(?P<letter>[^/]+)"),
    "draft": ("POST", r"/messages"),
}


@dataclass
class Fault:
    """One thing that goes wrong. `after`: once the work was done."""

    status: int = 0
    code: str = "UnknownError"
    wait: str = ""
    after: bool = False
    drops: bool = False
    cuts: bool = False
    stalls: bool = False
    then: Callable[[], object] | None = None
    """Something that happens meanwhile."""

    @property
    def goes_wrong(self) -> bool:
        return bool(self.status or self.drops or self.stalls)

    def __str__(self) -> str:
        does = "stalls" if self.stalls else "drops" if self.drops else "cuts" if self.cuts else str(self.status)
        return f"{does} after" if self.after else does


@dataclass
class Asked:
    """A request, as the work needs it."""

    does: str
    path: str
    query: dict[str, str]
    parts: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def lasting(self) -> bool:
        return 'idtype="immutableid"' in self.headers.get("prefer", "").lower()

    @property
    def values(self) -> dict[str, Any]:
        read = json.loads(self.body)
        assert isinstance(read, dict)
        return read


class GraphServer:
    """One tenant with its mailboxes."""

    def __init__(self, certificate: Path | None = None) -> None:
        """`certificate`: a PEM file with the key; then it speaks TLS, and Entra is at the same address."""
        self.entra = Entra()
        self.mailboxes: dict[str, StoredMailbox] = {}
        self.rights = {"read", "send"}
        self.sent: list[bytes] = []
        self.asked: list[str] = []
        self.violations: list[str] = []
        self.most_at_once = 0
        self.latency = 0.0
        self.stale_before = 0
        """Delta links that were given before this are no longer known."""
        self.cannot_show = b""
        """A letter that holds this is listed, and not shown."""
        self.repeats = self.reorders = self.forgets_returns = self.renders_anew = False
        self.faults: dict[str, list[Fault]] = {}
        self._uploads: dict[str, tuple[StoredMailbox, Kept, dict[str, Any], bytearray]] = {}
        self._rounds: dict[str, tuple[str, list[dict[str, Any]], int]] = {}
        self._numbers = count(1)
        self._under_way = 0
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.server = self
        self._http.daemon_threads = True
        self.root = f"http://127.0.0.1:{self._http.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
            self.root = self.root.replace("http://", "https://")
            self.entra.base = self.entra.audience = self.root
        self.url = f"{self.root}/v1.0"

    def mailbox(self, address: str) -> StoredMailbox:
        return self.mailboxes.setdefault(address, StoredMailbox(address))

    def misbehaves(self, does: str, fault: Fault, times: int = 1) -> None:
        """The next requests of a kind (a key of ROUTES, `put`, `token` or `discovery`) go wrong."""
        self.faults.setdefault(does, []).extend([fault] * times)

    def login(self, credential: Any = "a long secret", app: str = APP, tenant: str = TENANT) -> AppLogin:
        """Signs in with msal, which speaks to this server instead of Microsoft's."""
        return AppLogin(tenant, app, credential, http=way_to(self.root), scope=SCOPE)

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    # one request

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, Fault | None]:
        """Status, what to say (bytes, or values for JSON), and the fault if one is due."""
        asked = self._read(method, target, headers, body)
        self.asked.append(asked.does)
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            crowded = self._under_way > AT_A_TIME
            waiting = self.faults.get(asked.does, [])
            fault = waiting.pop(0) if waiting else None
        try:
            time.sleep(self.latency)
            if crowded:
                return 429, _error("ApplicationThrottled"), Fault(wait="1")
            if fault and fault.then:
                fault.then()
            if fault and fault.goes_wrong and not fault.after:
                return self._fail(asked, fault)
            with self._lock:
                status, says = self._work(asked)
            return self._fail(asked, fault) if fault and fault.goes_wrong else (status, says, fault)
        except Wrong as wrong:
            return wrong.status, _error(wrong.code), None
        except Refused as refused:
            return refused.status, refused.says, None
        finally:
            with self._lock:
                self._under_way -= 1

    def _fail(self, asked: Asked, fault: Fault) -> tuple[int, Any, Fault]:
        by_entra = asked.does in ("token", "discovery")
        says = Refused(90055, "temporarily_unavailable").says if by_entra else _error(fault.code)
        return fault.status or 500, says, fault

    def _read(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Asked:
        where = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(where.query, keep_blank_values=True).items()}
        if "/v1.0/users/" not in where.path:
            does = "put" if method == "PUT" else "token" if method == "POST" else "discovery"
            return Asked(does, where.path, query, {}, body, headers)
        for does, (how, pattern) in ROUTES.items():
            match = re.fullmatch(r"/v1\.0/users/(?P<user>[^/]+)" + pattern, where.path)
            if match and how == method:
                parts = {name: unquote(value) for name, value in match.groupdict().items()}
                return Asked(does, where.path, query, parts, body, headers)
        return Asked("nothing", where.path, query, {}, body, headers)

    def _work(self, asked: Asked) -> tuple[int, Any]:
        if asked.does == "discovery":
            return 200, self.entra.discovery(asked.path.split("/")[1])
        if asked.does == "token":
            return 200, self.entra.token(dict(parse_qsl(asked.body.decode())))
        if asked.does == "put":
            return self._put(asked)
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.entra.tokens:
            raise Wrong(401, "InvalidAuthenticationToken")
        if asked.does == "nothing":
            raise Wrong(400, "BadRequest")
        if not asked.lasting:
            self.violations.append(f"{asked.does} without the lasting ids")
        box = self.mailboxes.get(asked.parts["user"])
        if box is None:
            raise Wrong(404, "ErrorInvalidUser")
        if ("send" if asked.does == "send" else "read") not in self.rights:
            raise Wrong(403, "ErrorAccessDenied")
        if len(asked.body) > MOST:
            raise Wrong(413, "RequestEntityTooLarge")
        return getattr(self, f"_{asked.does}")(box, asked)  # type: ignore[no-any-return]

    # letters

    def _list(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        found = box.lying_in(asked.parts["folder"])
        if "$filter" in asked.query:
            match = re.fullmatch(r"internetMessageId eq '((?:[^']|'')*)'", asked.query["$filter"])
            if not match or "$orderby" in asked.query:
                raise Wrong(400, "ErrorInvalidRestriction")
            found = [one for one in found if one.internet_id == match[1].replace("''", "'")]
        newest = asked.query.get("$orderby", "receivedDateTime desc").endswith("desc")
        found = found[::-1] if newest else found
        top, skip = int(asked.query.get("$top", "10")), int(asked.query.get("$skip", "0"))
        page = [self._shown(one, asked) for one in found[skip : skip + top]]
        values: dict[str, Any] = {"value": page[::-1] if self.reorders else page}
        if len(found) > skip + top:
            values["@odata.nextLink"] = self._link(asked, {**asked.query, "$skip": str(skip + top)})
        return 200, values

    def _delta(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        folder, size = asked.parts["folder"], 10
        if match := re.search(r"odata\.maxpagesize=(\d+)", asked.headers.get("prefer", "")):
            size = int(match[1])
        token = asked.query.get("$skiptoken")
        if token:
            if token not in self._rounds:
                raise Wrong(410, "SyncStateNotFound")
            _folder, left, until = self._rounds[token]
        else:
            left, until = self._changed(box, asked), box.now()
        page, left = left[:size], left[size:]
        if self.repeats:
            page = page + page[-1:]
            left = page[-1:] + left if left else []
        values: dict[str, Any] = {"value": page[::-1] if self.reorders else page}
        if left:
            token = f"s{next(self._numbers)}"
            self._rounds[token] = (folder, left, until)
            values["@odata.nextLink"] = self._link(asked, {"$skiptoken": token})
        else:
            values["@odata.deltaLink"] = self._link(asked, {"$deltatoken": f"d{until}"})
        return 200, values

    def _changed(self, box: StoredMailbox, asked: Asked) -> list[dict[str, Any]]:
        folder, token = asked.parts["folder"], asked.query.get("$deltatoken")
        if token is None:
            return [self._shown(one, asked) for one in box.lying_in(folder)]
        if not re.fullmatch(r"d\d+", token):
            raise Wrong(400, "BadRequest")
        when = int(token[1:])
        if when < self.stale_before:
            raise Wrong(410, "SyncStateNotFound")
        found = []
        for serial, kept in box.since(folder, when):
            if kept is None:
                found.append({"id": f"AAkALasting/{serial}=", "@removed": {"reason": "changed"}})
            elif not (self.forgets_returns and self._came_back(box, folder, serial, when)):
                found.append(self._shown(kept, asked))
        return found

    def _came_back(self, box: StoredMailbox, folder: str, serial: int, when: int) -> bool:
        place = box.folder(folder).id
        return any(at <= when and where == place and one == serial for at, where, one in box.log)

    def _letter(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        return 200, self._shown(box.letter(asked.parts["letter"]), asked)

    def _value(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        if self.cannot_show and self.cannot_show in box.letter(asked.parts["letter"]).mime:
            raise Wrong(500, "ErrorMimeContentConversionFailed")
        anew = b"X-Rendered: %d\r\n" % next(self._numbers) if self.renders_anew else b""
        return 200, anew + box.letter(asked.parts["letter"]).mime

    def _move(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        kept = box.letter(asked.parts["letter"])
        box.move(kept, asked.values["destinationId"])
        return 201, self._shown(kept, asked)

    def _patch(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        kept = box.letter(asked.parts["letter"])
        if not kept.draft:
            raise Wrong(400, "ErrorInvalidPropertySet")
        kept.internet_id = asked.values["internetMessageId"]
        return 200, self._shown(kept, asked)

    def _delete(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        box.delete(box.letter(asked.parts["letter"]))
        return 204, b""

    def _shown(self, kept: Kept, asked: Asked) -> dict[str, Any]:
        every = {
            "receivedDateTime": kept.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "internetMessageId": kept.internet_id,
            "parentFolderId": kept.folder,
            "isDraft": kept.draft,
        }
        wanted = asked.query.get("$select", ",".join(every)).split(",")
        id_ = kept.lasting if asked.lasting else kept.plain
        return {"id": id_, **{name: value for name, value in every.items() if name in wanted}}

    def _link(self, asked: Asked, query: dict[str, str]) -> str:
        return f"{self.root}{asked.path}?{urlencode(query)}"

    # folders

    def _folder(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        found = box.folder(asked.parts["folder"])
        return 200, {"id": found.id, "displayName": found.name, "parentFolderId": found.parent}

    def _folders(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        below = box.below(box.folder(asked.parts["folder"]).id)
        top, skip = int(asked.query.get("$top", "10")), int(asked.query.get("$skip", "0"))
        page = [{"id": one.id, "displayName": one.name} for one in below[skip : skip + top]]
        more = {"@odata.nextLink": self._link(asked, {**asked.query, "$skip": str(skip + top)})}
        return 200, {"value": page, **(more if len(below) > skip + top else {})}

    def _make(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        made = box.make_folder(box.folder(asked.parts["folder"]).id, asked.values["displayName"])
        return 201, {"id": made.id, "displayName": made.name}

    # sending

    def _draft(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        if not asked.headers.get("content-type", "").startswith("text/plain"):
            raise Wrong(415, "UnsupportedMediaType")
        try:
            mime = base64.b64decode(asked.body, validate=True)
        except binascii.Error:
            raise Wrong(400, "ErrorMimeContentInvalidBase64String") from None
        return 201, self._shown(box.put("drafts", mime, draft=True), asked)

    def _send(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        self.sent.append(box.send(box.letter(asked.parts["letter"])))
        return 202, b""

    def _attach(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        kept, values = box.letter(asked.parts["letter"]), asked.values
        data = base64.b64decode(values["contentBytes"])
        kept.files.append((values["name"], values["contentType"], data))
        return 201, {"id": f"AAMkFile{next(self._numbers)}="}

    def _session(self, box: StoredMailbox, asked: Asked) -> tuple[int, Any]:
        kept, about = box.letter(asked.parts["letter"]), asked.values["AttachmentItem"]
        if about["size"] < 2 * 1024 * 1024:
            raise Wrong(400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize")
        path = f"/outlook/sessions/{next(self._numbers)}"
        self._uploads[path] = (box, kept, about, bytearray())
        return 201, {"uploadUrl": f"{self.url}{path}?authtoken=secret", "nextExpectedRanges": ["0-"]}

    def _put(self, asked: Asked) -> tuple[int, Any]:
        if "authorization" in asked.headers:
            self.violations.append("a token went along with a piece of a file")
        box, kept, about, so_far = self._uploads[asked.path.removeprefix("/v1.0")]
        if kept.serial not in box.letters:
            raise Wrong(404, "ErrorItemNotFound")
        match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", asked.headers.get("content-range", ""))
        if (
            not match
            or int(match[1]) != len(so_far)
            or int(match[2]) - int(match[1]) + 1 != len(asked.body)
            or int(match[3]) != about["size"]
        ):
            raise Wrong(400, "ErrorInvalidContentRange")
        so_far += asked.body
        if len(so_far) < about["size"]:
            return 200, {"nextExpectedRanges": [f"{len(so_far)}-"]}
        kept.files.append((about["name"], about["contentType"], bytes(so_far)))
        return 201, b""


class _Rerouted(HTTPAdapter):
    """What is meant for Microsoft's login goes to this machine."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._root = root

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Any:
        request.url = str(request.url).replace(LOGIN, self._root)
        return super().send(request, *args, **{**more, "timeout": 2})


def way_to(root: str) -> Session:
    session = Session()
    session.mount("https://", _Rerouted(root))
    return session


def _error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "Words about somebody@telford.example", "innerError": {}}}


class _Http(WebServer):
    server: GraphServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, says, fault = self.server.server.answer(self.command, self.path, headers, body)
        if fault and fault.stalls:
            self.server.server.closing.wait(30)
        if fault and fault.drops:
            self.close_connection = True
            return
        data = says if isinstance(says, bytes) else json.dumps(says).encode()
        self.send_response(status)
        if fault and fault.wait:
            self.send_header("Retry-After", fault.wait)
        self.send_header("Content-Type", "text/plain" if isinstance(says, bytes) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if fault and fault.cuts else data)
        if fault and fault.cuts:
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def graph_server(certificate: Path | None = None) -> Iterator[GraphServer]:
    server = GraphServer(certificate)
    server.start()
    try:
        yield server
    finally:
        server.stop()
