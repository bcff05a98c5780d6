"""A bot of one page that speaks the Bot Framework's JSON by hand: it proves the harness, not our service."""

from __future__ import annotations

import json
import threading
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"


def card(*body: Json, actions: tuple[Json, ...] = ()) -> Json:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body), "actions": list(actions)}


def heading(text: str) -> Json:
    return {"type": "TextBlock", "text": text, "size": "large", "weight": "bolder", "style": "heading", "wrap": True}


def form() -> Json:
    """A question as our cards ask it: a grade, a comment, save, and a card to unfold."""
    grades = [{"title": title, "value": title[:1]} for title in ("Outstanding", "Good", "Inadequate")]
    return card(
        heading("Planning"),
        {
            "type": "Input.ChoiceSet",
            "id": "grade",
            "label": "Grade",
            "style": "expanded",
            "isRequired": True,
            "errorMessage": "Choose a grade",
            "choices": grades,
        },
        {"type": "Input.Text", "id": "comment", "label": "What you saw", "isMultiline": True},
        {
            "type": "Input.ChoiceSet",
            "id": "place",
            "label": "Where is it recorded",
            "choices": [{"title": "Case notes", "value": "notes"}, {"title": "Plan", "value": "plan"}],
        },
        {"type": "Input.Toggle", "id": "seen", "title": "Child seen alone"},
        actions=(
            {"type": "Action.Execute", "title": "Save and go on", "verb": "save", "data": {"revision": 3}},
            {
                "type": "Action.ShowCard",
                "title": "Guide",
                "card": {"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "Say what led you to it."}]},
            },
        ),
    )


@dataclass
class EchoBot:
    """Answers each message with `form()`, each press with a card that shows what was pressed."""

    port: int = 0
    heard: list[Json] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/messages"

    def start(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def receive(self, activity: Json) -> Json | None:
        """What one activity is answered with in the HTTP response; a message is answered by a new card."""
        self.heard.append(activity)
        if activity["type"] == "message":
            self.post(activity, form())
        return self.pressed(activity) if activity["type"] == "invoke" else None

    def pressed(self, activity: Json) -> Json:
        data = activity["value"]["action"]["data"]
        words = ", ".join(f"{key}={data[key]}" for key in sorted(data))
        return {"statusCode": 200, "type": CARD, "value": card(heading("Planning: saved"), text(words))}

    def post(self, turn: Json, content: Json) -> str:
        """Send a card to the conversation that `turn` came from; the new activity's id."""
        return str(call("POST", turn, "activities", envelope(content))["id"])

    def update(self, turn: Json, activity_id: str, content: Json) -> None:
        """Replace what an earlier activity shows."""
        call("PUT", turn, f"activities/{activity_id}", envelope(content) | {"id": activity_id})


def text(words: str) -> Json:
    return {"type": "TextBlock", "text": words, "wrap": True}


def envelope(content: Json) -> Json:
    return {"type": "message", "attachments": [{"contentType": CARD, "content": content}]}


def call(method: str, turn: Json, path: str, body: Json) -> Json:
    """One connector call about the conversation of `turn`."""
    where = f"{turn['serviceUrl']}/v3/conversations/{turn['conversation']['id']}/{path}"
    request = urllib.request.Request(where, json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as reply:
        answer: Json = json.loads(reply.read() or b"{}")
        return answer


def _handler(bot: EchoBot) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            activity = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(bot.receive(activity) or {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
