"""infra/monitoring: rules with their tests, dashboards whose every query a real Prometheus answers, the collector's routes."""

import copy
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import panels
import promql_parser
import span_metrics
import yaml

from ports import free_port
from prometheus import Prometheus
from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
FOLDER = ROOT / "infra" / "monitoring"
RULES = sorted((FOLDER / "prometheus" / "rules").glob("*.yml"))
TESTS = sorted((FOLDER / "prometheus" / "tests").glob("*.yml"))
RUNBOOKS = ROOT / "docs" / "runbooks"
PROMTOOL = os.environ["INTEROP_PROMTOOL"]
PROMETHEUS = os.environ["INTEROP_PROMETHEUS"]
AMTOOL = os.environ["INTEROP_AMTOOL"]

ROUTES = [
    ("auth", "POST", "/api/v1/auth/login"), ("auth", "POST", "/api/v1/auth/register"), ("blog", "GET", "/api/v1/blog/posts/{slug}"),
    ("trading", "GET", "/api/v1/trading/keys"), ("gateway", "GET", "/health/ready"),
]
COMPONENTS = ["gateway", "auth", "blog", "trading", "kraken", "worker"]
PRESENT = {
    "spindle_users": [{"state": "active"}, {"state": "disabled"}],
    "spindle_sessions": [{}],
    "spindle_posts": [{"status": "published"}, {"status": "draft"}],
    "spindle_comments": [{"state": "visible"}, {"state": "pending"}],
    "spindle_exchange_keys": [{"status": "active"}, {"status": "drift"}],
    "spindle_bots": [{"state": state, "mode": mode} for state in ("running", "error") for mode in ("paper", "live")],
    "spindle_bots_stopped_by_risk": [{}],
    "spindle_orders": [{"state": "filled", "mode": "live"}, {"state": "filled", "mode": "paper"}],
    "spindle_orders_unsettled_age_seconds": [{"mode": "live"}, {"mode": "paper"}],
    "spindle_tickets": [{"state": "open"}, {"state": "closed"}],
    "spindle_tasks": [{"kind": "send_mail", "state": state} for state in ("scheduled", "queued", "running", "dead")],
    "spindle_tasks_oldest_due_age_seconds": [{}],
    "spindle_outbox_dead_events": [{"consumer": "notifications"}],
    "spindle_outbox_lag_events": [{"consumer": "notifications"}],
    "spindle_outbox_lag_seconds": [{"consumer": "notifications"}],
    "spindle_hash_slots": [{"state": "free"}, {"state": "leased"}],
    "spindle_login_failures": [{}],
    "spindle_audit_unsealed_rows": [{}],
    "spindle_database_sessions": [{"state": "active"}, {"state": "idle"}, {"state": "idle_in_transaction"}],
    "spindle_database_sessions_limit": [{}],
    "spindle_scrape_duration_seconds": [{}],
    "cnpg_pg_replication_lag": [{"instance": "10.0.0.2:9187"}],
    "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp": [{}],
    "pg_database_size_bytes": [{"datname": "spindle"}],
}
PG_COUNTERS = ["xact_commit", "xact_rollback", "tup_fetched", "tup_inserted", "tup_updated", "blks_hit", "blks_read", "deadlocks", "conflicts"]
BUCKETS = ["1", "10", "100", "500", "1000", "+Inf"]


def label_text(labels):
    return "{" + ",".join(f"{name}={json.dumps(value)}" for name, value in labels.items()) + "}" if labels else ""


def counters():
    """Counter, labels, growth a second."""
    for component, method, route in ROUTES:
        for status, rate in (("200", 9.0), ("503", 0.1)):
            labels = {"span_kind": "SPAN_KIND_SERVER", "span_name": f"{method} {route}", "spindle_component": component, "spindle_route": route,
                      "http_request_method": method, "http_response_status_code": status}
            yield "traces_span_metrics_calls_total", labels, rate
            for at, bound in enumerate(BUCKETS):
                yield "traces_span_metrics_duration_milliseconds_bucket", labels | {"le": bound}, rate * (at + 1) / len(BUCKETS)
    for span in ("spin_outbound_pg.query_async", "POST"):
        labels = {"span_kind": "SPAN_KIND_CLIENT", "span_name": span}
        yield "traces_span_metrics_calls_total", labels, 5.0
        for at, bound in enumerate(BUCKETS):
            yield "traces_span_metrics_duration_milliseconds_bucket", labels | {"le": bound}, 5.0 * (at + 1) / len(BUCKETS)
    for component in COMPONENTS:
        yield "spin_request_count_total", {"component_id": component, "trigger_type": "http"}, 9.0
        for name in ("cpu_time", "memory_used"):
            for part in ("sum", "count"):
                yield f"spin_component_{name}_{part}", {"component_id": component}, 1.0
    for waited in ("true", "false"):
        yield "outbound_connection_permits_acquired_total", {"kind": "pg", "waited": waited}, 1.0
    for at, bound in enumerate(BUCKETS):
        yield "outbound_connection_permit_wait_duration_ms_bucket", {"kind": "pg", "le": bound}, (at + 1) / len(BUCKETS)
    for name in PG_COUNTERS:
        yield f"pg_stat_database_{name}", {"datname": "spindle"}, 1.0


