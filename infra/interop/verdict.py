"""How a subject says what holds: a line for each check, and an exit code at the end."""

import subprocess
import sys


class Verdict:
    """Counts checks. All are made, also after one that failed: one run tells everything."""

    def __init__(self):
        self.made = 0
        self.failed = 0

    def check(self, what, holds, detail=""):
        """Notes a check; the detail is shown if it failed."""
        self.made += 1
        print(f"    {'ok  ' if holds else 'FAIL'} {what}", flush=True)
        if not holds:
            self.failed += 1
            for line in str(detail).strip().splitlines()[:40]:
                print(f"         {line}", flush=True)
        return holds

    def passes(self, what, command, **options):
        """Notes whether a command succeeds; shows its output if not."""
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
        return self.check(what, done.returncode == 0, done.stdout + done.stderr)

    def catches(self, what, command, **options):
        """Notes whether a command refuses what is broken on purpose: a check that can't fail shows nothing."""
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
        return self.check(what, done.returncode not in (0, 126, 127), "was taken: " + done.stdout + done.stderr)

    def end(self):
        """Ends the subject."""
        if not self.made:
            print("    FAIL nothing was checked")
        sys.exit(1 if self.failed or not self.made else 0)


def skip(why):
    """Ends a subject that can't run here."""
    print(f"    skipped: {why}")
    sys.exit(77)
