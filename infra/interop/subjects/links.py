"""Pages: every link and its anchor, every path between backquotes, every command of `cargo xtask` is there."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from verdict import Verdict

ROOT = Path(os.environ["SPINDLE_ROOT"])
FOLDERS = "infra|crates|components|docs|runtime-tests|examples|wit|.github|.ci".replace(".", r"\.")
# Made on the machine that runs it, and ignored by git.
MADE = {"infra/compose/.env"}


def anchors(page):
    """The headings, as a forge makes anchors of them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        yield re.sub(r"[^\w\- ]", "", words).strip().replace(" ", "-")


def complaints(root, pages, commands):
    for name in pages:
        page = root / name
        text = page.read_text()
        for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)):
            if "://" in link or link.startswith("mailto:"):
                continue
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            if not target.exists():
                yield f"{name} points to {link}, which is not there"
            elif anchor and target.suffix == ".md" and anchor not in anchors(target):
                yield f"{name} points to {link}, and {path or 'it'} has no such heading"
        for path in re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", text):
            # A decision may be called by its number alone.
            there = any(folder.joinpath(path).exists() or list(folder.glob(f"{path}-*.md")) for folder in (root, page.parent))
            if not there and path not in MADE:
                yield f"{name} names {path}, which is not there"
        for command in re.findall(r"cargo xtask ([a-z]+)", text):
            if command not in commands:
                yield f"{name} says `cargo xtask {command}`, which is none"


def main():
    verdict = Verdict()
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pages = [name for name in listed.split("\0") if name and (ROOT / name).exists()]
    verdict.check("git lists the pages", len(pages) > 80, len(pages))
    source = (ROOT / "infra" / "xtask" / "src" / "main.rs").read_text()
    commands = {name.lower() for name in re.findall(r"^        Command::(\w+)", source, re.M)}
    verdict.check("xtask has commands", {"up", "test", "load"} <= commands, commands)
    found = list(complaints(ROOT, pages, commands))
    verdict.check(f"what {len(pages)} pages point to is there", not found, "\n".join(found))
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "docs").mkdir()
        (root / "docs" / "other.md").write_text("# One heading\n")
        for what, line in [
            ("a page that is none", "[a](docs/nothing.md)"),
            ("a heading that is none", "[a](docs/other.md#another-heading)"),
            ("a path that is none", "see `docs/nothing.toml`"),
            ("a command that is none", "`cargo xtask fly`"),
        ]:
            (root / "page.md").write_text(f"# Page\n\n[right](docs/other.md#one-heading), `docs/other.md`, `cargo xtask up`\n\n{line}\n")
            verdict.check(f"found when broken: {what}", len(list(complaints(root, ["page.md"], commands))) == 1)
    verdict.end()


main()