def history(path, now):
    """Two hours of plausible figures, as an OpenMetrics file."""
    stamps = range(now - 7200, now + 1, 30)
    by_name = {}
    for name, labels, rate in counters():
        by_name.setdefault(name, []).append((labels, lambda stamp, rate=rate: 100 + rate * (stamp - stamps[0])))
    for name, sets in PRESENT.items():
        value = float(now - 3600) if name.endswith("backup_timestamp") else 1000.0 if name.endswith("limit") else 3.0
        by_name[name] = [(labels, lambda stamp, value=value: value) for labels in sets]
    by_name["up"] = [({"job": "spindle", "instance": "spindle:80"}, lambda stamp: 1.0)]
    with path.open("w") as file:
        for name, members in by_name.items():
            file.write(f"# TYPE {name} unknown\n")
            for labels, value in members:
                for stamp in stamps:
                    file.write(f"{name}{label_text(labels)} {value(stamp)} {stamp}\n")
        file.write("# EOF\n")


class Server:
    """A Prometheus with two hours of history and our rules, evaluated each second."""

    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.now = int(time.time()) // 30 * 30
        data = self.scratch / "data"
        history(self.scratch / "history.txt", self.now)
        subprocess.run([PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", str(self.scratch / "history.txt"), str(data)],
                       check=True, stdout=subprocess.DEVNULL)
        rules = self.scratch / "rules"
        rules.mkdir()
        for path in RULES:
            text = yaml.safe_load(path.read_text())
            for group in text["groups"]:
                group["interval"] = "1s"
            (rules / path.name).write_text(yaml.safe_dump(text))
        (self.scratch / "prometheus.yml").write_text("rule_files: [rules/*.yml]\n")
        self.port = free_port()
        command = [PROMETHEUS, f"--config.file={self.scratch}/prometheus.yml", f"--storage.tsdb.path={data}",
                   f"--web.listen-address=127.0.0.1:{self.port}", "--storage.tsdb.retention.time=30d", "--log.level=error"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def query(self, expression):
        """The result, or the error in words."""
        words = urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{words}", timeout=30) as answer:
                return json.load(answer)["data"]["result"], None
        except urllib.error.HTTPError as error:
            return [], json.load(error)["error"]
        except OSError as error:
            return [], str(error)

    def wait_for(self, *names):
        """Until series of these names are there."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if all(self.query(name)[0] for name in names):
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.2)
        return False


def dashboards():
    """Dashboard, panel, query."""
    for path in sorted((FOLDER / "grafana" / "dashboards").glob("*.json")):
        content = json.loads(path.read_text())
        for panel in content["panels"]:
            for target in panel.get("targets", []):
                yield content, panel, re.sub(r"\$\w+", ".*", target["expr"])


def check_rules(verdict):
    files = [str(path) for path in RULES]
    verdict.passes(f"promtool takes all {len(RULES)} rule files", [PROMTOOL, "check", "rules", *files])
    verdict.passes("and Prometheus' configuration for Compose", [PROMTOOL, "check", "config", str(FOLDER / "prometheus" / "compose.yml")])
    # The token's file is there in the cluster alone.
    verdict.passes("and for the cluster", [PROMTOOL, "check", "config", "--syntax-only", str(FOLDER / "prometheus" / "kubernetes.yml")])
    verdict.passes("the rules pass their tests", [PROMTOOL, "test", "rules", *(str(path) for path in TESTS)])
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(FOLDER / "prometheus", scratch, dirs_exist_ok=True)
        for name, old, new in [
            ("availability.yml", "> 0.05", "> 0.5"), ("objective.yml", "14.4", "144"), ("requests.yml", '=~"5.."', '=~"4.."'),
            ("resources.yml", "> 0.85", "> 8.5"), ("security.yml", "< 14", "< 1"), ("trading.yml", "> 300", "> 3000"), ("work.yml", "> 120", "> 1200"),
        ]:
            path = Path(scratch, "rules", name)
            text = path.read_text()
            path.write_text(text.replace(old, new))
            verdict.check(f"{name} has {old}", old in text)
            tests = str(Path(scratch, "tests", f"{path.stem}.test.yml"))
            verdict.catches(f"the tests catch {new} in {name}", [PROMTOOL, "test", "rules", tests])
            path.write_text(text)
        path = Path(scratch, "compose.yml")
        path.write_text(path.read_text().replace("scrape_configs:", "scrape_config:"))
        verdict.catches("promtool refuses a configuration with a misspelt key", [PROMTOOL, "check", "config", "--syntax-only", str(path)])
        path = Path(scratch, "rules", "work.yml")
        path.write_text(path.read_text().replace("sum(spindle_tasks", "sum((spindle_tasks"))
        verdict.catches("promtool refuses a broken expression", [PROMTOOL, "check", "rules", str(path)])


def alert_complaints(alerts, tested, pages):
    """What an alert lacks: a page that says what to do, a test of when it fires and when not; and pages without one."""
    for name, rule in alerts.items():
        if rule["annotations"].get("runbook") != f"docs/runbooks/{name}.md" or name not in pages:
            yield f"{name} has no page of its own"
        if rule["labels"].get("severity") not in ("page", "ticket"):
            yield f"{name} says not whom it reaches"
        for fires in (True, False):
            if (name, fires) not in tested:
                yield f"no test of when {name} {'fires' if fires else 'is quiet'}"
    for name in sorted(pages - alerts.keys()):
        yield f"docs/runbooks/{name}.md is of no alert"


def check_alerts(verdict):
    alerts = {rule["alert"]: rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"] if "alert" in rule}
    tested = {(test["alertname"], bool(test["exp_alerts"]))
              for path in TESTS for case in yaml.safe_load(path.read_text())["tests"] for test in case.get("alert_rule_test", [])}
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    wrong = list(alert_complaints(alerts, tested, pages))
    verdict.check(f"each of {len(alerts)} alerts has a page that says what to do, and a test of when it fires and when not", not wrong, "\n".join(wrong))
    index = (RUNBOOKS / "README.md").read_text()
    listed = {name: bool(wakes.strip()) for name, wakes in re.findall(r"^\| \[(\w+)\]\(\1\.md\) \|([^|]*)\|", index, re.M)}
    verdict.check("the list of pages tells who is woken", listed == {name: rule["labels"]["severity"] == "page" for name, rule in alerts.items()}, listed)
    unsure = {"annotations": alerts["SpindleDown"]["annotations"], "labels": {"severity": "pages"}}
    for what, broken in [
        ("an alert without a page", (alerts, tested, pages - {"SpindleDown"})),
        ("a page without an alert", (alerts, tested, pages | {"SpindleUp"})),
        ("an alert that nobody has seen fire", (alerts, tested - {("SpindleDown", True)}, pages)),
        ("an alert for nobody", (alerts | {"SpindleDown": unsure}, tested, pages)),
    ]:
        verdict.check(f"found when broken: {what}", len(list(alert_complaints(*broken))) == 1)


def check_cluster_files(verdict):
    """What the cluster gets of this folder is all of it."""
    def left_out(text):
        given = {line.split("=")[-1] for generator in yaml.safe_load(text)["configMapGenerator"] for line in generator["files"]}
        there = [*RULES, *(FOLDER / "grafana").rglob("*.json"), *(FOLDER / "grafana" / "provisioning").rglob("*.yaml"), *(FOLDER / "collector").glob("*.yaml")]
        return {str(path.relative_to(FOLDER)) for path in there} - given

    text = (FOLDER / "kustomization.yaml").read_text()
    verdict.check("the cluster gets every rule, dashboard and configuration", not left_out(text), left_out(text))
    broken = text.replace("      - prometheus/rules/work.yml\n", "")
    verdict.check("found when broken: a file of rules is left out", left_out(broken) == {"prometheus/rules/work.yml"})


def check_alertmanager(verdict):
    """Alertmanager's own tool takes the configuration, and says whom each of our alerts reaches."""
    config = FOLDER / "alertmanager" / "alertmanager.yml"
    verdict.passes("amtool takes the configuration", [AMTOOL, "check-config", str(config)])

    def reaches(path, severity, name):
        command = [AMTOOL, "config", "routes", "test", f"--config.file={path}", f"severity={severity}", f"alertname={name}"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    alerts = {rule["alert"]: rule["labels"]["severity"] for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"] if "alert" in rule}
    wrong = {name: reaches(config, severity, name) for name, severity in alerts.items() if reaches(config, severity, name) != severity}
    verdict.check("each alert reaches whom its severity says", not wrong, wrong)
    content = yaml.safe_load(config.read_text())
    matchers = [line for rule in content["inhibit_rules"] for kind in ("source_matchers", "target_matchers") for line in rule[kind]]
    patterns = [re.fullmatch(r'alertname=~?"(.*)"', line)[1] for line in matchers]
    unknown = [part for pattern in patterns for part in pattern.split("|") if not any(re.fullmatch(part, name) for name in alerts)]
    verdict.check("what is held back, and by what, are alerts of ours", not unknown, unknown)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "alertmanager.yml")
        path.write_text(config.read_text().replace("receiver: page", "receiver: pager"))
        verdict.catches("amtool refuses a receiver that is none", [AMTOOL, "check-config", str(path)])
        path.write_text(config.read_text().replace('severity="page"', 'severity="pages"'))
        verdict.check("a page that would wait until morning is noticed", reaches(path, "page", "SpindleDown") != "page")


def unknown_metrics(expressions):
    """What is asked for and nobody tells: ours are in the table, recorded ones in the rules."""
    documented = set(re.findall(r"^\| `(spindle_\w+)`", (FOLDER / "README.md").read_text(), re.M)) | {"spindle_backup_last_success_timestamp_seconds"}
    recorded = {rule["record"] for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"] if "record" in rule}
    text = "\n".join(expressions)
    asked = set(re.findall(r"\bspindle_\w+", re.sub(r'"[^"]*"|\{[^}]*\}', "", text))) - {"spindle_component", "spindle_route"}
    return asked - documented | set(re.findall(r"\bspindle:[\w:]+", text)) - recorded


def check_metrics(verdict, expressions):
    unknown = unknown_metrics(expressions)
    verdict.check("every metric that is asked for is in README.md, and every recorded series is recorded", not unknown, unknown)
    for what, expression in [("a metric that is none", "sum(spindle_user)"), ("a series that nobody records", "spindle:requests:rate1m > 0")]:
        verdict.check(f"found when broken: {what}", unknown_metrics([*expressions, expression]))
    documented = set(re.findall(r"^\| `(spindle_\w+)`", (FOLDER / "README.md").read_text(), re.M))
    source = ROOT / "crates" / "gateway" / "src" / "exposition.rs"
    served = set(re.findall(r'^    \(\s*"(spindle_\w+)",', source.read_text(), re.M))
    verdict.check("README.md lists what the gateway serves, no more and no less", served == documented, served ^ documented)


def check_dashboards(verdict):
    verdict.passes("the dashboards are what build makes", [sys.executable, str(FOLDER / "grafana" / "build"), "--check"])
    found = list(dashboards())
    uids = [content["uid"] for content in {item["uid"]: item for item, _, _ in found}.values()]
    verdict.check("six dashboards with ids of their own", len(uids) == len(set(uids)) == 6, uids)
    for content, panel, expression in found:
        try:
            promql_parser.parse(expression)
        except ValueError as error:
            verdict.check(f"{content['title']}, {panel['title']}: is PromQL", False, f"{expression}\n{error}")
    try:
        promql_parser.parse("sum(rate(x[5m])")
        verdict.check("the parser refuses what is none", False)
    except ValueError:
        verdict.check("the parser refuses what is none", True)
    rules = [rule["expr"] for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]
    check_metrics(verdict, rules + [expression for _, _, expression in found])
    with tempfile.TemporaryDirectory() as scratch, Server(scratch) as server:
        ready = server.wait_for("spindle:error_budget_remaining:ratio30d", "spindle:request_duration_milliseconds:p99", "spindle:request_error_ratio:rate5m > 0")
        if not verdict.check("Prometheus evaluates the rules", ready):
            return
        for content, panel, expression in found:
            result, error = server.query(expression)
            if error or not result:
                verdict.check(f"{content['title']}, {panel['title']}: is answered", False, f"{expression}\n{error or 'no series'}")
        verdict.check(f"all {len(found)} queries of the dashboards were asked", len(found) > 60, len(found))
        for expression in rules:
            _, error = server.query(expression)
            if error:
                verdict.check("a rule is answered", False, f"{expression}\n{error}")
        verdict.check("a query that nobody answers is noticed", not server.query("spindle_nothing")[0])
        check_monitor(verdict, server.port)
        check_panels(verdict, Prometheus(f"http://127.0.0.1:{server.port}"), int(time.time()) + 1)


def check_panels(verdict, prometheus, now):
    """Our own drawing of dashboards leaves no panel empty that has figures, and says which have none."""
    for path in sorted((FOLDER / "grafana" / "dashboards").glob("*.json")):
        dashboard = json.loads(path.read_text())
        text, empty = panels.page(dashboard, prometheus, now - 3600, now, "an hour")
        count = sum(panel["type"] != "row" for panel in dashboard["panels"])
        verdict.check(f"{dashboard['title']}: all {count} panels are drawn", not empty and text.count('class="panel"') == count, empty)
    dashboard["panels"] = [panel for panel in dashboard["panels"] if panel["type"] == "timeseries"][:1]
    dashboard["panels"][0]["targets"] = dashboard["panels"][0]["targets"][:1]
    dashboard["panels"][0]["targets"][0]["expr"] = "spindle_nothing"
    verdict.check("a panel that nothing answers is told", panels.page(dashboard, prometheus, now - 3600, now, "")[1])


def message(*parts):
    """A protobuf message of (field, bytes) and (field, number)."""
    def varint(number):
        return bytes([number & 0x7F | 0x80]) + varint(number >> 7) if number > 0x7F else bytes([number])

    data = b""
    for field, value in parts:
        if isinstance(value, int):
            data += varint(field << 3) + varint(value)
        elif isinstance(value, float):
            data += varint(field << 3 | 1) + struct.pack("<Q", int(value))
        else:
            data += varint(field << 3 | 2) + varint(len(value)) + value
    return data


def check_span_metrics(verdict):
    """What stands in for the collector makes the series that the rules ask for."""
    def attribute(name, value):
        return 9, message((1, name.encode()), (2, message((3, value) if isinstance(value, int) else (1, value.encode()))))

    begin = 1.79e18
    span = message((5, b"GET /api/v1/blog/..."), (6, 2), (7, begin), (8, begin + 7e6), attribute("url.path", "/api/v1/blog/posts/my-post"),
                   attribute("http.request.method", "GET"), attribute("http.response.status_code", 200))
    resource = message((1, message((1, b"service.name"), (2, message((1, b"spindle"))))))
    metrics = span_metrics.SpanMetrics(FOLDER / "collector")
    for _ in range(3):
        metrics.take(message((1, message((1, resource), (2, message((2, span)))))))
    text = metrics.exposition()
    labels = ('service_name="spindle",span_name="GET /api/v1/blog/...",span_kind="SPAN_KIND_SERVER",http_response_status_code="200",http_request_method="GET",'
              'spindle_route="/api/v1/blog/posts/{slug}",spindle_component="blog"')
    wanted = [f"traces_span_metrics_calls_total{{{labels}}} 3"]
    wanted += [f'traces_span_metrics_duration_milliseconds_bucket{{{labels},le="{bound}"}} {count}' for bound, count in (("5", 0), ("10", 3), ("+Inf", 3))]
    verdict.check("spans become the series that the collector makes of them", all(line in text.splitlines() for line in wanted), text)
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    verdict.check("Prometheus reads them", done.returncode in (0, 3) and "error while linting" not in done.stderr, done.stderr)


def check_monitor(verdict, port):
    """The table in the terminal: every column and every figure of the work has a value."""
    command = [sys.executable, str(ROOT / "infra" / "monitor"), "--once", "--prometheus"]
    told = subprocess.run([*command, f"http://127.0.0.1:{port}"], capture_output=True, text=True, check=False)
    lines = {line.split()[0]: line.split()[1:] for line in told.stdout.splitlines() if line}
    complete = len(lines.get("blog", [])) == 6 and "–" not in lines["blog"] and lines["blog"][0] == "9.1"
    verdict.check("infra/monitor shows all of a component", complete, told.stdout + told.stderr)
    verdict.check("and of the work that waits", "tasks waiting 3 " in told.stdout and "–" not in told.stdout.split("tasks waiting")[-1], told.stdout)
    verdict.catches("and tells where there is no Prometheus", [*command, "http://127.0.0.1:1"])


def collector_complaints(config, routes):
    """Pipelines name what is configured, and all of it."""
    kinds = ("receivers", "processors", "exporters", "connectors", "extensions")
    known = {kind: set(config.get(kind, {})) | set(routes.get(kind, {})) for kind in kinds}
    used = set()
    for name, pipeline in config["service"]["pipelines"].items():
        for kind in ("receivers", "processors", "exporters"):
            for part in pipeline[kind]:
                used.add(part)
                if part not in known[kind] | (known["connectors"] if kind != "processors" else set()):
                    yield f"{name} names {part}, which is no {kind[:-1]}"
        # What a span's sender should have kept to himself, and memory without end.
        if name == "traces" and "attributes/private" not in pipeline["processors"]:
            yield "query strings and addresses of clients leave with the traces"
        if pipeline["processors"][:1] != ["memory_limiter"]:
            yield f"{name} does not begin with the limit of memory"
    for part in sorted(set().union(*(known[kind] for kind in kinds[:4])) - used):
        yield f"no pipeline has {part}"
    for part in set(config["service"]["extensions"]) ^ known["extensions"]:
        yield f"{part} is an extension or in use, and not both"


def check_collector(verdict):
    folder = FOLDER / "collector"
    verdict.passes("the collector's routes are the interface's", [sys.executable, str(folder / "build"), "--check"])
    config = yaml.safe_load((folder / "config.yaml").read_text())
    routes = yaml.safe_load((folder / "routes.yaml").read_text())
    wrong = list(collector_complaints(config, routes))
    verdict.check("its pipelines name what is configured, and leave nothing unused", not wrong, "\n".join(wrong))
    for what, change in [
        ("a receiver that is none", lambda pipelines: pipelines["logs"]["receivers"].append("otpl")),
        ("traces as they came", lambda pipelines: pipelines["traces"]["processors"].remove("attributes/private")),
        ("no limit of memory", lambda pipelines: pipelines["metrics"]["processors"].remove("memory_limiter")),
        ("requests that nobody counts", lambda pipelines: pipelines.pop("traces/requests")),
    ]:
        broken = copy.deepcopy(config)
        change(broken["service"]["pipelines"])
        verdict.check(f"found when broken: {what}", list(collector_complaints(broken, routes)))

    statements = routes["processors"]["transform/routes"]["trace_statements"][0]["statements"]
    parsed = [re.fullmatch(r'set\(attributes\["spindle\.(\w+)"\], "([^"]*)"\)(?: where IsMatch\(attributes\["url\.path"\], "(.*)"\))?', line) for line in statements]

    def labels(path):
        found = {}
        for attribute, value, pattern in (match.groups() for match in parsed):
            if pattern is None or re.search(pattern.replace("\\\\", "\\"), path):
                found[attribute] = value
        return found

    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    missed = [route for route in document["paths"] if labels(re.sub(r"\{\w+\}", "x-1", route)).get("route") != route]
    verdict.check(f"each of {len(document['paths'])} routes is recognised", not missed, missed)
    pages = {"/blog/": "/blog", "/blog/my-post": "/blog/{name}", "/blog/@ada/feed.atom": "/blog/{name}/{file}", "/blog/tags/rust": "/blog/tags/{tag}",
             "/robots.txt": "/robots.txt"}
    verdict.check("so are pages", all(labels(path)["route"] == route for path, route in pages.items()), {path: labels(path) for path in pages})
    guesses = ["/wp-login.php", "/api/v1/blog/posts/a/b/c", "/api/v1/auth/%2e%2e/me", "/"]
    verdict.check("a guessed path is no series of its own", all(labels(path)["route"] == "other" for path in guesses), [labels(path) for path in guesses])
    owners = {"/api/v1/auth/login": "auth", "/api/v1/authors": "gateway", "/oauth2/jwks": "oidc", "/robots.txt": "blog-site", "/nothing": "gateway"}
    verdict.check("a path belongs to the component that serves it", all(labels(path)["component"] == owner for path, owner in owners.items()),
                  {path: labels(path) for path in owners})


def main():
    verdict = Verdict()
    check_rules(verdict)
    check_alerts(verdict)
    check_cluster_files(verdict)
    check_alertmanager(verdict)
    check_dashboards(verdict)
    check_collector(verdict)
    check_span_metrics(verdict)
    verdict.end()


main()
