"""Which crates of this workspace a crate is made of, read from the files Cargo.toml alone."""

import os
import tomllib
from pathlib import Path

BUILT = ("dependencies", "build-dependencies")
TESTED = (*BUILT, "dev-dependencies")


class Workspace:
    """The crates below a folder, named by their own folders."""

    def __init__(self, root):
        self.root = Path(root)
        shared = tomllib.loads((self.root / "Cargo.toml").read_text())["workspace"]["dependencies"]
        self.paths = {name: about["path"] for name, about in shared.items() if isinstance(about, dict) and "path" in about}

    def named(self, folder, kinds=BUILT):
        """Those that its own file names, whatever the platform."""
        content = tomllib.loads((self.root / folder / "Cargo.toml").read_text())
        for table in (content, *content.get("target", {}).values()):
            for kind in kinds:
                for name, about in table.get(kind, {}).items():
                    if isinstance(about, dict) and about.get("workspace") and name in self.paths:
                        yield self.paths[name]
                    elif isinstance(about, dict) and "path" in about:
                        yield os.path.normpath(f"{folder}/{about['path']}")

    def made_of(self, folders, kinds=BUILT):
        """These and all that they stand on; of the first ones also what their tests do, if asked for."""
        found, waiting = set(), [(folder, kinds) for folder in folders]
        while waiting:
            folder, wanted = waiting.pop()
            if folder not in found or wanted == TESTED:
                found.add(folder)
                waiting += [(other, BUILT) for other in self.named(folder, wanted) if other not in found]
        return found
