"""What a cluster gets of infra/k8s, by checkov's rules for Kubernetes: all of them but those with a reason here."""

import shutil
import tempfile
from pathlib import Path

import yaml

from cluster import build, pod_templates
from verdict import Verdict, skip

PASSED_OVER = {
    "CKV_K8S_11": "no limits of CPU: requests share it out, and a limit only slows what nobody else wants",
    "CKV_K8S_15": "a version's image does not change, so a start need not wait for a registry",
    "CKV_K8S_35": "these images take their passwords from the environment",
    "CKV_K8S_40": "Valkey's and Grafana's images own their files as users of low numbers",
    "CKV_K8S_43": "images by version, which dependabot raises; whoever deploys may add digests in the environment",
}

# Phases 1 and 2, for somebody who tries it, leave the network open; phase 3 closes it.
OPEN_NETWORK = "CKV2_K8S_6"


def checkov(path, *more):
    words = ["checkov", "--file", str(path), "--framework", "kubernetes", "--skip-download", "--compact", "--quiet"]
    return [*words, "--skip-check", ",".join([*PASSED_OVER, *more])]


def as_root(template):
    template["spec"]["securityContext"]["runAsNonRoot"] = False
    template["spec"]["securityContext"]["runAsUser"] = 0


def privileged(template):
    template["spec"]["containers"][0]["securityContext"]["privileged"] = True


def on_the_node(template):
    template["spec"]["hostNetwork"] = True


def main():
    if not shutil.which("kubectl"):
        skip("kubectl, which builds the manifests, is not installed")
    verdict = Verdict()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "cluster.yaml")
        for name, more in (("production", ()), ("staging", ()), ("dev", (OPEN_NETWORK,)), ("kind", (OPEN_NETWORK,))):
            path.write_text(yaml.safe_dump_all(build(f"environments/{name}")))
            verdict.passes(f"{name}: checkov finds nothing", checkov(path, *more))
        for change in (as_root, privileged, on_the_node):
            documents = build("environments/production")
            change(dict(pod_templates(documents))["Deployment/grafana"])
            path.write_text(yaml.safe_dump_all(documents))
            verdict.catches(f"checkov refuses a pod {change.__name__.replace('_', ' ')}", checkov(path))
    verdict.end()


main()
