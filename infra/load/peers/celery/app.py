"""The peer of Spindle's queue: Celery with Redis, doing the same statement for each task.

`python app.py produce KEY USERS COUNT` puts tasks for accounts whose names begin with USERS into the queue; `celery -A app worker`
does them.
"""

import json
import os
import sys

import psycopg
from celery import Celery

app = Celery("peer", broker=os.environ["PEER_BROKER"], backend=os.environ["PEER_BROKER"])
app.conf.update(
    # At least once, as Spindle: a task is taken from the queue when it is done, and again if its worker dies.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=16,
    result_expires=3600,
    broker_connection_retry_on_startup=True,
)

CHANNELS = json.dumps({"in_app": {"default": True, "locked": False}, "email": {"default": False, "locked": False}})
STATEMENT = (
    "select platform.deliver_notification(%s, %s, %s, %s, %s, %s, %s, %s, %s, null, null)::text"
)
connection = None


@app.task(name="notify", max_retries=12)
def notify(key: str, user_id: str, data: dict):
    global connection
    if connection is None:
        connection = psycopg.connect(os.environ["PEER_DATABASE"], autocommit=True, prepare_threshold=1)
    row = connection.execute(
        STATEMENT,
        ("{}", key, user_id, "order_completed", CHANNELS, "Order completed", "It was filled.", None, json.dumps(data)),
    ).fetchone()
    return json.loads(row[0])


def produce(prefix: str, names: str, count: int):
    query = "select user_id from identity.mail_addresses where username like %s || '%%' order by username"
    with psycopg.connect(os.environ["PEER_DATABASE"]) as database:
        users = [str(row[0]) for row in database.execute(query, (names,))]
    for n in range(count):
        notify.delay(f"{prefix}:{n}", users[n % len(users)], {"pair": "XBT/EUR", "side": "buy", "volume": "1", "price": "2"})


if __name__ == "__main__" and sys.argv[1:2] == ["produce"]:
    produce(sys.argv[2], sys.argv[3], int(sys.argv[4]))
