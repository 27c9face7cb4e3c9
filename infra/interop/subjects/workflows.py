"""GitHub workflows: actionlint (syntax, expressions, by shellcheck what they run), zizmor (security), the schema that GitHub publishes. And what ours of benchmarks compares by."""

import os
import re
import tempfile
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
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

# ShellCheck looks at what workflows run, too: actionlint asks it.
scripts = [str(folder.parent.parent / name) for name in (".ci/run", "infra/compose/secrets")]
verdict.passes("shellcheck finds nothing in the shell's scripts", ["shellcheck", *scripts])

dependabot = ["check-jsonschema", "--builtin-schema", "vendor.dependabot"]
verdict.passes("dependabot.yml follows its schema", [*dependabot, str(folder.parent / "dependabot.yml")])

BROKEN = {
    "actionlint": (["actionlint"], "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'echo ${{ nothing.here }}'}]}}\n"),
    "actionlint with shellcheck": (["actionlint"], "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'cd $HOME/a b; rm -r $1/*'}]}}\n"),
    "the schema": (schema, "on: push\njobs: {a: {runs-on: ubuntu-24.04, step: []}}\n"),
    "dependabot's schema": (dependabot, "version: 2\nupdates: [{package-ecosystem: cargos, directory: /, schedule: {interval: weekly}}]\n"),
    "zizmor": (
        zizmor,
        "on: pull_request_target\njobs: {a: {runs-on: ubuntu-24.04, steps: "
        "[{run: 'echo ${{ github.event.pull_request.title }}'}]}}\n",
    ),
}
with tempfile.TemporaryDirectory() as scratch:
    script = Path(scratch, "careless")
    script.write_text("#!/bin/sh\nrm -r $1/*\n")
    verdict.catches("shellcheck refuses a careless script", ["shellcheck", str(script)])
for name, (command, text) in BROKEN.items():
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, ".github", "workflows", "broken.yml")
        path.parent.mkdir(parents=True)
        path.write_text(text)
        verdict.catches(f"{name} catches a broken workflow", [*command, str(path)])

# What the pipeline of a pull request asks.
script = SourceFileLoader("changed", str(folder.parent.parent / "infra" / "changed"))
changed = module_from_spec(spec_from_loader(script.name, script))
script.exec_module(changed)
for name, wanted, validators in [
    ("crates/blog/src/api.rs", {"rust"}, []),
    ("crates/identity/src/lib.rs", {"rust", "identity"}, []),
    ("docs/operations/soak.md", {"described"}, ["links"]),
    ("docs/problems.md", {"rust", "described"}, ["links"]),
    ("docs/openapi.json", {"rust", "described"}, ["kubernetes", "monitoring"]),
    ("crates/blog/README.md", {"rust", "described"}, ["links"]),
    ("crates/blog-site/tests/pages/essay.md", {"rust", "described"}, ["links"]),
    ("infra/k8s/base/app.yaml", {"described"}, ["kubernetes", "compose", "terraform"]),
    ("spin.toml", {"rust"}, ["kubernetes", "compose", "terraform", "monitoring"]),
    ("infra/interop/verdict.py", {"rust"}, [subject for subject in changed.VALIDATORS if subject != "credentials"]),
]:
    parts, subjects = changed.touched([name])
    right = {part for part, holds in parts.items() if holds} == wanted and set(subjects) == {"credentials", *validators}
    verdict.check(f"a change of {name} is looked at where it matters", right, (parts, subjects))
known = set(re.findall(r'Subject\("(\w+)"', (folder.parent.parent / "infra" / "interop" / "run").read_text()))
verdict.check("every subject that a change asks for is one", changed.VALIDATORS.keys() <= known, changed.VALIDATORS.keys() - known)

# What the workflow of benchmarks asks.
results = folder.parent.parent / "infra" / "load" / "RESULTS.md"
compare = [str(results.with_name("compare")), str(results)]
verdict.passes("a run of the bench is as dear as itself", [*compare, str(results)])
with tempfile.TemporaryDirectory() as scratch:
    dearer = Path(scratch, "after.md")
    dearer.write_text(re.sub(r"(\d+) \+ (\d+) µs", lambda cost: f"{2 * int(cost[1]) + 100} + {cost[2]} µs", results.read_text()))
    verdict.catches("one that became dearer is noticed", [*compare, str(dearer)])
verdict.end()
