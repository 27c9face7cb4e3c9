"""Sections of infra/load/RESULTS.md that subjects write. A whole run of the bench takes them from files of their own."""

import os
from pathlib import Path

LOAD = Path(os.environ["SPINDLE_ROOT"]) / "infra" / "load"
NEXT = "## Details\n"


def put(heading, kept, text):
    """Puts the section of this heading where it was, else before the details, and into the file that is kept."""
    section = text.strip() + "\n"
    (LOAD / kept).write_text(section)
    file = LOAD / "RESULTS.md"
    results = file.read_text()
    if heading in results:
        before, rest = results.split(heading, 1)
        after = rest.partition("\n## ")[1:]
        after = "## " + after[1] if after[0] else ""
    else:
        before, mark, rest = results.partition(NEXT)
        after = mark + rest
    file.write_text(f"{before.rstrip()}\n\n{section}" + (f"\n{after}" if after else ""))
