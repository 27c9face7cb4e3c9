"""ccxt, krakenex, python-kraken-sdk and typed-kraken against the simulator. The checks live beside the simulator."""

import os
import sys
from pathlib import Path

clients = Path(os.environ["SPINDLE_ROOT"]) / "runtime-tests" / "kraken-simulator" / "interop" / "clients.py"
os.execv(sys.executable, [sys.executable, "-u", str(clients), os.environ["SPINDLE_SIMULATOR_URL"]])
