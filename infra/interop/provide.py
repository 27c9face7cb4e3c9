"""Tools for the subjects: environments from PyPI, programs from the machine or from Debian's packages."""

import glob
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent.parent / "target" / "interop"

# Program: the names that it has on machines, the Debian package, and whether that runs unpacked, without an installation.
PROGRAMS = {
    "chromium": (("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), "chromium", False),
    "promtool": (("promtool",), "prometheus", True),
    "prometheus": (("prometheus",), "prometheus", True),
}


class Unavailable(Exception):
    """A tool that can't be had here, and what to do about it."""


def environment(name):
    """The Python of an environment with requirements/<name>.txt, which pins all of it by hash. Made once."""
    requirements = HERE / "requirements" / f"{name}.txt"
    identity = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = CACHE / f"{name}-{identity}"
    python, complete = folder / "bin" / "python", folder / "complete"
    if complete.exists():
        return python
    print(f"    installing {name} (below target/interop, once)", flush=True)
    for older in glob.glob(str(CACHE / f"{name}-*")):
        shutil.rmtree(older)
    run([sys.executable, "-m", "venv", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--prefer-binary"]
    run([*pip, "--require-hashes", "--requirement", str(requirements)])
    complete.touch()
    return python


def program(name):
    """The path of a program: the machine's own, else from its distribution's packages."""
    names, package, unpackable = PROGRAMS[name]
    for candidate in names:
        if found := shutil.which(candidate):
            return Path(found)
    if not shutil.which("apt-get"):
        raise Unavailable(f"{name} is not installed, and there is no apt-get to get the package {package} with")
    if unpackable:
        return unpacked(names[0], package)
    if os.geteuid() != 0:
        raise Unavailable(f"{name} is not installed; as root: apt-get install {package}")
    print(f"    installing the package {package}", flush=True)
    quiet = {"env": dict(os.environ, DEBIAN_FRONTEND="noninteractive"), "stdout": subprocess.DEVNULL}
    run(["apt-get", "update", "-qq"], **quiet)
    run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", package], **quiet)
    found = shutil.which(names[0])
    if not found:
        raise Unavailable(f"the package {package} brought no {names[0]}")
    return Path(found)


def unpacked(name, package):
    """A program out of a package that is unpacked and not installed, so that no service of it starts."""
    folder = CACHE / f"debian-{package}"
    path = folder / "usr" / "bin" / name
    if path.exists():
        return path
    print(f"    unpacking the package {package} (below target/interop, once)", flush=True)
    download = CACHE / f"download-{package}"
    download.mkdir(parents=True, exist_ok=True)
    fetch = ["apt-get", "download", "-qq", package]
    if subprocess.run(fetch, cwd=download, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        if os.geteuid() != 0:
            raise Unavailable(f"apt knows no package {package}; as root: apt-get update")
        run(["apt-get", "update", "-qq"])
        run(fetch, cwd=download)
    (archive,) = sorted(download.glob("*.deb"))[-1:]
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    run(["dpkg-deb", "--extract", str(archive), str(partial)])
    partial.rename(folder)
    shutil.rmtree(download)
    return path


def run(command, **options):
    """Runs a command that has to succeed."""
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"{' '.join(map(str, command[:4]))} …: {error}") from error
