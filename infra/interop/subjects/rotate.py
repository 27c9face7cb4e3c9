"""infra/rotate: what is new stands in front of what is old, and nothing else changes."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from verdict import Verdict

ROTATE = Path(os.environ["SPINDLE_ROOT"]) / "infra" / "rotate"
BEFORE = """# mine
SPIN_VARIABLE_OTP_KEY=otp
SPIN_VARIABLE_CURSOR_KEY="cur=sor"
SPIN_VARIABLE_WEBHOOK_KEY=webhook
SPIN_VARIABLE_METRICS_TOKEN=
SPIN_VARIABLE_IDENTITY_MASTER_KEYS=1:one=
SPIN_VARIABLE_EXCHANGE_MASTER_KEYS=7:seven=,2:two=
OTHER=left
"""


def after(*words):
    """The lines of the file afterwards, by name, and its mode."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, ".env")
        path.write_text(BEFORE)
        done = subprocess.run([sys.executable, str(ROTATE), *words, "--env-file", str(path)], capture_output=True, text=True, check=False)
        lines = path.read_text().splitlines()
        return done, dict(line.split("=", 1) for line in lines if "=" in line), lines[0], path.stat().st_mode & 0o777


def main():
    verdict = Verdict()
    before = dict(line.split("=", 1) for line in BEFORE.splitlines() if "=" in line)

    def changed(new):
        return {name.removeprefix("SPIN_VARIABLE_") for name in before if before[name] != new[name]}

    done, new, first, mode = after("secrets")
    verdict.check("secrets: those that cost nobody anything, and no other", changed(new) == {"OTP_KEY", "CURSOR_KEY"}, changed(new))
    verdict.check("the file is its owner's, and begins as it did", mode == 0o600 and first == "# mine", (oct(mode), first))
    verdict.check("no secret is printed", new["SPIN_VARIABLE_OTP_KEY"] not in done.stdout + done.stderr, done.stdout)
    _, new, _, _ = after("secrets", "--name", "webhook_key")
    verdict.check("that of webhooks, where it is named", changed(new) == {"WEBHOOK_KEY"}, changed(new))
    _, new, _, _ = after("master")
    identity, exchange = new["SPIN_VARIABLE_IDENTITY_MASTER_KEYS"], new["SPIN_VARIABLE_EXCHANGE_MASTER_KEYS"]
    verdict.check("master: a higher version in front, the old ones behind it",
                  identity.startswith("2:") and identity.endswith(",1:one=") and exchange.startswith("8:") and exchange.endswith(",7:seven=,2:two="),
                  (identity, exchange))
    verdict.check("master: nothing else", changed(new) == {"IDENTITY_MASTER_KEYS", "EXCHANGE_MASTER_KEYS"}, changed(new))
    for what, words in {
        "a master key among the secrets is refused": ("secrets", "--name", "identity_master_keys"),
        "one that is turned off stays so": ("secrets", "--name", "metrics_token"),
    }.items():
        done, new, _, _ = after(*words)
        verdict.check(what, done.returncode != 0 and not changed(new), done.stdout + done.stderr)
    verdict.end()


main()
