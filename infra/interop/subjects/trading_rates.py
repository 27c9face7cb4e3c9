"""What trading costs: writes the section "Trading" of infra/load/RESULTS.md.

No test: figures of a machine that has nothing else to do. Fails if a server does not answer, or if the two backtests do not trade alike.
"""

import base64
import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path

import component
import postgres
import results
from people import BASE, newcomer
from verdict import Verdict, skip

ROOT = Path(os.environ["SPINDLE_ROOT"])
BUILT_IN = ROOT / "target" / "wasm32-wasip2" / "release" / "strategies.wasm"
SIMULATOR = os.environ["SPINDLE_SIMULATOR_URL"].rstrip("/")
TRADING = f"{BASE}/api/v1/trading"
PERMISSIONS = ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades"]
RULES = {"volume_decimals": 8, "tick_size": "0.1", "order_min": "0.0001", "cost_min": "0.5", "taker_fee": "0.004", "maker_fee": "0.0025"}
CANDLES, HOUR = 100_000, 3600
# The exchange gives a key 20 calls at once; connecting and reading take some.
KEYS, CALLS = 8, 10
BOTS, TRIGGERS = 50, 4
STRATEGY = {"strategy": "sma-crossover", "params": {"interval": 60, "fast": 20, "slow": 100, "quote_amount": "50"}}
TASKS = 3

verdict = Verdict()


def send(method, url, body=None, token=None, **headers):
    """Sends JSON; answers what came back."""
    headers |= {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}") from error


def signed(key, secret):
    """A call as Kraken wants it, by a client that does nothing else."""
    nonce = str(time.time_ns())
    body = urllib.parse.urlencode({"nonce": nonce}).encode()
    path = "/0/private/BalanceEx"
    message = path.encode() + hashlib.sha256(nonce.encode() + body).digest()
    signature = base64.b64encode(hmac.new(base64.b64decode(secret), message, hashlib.sha512).digest()).decode()
    request = urllib.request.Request(SIMULATOR + path, data=body, method="POST", headers={"API-Key": key, "API-Sign": signature})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found = json.load(answer)
    if found["error"]:
        raise RuntimeError(found["error"])


