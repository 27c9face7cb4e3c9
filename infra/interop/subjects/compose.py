"""infra/compose and infra/images: Compose itself takes the files, and they agree with spin.toml, the images and the cluster."""

import copy
import json
import os
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
COMPOSE = ROOT / "infra" / "compose"
DOCKERFILE = ROOT / "infra" / "images" / "Dockerfile"
# Where Compose begins otherwise than spin.toml: for whoever tries it.
OTHERWISE = {"environment", "kraken_api_base_url"}
SETS = {"compose": ["compose.yaml"], "compose with Spin": ["compose.yaml", "spin.yaml"], "compose for work": ["compose.yaml", "dev.yaml"]}


def secrets():
    """What infra/compose/secrets would write."""
    with tempfile.TemporaryDirectory() as scratch:
        script = Path(scratch, "secrets")
        script.write_bytes((COMPOSE / "secrets").read_bytes())
        script.chmod(0o700)
        subprocess.run([str(script)], check=True, stdout=subprocess.DEVNULL)
        first = Path(scratch, ".env").read_text()
        subprocess.run([str(script)], check=True, stdout=subprocess.DEVNULL)
        assert Path(scratch, ".env").read_text() == first, "a second run changed secrets"
        return dict(line.split("=", 1) for line in first.splitlines())


def configuration(files, variables):
    command = ["docker-compose", "--profile", "*"]
    for name in files:
        command += ["-f", str(COMPOSE / name)]
    # Away from the folder, whose own .env would be read.
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [*command, "--project-directory", str(COMPOSE), "--env-file", "/dev/null", "config", "--format", "json"],
            capture_output=True, text=True, check=False, cwd=scratch, env={"PATH": os.environ["PATH"], "HOME": scratch} | variables,
        )
    if done.returncode:
        raise ValueError(done.stderr)
    return json.loads(done.stdout)


def complaints(found, manifest, stages):
    services = found["services"]
    app = services["spindle"]
    names = {name for name in app["environment"] if name.startswith("SPIN_VARIABLE_")}
    variables = {f"SPIN_VARIABLE_{name.upper()}": declared for name, declared in manifest["variables"].items()}
    # In the container for work, xtask makes them.
    if "DATABASE_URL" not in app["environment"]:
        for name, declared in variables.items():
            if declared.get("required") and name not in names:
                yield f"the app is not given {name}"
    # What spin.toml lets components reach has to be what they are told to reach, and one of the services.
    given = {name.removeprefix("SPIN_VARIABLE_").lower(): value for name, value in app["environment"].items() if name in names}
    if "db_url" in given and urlsplit(given["db_url"]).netloc.split("@")[-1] != given.get("db_host"):
        yield f"db_url does not lead to {given.get('db_host')}, which components may reach"
    for host in [given.get("db_host"), urlsplit(given.get("kraken_api_base_url", "")).netloc]:
        name = (host or "").split(":")[0]
        if name and "." not in name and name not in services:
            yield f"the app is told to reach {host}, which is no service"
    for name in names - variables.keys():
        yield f"the app is given {name}, which spin.toml does not declare"
    for name, value in given.items():
        default = manifest["variables"].get(name, {}).get("default", value)
        if name not in OTHERWISE and value != default:
            yield f"{name} is {value!r} where nothing is set, and {default!r} in spin.toml"
    for name, service in services.items():
        image = service.get("image", "")
        if "build" in service:
            if service["build"]["target"] not in stages:
                yield f"{name}: the Dockerfile has no target {service['build']['target']}"
        elif ":" not in image or image.endswith(":latest"):
            yield f"{name}: {image} names no version"
        for port in service.get("ports", []):
            if port.get("host_ip") != "127.0.0.1":
                yield f"{name}: port {port['published']} is open to the network"
        for volume in service.get("volumes", []):
            if volume["type"] == "bind" and not Path(volume["source"]).exists():
                yield f"{name}: there is no {volume['source']}"
        for other in service.get("depends_on", {}):
            if other not in services:
                yield f"{name} waits for {other}, which is no service"
    prometheus = yaml.safe_load((ROOT / "infra" / "monitoring" / "prometheus" / "compose.yml").read_text())
    for job in prometheus["scrape_configs"]:
        for target in job["static_configs"][0]["targets"]:
            host = target.split(":")[0]
            if host not in services and not host.startswith("redis"):
                yield f"Prometheus asks {host}, which is no service"


