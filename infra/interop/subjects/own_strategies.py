"""examples/own-strategies, built with componentize-py, around the built-in component, in wasmtime."""

import json
import os
import shutil
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path

import component
from component import INTERFACE
from verdict import Verdict, skip
from wasmtime import Engine
from wasmtime.component import Component

ROOT = Path(os.environ["SPINDLE_ROOT"])
EXAMPLE = ROOT / "examples" / "own-strategies"
BUILT_IN = ROOT / "target" / "wasm32-wasip2" / "release" / "strategies.wasm"
HOUR = 3600
RULES = {"volume_decimals": 8, "tick_size": "0.1", "order_min": "0.0001", "cost_min": "0.5", "taker_fee": "0.004", "maker_fee": "0.0025"}

verdict = Verdict()


class Strategies(component.Strategies):
    """The functions of a component, and what is asked of them here."""

    def backtest(self, strategy, params, closes):
        """A report."""
        return json.loads(self.call("backtest", json.dumps(trial(strategy, params, closes))))

    def backtest_in_parts(self, strategy, params, closes, length):
        """The same report of so many candles at a time; none where all are wanted at once."""
        whole, book, trades = trial(strategy, params, closes), None, []
        for begin in range(0, len(closes), length):
            part = {"book": book, "of": len(closes), "more": begin + length < len(closes)}
            answer = json.loads(self.call("backtest", json.dumps({**whole, "candles": whole["candles"][begin:begin + length], "part": part})))
            if answer is None:
                return None
            book = answer.get("book")
            trades += answer["trades"]
        return {**answer, "trades": trades}


def trial(strategy, params, closes):
    """What is tried: candles that open where the one before has closed."""
    candles = [
        {"start": index * HOUR, "open": opened, "high": max(opened, closed, key=Decimal), "low": min(opened, closed, key=Decimal), "close": closed}
        for index, (opened, closed) in enumerate(zip([closes[0], *closes], closes))
    ]
    return {"strategy": strategy, "params": params, "rules": RULES, "candles": candles, "funds": "1000"}


def imports_of(path):
    """The names of what a component wants."""
    engine = Engine()
    return set(Component.from_file(engine, str(path)).type.imports(engine))


def comparable(value):
    """Decimal strings as numbers: 1.50 is 1.5."""
    if isinstance(value, dict):
        return {name: comparable(item) for name, item in value.items() if name != "sharpe"}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    try:
        return Decimal(value) if isinstance(value, str) else value
    except ArithmeticError:
        return value


def plug(own, linked):
    """The command that gives our component the built-in one."""
    if wac := shutil.which("wac"):
        return [wac, "plug", str(own), "--plug", str(BUILT_IN), "-o", str(linked)]
    if not shutil.which("cargo"):
        skip("neither wac nor cargo, which could run the example `plug` of runtime-tests/host")
    # No package is named: its features are then those that the host was built with.
    return ["cargo", "run", "--quiet", "--locked", "--example", "plug", "--", str(own), str(BUILT_IN), str(linked)]


if not BUILT_IN.exists():
    skip("the built-in component is not built: cargo build --release --target wasm32-wasip2 -p strategies")

with tempfile.TemporaryDirectory() as scratch:
    own, linked = Path(scratch, "own.wasm"), Path(scratch, "own-strategies.wasm")
    # An environment of the interpreter's own would be looked into for the example's dependencies, which has none.
    build = ["componentize-py", "-d", str(ROOT / "wit" / "trading"), "-w", "wrapper", "componentize", "--stub-wasi", "own_strategies",
             "-p", str(EXAMPLE), "-o", str(own)]
    if not verdict.passes("componentize-py builds it", build):
        verdict.end()
    imports = imports_of(own)
    verdict.check("by itself it imports the built-in strategies and nothing else", imports == {INTERFACE}, imports)
    command = plug(own, linked)
    if not verdict.passes(f"{Path(command[0]).name} gives it the built-in component", command, cwd=ROOT):
        verdict.end()
    verdict.check("together they import no more than the built-in component", imports_of(linked) <= imports_of(BUILT_IN), imports_of(linked))
    ours, built_in = Strategies(linked), Strategies(BUILT_IN)

