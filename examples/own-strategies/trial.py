"""A backtest of decisions that only ever buy at the market, by the rules of the built-in one: a purchase is carried out at the next
candle's opening, with the taker's fee, and is cut to the cash that there is."""

from decimal import ROUND_DOWN, Decimal
from math import sqrt

POINTS = 500
SECONDS_OF_A_YEAR = 31_557_600


def run(trial, window, decide):
    """A `Report` for a `Trial`; `window` is how many candles `decide` wants to see of those that are over."""
    rules, candles, funds = trial["rules"], trial["candles"], Decimal(trial["funds"])
    if len(candles) < 2 or any(one["start"] >= two["start"] for one, two in zip(candles, candles[1:])):
        raise ValueError("candles: two or more are needed, oldest first")
    length = candles[1]["start"] - candles[0]["start"]
    cash, base, spent = funds, Decimal(0), Decimal(0)
    waiting, slots, trades, curve, memory = [], set(), [], [], None
    stopped = False
    for index, candle in enumerate(candles):
        for placement in waiting:
            trade = bought(rules, candle, Decimal(placement["volume"]), cash)
            if trade:
                cash -= trade["cost"] + trade["fee"]
                base += trade["volume"]
                spent += trade["cost"] + trade["fee"]
                trades.append(trade)
        waiting = []
        curve.append((candle["start"], cash + base * Decimal(candle["close"])))
        if stopped:
            continue
        decision = decide({
            "params": trial["params"], "rules": rules, "bid": candle["close"], "ask": candle["close"],
            "candles": candles[max(0, index + 1 - window):index + 1], "position": {"base": str(base), "cost": str(spent)},
            "funds": str(cash), "orders": [], "memory": memory, "now": (candle["start"] + length) * 1000,
            "started_at": candles[0]["start"] * 1000, "generation": 1, "every": length, "manual": False, "paused": False,
        })
        memory = decision["memory"]
        if decision["slot"] in slots:
            continue
        slots.add(decision["slot"])
        waiting = [action["place"] for action in decision["actions"] if "place" in action]
        stopped = decision["stop"] is not None
    return report(candles, funds, length, trades, curve)


def bought(rules, candle, volume, cash):
    """The purchase that there is money for; none if that is nothing."""
    price, rate = Decimal(candle["open"]), Decimal(rules["taker_fee"])
    volume = min(volume, floor(cash / (1 + rate) / price, rules["volume_decimals"]))
    if volume <= 0:
        return None
    cost = round(price * volume, 10)
    return {"at": candle["start"], "side": "buy", "price": price, "volume": volume, "cost": cost, "fee": round(cost * rate, 10), "gain": None}


def floor(value, decimals):
    """Rounded down, as the exchange takes it."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN)


def report(candles, funds, length, trades, curve):
    """The document of the type `Report`. Nothing was sold, so nothing is realised."""
    final, first, last = curve[-1][1], Decimal(candles[0]["open"]), Decimal(candles[-1]["close"])
    step = max(1, -(-len(curve) // POINTS))
    points = curve[::step]
    points[-1] = curve[-1]
    return {
        "candles": len(candles),
        "trades": [{name: str(value) if isinstance(value, Decimal) else value for name, value in trade.items()} for trade in trades],
        "equity": [{"at": at, "equity": str(equity)} for at, equity in points],
        "final_equity": str(final),
        "profit": str(final - funds),
        "realized": "0",
        "fees": str(sum((trade["fee"] for trade in trades), Decimal(0))),
        "max_drawdown": str(drawdown([equity for _, equity in curve])),
        "sharpe": sharpe([float(equity) for _, equity in curve], length),
        "win_rate": None,
        "buy_and_hold": str(round(funds * (last / first - 1), 10)),
    }


def drawdown(values):
    """Largest fall from a peak, as a fraction of the peak."""
    peak = worst = Decimal(0)
    for value in values:
        peak = max(peak, value)
        if peak > 0:
            worst = max(worst, (peak - value) / peak)
    return round(worst, 8)


def sharpe(values, length):
    """Mean over deviation of the returns, scaled to a year; none where equity never moved."""
    returns = [two / one - 1 for one, two in zip(values, values[1:]) if one > 0]
    if len(returns) < 2:
        return None
    mean = sum(returns) / len(returns)
    deviation = sqrt(sum((value - mean) ** 2 for value in returns) / (len(returns) - 1))
    return mean / deviation * sqrt(SECONDS_OF_A_YEAR / length) if deviation > 0 else None
