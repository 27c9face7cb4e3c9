"""spin.toml against the schema that its first line names, which is Spin's own."""

import copy
import json
import os
import re
import tempfile
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

from verdict import Verdict, skip

text = (Path(os.environ["SPINDLE_ROOT"]) / "spin.toml").read_text()
manifest = tomllib.loads(text)
verdict = Verdict()
address = re.match(r"#:schema (\S+)", text)
if not verdict.check("the first line names Spin's schema", address):
    verdict.end()

# A copy may be given where the network is closed.
given = os.environ.get("SPIN_MANIFEST_SCHEMA")
try:
    if given:
        schema = json.loads(Path(given).read_bytes())
    else:
        with urllib.request.urlopen(address[1], timeout=20) as answer:
            schema = json.load(answer)
except (urllib.error.URLError, TimeoutError) as error:
    skip(f"{address[1]}: {error}; SPIN_MANIFEST_SCHEMA=FILE takes a copy")

# The published schema lags behind Spin: versions of it know nothing of dependencies on components of the same manifest. Those
# are checked by our host, which refuses what it doesn't know.
# The word between quotes: an older field of the component ends with it.
if '"inherit_configuration"' not in json.dumps(schema):
    print("    (this version of the schema knows no dependencies between components: they are left out)")
    for component in manifest["component"].values():
        component.pop("dependencies", None)


def misspelt(broken):
    gateway = broken["component"]["gateway"]
    gateway["allowed_outbound_host"] = gateway.pop("allowed_outbound_hosts")


def textual_version(broken):
    broken["spin_manifest_version"] = "2"


def route_of_a_number(broken):
    broken["trigger"]["http"][0]["route"] = 7


def no_source(broken):
    del broken["component"]["blog"]["source"]


with tempfile.TemporaryDirectory() as scratch:
    schema_file, manifest_file = Path(scratch, "schema.json"), Path(scratch, "manifest.json")
    schema_file.write_text(json.dumps(schema))
    command = ["check-jsonschema", "--schemafile", str(schema_file), str(manifest_file)]
    manifest_file.write_text(json.dumps(manifest))
    verdict.passes("the manifest follows it", command)
    # What infra/akamai makes of it is one too.
    edge = tomllib.loads((Path(os.environ["SPINDLE_ROOT"]) / "infra" / "akamai" / "spin.toml").read_text())
    if not any("dependencies" in component for component in manifest["component"].values()):
        for component in edge["component"].values():
            component.pop("dependencies", None)
    manifest_file.write_text(json.dumps(edge))
    verdict.passes("so does the profile for Akamai", command)
    text = (Path(os.environ["SPINDLE_ROOT"]) / "infra" / "redis" / "spin.toml").read_text()
    manifest_file.write_text(json.dumps(tomllib.loads(text)))
    verdict.check("infra/redis names the same schema", text.startswith(f"#:schema {address[1]}\n"))
    verdict.passes("and follows it", command)
    for change in (misspelt, textual_version, route_of_a_number, no_source):
        broken = copy.deepcopy(manifest)
        change(broken)
        manifest_file.write_text(json.dumps(broken))
        verdict.catches(f"it refuses: {change.__name__.replace('_', ' ')}", command)
verdict.end()
