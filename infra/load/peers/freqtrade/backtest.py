"""freqtrade's backtest of a crossover of two averages over the closes on stdin, one a line: how long it took, and what it traded.

Asks nobody: its exchange is told what Kraken's market is. Only the backtest itself counts, without imports, files and the report.
"""

import contextlib
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

import pandas
from freqtrade.commands.optimize_commands import setup_optimize_configuration
from freqtrade.data.history import get_datahandler
from freqtrade.enums import CandleType, RunMode
from freqtrade.exchange.exchange import Exchange
from freqtrade.optimize.backtesting import Backtesting

HERE = Path(__file__).resolve().parent
PAIR, HOUR, BEGIN = "BTC/USD", 3600, 1_500_000_000 // 3600 * 3600
MARKET = {
    "id": "XXBTZUSD", "symbol": PAIR, "base": "BTC", "quote": "USD", "active": True, "spot": True, "margin": False, "swap": False, "future": False,
    "option": False, "contract": False, "type": "spot", "linear": None, "inverse": None, "settle": None, "contractSize": None, "taker": 0.004,
    "maker": 0.0025, "precision": {"amount": 1e-8, "price": 0.1}, "info": {},
    "limits": {"amount": {"min": 0.0001, "max": None}, "cost": {"min": 0.5, "max": None}, "price": {"min": None, "max": None}, "leverage": {"min": None, "max": None}},
}


def told(exchange, force=False, *, load_leverage_tiers=True):
    """In place of asking for the markets."""
    exchange._markets = {PAIR: MARKET}
    exchange._api.set_markets({PAIR: MARKET})
    exchange._api_async.set_markets({PAIR: MARKET})
    exchange._last_markets_refresh = time.time() * 1000


def candles(closes):
    """Each opens where the one before has closed."""
    frame = pandas.DataFrame({"close": closes})
    frame["open"] = frame["close"].shift(1).fillna(frame["close"])
    frame["high"] = frame[["open", "close"]].max(axis=1)
    frame["low"] = frame[["open", "close"]].min(axis=1)
    frame["volume"] = 1.0
    frame["date"] = pandas.to_datetime(BEGIN + HOUR * pandas.RangeIndex(len(closes)), unit="s", utc=True)
    return frame[["date", "open", "high", "low", "close", "volume"]]


def main():
    Exchange.reload_markets = told
    closes = [float(line) for line in sys.stdin]
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(sys.stderr):
        data = Path(scratch, "data")
        data.mkdir()
        get_datahandler(data, "feather").ohlcv_store(PAIR, "1h", candles(closes), CandleType.SPOT)
        config = Path(scratch, "config.json")
        config.write_text(json.dumps({
            "exchange": {"name": "kraken", "pair_whitelist": [PAIR], "pair_blacklist": []}, "pairlists": [{"method": "StaticPairList"}],
            "stake_currency": "USD", "stake_amount": 50, "dry_run": True, "dry_run_wallet": 10_000, "max_open_trades": 1, "timeframe": "1h",
            "trading_mode": "spot", "entry_pricing": {"price_side": "same"}, "exit_pricing": {"price_side": "same"},
        }))
        words = {
            "config": [str(config)], "strategy": "Crossover", "strategy_path": str(HERE), "datadir": str(data), "user_data_dir": scratch,
            "fee": 0.004, "export": "none", "backtest_cache": "none", "dataformat_ohlcv": "feather",
        }
        backtesting = Backtesting(setup_optimize_configuration(words, RunMode.BACKTEST))
        loaded, span = backtesting.load_bt_data()
        begun = time.perf_counter()
        backtesting.backtest_one_strategy(backtesting.strategylist[0], loaded, span)
        took = time.perf_counter() - begun
        trades = len(backtesting.all_bt_content["Crossover"]["results"])
    print(json.dumps({"seconds": took, "trades": trades}))


logging.disable(logging.WARNING)
main()
