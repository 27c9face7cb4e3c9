"""The dashboards with a load run's own figures: a Prometheus asks a real app, its Postgres and its spans for some minutes, and every panel is drawn.

Grafana and the collector are in no package registry, so what stands in for them are `panels.py` and `span_metrics.py`, by Grafana's and the
collector's own files. Pictures and a page with them are left in target/interop/dashboards, and with INTEROP_IMAGES=1 in docs/images and infra/monitoring.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import panels
import span_metrics
import yaml

from ports import free_port
from prometheus import Prometheus
from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
FOLDER = ROOT / "infra" / "monitoring"
OUTPUT = ROOT / "target" / "interop" / "dashboards"
SECONDS = os.environ.get("SPINDLE_LOAD_SECONDS", "600")
USERS = os.environ.get("SPINDLE_LOAD_USERS", "60")
EVERY = "5s"
# What this load has not, and where it comes from: everything else has to be there.
ABSENT = {
    # Spin tells these; our host, which runs here, does not.
    r"spin_(request|component)_|spindle:component_cpu_seconds|outbound_connection_permit": "Spin",
    # CloudNativePG and the backup's own file.
    r"cnpg_|backup": "the cluster",
    # Nobody trades, nothing fails, nothing waits and nobody outside is called in this load.
    r'spindle_orders\b|spindle_tasks\b|spindle_outbox_(lag|dead)|error_ratio:rate5m > 0|component="trading"|"GET\|': "what does not happen in it",
}


class Load:
    """`cargo xtask load`, and what it says of itself on the way."""

    def __init__(self, endpoint):
        command = ["cargo", "xtask", "load", "--users", USERS, "--duration", SECONDS, "--output", str(OUTPUT / "load")]
        variables = dict(os.environ, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)
        self.process = subprocess.Popen(command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.said = {}
        self.changed = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stderr:
            sys.stderr.write(line)
            for name, pattern in (("postgres", r"· (postgres://\S+)"), ("app", r"· (http://\S+)"), ("begin", r"· (\d+ users, .*)")):
                if found := re.match(pattern, line):
                    with self.changed:
                        self.said.setdefault(name, (found[1], time.time()))
                        self.changed.notify_all()

    def wait_for(self, name):
        """What it said, and when; the build may come first."""
        with self.changed:
            while name not in self.said:
                if not self.changed.wait(1) and self.process.poll() is not None:
                    raise SystemExit(f"the load ended ({self.process.returncode}) before it told its {name}")
            return self.said[name]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def configuration(scratch, app, spans, postgres):
    """What is asked; rules are evaluated as often."""
    jobs = [("spindle", app.removeprefix("http://")), ("requests", f"127.0.0.1:{spans}"), ("postgres", f"127.0.0.1:{postgres}")]
    text = {
        "global": {"scrape_interval": EVERY, "evaluation_interval": EVERY},
        "rule_files": [str(FOLDER / "prometheus" / "rules" / "*.yml")],
        "scrape_configs": [{"job_name": name, "honor_labels": name == "requests", "static_configs": [{"targets": [target]}]} for name, target in jobs],
    }
    # A load's database is one of the tests'.
    rename = {"source_labels": ["datname"], "regex": "spindle_test_app_.*", "target_label": "datname", "replacement": "spindle"}
    text["scrape_configs"][2]["metric_relabel_configs"] = [rename]
    path = Path(scratch, "prometheus.yml")
    path.write_text(yaml.safe_dump(text))
    return path


def draw(verdict, prometheus, begin, end, about):
    """A picture of each dashboard; whatever nothing answers has its reason."""
    shutil.rmtree(OUTPUT / "pictures", ignore_errors=True)
    (OUTPUT / "pictures").mkdir(parents=True)
    lines = []
    for path in sorted((FOLDER / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(path.read_text())
        text, empty = panels.page(dashboard, prometheus, begin, end, about)
        drawing = OUTPUT / "pictures" / f"dashboard-{path.stem}.html"
        drawing.write_text(text)
        picture = drawing.with_suffix(".png")
        verdict.passes(f"{dashboard['title']}: is drawn", [str(ROOT / "infra" / "load" / "picture"), str(drawing), str(picture)])
        reasons = {}
        for panel in dashboard["panels"]:
            if panel["title"] in empty:
                asked = " ".join(target["expr"] for target in panel["targets"])
                reasons[panel["title"]] = next((why for pattern, why in ABSENT.items() if re.search(pattern, asked)), None)
        unexplained = [title for title, why in reasons.items() if why is None]
        verdict.check(f"{dashboard['title']}: what the load has is in it", not unexplained, unexplained)
        note = "; ".join(f"{title} ({why})" for title, why in reasons.items() if why)
        lines.append(f"## {dashboard['title'].removeprefix('Spindle: ')}\n\n![{dashboard['title']}](../../docs/images/{picture.name})\n" + (f"\nNothing answers there: {note}.\n" if note else ""))
    return lines


def main():
    verdict = Verdict()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    metrics = span_metrics.SpanMetrics(FOLDER / "collector")
    spans, exporter_port, prometheus_port = free_port(), free_port(), free_port()
    span_metrics.serve(metrics, spans)
    with tempfile.TemporaryDirectory() as scratch, Load(f"http://127.0.0.1:{spans}") as load:
        app, postgres = load.wait_for("app")[0], load.wait_for("postgres")[0]
        children = []
        try:
            exporter = [os.environ["INTEROP_POSTGRES_EXPORTER"], f"--web.listen-address=127.0.0.1:{exporter_port}", "--log.level=error"]
            children.append(subprocess.Popen(exporter, env=dict(os.environ, DATA_SOURCE_NAME=postgres), stdin=subprocess.DEVNULL))
            server = [os.environ["INTEROP_PROMETHEUS"], f"--config.file={configuration(scratch, app, spans, exporter_port)}",
                      f"--storage.tsdb.path={scratch}/data", f"--web.listen-address=127.0.0.1:{prometheus_port}", "--log.level=error"]
            children.append(subprocess.Popen(server, stdin=subprocess.DEVNULL))
            described, begin = load.wait_for("begin")
            # A little before the users stop: the last figures are of a load.
            time.sleep(max(0, begin + float(SECONDS) - 5 - time.time()))
            end = time.time()
            verdict.check("the app runs to the end", load.process.poll() is None, load.process.returncode)
            address = f"http://127.0.0.1:{prometheus_port}"
            with urllib.request.urlopen(f"{address}/api/v1/targets", timeout=30) as answer:
                targets = {target["labels"]["job"]: target["lastError"] for target in json.load(answer)["data"]["activeTargets"]}
            verdict.check("each of the three is asked, and answers", len(targets) == 3 and not any(targets.values()), targets)
            about = f"{time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(end))}; {described}"
            lines = draw(verdict, Prometheus(address), begin, end, about)
        finally:
            for child in children:
                child.terminate()
                child.wait()
        verdict.check("the load itself loses nothing", load.process.wait() == 0, load.process.returncode)
    page = f"# Dashboards\n\nMade by `infra/interop/run dashboards`: panels and queries are the dashboards' own, figures those of a load ({about}), drawn by our own script and not by Grafana.\n\n"
    (OUTPUT / "DASHBOARDS.md").write_text(page + "\n".join(lines))
    if os.environ.get("INTEROP_IMAGES") == "1":
        for picture in (OUTPUT / "pictures").glob("*.png"):
            shutil.copy(picture, ROOT / "docs" / "images")
        shutil.copy(OUTPUT / "DASHBOARDS.md", FOLDER)
    verdict.end()


main()
