"""The HTTP server below both stand-ins: a caller that was killed, or hung up on purpose, is nothing to print."""

from __future__ import annotations

import sys
from http.server import ThreadingHTTPServer
from typing import Any


class WebServer(ThreadingHTTPServer):
    """Many conversations at once, on 127.0.0.1."""

    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)
