"""schemathesis over every route of /openapi.json, without a token and with one: no 5xx, no answer that is not documented.

Bounded: some examples a route, the same at every run. With --full: many more, others each time, and in sequences of calls.
"""

import collections
import json
import os
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
FULL = "INTEROP_FULL" in os.environ
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
]


def fetch_document():
    with urllib.request.urlopen(f"{BASE}/openapi.json", timeout=60) as answer:
        return json.load(answer)


def run(document, scratch, signed_in, checks, *words):
    """Runs schemathesis: exit code, output, statuses by how often they came."""
    source, report = Path(scratch, "openapi.json"), Path(scratch, "report.har")
    source.write_text(json.dumps(document))
    command = [
        "schemathesis", "run", str(source), "--url", BASE, "--checks", ",".join(checks), "--continue-on-failure", "--no-color",
        "--warnings", "off", "--request-timeout", "30", "--suppress-health-check", "all", "--report", "har", "--report-har-path", str(report),
        *words,
    ]
    variables = dict(os.environ)
    if signed_in:
        variables |= {"SCHEMATHESIS_HOOKS": "signed_in"}
    done = subprocess.run(command, cwd=scratch, env=variables, capture_output=True, text=True, check=False)
    entries = json.loads(report.read_text())["log"]["entries"] if report.exists() else []
    return done.returncode, done.stdout + done.stderr, collections.Counter(entry["response"]["status"] for entry in entries)


def check(verdict, what, document, signed_in, checks):
    if FULL:
        words = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "500", "--generation-database", "none"]
    else:
        words = ["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--generation-deterministic"]
    with tempfile.TemporaryDirectory() as scratch:
        code, output, statuses = run(document, scratch, signed_in, checks, *words)
    print("    " + ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())))
    if not verdict.check(what, code == 0):
        lines = output.splitlines()
        # What was found first, and the sums at the end.
        print("\n".join(lines if len(lines) < 500 else [*lines[:450], f"… {len(lines) - 490} lines …", *lines[-40:]]))
    if signed_in:
        served = sum(count for status, count in statuses.items() if 200 <= status < 300)
        verdict.check("signed in, requests are served and not merely refused", served > statuses[401], statuses)


def check_that_it_notices(verdict, document):
    """An answer that is not documented is found: else all this would show nothing."""
    lying = json.loads(json.dumps(document))
    lying["paths"] = {"/api/v1/auth/me": {"get": lying["paths"]["/api/v1/auth/me"]["get"]}}
    del lying["paths"]["/api/v1/auth/me"]["get"]["responses"]["401"]
    with tempfile.TemporaryDirectory() as scratch:
        code, output, _ = run(lying, scratch, False, CHECKS, "--phases", "coverage", "--generation-deterministic")
    verdict.check("an undocumented answer is found", code != 0 and "Undocumented" in output, output)


def main():
    verdict = Verdict()
    document = fetch_document()
    verdict.check("the document is OpenAPI 3.1", document["openapi"].startswith("3.1"), document["openapi"])
    check_that_it_notices(verdict, document)
    check(verdict, "without a token every answer is documented", document, False, [*CHECKS, "ignored_auth"])
    check(verdict, "signed in every answer is documented", document, True, CHECKS)
    verdict.end()


main()
