"""Other people's Kraken clients against the simulator: what they accept, Kraken's own answers look like.

    pip install ccxt krakenex python-kraken-sdk typed-kraken
    python clients.py http://127.0.0.1:PORT

typed-kraken checks every answer against types generated from Kraken's documentation.
"""

import asyncio
import json
import sys
import urllib.request
from decimal import Decimal

import ccxt
import krakenex
from kraken.exceptions import KrakenPermissionDeniedError
from kraken.spot import Market, Trade, User
from typed_core.http import HttpClient
from typed_kraken.core.auth import resolve_credentials
from typed_kraken.core.transport.http import HttpRpcClient
from typed_kraken.spot import Spot

BASE = sys.argv[1].rstrip("/")
READ_AND_TRADE = [
    "query-funds", "query-open-trades", "query-closed-trades", "modify-trades", "close-trades", "create-ws-token",
]


def control(path, **body):
    request = urllib.request.Request(f"{BASE}/__sim/{path}", data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def key(permissions=READ_AND_TRADE):
    issued = control("account", tier="pro", keys=[{"permissions": list(permissions)}])
    return issued["api_key"], issued["api_secret"]


def check(what, holds):
    if not holds:
        raise SystemExit(f"FAILED: {what}")
    print(f"ok  {what}")


def with_krakenex():
    api = krakenex.API(*key())
    api.uri = BASE
    check("krakenex reads the time", api.query_public("Time")["error"] == [])
    check("krakenex reads the balance", Decimal(api.query_private("Balance")["result"]["ZUSD"]) == 10_000)
    order = dict(pair="XBTUSD", type="buy", ordertype="limit", price="20000", volume="0.01")
    placed = api.query_private("AddOrder", order)
    check("krakenex places an order", len(placed["result"]["txid"]) == 1)
    canceled = api.query_private("CancelOrder", {"txid": placed["result"]["txid"][0]})
    check("krakenex cancels it", canceled["result"]["count"] == 1)


def with_ccxt():
    control("pair", base="CCX", quote="ZUSD", bid="99", ask="100", ordermin="0.01")
    api_key, secret = key()
    exchange = ccxt.kraken({"apiKey": api_key, "secret": secret, "rateLimit": 1})
    for kind in ("public", "private"):
        exchange.urls["api"][kind] = BASE
    exchange.load_markets()
    check("ccxt loads the markets", "BTC/USD" in exchange.symbols and "CCX/USD" in exchange.symbols)
    check("ccxt reads a ticker", exchange.fetch_ticker("BTC/USD")["bid"] == 30_000)
    check("ccxt reads candles", len(exchange.fetch_ohlcv("BTC/USD", "1h")) == 720)
    order = exchange.create_order("CCX/USD", "limit", "buy", 1, 90)
    check("ccxt sees its order open", [o["id"] for o in exchange.fetch_open_orders("CCX/USD")] == [order["id"]])
    check("ccxt sees funds held", exchange.fetch_balance()["USD"]["used"] == 90.36)
    control("price", pair="CCX/USD", bid="88", ask="89")
    mine = exchange.fetch_my_trades("CCX/USD")
    check("ccxt sees the fill as maker", [(t["order"], t["takerOrMaker"]) for t in mine] == [(order["id"], "maker")])
    check("ccxt sees the order closed", exchange.fetch_order(order["id"])["status"] == "closed")
    market = exchange.create_order("CCX/USD", "market", "sell", 1)
    check("ccxt sells at market", exchange.fetch_order(market["id"])["filled"] == 1)
    second = exchange.create_order("CCX/USD", "limit", "buy", 1, 50)
    exchange.cancel_order(second["id"])
    check("ccxt cancels", exchange.fetch_order(second["id"])["status"] == "canceled")
    for amount, error in ((100_000, ccxt.InsufficientFunds), (0.001, ccxt.InvalidOrder)):
        try:
            exchange.create_order("CCX/USD", "limit", "buy", amount, 80)
            check(f"ccxt is refused with {error.__name__}", False)
        except error:
            check(f"ccxt is refused with {error.__name__}", True)


def with_python_kraken_sdk():
    credentials = dict(zip(("key", "secret"), key()))
    check("python-kraken-sdk reads a ticker", "XXBTZUSD" in Market(url=BASE).get_ticker(pair="XBTUSD"))
    check("python-kraken-sdk reads balances", "ZUSD" in User(**credentials, url=BASE).get_account_balance())
    # It always sends validate, "False" too, which the simulator reads as Kraken's old interface did: nothing is placed.
    order = dict(ordertype="limit", side="buy", pair="XBTUSD", volume="0.01", price="20000")
    check("python-kraken-sdk validates an order", "descr" in Trade(**credentials, url=BASE).create_order(**order))
    blind = dict(zip(("key", "secret"), key(["query-open-trades"])))
    try:
        User(**blind, url=BASE).get_account_balance()
        check("python-kraken-sdk is denied", False)
    except KrakenPermissionDeniedError:
        check("python-kraken-sdk is denied", True)


async def with_typed_kraken():
    # A pair of its own keeps the book as these checks leave it.
    control("pair", base="TYP", quote="ZUSD", bid="99", ask="100", ordermin="0.01")
    credentials = resolve_credentials(*key(), public=False)
    async with HttpRpcClient(base_url=BASE, credentials=credentials, validate=True, http=HttpClient()) as client:
        spot = Spot(client=client)
        reads = [
            ("time", spot.market_data.time()),
            ("system status", spot.market_data.system_status()),
            ("assets", spot.market_data.assets()),
            ("pairs", spot.market_data.asset_pairs()),
            ("ticker", spot.market_data.ticker(pair="XBTUSD")),
            ("candles", spot.market_data.ohlc(pair="XBTUSD", interval=60)),
            ("depth", spot.market_data.depth(pair="XBTUSD")),
        ]
        for what, read in reads:
            await read
            check(f"typed-kraken accepts {what}", True)
        bought = await spot.trading.add_order(
            {"pair": "TYPUSD", "type": "buy", "ordertype": "market", "volume": "1"}
        )
        resting = await spot.trading.add_order(
            {"pair": "TYPUSD", "type": "buy", "ordertype": "limit", "price": "50", "volume": "1", "cl_ord_id": "typed"}
        )
        check("typed-kraken places orders", len(bought["txid"]) == len(resting["txid"]) == 1)
        reads = [
            ("key info", spot.account.api_key_info()),
            ("balance", spot.account.balance()),
            ("extended balance", spot.account.balance_ex()),
            ("trade balance", spot.account.trade_balance()),
            ("open orders", spot.account.open_orders(trades=True)),
            ("closed orders", spot.account.closed_orders(trades=True)),
            ("queried orders", spot.account.query_orders(txid=f"{bought['txid'][0]},{resting['txid'][0]}")),
            ("trades", spot.account.trades_history()),
            ("web socket token", spot.trading.get_websockets_token()),
        ]
        for what, read in reads:
            await read
            check(f"typed-kraken accepts {what}", True)
        canceled = await spot.trading.cancel_order(cl_ord_id="typed")
        check("typed-kraken cancels", canceled["count"] == 1)


with_krakenex()
with_ccxt()
with_python_kraken_sdk()
asyncio.run(with_typed_kraken())
print("all of them agree")
