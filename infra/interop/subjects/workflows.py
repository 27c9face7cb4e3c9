"""GitHub workflows: actionlint (syntax, expressions, by shellcheck what they run), zizmor (security), the schema that GitHub publishes.
And ours: they run where what they look at changes, the fuzzer has all that it needs, and what those of benchmarks and releases use works."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import yaml

from crates import TESTED, Workspace
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
    ("crates/passkeys/src/cbor.rs", {"rust", "identity"}, []),
    ("infra/images/bills", {"described"}, ["links", "workflows", "compose"]),
    ("infra/xtask/src/load.rs", {"rust", "identity"}, ["links"]),
    ("docs/operations/soak.md", {"described"}, ["links"]),
    ("docs/problems.md", {"rust", "described"}, ["links"]),
    ("docs/openapi.json", {"rust", "described"}, ["generated", "kubernetes", "monitoring"]),
    ("crates/blog/README.md", {"rust", "described"}, ["links"]),
    ("crates/blog-site/tests/pages/essay.md", {"rust", "described"}, ["links"]),
    ("infra/k8s/base/app.yaml", {"described"}, ["generated", "kubernetes", "posture", "compose", "terraform"]),
    ("infra/monitoring/prometheus/kubernetes.yml", {"described"}, ["generated", "kubernetes", "posture", "compose", "monitoring"]),
    ("spin.toml", {"rust"}, ["generated", "kubernetes", "compose", "terraform", "monitoring"]),
    ("infra/interop/verdict.py", {"rust"}, [subject for subject in changed.VALIDATORS if subject != "credentials"]),
]:
    parts, subjects = changed.touched([name])
    right = {part for part, holds in parts.items() if holds} == wanted and set(subjects) == {"credentials", *validators}
    verdict.check(f"a change of {name} is looked at where it matters", right, (parts, subjects))
known = set(re.findall(r'Subject\("(\w+)"', (folder.parent.parent / "infra" / "interop" / "run").read_text()))
verdict.check("every subject that a change asks for is one", changed.VALIDATORS.keys() <= known, changed.VALIDATORS.keys() - known)

# Where a pull request makes a workflow run: what the crates that it looks at are made of is in its paths.
ROOT = folder.parent.parent
tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
workspace = Workspace(ROOT)


def paths(name):
    """The path filter of a workflow. The base loader, as `on` is no boolean here."""
    return yaml.load((folder / name).read_text(), Loader=yaml.BaseLoader)["on"]["pull_request"]["paths"]


def taken(path, patterns):
    """Whether a filter takes a file: ** is anything, * anything but a slash."""
    for glob in patterns:
        parts = re.split(r"(\*\*|\*)", glob)
        if re.fullmatch("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts), path):
            return True
    return False


def of(crate):
    """What a crate is compiled from."""
    return [path for path in tracked if path.startswith(f"{crate}/") and not path.endswith(".md")]


def filter_complaints(patterns, whole=(), partly=()):
    for glob in patterns:
        if not any(taken(path, [glob]) for path in tracked):
            yield f"{glob} is no file"
    for crate in sorted(whole):
        missing = [path for path in of(crate) if not taken(path, patterns)]
        if missing:
            yield f"{missing[0]} is left out"
    for crate in sorted(partly):
        if not any(taken(path, patterns) for path in of(crate)):
            yield f"nothing of {crate} is looked at"


# The reader of a crate is a part of it; what is measured is all of it.
fuzzed = {"partly": set(workspace.named("infra/fuzz"))}
measured = {"whole": workspace.made_of(["runtime-tests/host", "runtime-tests/native", *(f"components/{path.name}" for path in (ROOT / "components").iterdir())])}
for name, wanted in (("fuzz.yml", fuzzed), ("benchmarks.yml", measured), ("interop.yml", {})):
    wrong = list(filter_complaints(paths(name), **wanted))
    verdict.check(f"{name} runs where what it looks at changes", not wrong, "\n".join(wrong))
covered = workspace.made_of(["crates/identity"], TESTED)
missed = [path for crate in covered for path in of(crate) if not re.fullmatch(changed.PARTS["identity"], path)]
verdict.check("the coverage of identity is measured where its tests or what they run change", {"crates/passkeys", "infra/postgres"} <= covered and not missed, missed)
for what, patterns, wanted in [
    ("a crate that fuzzing leaves out", [glob for glob in paths("fuzz.yml") if "contracts" not in glob], fuzzed),
    ("a path that is none", [*paths("fuzz.yml"), "crates/token/**"], fuzzed),
    ("a folder that is not measured", [glob for glob in paths("benchmarks.yml") if "native" not in glob], measured),
]:
    verdict.check(f"found when broken: {what}", list(filter_complaints(patterns, **wanted)))

# Both readers of advisories let the same pass.
ignored = {entry["id"] for entry in tomllib.loads((ROOT / "deny.toml").read_text())["advisories"]["ignore"]}
passed = set(re.findall(r"--ignore (RUSTSEC-\d+-\d+)", (folder / "security.yml").read_text()))
verdict.check("cargo audit passes over the advisories that deny.toml gives a reason for", passed == ignored, passed ^ ignored)


def fuzz_complaints(fuzz):
    targets = {path.stem for path in (fuzz / "targets").glob("*.rs")}
    built = {binary["name"] for binary in tomllib.loads((fuzz / "Cargo.toml").read_text())["bin"] if binary["path"] == f"targets/{binary['name']}.rs"}
    told = set(re.findall(r"^\| `(\w+)`", (fuzz / "README.md").read_text(), re.M))
    seeded = {path.parent.name for path in fuzz.glob("seeds/*/*")}
    for where, names in (("Cargo.toml", built), ("README.md", told), ("seeds", seeded)):
        for name in sorted(targets ^ names):
            yield f"{name} is a target or in {where}, and not both"


wrong = list(fuzz_complaints(ROOT / "infra" / "fuzz"))
verdict.check("each target of the fuzzer is built, told of, and has seeds", not wrong, "\n".join(wrong))
with tempfile.TemporaryDirectory() as scratch:
    fuzz = Path(shutil.copytree(ROOT / "infra" / "fuzz", Path(scratch, "fuzz"), ignore=shutil.ignore_patterns("target", "corpus", "artifacts")))
    shutil.rmtree(fuzz / "seeds" / "exports")
    verdict.check("found when broken: a target without seeds", list(fuzz_complaints(fuzz)))

# What the workflow of releases asks: SPDX documents out of what BuildKit leaves.
bills = str(ROOT / "infra" / "images" / "bills")
with tempfile.TemporaryDirectory() as scratch:
    left = Path(scratch)
    document = {"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [{"name": "wasmtime"}]}
    statement = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document", "predicate": document}
    for name in ("sbom", "sbom-context"):
        (left / f"{name}.spdx.json").write_text(json.dumps(statement))
    verdict.passes("a bill of materials comes out of its statement", [bills, scratch, f"{scratch}/app-1.2.3", "--lists", "wasmtime"])
    made = {path.name: json.loads(path.read_text()) for path in left.glob("app*")}
    verdict.check("each in a document of its own", made == {"app-1.2.3.spdx.json": document, "app-1.2.3-context.spdx.json": document}, made)
    verdict.catches("one without our crates is noticed", [bills, scratch, f"{scratch}/app", "--lists", "axum"])
    for what, content in [("a list", [statement]), ("a statement of something else", {"predicateType": "https://slsa.dev/provenance/v1", "predicate": {}}), ("no document", {"spdxVersion": "2"})]:
        (left / "sbom.spdx.json").write_text(json.dumps(content))
        verdict.catches(f"{what} is no bill of materials", [bills, scratch, f"{scratch}/app"])

# What the workflow of benchmarks asks.
results = folder.parent.parent / "infra" / "load" / "RESULTS.md"
compare = [str(results.with_name("compare")), str(results)]
verdict.passes("a run of the bench is as dear as itself", [*compare, str(results)])
with tempfile.TemporaryDirectory() as scratch:
    dearer = Path(scratch, "after.md")
    dearer.write_text(re.sub(r"(\d+) \+ (\d+) µs", lambda cost: f"{2 * int(cost[1]) + 100} + {cost[2]} µs", results.read_text()))
    verdict.catches("one that became dearer is noticed", [*compare, str(dearer)])
verdict.end()
