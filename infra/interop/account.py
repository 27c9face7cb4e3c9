"""An account of the app's, for whatever signs in."""

import json
import os
import time
import urllib.error
import urllib.request
import uuid

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
PASSWORD = "interop: correct horse battery"


def post(path, body):
    """Sends JSON; answers what came back."""
    request = urllib.request.Request(
        f"{BASE}{path}", data=json.dumps(body).encode(), method="POST", headers={"content-type": "application/json"}
    )
    for attempt in range(5):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # All password hashing is leased; it says when to come again.
            if error.code not in (429, 503) or attempt == 4:
                raise
            time.sleep(float(error.headers.get("retry-after", 1)))


def register():
    """Makes an account and signs it in: its name and a token."""
    name = "interop" + uuid.uuid4().hex[:16]
    post("/api/v1/auth/register", {"email": f"{name}@example.com", "username": name, "password": PASSWORD})
    return name, post("/api/v1/auth/login", {"login": name, "password": PASSWORD})["access_token"]
