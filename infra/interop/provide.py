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

# Program: the names that it has on machines, the Debian packages, and whether these run unpacked, without an installation.
PROGRAMS = {
    "apache2": (("apache2",), ("apache2-bin", "libapache2-mod-auth-openidc"), False),
    "chromium": (("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"), ("chromium",), False),
    "java": (("java",), ("default-jre-headless",), False),
    "node": (("node", "nodejs"), ("nodejs",), False),
    "npm": (("npm",), ("npm",), False),
    "amtool": (("amtool",), ("prometheus-alertmanager",), True),
    "promtool": (("promtool",), ("prometheus",), True),
    "prometheus": (("prometheus",), ("prometheus",), True),
    "postgres_exporter": (("prometheus-postgres-exporter", "postgres_exporter"), ("prometheus-postgres-exporter",), True),
    "redis": (("redis-server", "valkey-server"), ("redis-server", "redis-tools", "libjemalloc2", "liblzf1"), True),
    # No package has it.
    "spin": (("spin",), (), False),
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
    names, packages, unpackable = PROGRAMS[name]
    for candidate in names:
        if found := shutil.which(candidate):
            return Path(found)
    if not packages:
        raise Unavailable(f"{name} is not installed, and neither PyPI nor Debian has it")
    listed = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Unavailable(f"{name} is not installed, and there is no apt-get to get {listed} with")
    if unpackable:
        return unpacked(names[0], packages)
    if os.geteuid() != 0:
        raise Unavailable(f"{name} is not installed; as root: apt-get install {listed}")
    print(f"    installing {listed}", flush=True)
    quiet = {"env": dict(os.environ, DEBIAN_FRONTEND="noninteractive"), "stdout": subprocess.DEVNULL}
    run(["apt-get", "update", "-qq"], **quiet)
    run(["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *packages], **quiet)
    found = shutil.which(names[0])
    if not found:
        raise Unavailable(f"{listed} brought no {names[0]}")
    return Path(found)


def unpacked(name, packages):
    """A program out of packages that are unpacked and not installed, so that no service of theirs starts."""
    folder = CACHE / f"debian-{packages[0]}"
    path = folder / "run" / name
    if path.exists():
        return path
    print(f"    unpacking {' '.join(packages)} (below target/interop, once)", flush=True)
    download = CACHE / f"download-{packages[0]}"
    shutil.rmtree(download, ignore_errors=True)
    download.mkdir(parents=True)
    fetch = ["apt-get", "download", "-qq", *packages]
    if subprocess.run(fetch, cwd=download, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        if os.geteuid() != 0:
            raise Unavailable(f"apt does not know {' '.join(packages)}; as root: apt-get update")
        run(["apt-get", "update", "-qq"])
        run(fetch, cwd=download)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for archive in sorted(download.glob("*.deb")):
        run(["dpkg-deb", "--extract", str(archive), str(partial)])
    # With the libraries that came with it.
    libraries = ":".join(f"{folder}/{library.relative_to(partial)}" for library in partial.glob("usr/lib/*-linux-*"))
    (partial / "run").mkdir()
    for program_file in (partial / "usr" / "bin").iterdir():
        starter = partial / "run" / program_file.name
        found = folder / "usr" / "bin" / program_file.name
        starter.write_text(f'#!/bin/sh\nexport LD_LIBRARY_PATH="{libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"\nexec "{found}" "$@"\n')
        starter.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    shutil.rmtree(download)
    return path


def run(command, **options):
    """Runs a command that has to succeed."""
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, **options)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"{' '.join(map(str, command[:4]))} …: {error}") from error
