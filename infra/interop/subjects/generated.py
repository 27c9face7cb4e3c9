"""What is made from spin.toml, from the interface and from Python is up to date, and a stale or changed copy is noticed."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
# What makes, what it makes, and a change of what it is made from: file, old, new.
MAKERS = {
    "infra/k8s/variables": (
        ["infra/k8s/base/variables.yaml", "infra/k8s/options/vault/variables.yaml", "infra/k8s/environments/kind/variables.yaml"],
        ("spin.toml", "[variables]\n", '[variables]\nsurprise = { default = "" }\n'),
    ),
    "infra/akamai/build": (
        ["infra/akamai/spin.toml"],
        ("spin.toml", '[component.blog.variables]\n', '[component.blog.variables]\ncors_origin = "{{ cors_origins }}"\n'),
    ),
    "infra/monitoring/collector/build": (
        ["infra/monitoring/collector/routes.yaml"],
        ("docs/openapi.json", '"/api/v1/blog/posts"', '"/api/v1/blog/papers"'),
    ),
    "infra/monitoring/grafana/build": (
        [f"infra/monitoring/grafana/dashboards/{name}.json" for name in ("business", "components", "overview", "postgres", "trading", "work")],
        ("infra/monitoring/grafana/build", '"Signed in"', '"Signed out"'),
    ),
}


def main():
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch)
        for name in ("k8s", "akamai", "monitoring"):
            shutil.copytree(ROOT / "infra" / name, copy / "infra" / name)
        (copy / "docs").mkdir()
        for name in ("spin.toml", "docs/openapi.json"):
            shutil.copyfile(ROOT / name, copy / name)

        def altered(name, old, new, maker):
            """Whether the maker notices a change of one file of the copy, which is taken back."""
            path = copy / name
            text = path.read_text()
            path.write_text(text.replace(old, new, 1))
            verdict.check(f"{name} has {old.strip() or 'a line'}", old in text)
            verdict.catches(f"{maker} notices a change of {name}", [sys.executable, str(copy / maker), "--check"])
            path.write_text(text)

        for maker, (made, source) in MAKERS.items():
            verdict.passes(f"what {maker} makes is up to date", [sys.executable, str(ROOT / maker), "--check"])
            for name in made:
                altered(name, "\n", "\n\n", maker)
            altered(*source, maker)
            before = {name: (copy / name).read_text() for name in made}
            subprocess.run([sys.executable, str(copy / maker)], check=True)
            verdict.check(f"{maker} makes the same of the same", all((copy / name).read_text() == text for name, text in before.items()))
    verdict.end()


main()
