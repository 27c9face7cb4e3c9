"""A component that exports `spindle:trading/strategies` and imports it too: everything built in, and `dips` beside it."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import strategies as built_in

import dips
import trial as trials

NAME = "dips"


def dca(situation):
    """What the built-in strategy decides."""
    return json.loads(built_in.decide("dca", json.dumps(situation)))


class Strategies(exports.Strategies):
    """Names of others go on to the built-in component, unread."""

    def catalogue(self):
        found = built_in.catalogue()
        schema = next(json.loads(strategy.schema) for strategy in found if strategy.name == "dca")
        ours = built_in.Strategy(
            NAME, "Dips", "Buys for a fixed amount in each period, but only below the average of the last candles.", json.dumps(dips.schema(schema))
        )
        return [*found, ours]

    def check(self, strategy, params, rules):
        if strategy != NAME:
            return built_in.check(strategy, params, rules)
        ours = [built_in.Fault(field, message) for field, message in dips.faults(json.loads(params))]
        return [*ours, *built_in.check("dca", params, rules)]

    def interval(self, strategy, params):
        return dips.interval(json.loads(params)) if strategy == NAME else built_in.interval(strategy, params)

    def decide(self, strategy, situation):
        # An error of the built-in component is raised as `Err`, which is what this function may raise itself.
        if strategy != NAME:
            return built_in.decide(strategy, situation)
        return json.dumps(dips.decide(json.loads(situation), dca))

    def backtest(self, trial):
        wanted = json.loads(trial)
        if wanted["strategy"] != NAME:
            return built_in.backtest(trial)
        if wanted.get("part", {}).get("more"):
            # Ours knows no parts: all candles at once, please.
            return "null"
        faults = self.check(NAME, json.dumps(wanted["params"]), json.dumps(wanted["rules"]))
        if faults:
            raise Err(f"{faults[0].field}: {faults[0].message}")
        try:
            return json.dumps(trials.run(wanted, wanted["params"]["average"], lambda situation: dips.decide(situation, dca)))
        except ValueError as error:
            raise Err(str(error)) from error
