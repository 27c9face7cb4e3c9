"""For schemathesis: signs requests in. Calls that end a session or an account get one of their own to end."""

import os
import threading
import time

import schemathesis

import people

# Whatever these do to the account that called them is over with it.
ENDS_ACCOUNT = ("/api/v1/auth/logout", "/api/v1/auth/me", "/api/v1/auth/password", "/api/v1/auth/sessions", "/api/v1/auth/mfa")


ADMIN = (os.environ.get("SPINDLE_ADMIN_EMAIL"), os.environ.get("SPINDLE_ADMIN_PASSWORD"))


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
                token, calls, until = people.administrator() if account == "admin" else people.newcomer()[1], 0, time.monotonic() + 240
            self.tokens[account] = (token, calls + 1, until)
            return token

    def set(self, case, data, context):
        """Puts it where it belongs."""
        case.headers = dict(case.headers or {}, Authorization=f"Bearer {data}")


schemathesis.auth(refresh_interval=None)(SignedIn)
