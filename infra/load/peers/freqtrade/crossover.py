"""The rules of `sma-crossover` as a strategy of freqtrade: averages of 20 and 100 hours."""

from freqtrade.strategy import IStrategy


class Crossover(IStrategy):
    """Buys where the fast average crosses the slow one upwards, sells where it crosses back."""

    INTERFACE_VERSION = 3
    timeframe = "1h"
    minimal_roi = {"0": 1000}
    stoploss = -0.99
    startup_candle_count = 101

    def populate_indicators(self, dataframe, metadata):
        dataframe["fast"] = dataframe["close"].rolling(20).mean()
        dataframe["slow"] = dataframe["close"].rolling(100).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        above, was_above = dataframe["fast"] > dataframe["slow"], dataframe["fast"].shift(1) > dataframe["slow"].shift(1)
        dataframe.loc[above & ~was_above, "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        below, was_below = dataframe["fast"] < dataframe["slow"], dataframe["fast"].shift(1) < dataframe["slow"].shift(1)
        dataframe.loc[below & ~was_below, "exit_long"] = 1
        return dataframe
