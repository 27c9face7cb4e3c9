"""How long login, registration, a forgotten password and another code take, for addresses with an account and without.

The medians of all kinds of account lie within 1.2 of each other, and their answers are the same. No test: figures of a machine that has
nothing else to do. Each request comes from a network of its own, so that no back-off hides what is measured.
"""

import http.client
import json
import random
import statistics
import time
from urllib.parse import urlsplit

import people
from verdict import Verdict

MOST = 1.2
# Of what costs a password's hash, and of what does not.
SLOW, FAST = 40, 300
FREE_GUESSES = 10


class Client:
    """One connection, which is kept: what is timed is the answer."""

    def __init__(self):
        self.host = urlsplit(people.BASE).netloc
        self.connection = http.client.HTTPConnection(self.host, timeout=60)
        self.networks = 0

    def network(self):
        self.networks += 1
        return f"10.{self.networks >> 16 & 255}.{self.networks >> 8 & 255}.{self.networks & 255}"

    def send(self, path, body, network=None):
        """(milliseconds, status, answer without what is each request's own)."""
        headers = {"content-type": "application/json", "x-forwarded-for": network or self.network()}
        data = json.dumps(body).encode()
        begun = time.perf_counter()
        self.connection.request("POST", path, data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        took = (time.perf_counter() - begun) * 1000
        document = json.loads(text) if text else {}
        return took, answer.status, {name: value for name, value in document.items() if name != "request_id"}


def accounts(bearer):
    """One account of each kind, by its name; addresses are NAME@example.com."""
    kinds = {kind: people.new_name() for kind in ("known", "unverified", "disabled", "unknown")}
    for kind in ("known", "unverified", "disabled"):
        people.register(kinds[kind])
    for kind in ("known", "disabled"):
        address = f"{kinds[kind]}@example.com"
        code = people.code_in(people.mail(address, "code"))
        people.must("POST", "/api/v1/auth/otp/verify", {"email": address, "code": code})
    people.disable(bearer, kinds["disabled"])
    return kinds


def measure(client, kinds, count, request):
    """Interleaved, in another order each time: (kind to median milliseconds, kind to what was answered)."""
    took = {kind: [] for kind in kinds}
    answers = {kind: set() for kind in kinds}
    for round_ in range(count + 3):
        for kind in random.sample(list(kinds), len(kinds)):
            path, body, network = request(kind, round_)
            milliseconds, status, answer = client.send(path, body, network)
            # The first warm up.
            if round_ >= 3:
                took[kind].append(milliseconds)
                answers[kind].add((status, json.dumps(answer, sort_keys=True)))
    return {kind: statistics.median(values) for kind, values in took.items()}, answers


def judge(verdict, what, medians, answers, same=True):
    shown = ", ".join(f"{kind} {median:.2f}" for kind, median in medians.items())
    ratio = max(medians.values()) / min(medians.values())
    verdict.check(f"{what}: {shown} ms, ratio {ratio:.3f}", ratio <= MOST)
    if same:
        verdict.check(f"{what}: one answer for all", len(set.union(*answers.values())) == 1, answers)


def main():
    verdict = Verdict()
    kinds = accounts(people.administrator())
    client = Client()

    def login(kind, _):
        return "/api/v1/auth/login", {"login": kinds[kind], "password": "not the password"}, None

    judge(verdict, "login with a wrong password", *measure(client, kinds, SLOW, login))

    # Whoever has guessed too often, of a name that somebody has and of one that nobody has.
    locked = {"locked": "192.0.2.10", "locked and unknown": "192.0.2.11"}
    names = {"locked": kinds["known"], "locked and unknown": kinds["unknown"]}
    for kind, network in locked.items():
        for _ in range(FREE_GUESSES + 1):
            client.send("/api/v1/auth/login", {"login": names[kind], "password": "not the password"}, network)

    def refused(kind, _):
        return "/api/v1/auth/login", {"login": names[kind], "password": "not the password"}, locked[kind]

    medians, answers = measure(client, locked, FAST, refused)
    judge(verdict, "login while locked out", medians, answers, same=False)
    statuses = {status for kind in answers.values() for status, _ in kind}
    verdict.check("login while locked out: 429 for both", statuses == {429}, statuses)

    def registration(kind, _):
        # A name of its own each time: who takes a name that is taken is told so.
        name = people.new_name()
        address = f"{name if kind == 'unknown' else kinds[kind]}@example.com"
        body = {"email": address, "username": name, "password": people.PASSWORD}
        return "/api/v1/auth/register", body, None

    medians, answers = measure(client, kinds, SLOW, registration)
    judge(verdict, "registration", medians, answers, same=False)
    statuses = {status for kind in answers.values() for status, _ in kind}
    verdict.check("registration: 201 for all", statuses == {201}, statuses)

    for what, path in (("forgotten password", "/api/v1/auth/password/forgot"), ("another code", "/api/v1/auth/otp/resend")):

        def mailed(kind, _, path=path):
            return path, {"email": f"{kinds[kind]}@example.com"}, None

        judge(verdict, what, *measure(client, kinds, FAST, mailed))
    verdict.end()


main()