names = [strategy.name for strategy in ours.call("catalogue")]
verdict.check("it offers what is built in, and dips", names == [*(strategy.name for strategy in built_in.call("catalogue")), "dips"], names)
schema = json.loads(ours.call("catalogue")[-1].schema)
verdict.check("the schema of dips is that of dca with what is added", schema["required"] == ["quote_amount", "average"], schema)

good = {"quote_amount": "50", "every": HOUR, "average": 4, "interval": 60, "start_at": 6 * HOUR}
for name, params, field in [
    ("nothing", {}, None), ("an average of one", {"average": 1}, "params.average"), ("a limit order", {"order": "limit"}, "params.order"),
    ("an interval of Kraken's not", {"interval": 7}, "params.interval"), ("no amount", {"quote_amount": "0"}, "params.quote_amount"),
]:
    fields = [fault.field for fault in ours.call("check", "dips", json.dumps({**good, **params}), json.dumps(RULES))]
    verdict.check(f"check finds fault with {name}", fields == ([field] if field else []), fields)
verdict.check("dips looks at the candles of its interval", ours.call("interval", "dips", json.dumps(good)) == 60)

falling = [str(Decimal(30_000 - 150 * hour)) for hour in range(60)]
rising = [str(Decimal(20_000 + 150 * hour)) for hour in range(60)]
mine, theirs = ours.backtest("dips", good, falling), built_in.backtest("dca", good, falling)
verdict.check("in a falling market dips buys what dca buys, to the last digit", comparable(mine) == comparable(theirs) and theirs["trades"], (mine, theirs))
verdict.check("and its Sharpe ratio is the same", abs(mine["sharpe"] - theirs["sharpe"]) < 1e-9, (mine["sharpe"], theirs["sharpe"]))
verdict.check("in a rising market it buys nothing", ours.backtest("dips", good, rising)["trades"] == [])
verdict.check("the same trial has the same report", mine == ours.backtest("dips", good, falling))
crossing = {"interval": 60, "fast": 3, "slow": 8, "quote_amount": "100"}
wave = [str(Decimal(20_000 + 200 * abs(hour % 24 - 12))) for hour in range(200)]
verdict.check("what is built in answers as before", ours.backtest("sma-crossover", crossing, wave) == built_in.backtest("sma-crossover", crossing, wave))
parts = ours.backtest_in_parts("sma-crossover", crossing, wave, 70)
verdict.check("also in parts", comparable(parts) == comparable(built_in.backtest("sma-crossover", crossing, wave)), parts)
verdict.check("dips wants all candles at once", ours.backtest_in_parts("dips", good, falling, 20) is None)

situation = {"params": good, "rules": RULES, "bid": "29000", "ask": "29000.1", "position": {"base": "0", "cost": "0"}, "funds": "1000",
             "orders": [], "memory": None, "now": 10 * HOUR * 1000, "started_at": 0, "generation": 1, "every": 60, "manual": False, "paused": False}


def decide(closes, **change):
    """A decision of dips after these closes."""
    candles = [{"start": index * HOUR, "open": close, "high": close, "low": close, "close": close} for index, close in enumerate(closes)]
    return json.loads(ours.call("decide", "dips", json.dumps({**situation, **change, "candles": candles})))


bought = decide(["30000"] * 4)
verdict.check("below the average it places what dca places", "place" in bought["actions"][0] and bought["skip"] is None, bought)
above = decide(["28000"] * 4)
verdict.check("above it, it says why not, in the same slot", (above["actions"], above["skip"], above["slot"]) == ([], "price_guard", bought["slot"]), above)
verdict.check("without candles enough it does not guess", decide(["30000"] * 3)["skip"] == "no_signal")
verdict.check("what dca would not buy, it does not buy", decide(["30000"] * 4, paused=True)["skip"] == "paused")
for name, refused in [
    ("an unknown strategy", lambda: ours.call("decide", "nope", json.dumps(situation | {"candles": []}))),
    ("a trial without candles", lambda: ours.backtest("dips", good, ["1"])),
    ("a trial whose parameters are wrong", lambda: ours.backtest("dips", {**good, "average": 0}, falling)),
]:
    try:
        refused()
        verdict.check(f"{name} is an error in words", False)
    except ValueError as error:
        verdict.check(f"{name} is an error in words", str(error), error)
verdict.end()
