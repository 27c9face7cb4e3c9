"""For subjects that sign somebody in: an app, its administrator, its mailbox."""

import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
PASSWORD = "interop: correct horse battery"


def call(method, path, body=None, bearer=None):
    """Sends JSON: (status, JSON or None). Comes again when it is told to."""
    headers = {"content-type": "application/json"}
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    data = None if body is None else json.dumps(body).encode()
    for _ in range(20):
        request = urllib.request.Request(f"{BASE}{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            # All password hashing is leased.
            if error.code != 503:
                return error.code, json.loads(error.read() or b"null")
            time.sleep(float(error.headers.get("retry-after", 1)))
    raise RuntimeError(f"{path} stays unavailable")


def must(method, path, body=None, bearer=None):
    """So, and it has to succeed."""
    status, answer = call(method, path, body, bearer)
    if status >= 300:
        raise RuntimeError(f"{method} {path}: {status} {answer}")
    return answer


def log_in(login, password=PASSWORD):
    return must("POST", "/api/v1/auth/login", {"login": login, "password": password})["access_token"]


def administrator():
    """The administrator, whom the app makes soon after its start."""
    body = {"login": os.environ["SPINDLE_ADMIN_EMAIL"], "password": os.environ["SPINDLE_ADMIN_PASSWORD"]}
    for _ in range(60):
        status, answer = call("POST", "/api/v1/auth/login", body)
        if status == 200:
            return answer["access_token"]
        time.sleep(0.5)
    raise RuntimeError("there is no administrator")


def new_name():
    return "i" + uuid.uuid4().hex[:16]


def register(name):
    must("POST", "/api/v1/auth/register", {"email": f"{name}@example.com", "username": name, "password": PASSWORD})


def newcomer():
    """Registers somebody and signs them in: name and token."""
    name = new_name()
    register(name)
    return name, log_in(name)


def client(bearer, **metadata):
    """Registers an OAuth client."""
    return must("POST", "/api/v1/admin/oauth-clients", metadata, bearer)


def disable(bearer, name):
    """Disables an account, as an administrator does."""
    query = urllib.parse.urlencode({"q": name})
    [user] = [user for user in must("GET", f"/api/v1/admin/users?{query}", bearer=bearer)["items"] if user["username"] == name]
    must("PATCH", f"/api/v1/admin/users/{user['id']}", {"disabled": True}, bearer)


def mail(address, part):
    """The text of the newest mail to this address that has this part. Waits for it: mails are tasks."""
    query = urllib.parse.urlencode({"to": address})
    for _ in range(200):
        request = urllib.request.Request(f"{BASE}/dev/mail?{query}", headers={"accept": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            for item in json.load(answer)["items"]:
                if part in item["subject"] or part in item["text"]:
                    return item["text"]
        time.sleep(0.1)
    raise RuntimeError(f"no mail with “{part}” to {address}")


def code_in(text):
    """The six digits of a mail."""
    return re.search(r"(?<!\d)\d{6}(?!\d)", text).group()
