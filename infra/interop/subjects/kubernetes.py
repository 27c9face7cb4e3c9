"""infra/k8s: what kustomize builds is valid by schemas, and agrees with spin.toml, the OpenAPI document and itself."""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import yaml

from cluster import K8S, ROOT, Facts, build, mount_complaints, of, pod_templates, references, scrape_complaints
from verdict import Verdict

BUILDS = [*(f"overlays/phase{n}" for n in (1, 2, 3)), *(f"environments/{name}" for name in ("dev", "staging", "production"))]
KUBERNETES = "1.34"
# What its own comment asks for.
HARDENING = "1.37"
SPINKUBE = {"SpinApp": "spinapp_v1alpha1", "SpinAppExecutor": "spinappexecutor_v1alpha1"}
# Kinds of other operators, whose schemas are not here; what we rely on in them is asserted below.
FOREIGN = {"Cluster", "ScheduledBackup", "ObjectStore", "Issuer"}
# What must not be reached from outside.
CLOSED = ["/internal", "/internal/worker/tick", "/metrics", "/dev/mail", "/.well-known/spin/info", "/.well-known/spin/health", "/"]
# Pods that operators make, and those of an option.
MADE = [{"core.spinkube.dev/app-name": "spindle"}, {"cnpg.io/cluster": "postgres"}, {"acme.cert-manager.io/http01-solver": "true"}]
MADE += [{"app.kubernetes.io/name": name} for name in ("collector", "prometheus")]
# Secrets that nobody but the operator of the cluster can know.
BY_HAND = {"spindle-backups": {"access_key_id", "secret_access_key"}}
RESERVE = 50


def complaints(documents, facts):
    """What disagrees, in words."""
    app = of(documents, "SpinApp", "spindle")[0]["spec"]
    config = {item["metadata"]["name"]: item.get("data", {}) for item in of(documents, "ConfigMap")}
    bound = {item["name"]: item for item in app["variables"]}

    for name, declared in facts.variables.items():
        if declared.get("required") and name not in bound:
            yield f"the SpinApp does not bind {name}, which spin.toml requires"
        if declared.get("secret") and "secretKeyRef" not in json.dumps(bound.get(name, {"secretKeyRef": 0})):
            yield f"{name} is a secret and does not come from one"
    for name in bound.keys() - facts.variables.keys():
        yield f"the SpinApp binds {name}, which spin.toml does not declare"
    for name in config.get(next((known for known in config if known.startswith("spindle-config")), ""), {}):
        if name not in facts.variables or facts.variables[name].get("secret"):
            yield f"the ConfigMap sets {name}, which is a secret or no variable of spin.toml"
    for item in documents:
        for wanted in references(item, "configMapKeyRef"):
            if not wanted.get("optional") and wanted["key"] not in config.get(wanted["name"], {}):
                yield f"{item['metadata']['name']}: no {wanted['key']} in the ConfigMap {wanted['name']}"
        for wanted in references(item, "secretKeyRef"):
            known = facts.secrets.get(wanted["name"], {}).keys() | BY_HAND.get(wanted["name"], set())
            if not wanted.get("optional") and wanted["key"] not in known:
                yield f"{item['metadata']['name']}: infra/k8s/secrets makes no {wanted['key']} in {wanted['name']}"
    if app["runtimeConfig"]["loadFromSecret"] not in facts.secrets:
        yield "infra/k8s/secrets makes no runtime configuration"

    if ("replicas" in app) == bool(app.get("enableAutoscaling")):
        yield "a SpinApp has replicas, or is autoscaled: one of the two (its webhook refuses both and neither)"
    autoscalers = of(documents, "HorizontalPodAutoscaler")
    if bool(app.get("enableAutoscaling")) != bool(autoscalers):
        yield "autoscaling without an autoscaler, or the other way round"
    if app["executor"] not in [item["metadata"]["name"] for item in of(documents, "SpinAppExecutor")]:
        yield f"there is no executor {app['executor']}"
    for name, probe in app["checks"].items():
        path = probe["httpGet"]["path"]
        if path != "/.well-known/spin/health" and path not in facts.routes:
            yield f"nobody serves {path}, which the {name} probe asks for"
    if int(app["invocationLimits"]["memory"]) * 4 > quantity(app["resources"]["limits"]["memory"]):
        yield "the pod's memory does not hold four instances"

    replicas = autoscalers[0]["spec"]["maxReplicas"] if autoscalers else app.get("replicas", 0)
    needed = facts.connections * facts.databases * replicas + RESERVE
    if connections(documents) < needed:
        yield f"Postgres takes {connections(documents)} connections; the app may want {needed}"
    for item in of(documents, "PodDisruptionBudget", "spindle"):
        if item["spec"]["minAvailable"] >= autoscalers[0]["spec"]["minReplicas"]:
            yield "the disruption budget lets no node be drained"
    server, _ = next(data["db_host"] for data in config.values() if "db_host" in data).split(":")
    services = {item["metadata"]["name"] for item in of(documents, "Service")}
    for cluster in of(documents, "Cluster"):
        services |= {extra["serviceTemplate"]["metadata"]["name"] for extra in cluster["spec"]["managed"]["services"]["additional"]}
    if server not in services:
        yield f"db_host names {server}, which is no service"

    yield from host_complaints(documents, facts)
    yield from ingress_complaints(documents, facts)
    yield from pod_complaints(documents)
    yield from mount_complaints(documents, {name: {*values, *BY_HAND.get(name, ())} for name, values in facts.secrets.items()})
    yield from scrape_complaints(documents)
    for item in documents:
        if item["metadata"].get("labels", {}).get("spindle.dev/step") not in ("data", "migrate", "app"):
            yield f"{item['kind']}/{item['metadata']['name']} has no step: nobody would apply it"


