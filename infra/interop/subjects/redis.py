"""infra/redis under Spin with a real Redis: a message ticks the worker, and what Spindle signed is published, nothing else.

The project's own host serves HTTP alone: what begins with a message on a channel needs Spin's Redis trigger.
"""

import base64
import hashlib
import hmac
import http.server
import json
import os
import queue
import re
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from ports import free_port
from verdict import Verdict, skip

ROOT = Path(os.environ["SPINDLE_ROOT"])
REDIS = os.environ["INTEROP_REDIS"]
SPIN = os.environ["INTEROP_SPIN"]
WASM = ROOT / "target" / "wasm32-wasip2" / "release"
TOKEN = "a worker's token"
SECRET = b"a secret of both sides"
PATIENCE = 30


def until(holds, what, process=None):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline or (process and process.poll() is not None):
            raise RuntimeError(what)
        time.sleep(0.05)


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Redis:
    """As much of a client as this needs."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.stream = self.socket.makefile("rb")

    def ask(self, *words):
        parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self.read()

    def read(self):
        """The next answer, or message."""
        kind, rest = (line := self.stream.readline().rstrip(b"\r\n"))[:1], line[1:]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind == b"$":
            return self.stream.read(int(rest) + 2)[:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        return int(rest) if kind == b":" else rest

    def message(self, seconds):
        """Channel and text of the next message; None if none comes."""
        self.socket.settimeout(seconds)
        try:
            _, _, channel, text = self.read()
            return channel.decode(), text
        except TimeoutError:
            # The stream is of no use after that.
            return None


class Spindle:
    """Notes who ticks, and answers what it is told to."""

    def __init__(self):
        self.ticks, self.status = queue.Queue(), 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                outer.ticks.put((self.path, self.headers["authorization"]))
                self.send_response(outer.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def tick(self, seconds=PATIENCE):
        try:
            return self.ticks.get(timeout=seconds)
        except queue.Empty:
            return None


def event(topic, number):
    document = {"specversion": "1.0", "id": f"e-{number}", "source": f"/spindle/{topic}", "type": "trade.executed", "data": {"n": number}}
    return json.dumps(document).encode()


def send(port, body, secret=SECRET, age=0):
    """Sends an event as Spindle's worker does: signed by Standard Webhooks 1.0. Answers the status."""
    at = str(int(time.time()) - age)
    signature = hmac.new(secret, f"e-1.{at}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "content-type": "application/cloudevents+json", "webhook-id": "e-1", "webhook-timestamp": at,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }
    request = urllib.request.Request(f"http://127.0.0.1:{port}/events", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def check(verdict, redis_port, spin_port, spindle):
    publisher = Redis(redis_port)
    until(lambda: publisher.ask("pubsub", "numsub", "spindle.wake")[1] == 1, "nobody listens on spindle.wake")
    publisher.ask("publish", "spindle.wake", "now")
    tick = spindle.tick()
    verdict.check("a message ticks the worker, with its token", tick == ("/internal/worker/tick", f"Bearer {TOKEN}"), tick)
    spindle.status = 503
    publisher.ask("publish", "spindle.wake", "now")
    verdict.check("while Spindle does not answer, it is asked all the same", spindle.tick() is not None)
    spindle.status = 200
    publisher.ask("publish", "spindle.wake", b"\x00\xff")
    verdict.check("and a tick that failed ends nothing: the next message ticks again", spindle.tick() is not None)

    listener = Redis(redis_port)
    listener.ask("psubscribe", "spindle.*")
    body = event("trading", 1)
    status = send(spin_port, body)
    verdict.check("a signed event is taken", status == 204, status)
    message = listener.message(PATIENCE)
    verdict.check("and is on the channel of its topic, as it was signed", message == ("spindle.trading.events", body), message)
    for what, expected, arguments in [
        ("another secret's", 401, {"body": event("trading", 2), "secret": b"another"}),
        ("one that is older than five minutes", 401, {"body": event("trading", 3), "age": 400}),
        ("what is no event", 422, {"body": b"{}"}),
        ("one whose topic would be another channel", 422, {"body": event("wake now", 4)}),
    ]:
        status = send(spin_port, **arguments)
        verdict.check(f"{what} is refused", status == expected, status)
    body = event("blog", 5)
    send(spin_port, body)
    message = listener.message(PATIENCE)
    verdict.check("and nothing of that was published before the next one", message == ("spindle.blog.events", body), message)


def main():
    if not (WASM / "redis_wake.wasm").exists():
        skip("the components are not built: cargo xtask test --interop builds them")
    version = subprocess.run([SPIN, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stdout
    # Another program has the same name: the model checker.
    found = re.match(r"spin (\d+)\.(\d+)", version)
    if not found or tuple(map(int, found.groups())) < (4, 1):
        skip(f"{SPIN} is no Spin 4.1 or later: {version.strip() or 'it tells no version'}")
    verdict = Verdict()
    redis_port, spin_port, spindle = free_port(), free_port(), Spindle()
    variables = {
        "redis_address": f"redis://127.0.0.1:{redis_port}", "spindle_origin": spindle.origin, "worker_token": TOKEN,
        "events_secret": SECRET.decode(),
    }
    environment = dict(os.environ, SPIN_HTTP_LISTEN_ADDR=f"127.0.0.1:{spin_port}")
    environment |= {f"SPIN_VARIABLE_{name.upper()}": value for name, value in variables.items()}
    processes = []
    with tempfile.TemporaryDirectory(prefix="spindle-redis-") as scratch:
        log = Path(scratch, "spin.log")
        try:
            words = [REDIS, "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", scratch]
            processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
            until(lambda: accepts(redis_port), "Redis does not start", processes[-1])
            with log.open("w") as file:
                # Options of one trigger are refused where there are two; so all goes by variables.
                words = [SPIN, "up", "--from", str(ROOT / "infra" / "redis" / "spin.toml")]
                processes.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment))
            until(lambda: accepts(spin_port), "Spin does not start", processes[-1])
            check(verdict, redis_port, spin_port, spindle)
            verdict.check("Spin is still there", processes[-1].poll() is None)
        except (OSError, RuntimeError, ValueError) as error:
            said = log.read_text() if log.exists() else ""
            verdict.check("it could be tried", False, f"{error!r}\n{said[-3000:]}")
        finally:
            for process in reversed(processes):
                process.terminate()
            for process in processes:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
    verdict.end()


main()
