"""Other people's OAuth clients drive every flow of the authorization server."""

import os
import shutil
import sys
from pathlib import Path

import provide
from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
HERE = Path(os.environ["SPINDLE_ROOT"], "infra", "interop", "identity")


def main():
    verdict = Verdict()
    folder = provide.CACHE / "identity-node"
    folder.mkdir(parents=True, exist_ok=True)
    for file in [*HERE.glob("*.mjs"), *HERE.glob("package*.json")]:
        shutil.copy(file, folder)
    # The lock file pins all by hash; nothing of it may run while it is installed.
    install = [os.environ["INTEROP_NPM"], "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
    node = os.environ["INTEROP_NODE"]
    verdict.passes("Authlib drives the flows", [sys.executable, str(HERE / "authlib_client.py"), BASE])
    if verdict.passes("npm installs what the lock file says", install):
        for name in ("openid_client", "oauth4webapi_client"):
            verdict.passes(f"{name.removesuffix('_client')} drives the flows", [node, str(folder / f"{name}.mjs"), BASE])
        verdict.catches("a server that is not there is noticed", [node, str(folder / "openid_client.mjs"), "http://127.0.0.1:9"])
    verdict.end()


main()
