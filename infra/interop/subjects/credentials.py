"""No file of the repository holds a credential: detect-secrets knows the forms of some twenty services' keys, and of private keys."""

import os
import subprocess
import tempfile
from pathlib import Path

from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
# What guesses by entropy or by a variable's name finds hashes, test vectors and documentation. What is left knows forms.
GUESSES = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "BasicAuthDetector")
COMMAND = ["detect-secrets-hook", *(word for name in GUESSES for word in ("--disable-plugin", name))]

# Put together here, so that this file holds none.
BROKEN = {
    "a cloud's key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a forge's token": "ghp_" + "a" * 36,
    "a private key": "-----BEGIN " + "PRIVATE KEY-----",
    "a chat's address": "https://hooks.slack.com/" + "services/T00000000/B00000000/" + "X" * 24,
}


def main():
    verdict = Verdict()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    verdict.check("git lists the files", len(files) > 500, len(files))
    verdict.passes(f"none of {len(files)} files holds a credential", [*COMMAND, *files], cwd=ROOT)
    ignored = subprocess.run(["git", "check-ignore", ".env", "infra/compose/.env", "infra/compose/alerts/page"], cwd=ROOT, capture_output=True, text=True, check=False)
    verdict.check("files that hold them are ignored by git", len(ignored.stdout.split()) == 3, ignored.stdout)
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in BROKEN.items():
            path = Path(scratch, "file.txt")
            path.write_text(f"value = '{text}'\n")
            verdict.catches(f"it finds {name}", [*COMMAND, str(path)])
    verdict.end()


main()