def connections(documents):
    for item in of(documents, "Cluster"):
        return int(item["spec"]["postgresql"]["parameters"]["max_connections"])
    arguments = of(documents, "StatefulSet", "postgres")[0]["spec"]["template"]["spec"]["containers"][0]["args"]
    return int(next(word.split("=")[1] for word in arguments if word.startswith("max_connections=")))


def quantity(text):
    number, unit = re.fullmatch(r"(\d+)([KMG]i)?", text).groups()
    return int(number) * {None: 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}[unit]


def host_complaints(documents, facts):
    """What spin.toml lets components reach, with the values of this installation: the same server in both addresses of Postgres, and no host that a policy closes."""
    config = next(item["data"] for item in of(documents, "ConfigMap") if "db_host" in item.get("data", {}))
    values = {name: declared.get("default", "") for name, declared in facts.variables.items()} | config
    address = facts.secrets["spindle-secrets"]["db_url"].split("@")[-1].split("/")[0]
    if address != values["db_host"]:
        yield f"db_url leads to {address}, and components may reach {values['db_host']}"
    hosts = {host for component in facts.manifest["component"].values() for host in component.get("allowed_outbound_hosts", [])}
    wanted = {re.sub(r"\{\{ (\w+) \}\}", lambda name: values[name[1]], host) for host in hosts if ".spin.internal" not in host} - {""}
    policies = [item["spec"] for item in of(documents, "NetworkPolicy")
                if MADE[0].items() >= item["spec"]["podSelector"].get("matchLabels", {}).items() and "Egress" in item["spec"]["policyTypes"]]
    if not policies:
        return
    rules = [rule for policy in policies for rule in policy.get("egress", [])]
    for host in sorted(wanted):
        scheme, name, port = re.fullmatch(r"(\w+)://([^:/]*|\*)(?::(\d+|\*))?", host).groups()
        port = 443 if port in (None, "*") and scheme == "https" else int(port or 80)
        # A short name is a Service here; what it leads to are pods, and all else is the internet.
        inside = "." not in name and name != "*"
        if not any(port in [allowed["port"] for allowed in rule.get("ports", [])] and inside == any("podSelector" in peer for peer in rule.get("to", [])) for rule in rules):
            yield f"no policy lets the app reach {host}"


