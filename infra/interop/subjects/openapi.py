"""schemathesis over every route of /openapi.json, without a token and with one: no 5xx, no answer that is not documented.

Bounded: some examples a route, in the same order at every run. With --full: without that bound, and in sequences of calls.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import uuid
from pathlib import Path

from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
FULL = "INTEROP_FULL" in os.environ
HERE = Path(__file__).resolve().parent
# A rate limit or a missing dependency is an answer of every route; neither is a defect of the route.
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
]


def call(method, path, body=None, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{BASE}{path}", data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def schemathesis(verdict, what, authenticated, checks):
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "schemathesis", "run", f"{BASE}/openapi.json", "--url", BASE,
            "--checks", ",".join(checks), "--continue-on-failure", "--no-color", "--warnings", "off",
            "--request-timeout", "30", "--suppress-health-check", "all",
        ]
        if FULL:
            command += ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "500", "--generation-database", "none"]
        else:
            command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--generation-deterministic"]
        variables = dict(os.environ)
        if authenticated:
            variables["SCHEMATHESIS_HOOKS"] = "signed_in"
            variables["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), variables.get("PYTHONPATH", "")])
        done = subprocess.run(command, cwd=scratch, env=variables, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    if not verdict.check(what, done.returncode == 0):
        print(output)
    else:
        print("\n".join(output.splitlines()[-12:]))


def main():
    verdict = Verdict()
    document = call("GET", "/openapi.json")
    verdict.check("the document is OpenAPI 3.1", document["openapi"].startswith("3.1"), document["openapi"])
    schemathesis(verdict, "without a token every answer is documented", False, CHECKS + ["ignored_auth"])
    schemathesis(verdict, "signed in every answer is documented", True, CHECKS)
    verdict.end()


main()
