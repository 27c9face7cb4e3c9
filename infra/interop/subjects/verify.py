"""infra/verify: it takes a working app for one, and nothing else."""

import http.server
import os
import sys
import threading
from pathlib import Path

from verdict import Verdict

VERIFY = Path(os.environ["SPINDLE_ROOT"]) / "infra" / "verify"


class Friendly(http.server.BaseHTTPRequestHandler):
    """Answers everything with 200 and an empty document."""

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_PATCH = do_DELETE = do_GET

    def log_message(self, *_):
        """Nobody wants to read it."""


def main():
    verdict = Verdict()
    words = [sys.executable, str(VERIFY)]
    verdict.passes("the app works", [*words, os.environ["SPINDLE_BASE_URL"]])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Friendly) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        verdict.catches("a server that says yes to everything", [*words, f"http://127.0.0.1:{port}"])
        server.shutdown()
    verdict.catches("nobody at all", [*words, f"http://127.0.0.1:{port}"])
    verdict.end()


main()
