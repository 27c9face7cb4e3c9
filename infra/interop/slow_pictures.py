"""Pictures that come when they are told to, so that a page can be measured before and after: `/<width>x<height>/<anything>.png`, and
`/none/<anything>.png` which never is one."""

import struct
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def png(width, height):
    """A grey picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class SlowPictures:
    """A server of them, while it is entered."""

    def __init__(self):
        self.may_come = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.may_come.wait(60)
                size = self.path.split("/")[1]
                body = b"" if size == "none" else png(*map(int, size.split("x")))
                self.send_response(200 if body else 404)
                self.send_header("content-type", "image/png")
                self.send_header("content-length", str(len(body)))
                # What is kept would be there at once the next time.
                self.send_header("cache-control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.place = f"127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.may_come.set()
        self.server.shutdown()
        self.server.server_close()
