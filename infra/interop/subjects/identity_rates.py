"""How many tokens a second, beside node oidc-provider: writes the section "Tokens" of infra/load/RESULTS.md.

No test: figures of a machine that has nothing else to do. Fails only if a server does not answer.
"""

import os
import shutil
import subprocess
from pathlib import Path

import provide
import results
from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])


def main():
    verdict = Verdict()
    peer = provide.CACHE / "oidc-provider"
    peer.mkdir(parents=True, exist_ok=True)
    for file in (ROOT / "infra" / "load" / "peers" / "oidc-provider").iterdir():
        if file.is_file():
            shutil.copy(file, peer)
    install = [os.environ["INTEROP_NPM"], "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(peer)]
    if verdict.passes("npm installs what the lock file says", install):
        program = ROOT / "infra" / "interop" / "identity" / "rates.mjs"
        command = [os.environ["INTEROP_NODE"], str(program), os.environ["SPINDLE_BASE_URL"].rstrip("/"), str(peer / "server.mjs")]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if verdict.check("both were driven", done.returncode == 0 and "## Tokens" in done.stdout, done.stdout):
            results.put("## Tokens\n", "TOKENS.md", done.stdout)
    verdict.end()


main()
