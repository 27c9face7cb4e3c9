"""`dips`: dollar-cost averaging that buys only below the average of the last candles. Pure functions of JSON documents.

It decides nothing that `dca` decides: amounts, periods, limits and slots are the built-in strategy's, whose `decide` comes in as an
argument. What it adds is a reason to leave a purchase out.
"""

from decimal import Decimal

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
MOST_CANDLES = 500
# Parameters of ours; all others are those of `dca`.
OURS = {
    "interval": {"enum": list(INTERVALS), "default": 60, "description": "Minutes of a candle"},
    "average": {"type": "integer", "minimum": 2, "maximum": MOST_CANDLES, "description": "Candles whose mean close must be above the price"},
}


def schema(dca):
    """The JSON Schema of `dca`, with our parameters and without the limit orders, which would rest when the price has risen again."""
    properties = {name: value for name, value in dca["properties"].items() if name not in ("order", "limit_offset_bps")}
    return {**dca, "required": [*dca["required"], "average"], "properties": {**properties, **OURS}}


def faults(params):
    """What is wrong with our parameters: (field, message) each."""
    found = []
    average, candle = params.get("average"), params.get("interval", 60)
    if type(average) is not int or not 2 <= average <= MOST_CANDLES:
        found.append(("params.average", f"must be 2 to {MOST_CANDLES}"))
    if type(candle) is not int or candle not in INTERVALS:
        found.append(("params.interval", f"must be one of {', '.join(map(str, INTERVALS))}"))
    if params.get("order", "market") != "market":
        found.append(("params.order", "must be market"))
    return found


def interval(params):
    """Minutes of the candles that are looked at."""
    return params.get("interval", 60)


def decide(situation, dca):
    """The decision of `dca` where the price is below the average, else the same without its purchase."""
    decision = dca(situation)
    if not any("place" in action for action in decision["actions"]):
        return decision
    count = situation["params"]["average"]
    closes = [Decimal(candle["close"]) for candle in situation["candles"][-count:]]
    average = sum(closes) / len(closes) if len(closes) == count else None
    decision["signal"]["average"] = average and str(round(average, 10))
    if average is not None and Decimal(situation["ask"]) < average:
        return decision
    decision["actions"] = [action for action in decision["actions"] if "place" not in action]
    decision["skip"] = "no_signal" if average is None else "price_guard"
    return decision
