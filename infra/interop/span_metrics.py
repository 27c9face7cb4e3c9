"""Figures of spans, as the collector's span metrics with infra/monitoring's configuration make them: for a machine that has no collector.

What the configuration says counts here too: dimensions, bounds, and which route and component a path belongs to. Only what it uses is
understood.
"""

import re
import struct
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")


def fields(data):
    """Number and value of each field of a protobuf message; 64 bits of a fixed one as they are."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        kind = tag & 7
        if kind == 0:
            value = varint()
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
            value, at = data[at:at + length], at + length
        elif kind == 2:
            length = varint()
            value, at = data[at:at + length], at + length
        else:
            raise ValueError(f"wire type {kind}")
        yield tag >> 3, value


def attributes(pairs):
    """Of the KeyValues of a message."""
    found = {}
    for pair in pairs:
        parts = dict(fields(pair))
        for kind, value in fields(parts.get(2, b"")):
            if kind == 1:
                found[parts[1].decode()] = value.decode()
            elif kind in (2, 3):
                found[parts[1].decode()] = str(value)
    return found


class SpanMetrics:
    """What was counted since the beginning."""

    def __init__(self, folder):
        config = yaml.safe_load((folder / "config.yaml").read_text())["connectors"]["spanmetrics"]
        self.prefix = config["namespace"].replace(".", "_")
        self.dimensions = {item["name"]: item.get("default") for item in config["dimensions"]}
        bounds = config["histogram"]["explicit"]["buckets"]
        self.bounds = [float(re.match(r"\d+", bound)[0]) * (1 if bound.endswith("ms") else 1000) for bound in bounds]
        transform = yaml.safe_load((folder / "routes.yaml").read_text())["processors"]["transform/routes"]["trace_statements"][0]
        form = re.compile(r'set\(attributes\["([^"]+)"\], "([^"]*)"\)(?: where IsMatch\(attributes\["url\.path"\], "(.*)"\))?')
        found = [form.fullmatch(line).groups() for line in transform["statements"]]
        self.rules = [(name, value, pattern and re.compile(pattern.replace("\\\\", "\\"))) for name, value, pattern in found]
        self.calls, self.sums, self.buckets = Counter(), Counter(), {}
        self.lock = threading.Lock()

    def take(self, request):
        """The spans of an ExportTraceServiceRequest."""
        for _, resource_spans in fields(request):
            parts = list(fields(resource_spans))
            resource = [value for number, value in parts if number == 1]
            service = attributes(value for number, value in fields(resource[0] if resource else b"") if number == 1).get("service.name", "")
            for number, scope_spans in parts:
                if number == 2:
                    for inner, span in fields(scope_spans):
                        if inner == 2:
                            self.count(service, list(fields(span)))

    def count(self, service, span):
        values = dict(span)
        about = attributes(value for number, value in span if number == 9)
        if "url.path" in about:
            for name, value, pattern in self.rules:
                if pattern is None or pattern.search(about["url.path"]):
                    about[name] = value
        labels = {"service_name": service, "span_name": values[5].decode(), "span_kind": f"SPAN_KIND_{KINDS[values.get(6, 0)]}"}
        for name, default in self.dimensions.items():
            value = about.get(name, default)
            if value is not None:
                labels[name.replace(".", "_")] = value
        begin, end = (struct.unpack("<Q", values[number])[0] for number in (7, 8))
        took = (end - begin) / 1e6
        key = tuple(labels.items())
        with self.lock:
            self.calls[key] += 1
            self.sums[key] += took
            counts = self.buckets.setdefault(key, [0] * len(self.bounds))
            for index, bound in enumerate(self.bounds):
                counts[index] += took <= bound

    def exposition(self):
        """In Prometheus' text format."""
        calls, duration = f"{self.prefix}_calls_total", f"{self.prefix}_duration_milliseconds"
        lines = {calls: [f"# TYPE {calls} counter"], duration: [f"# TYPE {duration} histogram"]}
        with self.lock:
            for key, count in self.calls.items():
                labels = ",".join('{}="{}"'.format(name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")) for name, value in key)
                lines[calls].append(f"{calls}{{{labels}}} {count}")
                for bound, below in zip([*(f"{bound:g}" for bound in self.bounds), "+Inf"], [*self.buckets[key], count], strict=True):
                    lines[duration].append(f'{duration}_bucket{{{labels},le="{bound}"}} {below}')
                lines[duration] += [f"{duration}_sum{{{labels}}} {self.sums[key]:.6f}", f"{duration}_count{{{labels}}} {count}"]
        return "\n".join([*lines[calls], *lines[duration], ""])


def serve(metrics, port):
    """Takes OTLP over HTTP at /v1/traces, and answers /metrics. Runs until it is shut down."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            metrics.take(self.rfile.read(int(self.headers["content-length"])))
            self.answer("application/x-protobuf", b"")

        def do_GET(self):
            self.answer("text/plain; version=0.0.4", metrics.exposition().encode())

        def answer(self, kind, body):
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Nobody wants to read it."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
