"""GitHub workflows: actionlint (syntax, expressions, shell), zizmor (security), the schema that GitHub publishes. And what ours of benchmarks compares by."""

import os
import re
import tempfile
from pathlib import Path

from verdict import Verdict

folder = Path(os.environ["SPINDLE_ROOT"]) / ".github" / "workflows"
files = sorted(str(path) for path in folder.glob("*.y*ml"))
schema = ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"]
zizmor = ["zizmor", "--offline", "--no-progress", "--persona", "regular", "--min-severity", "low"]
verdict = Verdict()
verdict.check("there are workflows", files)
verdict.passes("actionlint finds nothing", ["actionlint", *files])
verdict.passes("the schema holds", [*schema, *files])
verdict.passes("zizmor finds nothing", [*zizmor, *files])

dependabot = ["check-jsonschema", "--builtin-schema", "vendor.dependabot"]
verdict.passes("dependabot.yml follows its schema", [*dependabot, str(folder.parent / "dependabot.yml")])

BROKEN = {
    "actionlint": (["actionlint"], "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ nothing.here }}'}]}}\n"),
    "the schema": (schema, "on: push\njobs: {a: {runs-on: ubuntu-24.04, step: []}}\n"),
    "dependabot's schema": (dependabot, "version: 2\nupdates: [{package-ecosystem: cargos, directory: /, schedule: {interval: weekly}}]\n"),
    "zizmor": (
        zizmor,
        "on: pull_request_target\njobs: {a: {runs-on: ubuntu-24.04, steps: "
        "[{run: 'echo ${{ github.event.pull_request.title }}'}]}}\n",
    ),
}
for name, (command, text) in BROKEN.items():
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, ".github", "workflows", "broken.yml")
        path.parent.mkdir(parents=True)
        path.write_text(text)
        verdict.catches(f"{name} catches a broken workflow", [*command, str(path)])

# What the workflow of benchmarks asks.
results = folder.parent.parent / "infra" / "load" / "RESULTS.md"
compare = [str(results.with_name("compare")), str(results)]
verdict.passes("a run of the bench is as dear as itself", [*compare, str(results)])
with tempfile.TemporaryDirectory() as scratch:
    dearer = Path(scratch, "after.md")
    dearer.write_text(re.sub(r"(\d+) \+ (\d+) µs", lambda cost: f"{2 * int(cost[1]) + 100} + {cost[2]} µs", results.read_text()))
    verdict.catches("one that became dearer is noticed", [*compare, str(dearer)])
verdict.end()