def cluster_images():
    """Image to version, over all that the cluster and the composition use."""
    found = {}
    for folder in (ROOT / "infra" / "k8s", COMPOSE):
        for path in folder.rglob("*.y*ml"):
            for image, version in re.findall(r"^\s+(?:image|imageName|spinImage): ([\w./-]+):(\S+)$", path.read_text(), re.M):
                found.setdefault(image, {}).setdefault(version, []).append(str(path.relative_to(ROOT)))
    return found


def main():
    verdict = Verdict()
    manifest = tomllib.loads((ROOT / "spin.toml").read_text())
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE.read_text(), re.M))
    variables = secrets()
    verdict.passes("hadolint finds nothing", ["hadolint", str(DOCKERFILE)])
    schema = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    verdict.passes("compose.yaml follows the Compose specification's schema", [*schema, str(COMPOSE / "compose.yaml")])
    for name, files in SETS.items():
        try:
            found = configuration(files, variables)
        except ValueError as error:
            verdict.check(f"{name}: Compose takes it", False, error)
            continue
        verdict.check(f"{name}: Compose takes it", True)
        wrong = list(complaints(found, manifest, stages))
        verdict.check(f"{name}: agrees with spin.toml, the images and Prometheus", not wrong, "\n".join(wrong))

    for image, versions in cluster_images().items():
        verdict.check(f"{image} is used in one version", len(versions) == 1, versions)

    plain = configuration(SETS["compose"], variables)

    def found_when(what, change):
        broken = copy.deepcopy(plain)
        change(broken["services"])
        verdict.check(f"found when broken: {what}", list(complaints(broken, manifest, stages)))

    found_when("a variable is missing", lambda services: services["spindle"]["environment"].pop("SPIN_VARIABLE_DB_URL"))
    found_when("another database than the one that may be reached", lambda services: services["spindle"]["environment"].update(SPIN_VARIABLE_DB_HOST="postgres:5433"))
    found_when("an exchange that is none", lambda services: services["spindle"]["environment"].update(SPIN_VARIABLE_KRAKEN_API_BASE_URL="http://kraken:8080"))
    found_when("another default", lambda services: services["spindle"]["environment"].update(SPIN_VARIABLE_HASH_SLOTS="30"))
    found_when("a port is open", lambda services: services["grafana"]["ports"][0].pop("host_ip"))
    found_when("no version", lambda services: services["collector"].update(image="otel/opentelemetry-collector-contrib"))
    found_when("a target that is none", lambda services: services["spindle"]["build"].update(target="hots"))
    found_when("a folder that is none", lambda services: services["grafana"]["volumes"][0].update(source="/nowhere"))
    try:
        configuration(SETS["compose"], {name: value for name, value in variables.items() if name != "CURSOR_KEY"})
        verdict.check("Compose refuses to start without secrets", False)
    except ValueError as error:
        verdict.check("Compose refuses to start without secrets", "infra/compose/secrets" in str(error), error)
    with tempfile.TemporaryDirectory() as scratch:
        broken = Path(scratch, "compose.yaml")
        broken.write_text("services:\n  a:\n    image: b:1\n    volume: []\n")
        verdict.catches("the schema refuses a misspelt key", [*schema, str(broken)])
        broken = Path(scratch, "Dockerfile")
        broken.write_text("FROM debian\nRUN cd /tmp && sudo apt-get install curl\n")
        verdict.catches("hadolint refuses a careless file", ["hadolint", str(broken)])
    verdict.end()


main()
