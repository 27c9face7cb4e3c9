"""A Postgres of a subject's own."""

import os
import signal
import subprocess
import time
from pathlib import Path

from ports import free_port
from verdict import skip

ROOT = Path(os.environ["SPINDLE_ROOT"])
MIGRATE = Path(os.environ.get("SPINDLE_MIGRATE_BIN", ROOT / "target" / "debug" / "migrate"))


def binaries():
    """The newest server's programs."""
    given = os.environ.get("PG_BIN")
    folders = [Path(given)] if given else sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_basebackup", "pg_dump", "pg_restore", "psql")):
            return folder
    return skip("no Postgres server with pg_basebackup: apt-get install postgresql, or name its folder in PG_BIN")


class Server:
    """A Postgres of this test's own."""

    # Postgres refuses to be root: a user namespace calls root by another name.
    prefix = ["unshare", "--user", "--map-user=65534", "--map-group=65534"] if os.geteuid() == 0 else []

    def __init__(self, programs, data, wal_level="replica"):
        self.programs, self.data, self.port, self.process = programs, Path(data), free_port(), None
        self.wal_level = wal_level

    def tool(self, name, *words, **options):
        return subprocess.run([*self.prefix, str(self.programs / name), *map(str, words)], check=True, **options)

    def create(self):
        self.tool("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", stdout=subprocess.DEVNULL)
        return self

    def start(self):
        command = [*self.prefix, str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                   "-c", "unix_socket_directories=", "-c", "max_wal_senders=4", "-c", f"wal_level={self.wal_level}"]
        with (self.data.parent / f"{self.data.name}.log").open("w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while subprocess.run([str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError((self.data.parent / f"{self.data.name}.log").read_text())
            time.sleep(0.05)
        return self

    def stop(self, how=signal.SIGINT):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait()

    def connection(self, database="spindle"):
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", "owner", "-d", database]

    def sql(self, text, database="spindle"):
        command = [str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *self.connection(database)]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def migrate(self, owner="owner", database="spindle"):
        url = f"postgres://{owner}@127.0.0.1:{self.port}/{database}?sslmode=disable"
        subprocess.run([str(MIGRATE)], check=True, env=dict(os.environ, DATABASE_URL=url, SPINDLE_APP_PASSWORD="rehearsal"), stdout=subprocess.DEVNULL)
