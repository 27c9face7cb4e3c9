"""What kustomize builds of infra/k8s, what it has to agree with, and whether all that pods mount and Prometheus asks is there."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(os.environ["SPINDLE_ROOT"])
K8S = ROOT / "infra" / "k8s"


def build(folder):
    done = subprocess.run(["kubectl", "kustomize", str(K8S / folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr)
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def of(documents, kind, name=None):
    return [item for item in documents if item["kind"] == kind and name in (None, item["metadata"]["name"])]


def pod_templates(documents):
    for item in documents:
        spec = item.get("spec", {})
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if item["kind"] in ("CronJob", "Job", "Deployment", "StatefulSet", "DaemonSet"):
            yield f"{item['kind']}/{item['metadata']['name']}", spec["template"]


def references(value, kind):
    """Every {name, key} below a secretKeyRef or configMapKeyRef."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == kind:
                yield inner
            yield from references(inner, kind)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner, kind)


class Facts:
    """What the manifests have to agree with."""

    def __init__(self):
        self.manifest = tomllib.loads((ROOT / "spin.toml").read_text())
        self.variables = self.manifest["variables"]
        self.routes = set(json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"])
        self.triggers = [trigger["route"] for trigger in self.manifest["trigger"]["http"] if isinstance(trigger["route"], str)]
        self.databases = sum(
            any(host.startswith("postgres://") for host in component.get("allowed_outbound_hosts", []))
            for component in self.manifest["component"].values()
        )
        words = [sys.executable, str(K8S / "secrets"), "--admin-email", "a@b.example", "--mail-api-token", "token"]
        text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        self.secrets = {item["metadata"]["name"]: item["stringData"] for item in yaml.safe_load_all(text)}
        runtime = tomllib.loads(self.secrets["spindle-runtime-config"]["runtime-config.toml"])
        self.connections = runtime["outbound_pg"]["max_connections"]


def mount_complaints(documents, secrets):
    """Volumes of pods: their ConfigMaps are built, their Secrets made, with the keys that are asked for."""
    configs = {item["metadata"]["name"] for item in of(documents, "ConfigMap")}
    for name, template in pod_templates(documents):
        for volume in template["spec"].get("volumes", []):
            if "configMap" in volume and volume["configMap"]["name"] not in configs:
                yield f"{name} mounts the ConfigMap {volume['configMap']['name']}, which is none"
            secret = volume.get("secret", {"optional": True})
            if secret.get("optional"):
                continue
            if secret["secretName"] not in secrets:
                yield f"{name} mounts the Secret {secret['secretName']}, which nobody makes"
            for item in secret.get("items", []):
                if item["key"] not in secrets.get(secret["secretName"], ()):
                    yield f"{name} mounts {item['key']} of the Secret {secret['secretName']}, which has none"


def asked(config):
    """Who is asked by a configuration of Prometheus, and at which port."""
    jobs = [*config["scrape_configs"], *config["alerting"]["alertmanagers"]]
    for job in jobs:
        for found in job.get("static_configs", []):
            yield from ((target.split(":")[0], int(target.split(":")[1])) for target in found["targets"])
        for found in job.get("dns_sd_configs", []):
            yield from ((name, found["port"]) for name in found["names"])


def scrape_complaints(documents):
    """Where Prometheus runs: whom it asks is a Service of this namespace, and a policy lets it."""
    texts = [item["data"]["prometheus.yml"] for item in of(documents, "ConfigMap") if "prometheus.yml" in item.get("data", {})]
    # SpinKube makes one for the app.
    services = {item["metadata"]["name"] for item in of(documents, "Service")} | {item["metadata"]["name"] for item in of(documents, "SpinApp")}
    policies = of(documents, "NetworkPolicy", "prometheus")
    let = {port["port"] for policy in policies for rule in policy["spec"]["egress"] for port in rule["ports"]}
    for text in texts:
        for name, port in asked(yaml.safe_load(text)):
            # Others have a namespace of their own.
            if "." not in name and name not in services:
                yield f"Prometheus asks {name}, which is no service"
            if policies and port not in let:
                yield f"no policy lets Prometheus ask {name}:{port}"
