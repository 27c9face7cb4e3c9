"""For schemathesis: signs requests in. Calls that end a session or an account get one of their own to end."""

import os
import threading
import time
import urllib.error

import schemathesis

from account import post, register

# Whatever these do to the account that called them is over with it.
ENDS_ACCOUNT = ("/api/v1/auth/logout", "/api/v1/auth/me", "/api/v1/auth/password", "/api/v1/auth/sessions", "/api/v1/auth/mfa")


ADMIN = (os.environ.get("SPINDLE_ADMIN_EMAIL"), os.environ.get("SPINDLE_ADMIN_PASSWORD"))


def administrator():
    """Signs the administrator in, whom the app makes soon after its start."""
    for _ in range(60):
        try:
            return post("/api/v1/auth/login", {"login": ADMIN[0], "password": ADMIN[1]})["access_token"]
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
            time.sleep(0.5)
    raise RuntimeError(f"there is no administrator {ADMIN[0]}")


class SignedIn:
    """One account per route that may end it, the administrator where only he may, and one for all the others."""

    def __init__(self):
        self.tokens = {}
        self.lock = threading.Lock()

    def get(self, case, context):
        """A token for the route of this case; an access token lives five minutes."""
        path = case.operation.path
        account = f"{case.operation.method} {path}" if path.startswith(ENDS_ACCOUNT) else ""
        if path.startswith("/api/v1/admin") and all(ADMIN):
            account = "admin"
        with self.lock:
            token, calls, until = self.tokens.get(account, (None, 0, 0.0))
            if token is None or time.monotonic() > until or (account not in ("", "admin") and calls >= 10):
                token, calls, until = administrator() if account == "admin" else register()[1], 0, time.monotonic() + 240
            self.tokens[account] = (token, calls + 1, until)
            return token

    def set(self, case, data, context):
        """Puts it where it belongs."""
        case.headers = dict(case.headers or {}, Authorization=f"Bearer {data}")


schemathesis.auth(refresh_interval=None)(SignedIn)
