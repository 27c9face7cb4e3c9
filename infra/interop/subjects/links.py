"""Pages: every link and its anchor, every path between backquotes, every command of `cargo xtask` and of our scripts is there, with its options."""

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


def options_of(source):
    """The long options that clap makes of a file's fields."""
    fields = re.findall(r"#\[arg\(([^\]]*)\)\]\s+(?:pub(?:\(crate\))? )?(?:r#)?(\w+):", source)
    return {(re.search(r'long = "([\w-]+)"', how) or [None, name.replace("_", "-")])[1] for how, name in fields if re.search(r"\blong\b", how)}


def xtask(root):
    """Each command and its options; none of one that hands its words on."""
    folder = root / "infra" / "xtask" / "src"
    source = (folder / "main.rs").read_text()
    modules = dict(re.findall(r"^    (\w+)\((\w+)::\w+\),", source, re.M))
    commands = {}
    for name in re.findall(r"^        Command::(\w+)", source, re.M):
        text = (folder / f"{modules[name]}.rs").read_text() if name in modules else ""
        commands[name.lower()] = None if "trailing_var_arg" in text else options_of(text)
    return commands


def scripts(root):
    """Our programs in Python, by their paths, and their options."""
    listed = subprocess.run(["git", "ls-files", "-z", "infra"], cwd=root, capture_output=True, text=True, check=True).stdout
    found = {}
    for name in listed.split("\0"):
        if name and "." not in Path(name).name and (text := (root / name).read_text(errors="replace")).startswith("#!/usr/bin/env python3"):
            found[name] = set(re.findall(r'"--([\w-]+)"', text)) | {"help"}
    return found


def complaints(root, pages, commands, programs):
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
        # What follows a lone -- is another program's, and so is what follows a pipe, a comment or the end of what is quoted.
        for command, words in re.findall(r"cargo xtask ([a-z]+)([^`\n|#;&]*)", text):
            if command not in commands:
                yield f"{name} says `cargo xtask {command}`, which is none"
                continue
            for option in re.findall(r"(?<!\S)--([\w-]+)", words.split(" -- ")[0]):
                if commands[command] is not None and option not in commands[command]:
                    yield f"{name} says `cargo xtask {command} --{option}`, which it does not know"
        for program, words in re.findall(r"(?<![\w/])(infra/[\w/-]+)((?: [^`\n|#;&]*)?)", text):
            for option in re.findall(r"(?<!\S)--([\w-]+)", words):
                if option not in programs.get(program, {option}):
                    yield f"{name} says `{program} --{option}`, which it does not know"


def main():
    verdict = Verdict()
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pages = [name for name in listed.split("\0") if name and (ROOT / name).exists()]
    verdict.check("git lists the pages", len(pages) > 80, len(pages))
    commands, programs = xtask(ROOT), scripts(ROOT)
    known = {"up", "test", "load"} <= commands.keys() and "plan" in commands["deploy"] and commands["rotate"] is None
    verdict.check("xtask has commands, and they have options", known, commands)
    verdict.check("so have our scripts", {"namespace", "managed"} <= programs.get("infra/k8s/secrets", set()), programs)
    found = list(complaints(ROOT, pages, commands, programs))
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
            ("an option that is none", "`cargo xtask deploy phase1 --plans`"),
            ("an option that a script does not have", "`infra/k8s/secrets --name spindle`"),
        ]:
            (root / "page.md").write_text(f"# Page\n\n[right](docs/other.md#one-heading), `docs/other.md`, `cargo xtask up`\n\n{line}\n")
            verdict.check(f"found when broken: {what}", len(list(complaints(root, ["page.md"], commands, programs))) == 1)
    verdict.end()


main()
