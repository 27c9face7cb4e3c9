"""/metrics of the running app: Prometheus' own linter takes it, and it holds what infra/monitoring asks for."""

import os
import re
import subprocess
import urllib.request
from pathlib import Path

from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
ROOT = Path(os.environ["SPINDLE_ROOT"])
PROMTOOL = os.environ["INTEROP_PROMTOOL"]
# Written where something is: an installation without such a row has no series of it.
WHERE_THERE_IS_ONE = {"spindle_orders", "spindle_tasks", "spindle_outbox_lag_events", "spindle_outbox_lag_seconds"}


def main():
    verdict = Verdict()
    with urllib.request.urlopen(f"{BASE}/metrics", timeout=30) as answer:
        kind, text = answer.headers["content-type"], answer.read().decode()
    verdict.check("it is Prometheus' text format", kind.startswith("text/plain; version=0.0.4"), kind)
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    verdict.check("promtool finds nothing", done.returncode == 0 and not done.stderr.strip(), done.stderr)
    served = set(re.findall(r"^# TYPE (\w+) gauge$", text, re.M))
    readme = (ROOT / "infra" / "monitoring" / "README.md").read_text()
    documented = dict(re.findall(r"^\| `(spindle_\w+)` \| ([^|]*)\|", readme, re.M))
    verdict.check("it serves nothing that README.md does not list", served <= documented.keys(), served - documented.keys())
    missing = documented.keys() - served - WHERE_THERE_IS_ONE
    verdict.check("it serves all that README.md lists", not missing, missing)
    wrong = []
    for name, labels in re.findall(r"^(spindle_\w+)\{([^}]*)\} ", text, re.M):
        for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
            if f"`{label}`" not in documented[name]:
                wrong.append(f"{name} has the label {label}")
            elif label not in ("kind", "consumer", "version") and "= " in documented[name] and f"`{value}`" not in documented[name] and name != "spindle_orders":
                wrong.append(f'{name} has {label}="{value}"')
    verdict.check("its labels and their values are those of README.md", not wrong, "\n".join(sorted(set(wrong))))
    done = subprocess.run([PROMTOOL, "check", "metrics"], input="spindle_broken_total{ 1\n", capture_output=True, text=True, check=False)
    verdict.check("promtool refuses what is none", done.returncode != 0)
    verdict.end()


main()
