"""The disaster that docs/operations/backup.md rehearses: the data folder is lost, and the backup of minutes ago is all there is.

Both kinds of backup are restored, and what was acknowledged before them has to be there and to work: also the order of events
and of the audit chain, which hangs on transaction ids. A logical dump does not carry those; `migrate` sees it and goes on after them.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
from pathlib import Path

from postgres import MIGRATE, Server, binaries
from verdict import Verdict, skip

ROOT = Path(os.environ["SPINDLE_ROOT"])
EMIT = "select platform.emit('{}', 'blog.events', 'post-%d', 'post.published', '{\"n\": %d}')"
RECORD = "select platform.record('{\"actor\": \"rehearsal\"}', 'rehearsal.done', 'post', 'post-%d')"


def write(server, first, last):
    """Acknowledged work: each statement is a transaction of its own."""
    lines = [f"{EMIT % (n, n)};\n{RECORD % n};" for n in range(first, last)]
    server.sql("\n".join(lines))


def take_all(server):
    """What a consumer is handed from where it stood, up to the end."""
    taken = []
    holder = "00000000-0000-7000-8000-000000000001"
    for _ in range(100):
        answer = server.sql(f"select platform.read_events('rehearsal', array['blog.events'], '{holder}', 100, 60000)")
        answer = json.loads(answer)
        if answer["status"] != "events":
            break
        taken += [event["payload"]["data"]["n"] for event in answer["events"]]
        server.sql(f"update platform.consumers set xid = '{answer['xid']}', seq = {answer['seq']} where name = 'rehearsal'")
    return taken


def faults(server):
    server.sql("select platform.seal_audit(100000)")
    return json.loads(server.sql("select platform.verify_audit(0, 100000)"))["faults"]


def check(verdict, what, server):
    """After a restore: all is there, and goes on in order."""
    count = int(server.sql("select count(*) from platform.outbox"))
    verdict.check(f"{what}: all 300 acknowledged events are there", count == 300, count)
    write(server, 300, 320)
    taken = take_all(server)
    verdict.check(f"{what}: the consumer gets what it had not taken, old and new, in order, nothing twice", taken == list(range(100, 320)), taken)
    found = faults(server)
    verdict.check(f"{what}: the audit chain holds, old and new", not found, found[:3])


def check_owner(verdict, server):
    """CloudNativePG's owner is no superuser: it may make roles (parts/postgres-cluster/cluster.yaml), and no more."""
    server.sql("create role spindle login createrole", "postgres")
    server.sql("create database managed owner spindle", "postgres")
    try:
        server.migrate("spindle", "managed")
        server.migrate("spindle", "managed")
        done = int(server.sql("select count(*) from refinery_schema_history", "managed"))
        verdict.check("an owner who is no superuser can migrate, twice", done > 0)
    except (subprocess.CalledProcessError, RuntimeError) as error:
        verdict.check("an owner who is no superuser can migrate, twice", False, error)


def check_pages(verdict, server):
    """What a run-book tells somebody to type at night works."""
    for page in sorted((ROOT / "docs" / "runbooks").glob("*.md")):
        for statement in re.findall(r"`((?:select|explain) [^`]*)`", page.read_text()):
            plain = re.sub(r"^explain (\([^)]*\)|analyze)", "", statement)
            # An extension that not every server has.
            if "pg_stat_statements" in plain:
                continue
            try:
                server.sql(f"explain {plain}")
            except RuntimeError as error:
                verdict.check(f"{page.name}: {statement}", False, error)


def main():
    if not MIGRATE.exists():
        skip(f"{MIGRATE} is not built: cargo xtask test --interop builds it")
    verdict = Verdict()
    programs = binaries()
    # Where a user namespace's root may write, and not below a folder that it can't enter.
    with tempfile.TemporaryDirectory(prefix="spindle-restore-") as scratch:
        lost = Server(programs, Path(scratch, "lost")).create()
        servers = [lost]
        try:
            lost.start()
            check_owner(verdict, lost)
            lost.sql("create database spindle", "postgres")
            lost.migrate()
            check_pages(verdict, lost)
            # A server that has worked for a while.
            lost.sql("select pg_current_xact_id();\n" * 5000)
            write(lost, 0, 100)
            verdict.check("a consumer has taken the first hundred", take_all(lost) == list(range(100)))
            lost.sql("select platform.seal_audit(100000)")
            write(lost, 100, 300)

            archive, dump = Path(scratch, "backup.tar"), Path(scratch, "backup.dump")
            with archive.open("wb") as file:
                words = ["--pgdata", "-", "--format", "tar", "--wal-method", "fetch", "--checkpoint", "fast", "-h", "127.0.0.1", "-p", lost.port, "-U", "owner"]
                lost.tool("pg_basebackup", *words, stdout=file)
            lost.tool("pg_dump", "--format", "custom", "--no-owner", "--no-privileges", "--file", dump, *lost.connection())
            # The disaster.
            lost.stop(signal.SIGQUIT)
            shutil.rmtree(lost.data)

            restored = Server(programs, Path(scratch, "physical"))
            servers.append(restored)
            restored.data.mkdir(mode=0o700)
            with tarfile.open(archive) as file:
                file.extractall(restored.data, filter="data")
            restored.data.chmod(0o700)
            restored.start()
            restored.migrate()
            check(verdict, "physical backup", restored)

            fresh = Server(programs, Path(scratch, "logical")).create()
            servers.append(fresh)
            fresh.start()
            fresh.sql("create database spindle", "postgres")
            fresh.tool("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", *fresh.connection(), dump)
            verdict.check("a logical dump alone hides events: the new server's transaction ids are behind", not take_all(fresh))
            fresh.migrate()
            check(verdict, "logical dump", fresh)
        finally:
            for server in servers:
                server.stop()
    verdict.end()


main()
