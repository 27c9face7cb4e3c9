"""What a Prometheus answers."""

import json
import urllib.parse
import urllib.request


class Prometheus:
    """One that answers at this address."""

    def __init__(self, address):
        self.address = address

    def ask(self, way, **words):
        with urllib.request.urlopen(f"{self.address}/api/v1/{way}?{urllib.parse.urlencode(words)}", timeout=60) as answer:
            return json.load(answer)["data"]["result"]

    def at(self, expression, moment):
        """Labels and value of each series."""
        return [(item["metric"], float(item["value"][1])) for item in self.ask("query", query=expression, time=moment)]

    def over_time(self, expression, begin, end):
        """Labels of each series, and its values with their times."""
        step = max(1, round((end - begin) / 240))
        found = self.ask("query_range", query=expression, start=begin, end=end, step=step)
        return [(item["metric"], [(float(at), float(value)) for at, value in item["values"]]) for item in found]