def milliseconds(work):
    """How long a piece of work took."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def calls():
    """Medians of reading a balance through the app and by oneself, in turns, with keys of their own."""
    ours, bare = [], []
    for _ in range(KEYS):
        _, token = newcomer()
        mine, own = (send("POST", f"{SIMULATOR}/__sim/account", {"tier": "pro", "keys": [{"permissions": PERMISSIONS}]}) for _ in range(2))
        entered = {"exchange": "kraken", "label": "Rates", "mode": "trade", "api_key": mine["api_key"], "api_secret": mine["api_secret"]}
        key = send("POST", f"{TRADING}/keys", entered, token)["id"]
        send("PATCH", f"{TRADING}/keys/{key}", {"tier": "pro"}, token)
        read = f"{TRADING}/account/balances?key={key}"
        for _ in range(CALLS):
            ours.append(milliseconds(lambda: send("GET", read, token=token)))
            bare.append(milliseconds(lambda: signed(own["api_key"], own["api_secret"])))
    return statistics.median(ours), statistics.median(bare)


def looks():
    """How many looks at the market a second the worker does for bots that are all asked at once."""
    _, token = newcomer()
    bot = {"name": "Rates", "strategy": "sma-crossover", "pair": "XBTUSD", "mode": "paper", "every": 86_400,
           "params": {"interval": 60, "fast": 5, "slow": 20, "quote_amount": "50"}}
    ids = [send("POST", f"{TRADING}/bots", bot, token)["id"] for _ in range(BOTS)]
    for bot in ids:
        send("POST", f"{TRADING}/bots/{bot}/start", token=token)

    def manual(bot):
        found = send("GET", f"{TRADING}/bots/{bot}/executions?limit=100", token=token)["items"]
        return [datetime.fromisoformat(one["created_at"]) for one in found if one["trigger"] == "manual"]

    def trigger(bot):
        send("POST", f"{TRADING}/bots/{bot}/trigger", token=token, **{"idempotency-key": uuid.uuid4().hex})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(trigger, ids * TRIGGERS))
    # Less than an access token lives.
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        # Seldom, so that asking takes little of what is measured.
        time.sleep(5)
        times = sorted(moment for bot in ids for moment in manual(bot))
        if len(times) == BOTS * TRIGGERS:
            return len(times) / (times[-1] - times[0]).total_seconds()
    return None


def closes():
    """A wave of 120 hours with a ripple: averages of 20 and 100 of them cross twice in each."""
    return [(10_000 + 40 * abs(hour % 120 - 60) + hour % 7) / 100 for hour in range(CANDLES)]


def candles(prices, begin):
    """Hours with these closing prices."""
    # No binary fractions: what is entered are cents.
    texts = [f"{price:.2f}" for price in prices]
    return [
        {"start": begin + hour * HOUR, "open": opened, "high": max(opened, closed, key=float), "low": min(opened, closed, key=float), "close": closed}
        for hour, (opened, closed) in enumerate(zip([texts[0], *texts], texts))
    ]


def backtest(prices):
    """Seconds of ours, the component in wasmtime, JSON in and out, and how many trades."""
    trial = json.dumps(STRATEGY | {"rules": RULES, "candles": candles(prices, 0), "funds": "10000"})
    strategies = component.Strategies(BUILT_IN)
    found = []
    took = milliseconds(lambda: found.append(json.loads(strategies.call("backtest", trial)))) / 1000
    return took, len(found[0]["trades"])


def store(pair, prices):
    """Makes these the stored candles of a pair, up to the hour that runs."""
    begin = (int(time.time()) // HOUR - len(prices)) * HOUR
    rows = (
        "\t".join([pair, "60", str(one["start"]), one["open"], one["high"], one["low"], one["close"], "1"]) + "\n"
        for one in candles(prices, begin)
    )
    command = [str(postgres.binaries() / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", os.environ["SPINDLE_TEST_DATABASE_URL"],
               "-c", f"delete from trading.candles where pair = '{pair}' and interval = 60",
               "-c", "copy trading.candles (pair, interval, start, open, high, low, close, volume) from stdin",
               "-c", "analyze trading.candles"]
    subprocess.run(command, input="".join(rows), text=True, check=True)


def finished(token):
    """Asks for a backtest and waits for its end: seconds from the POST on, the backtest as it is then, and the progress that was seen."""
    begun, seen = time.perf_counter(), set()
    asked = send("POST", f"{TRADING}/backtests", STRATEGY | {"pair": "XBTUSD", "funds": "10000"}, token)
    while time.perf_counter() - begun < 60:
        found = send("GET", f"{TRADING}/backtests/{asked['id']}", token=token)
        if found["state"] in ("done", "failed"):
            return time.perf_counter() - begun, found, seen
        seen.add(found["percent"])
        time.sleep(0.02)
    raise RuntimeError("a backtest does not end")


def tasks(prices):
    """Medians of a backtest as a task over stored candles: seconds in all, until it has its candles, and until it has its report."""
    _, token = newcomer()
    # The exchange's own candles; it tells what the pair is called.
    store(finished(token)[1]["pair"], prices)
    wholes, readings, runs, seen = [], [], [], set()
    for _ in range(TASKS):
        whole, found, progress = finished(token)
        if not verdict.check("a task is done, over all of the candles", (found["state"], found["candles"]) == ("done", CANDLES), found["problem"]):
            verdict.end()
        created, started, ended = (datetime.fromisoformat(found[f"{name}_at"]) for name in ("created", "started", "finished"))
        wholes.append(whole)
        readings.append((started - created).total_seconds())
        runs.append((ended - started).total_seconds())
        seen |= progress
    verdict.check("its progress can be seen", len(seen - {0, 100}) > 1, seen)
    return statistics.median(wholes), statistics.median(readings), statistics.median(runs)


def freqtrade(prices):
    """The same of freqtrade, whose trade is a purchase with its sale."""
    program = ROOT / "infra" / "load" / "peers" / "freqtrade" / "backtest.py"
    text = "\n".join(map(str, prices))
    done = subprocess.run([sys.executable, str(program)], input=text, capture_output=True, text=True, check=False)
    if not verdict.check("freqtrade ran its backtest", done.returncode == 0, done.stderr):
        verdict.end()
    found = json.loads(done.stdout)
    return found["seconds"], 2 * found["trades"]


def main():
    if not BUILT_IN.exists():
        skip("the built-in component is not built: cargo build --release --target wasm32-wasip2 -p strategies")
    prices = closes()
    (ours, trades), (theirs, their_trades) = backtest(prices), freqtrade(prices)
    # The first of the candles only fill its averages, and it sells in the end what it holds.
    verdict.check("both trade alike", trades > 1000 and abs(trades - their_trades) <= 4, (trades, their_trades))
    verdict.check("100,000 candles take less than two seconds", ours < 2, f"{ours:.2f} s")
    whole, reading, running = tasks(prices)
    verdict.check("so do they as a task, from its request to its report", whole < 2, f"{whole:.2f} s")
    through, bare = calls()
    rate = looks()
    if verdict.check("all bots have looked as often as they were asked", rate is not None):
        today = datetime.now(timezone.utc).date().isoformat()
        results.put("## Trading\n", "TRADING.md", f"""## Trading

Written by `cargo xtask test --interop trading_rates`, {today}; all on one machine, the exchange simulated.

| | |
|---|---:|
| a balance through Spindle, median of {KEYS * CALLS} | {through:.1f} ms |
| the same call, signed and sent by a bare client | {bare:.1f} ms |
| what Spindle adds to each call: gateway, token, lane, opening the key, signing | {through - bare:.1f} ms |
| looks at the market for bots, {BOTS} bots asked {TRIGGERS} times each | {rate:.0f} /s |
| backtest of `sma-crossover` over {CANDLES:,} candles, the component in wasmtime | {ours:.2f} s |
| the same rules in freqtrade | {theirs:.2f} s |
| the same backtest as a task, from its request to its report, median of {TASKS} | {whole:.2f} s |
| of that, until it was taken up, the exchange asked for new candles, and all stored ones read | {reading:.2f} s |
| of that, the run in ten parts, with its progress and the report written down | {running:.2f} s |
""")
    verdict.end()


main()
