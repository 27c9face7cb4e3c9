"""infra/terraform: parsed, formatted, whole in itself, nothing that checkov knows to be unsafe, and large enough for what the cluster may want.

`terraform validate` needs the provider, which its registry alone has: names are resolved here instead, arguments by nobody before `terraform plan`.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import hcl2

from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
FOLDER = ROOT / "infra" / "terraform"
RESERVE = 50
# Comes from the environment, and never from a file.
BY_ENVIRONMENT = {"database_password"}


def unquoted(value):
    """The name alone: some versions of the parser leave its quotes on."""
    return value.strip('"')


def blocks(folder, kind):
    """The blocks of a kind in all files."""
    for path in sorted(folder.glob("*.tf")):
        with path.open() as file:
            yield from hcl2.load(file).get(kind, [])


def complaints(folder, needed):
    """What does not fit together, in words."""
    text = "\n".join(re.sub(r"^\s*#.*$", "", path.read_text(), flags=re.M) for path in sorted(folder.glob("*.tf")))
    declared = {f"{unquoted(kind)}.{unquoted(name)}" for block in blocks(folder, "resource") for kind, named in block.items() for name in named}
    used = set(re.findall(r"\b(azurerm_\w+\.\w+)\b(?=[.\[\],\s])", text))
    for name in sorted(used - declared):
        yield f"{name} is named and not declared"
    variables = {unquoted(name): about for block in blocks(folder, "variable") for name, about in block.items()}
    asked = set(re.findall(r"\bvar\.(\w+)", text))
    for name in sorted(asked ^ variables.keys()):
        yield f"the variable {name} is asked for or declared, and not both"
    example = (folder / "example.tfvars").read_text()
    given = set(re.findall(r"^(\w+)\s*=", example, re.M))
    for name, about in variables.items():
        if "default" not in about and name not in given | BY_ENVIRONMENT:
            yield f"example.tfvars lacks {name}, which has no default"
    for name in sorted(given - variables.keys() | given & BY_ENVIRONMENT):
        yield f"example.tfvars gives {name}"
    for version in re.findall(r'^\s+version\s+= "([^"]+)"$', text, re.M):
        if not re.fullmatch(r"\d+(\.\d+\.\d+)?", version):
            yield f'"{version}" is more than one version'
    connections = variables["database_connections"]["default"]
    # Checkov's own parser puts each value into a list.
    connections = connections[0] if isinstance(connections, list) else connections
    if int(connections) < needed:
        yield f"Postgres takes {connections} connections; the app may want {needed}"
    for database in ("azurerm_postgresql_flexible_server", "azurerm_postgresql_flexible_server_database"):
        if not re.search(rf'resource "{database}" "\w+" \{{(?:(?!^\}}).)*prevent_destroy = true', text, re.M | re.S):
            yield f"{database} may be destroyed by a mistake"


def needed():
    """Connections that the app in the cluster may want: infra/k8s/README.md, "Connections"."""
    manifest = tomllib.loads((ROOT / "spin.toml").read_text())
    components = sum(
        any(host.startswith("postgres://") for host in component.get("allowed_outbound_hosts", []))
        for component in manifest["component"].values()
    )
    made = subprocess.run([sys.executable, str(ROOT / "infra" / "k8s" / "secrets")], capture_output=True, text=True, check=True).stdout
    connections = int(re.search(r"max_connections = (\d+)", made)[1])
    replicas = int(re.search(r"maxReplicas: (\d+)", (ROOT / "infra" / "k8s" / "overlays" / "phase3" / "autoscaling.yaml").read_text())[1])
    return connections * components * replicas + RESERVE


def checkov(folder):
    words = ["checkov", "--directory", str(folder), "--framework", "terraform", "--skip-download", "--compact", "--quiet"]
    return [*words, "--var-file", str(folder / "example.tfvars")]


def main():
    verdict = Verdict()
    wanted = needed()
    found = list(complaints(FOLDER, wanted))
    verdict.check("every name is declared, every version exact, and the connections add up", not found, "\n".join(found))
    formatter = shutil.which("terraform") or shutil.which("tofu")
    if formatter:
        verdict.passes("it is formatted", [formatter, "fmt", "-check", "-diff", str(FOLDER)])
    else:
        print("    (neither terraform nor tofu is installed: the format is not looked at)")
    verdict.passes("checkov finds nothing", checkov(FOLDER))

    def broken(name, old, new):
        """A copy in which one thing is wrong."""
        copy = Path(scratch, name.replace(" ", "-"))
        shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        changed = 0
        for path in [*copy.glob("*.tf"), copy / "example.tfvars"]:
            text = path.read_text()
            changed += text.count(old)
            path.write_text(text.replace(old, new))
        verdict.check(f"there is something to break: {name}", changed)
        return copy

    with tempfile.TemporaryDirectory() as scratch:
        for name, old, new in [
            ("a resource that is none", "azurerm_subnet.postgres.id", "azurerm_subnet.database.id"),
            ("a variable that is none", "var.domain", "var.host"),
            ("any version", 'version = "4.55.0"', 'version = ">= 4.55.0"'),
            ("few connections", "default     = 1300", "default     = 100"),
            ("a database that anybody destroys", "prevent_destroy = true", "prevent_destroy = false"),
            ("a password in a file", "domain          =", 'database_password = "hidden"\ndomain          ='),
            ("an operator that nobody names", "operator_groups = [", "operator_group = ["),
        ]:
            verdict.check(f"found when broken: {name}", list(complaints(broken(name, old, new), wanted)))
        if formatter:
            copy = broken("a line out of line", "  location = var.location", "  location   = var.location")
            verdict.catches("the formatter refuses a line out of line", [formatter, "fmt", "-check", str(copy)])
        copy = broken("accounts that Entra does not know", "local_account_disabled    = true", "local_account_disabled    = false")
        verdict.catches("checkov refuses accounts that Entra does not know", checkov(copy))
    verdict.end()


main()