def ingress_complaints(documents, facts):
    for ingress in of(documents, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            if rule["host"] not in ingress["spec"]["tls"][0]["hosts"]:
                yield f"{rule['host']} has no certificate"
            paths = [(path["pathType"], path["path"]) for path in rule["http"]["paths"]]

            def reached(request):
                return any(
                    request == path or (kind == "Prefix" and request.startswith(path.rstrip("/") + "/")) for kind, path in paths
                )

            for path in CLOSED:
                if reached(path):
                    yield f"the ingress lets {path} through"
            public = [route.removesuffix("/...") for route in facts.triggers if not route.startswith("/internal")]
            wanted = {route for route in public if route} | {route for route in facts.routes if not route.startswith(("/metrics", "/dev"))}
            for route in sorted(wanted):
                if not reached(route):
                    yield f"the ingress does not let {route} through"


def pod_complaints(documents):
    labels = [*MADE]
    for name, template in pod_templates(documents):
        labels.append(template["metadata"]["labels"])
        pod = template["spec"]
        security = pod.get("securityContext", {})
        if not security.get("runAsNonRoot") or security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{name} may run as root, or with any system call"
        if pod.get("automountServiceAccountToken") is not False and "serviceAccountName" not in pod:
            yield f"{name} gets a token for the Kubernetes API that it does not need"
        for container in pod["containers"]:
            own = container.get("securityContext", {})
            if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities", {}).get("drop") != ["ALL"]:
                yield f"{name} may gain rights"
            if not own.get("readOnlyRootFilesystem"):
                yield f"{name} can write to its image"
            if "memory" not in container.get("resources", {}).get("limits", {}):
                yield f"{name} has no memory limit"
            if re.search(r"(^[^:]+$|:latest$)", container["image"].split("/")[-1]):
                yield f"{name}: {container['image']} names no version"
            if not name.startswith(("Job", "CronJob")) and "readinessProbe" not in container:
                yield f"{name} has no readiness probe"
    for policy in of(documents, "NetworkPolicy"):
        for wanted in selectors(policy["spec"]):
            if not any(wanted.items() <= found.items() for found in labels):
                yield f"NetworkPolicy/{policy['metadata']['name']} selects {wanted}, which no pod has"


def selectors(value):
    """Labels of pods in this namespace that a policy names."""
    if isinstance(value, dict):
        if "podSelector" in value and "namespaceSelector" not in value:
            yield value["podSelector"].get("matchLabels", {})
        for inner in value.values():
            yield from selectors(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from selectors(inner)


def check_schemas(verdict, name, documents, version=KUBERNETES):
    with tempfile.TemporaryDirectory() as scratch:
        builtin = []
        for number, item in enumerate(documents):
            path = Path(scratch, f"{number}.yaml")
            if item["kind"] in SPINKUBE:
                path.write_text(yaml.safe_dump(item))
                schema = K8S / "schemas" / f"{SPINKUBE[item['kind']]}.schema.json"
                verdict.passes(f"{name}: {item['kind']} by SpinKube's schema", ["check-jsonschema", "--schemafile", str(schema), str(path)])
            elif item["kind"] not in FOREIGN:
                path.write_text(yaml.safe_dump(item))
                builtin.append(str(path))
        command = ["kubernetes-validate", "--kubernetes-version", version, "--strict", *builtin]
        verdict.passes(f"{name}: {len(builtin)} objects by Kubernetes' schemas", command)


# What is broken on purpose, each to be found.
def unbound(documents):
    of(documents, "SpinApp")[0]["spec"]["variables"].pop(0)


def undeclared(documents):
    of(documents, "SpinApp")[0]["spec"]["variables"].append({"name": "surprise", "value": "1"})


def both(documents):
    of(documents, "SpinApp")[0]["spec"]["replicas"] = 3


def probe(documents):
    of(documents, "SpinApp")[0]["spec"]["checks"]["readiness"]["httpGet"]["path"] = "/healthz"


def executor(documents):
    of(documents, "SpinAppExecutor")[0]["metadata"]["name"] = "other"


def few_connections(documents):
    of(documents, "Cluster")[0]["spec"]["postgresql"]["parameters"]["max_connections"] = "100"


def open_root(documents):
    of(documents, "Ingress")[0]["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/"


def missing_path(documents):
    of(documents, "Ingress")[0]["spec"]["rules"][0]["http"]["paths"].pop(0)


def as_root(documents):
    of(documents, "StatefulSet", "redis")[0]["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] = False


def latest(documents):
    of(documents, "Job")[0]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/spindle/migrate"


def policy_of_nobody(documents):
    of(documents, "NetworkPolicy", "redis")[0]["spec"]["podSelector"]["matchLabels"] = {"app": "redis"}


def unknown_secret(documents):
    of(documents, "Job")[0]["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]["key"] = "url"


def no_step(documents):
    del of(documents, "Job")[0]["metadata"]["labels"]["spindle.dev/step"]


def wrong_host(documents):
    for item in of(documents, "ConfigMap"):
        if "db_host" in item["data"]:
            item["data"]["db_host"] = "database:5432"


def other_server(documents):
    for item in of(documents, "ConfigMap"):
        if "db_host" in item["data"]:
            item["data"]["db_host"] = "postgres:5433"


def closed_exchange(documents):
    for rule in of(documents, "NetworkPolicy", "app")[0]["spec"]["egress"]:
        rule["ports"] = [port for port in rule["ports"] if port["port"] != 443]


def closed_database(documents):
    of(documents, "NetworkPolicy", "app")[0]["spec"]["egress"].pop(0)


def other_runtime_config(documents):
    of(documents, "SpinApp")[0]["spec"]["runtimeConfig"]["loadFromSecret"] = "runtime-config"


def readable_secret(documents):
    bound = of(documents, "SpinApp")[0]["spec"]["variables"]
    next(item for item in bound if item["name"] == "otp_key")["valueFrom"] = {"configMapKeyRef": {"name": "spindle-config", "key": "otp_key", "optional": True}}


def little_memory(documents):
    of(documents, "SpinApp")[0]["spec"]["resources"]["limits"]["memory"] = "256Mi"


def unmounted(documents):
    of(documents, "StatefulSet", "prometheus")[0]["spec"]["template"]["spec"]["volumes"][1]["configMap"]["name"] = "rules"


def unknown_secret_file(documents):
    of(documents, "StatefulSet", "prometheus")[0]["spec"]["template"]["spec"]["volumes"][2]["secret"]["items"][0]["key"] = "token"


def asks_nobody(documents):
    for item in of(documents, "ConfigMap"):
        if "prometheus.yml" in item["data"]:
            item["data"]["prometheus.yml"] = item["data"]["prometheus.yml"].replace("redis:9121", "valkey:9121")


def closed_to_prometheus(documents):
    of(documents, "NetworkPolicy", "prometheus")[0]["spec"]["egress"].pop(3)


def stuck(documents):
    of(documents, "PodDisruptionBudget")[0]["spec"]["minAvailable"] = 3


BROKEN = [unbound, undeclared, both, probe, executor, few_connections, open_root, missing_path, as_root, latest, policy_of_nobody]
# In production alone, which is watched.
BROKEN_WATCHED = [unmounted, unknown_secret_file, asks_nobody, closed_to_prometheus]
BROKEN += [other_runtime_config, readable_secret, little_memory, unknown_secret, no_step, wrong_host, other_server, closed_exchange, closed_database, stuck]


def check_options(verdict):
    """The options, each on top of production."""
    for option in ("shim", "vault", "hardening", "managed"):
        with tempfile.TemporaryDirectory(dir=K8S) as scratch:
            text = f"resources: [../environments/production]\ncomponents: [../options/{option}]\n"
            Path(scratch, "kustomization.yaml").write_text(text)
            documents = build(scratch)
        check_schemas(verdict, option, documents, HARDENING if option == "hardening" else KUBERNETES)
        if option == "hardening":
            (policy,) = of(documents, "MutatingAdmissionPolicy")
            selected = policy["spec"]["matchConstraints"]["objectSelector"]["matchLabels"]
            verdict.check("hardening: it is about the app's pods, and bound", selected in MADE and of(documents, "MutatingAdmissionPolicyBinding"))
        elif option == "managed":
            check_managed(verdict, documents)
        elif option == "shim":
            deployment = of(documents, "SpinAppExecutor")[0]["spec"]["deploymentConfig"]
            verdict.check("shim: the executor names the runtime class instead of an image", "spinImage" not in deployment, deployment)
        else:
            plain = {item["name"] for item in of(documents, "SpinApp")[0]["spec"]["variables"]}
            every = {item["name"] for item in of(build("environments/production"), "SpinApp")[0]["spec"]["variables"]}
            secret = {name for name, declared in Facts().variables.items() if declared.get("secret")}
            verdict.check("vault: the app keeps every variable that is no secret", plain == every - secret, every - secret ^ plain)


def kind_complaints(documents, facts, cluster):
    """What does not hold of the cluster on one machine, where the app is a Deployment of our own host."""
    app = of(documents, "Deployment", "spindle")[0]["spec"]["template"]["spec"]["containers"][0]
    given = {item["name"]: item["valueFrom"] for item in app["env"]}
    config = next(item for item in of(documents, "ConfigMap") if item["metadata"]["name"].startswith("spindle-config"))
    for name, declared in facts.variables.items():
        source = given.pop(f"SPIN_VARIABLE_{name.upper()}", {})
        if not source or ("secretKeyRef" in source) != bool(declared.get("secret")):
            yield f"{name} is not given, or not from where it is kept"
        if declared.get("required") and name not in (facts.secrets["spindle-secrets"] if declared.get("secret") else config["data"]):
            yield f"{name} is required, and is nowhere"
    if given:
        yield f"spin.toml does not declare {given.keys()}"
    for path in {app[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}:
        if path not in facts.routes | {"/.well-known/spin/health"}:
            yield f"nobody serves {path}, which a probe asks for"
    yield from pod_complaints(documents)
    mapped = cluster["nodes"][0]["extraPortMappings"][0]
    service = of(documents, "Service", "spindle-node-port")[0]["spec"]["ports"][0]
    ports = {port["name"]: port["containerPort"] for port in app["ports"]}
    if service["nodePort"] != mapped["containerPort"] or service["targetPort"] not in ports or not config["data"]["public_url"].endswith(f":{mapped['hostPort']}"):
        yield f"this machine's port does not lead to the app: {mapped}, {service}, {ports}"
    if mapped["listenAddress"] != "127.0.0.1":
        yield "it is open to the network"


def check_kind(verdict, facts):
    folder = K8S / "environments" / "kind"
    documents, cluster = build("environments/kind"), yaml.safe_load((folder / "cluster.yaml").read_text())
    check_schemas(verdict, "environments/kind", documents)
    wrong = list(kind_complaints(documents, facts, cluster))
    verdict.check("kind: its app has every variable and probes that are served, may do no more than it needs, and is reached", not wrong, "\n".join(wrong))

    def found_when(what, change):
        broken, open_cluster = copy.deepcopy(documents), copy.deepcopy(cluster)
        change(of(broken, "Deployment", "spindle")[0]["spec"]["template"]["spec"]["containers"][0], open_cluster["nodes"][0]["extraPortMappings"][0])
        verdict.check(f"kind: found when broken: {what}", list(kind_complaints(broken, facts, open_cluster)))

    found_when("a variable is missing", lambda app, _: app["env"].pop(0))
    found_when("a probe of nothing", lambda app, _: app["startupProbe"]["httpGet"].update(path="/healthz"))
    found_when("another port", lambda _, mapped: mapped.update(containerPort=30081))
    found_when("open to the network", lambda _, mapped: mapped.update(listenAddress="0.0.0.0"))


def check_managed(verdict, documents):
    """Nothing of ours is left where a provider's is, and what the network lets through is what infra/terraform makes."""
    left = [f"{item['kind']}/{item['metadata']['name']}" for item in documents
            if item["kind"] in ("Cluster", "ScheduledBackup", "ObjectStore", "StatefulSet", "Service", "NetworkPolicy")
            and re.match(r"(postgres|redis|nightly|spindle-backups)", item["metadata"]["name"])]
    verdict.check("managed: no Postgres and no Redis of ours is left", not left, left)
    network = (ROOT / "infra" / "terraform" / "network.tf").read_text()
    subnets = dict(re.findall(r'resource "azurerm_subnet" "(\w+)" \{[^}]*?address_prefixes\s*= \["([^"]+)"\]', network))
    reached = {(rule["to"][0]["ipBlock"]["cidr"], rule["ports"][0]["port"]) for name in ("app-to-managed", "migrate-to-managed")
               for rule in of(documents, "NetworkPolicy", name)[0]["spec"]["egress"]}
    verdict.check("managed: policies name the subnets of infra/terraform", reached == {(subnets["postgres"], 5432), (subnets["endpoints"], 10000)}, (reached, subnets))
    environment = dict(os.environ, SPINDLE_DATABASE_PASSWORD="with space/and slash", SPINDLE_REDIS_URL="rediss://:key@cache.example:10000")
    words = [sys.executable, str(K8S / "secrets"), "--managed", "--database", "db.example:5432"]
    text = subprocess.run(words, capture_output=True, text=True, check=True, env=environment).stdout
    made = {item["metadata"]["name"]: item["stringData"] for item in yaml.safe_load_all(text)}
    addresses = [made["spindle-secrets"]["db_url"], made["spindle-migrate"]["database_url"]]
    verdict.check("managed: both addresses of Postgres ask for TLS", all(address.endswith("@db.example:5432/spindle?sslmode=require") for address in addresses), addresses)
    store = tomllib.loads(made["spindle-runtime-config"]["runtime-config.toml"])["key_value_store"]["default"]
    verdict.check("managed: the store is the provider's", store["url"] == environment["SPINDLE_REDIS_URL"], store)
    verdict.check("managed: no Secret for servers that are not here", not made.keys() & {"spindle-postgres", "spindle-redis"}, made.keys())
    verdict.catches("managed: nothing is made without the provider's words", words, env={name: value for name, value in os.environ.items() if not name.startswith("SPINDLE_")})


def main():
    verdict = Verdict()
    facts = Facts()
    verdict.passes("variables.yaml is spin.toml's", [sys.executable, str(K8S / "variables"), "--check"])
    guide = (ROOT / "docs" / "operations.md").read_text()
    unsaid = [name for name in facts.variables if f"`{name}`" not in guide]
    verdict.check("docs/operations.md has every variable", not unsaid, unsaid)
    for name in BUILDS:
        try:
            documents = build(name)
        except ValueError as error:
            verdict.check(f"{name} builds", False, error)
            continue
        check_schemas(verdict, name, documents)
        found = list(complaints(documents, facts))
        verdict.check(f"{name}: agrees with spin.toml, the interface and itself", not found, "\n".join(found))
    check_options(verdict)
    check_kind(verdict, facts)
    for folder, changes in (("environments/production", BROKEN_WATCHED), ("overlays/phase3", BROKEN)):
        documents = build(folder)
        known = set(complaints(documents, facts))
        for change in changes:
            broken = copy.deepcopy(documents)
            change(broken)
            verdict.check(f"found when broken: {change.__name__.replace('_', ' ')}", set(complaints(broken, facts)) - known)
    broken = copy.deepcopy(of(documents, "SpinApp")[0])
    broken["spec"]["replica"] = 1
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "app.yaml")
        path.write_text(yaml.safe_dump(broken))
        schema = K8S / "schemas" / "spinapp_v1alpha1.schema.json"
        verdict.catches("SpinKube's schema refuses a misspelt key", ["check-jsonschema", "--schemafile", str(schema), str(path)])
        job = copy.deepcopy(of(documents, "Job")[0])
        job["spec"]["template"]["spec"]["container"] = []
        path.write_text(yaml.safe_dump(job))
        Path(scratch, "kustomization.yaml").write_text("resources: [nowhere.yaml]\n")
        try:
            build(scratch)
            verdict.check("kustomize refuses a file that is not there", False)
        except ValueError as error:
            verdict.check("kustomize refuses a file that is not there", "nowhere.yaml" in str(error), error)
        verdict.catches("Kubernetes' schema refuses one", ["kubernetes-validate", "--kubernetes-version", KUBERNETES, "--strict", str(path)])
    verdict.end()


main()
