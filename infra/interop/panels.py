"""Draws a Grafana dashboard as a page of its own: its panels where it puts them, with what a Prometheus answers. Not Grafana, which no
package registry has: lines, numbers and tables only, which is all that ours have.
"""

import html
import math
import re
import time

COLOURS = ["#73bf69", "#5794f2", "#f2cc0c", "#ff780a", "#f2495c", "#b877d9", "#8ab8ff", "#96d98d", "#ffb357", "#c0d8ff"]
NAMED = {"green": "#73bf69", "orange": "#ff9830", "red": "#f2495c", "yellow": "#fade2a"}
WIDTH, CELL, GAP = 1600, 34, 8
STYLE = """body { margin: 0; background: #111217; color: #d8d9da; font: 12px sans-serif } h1 { font-size: 18px; margin: 0; padding: 12px 8px 6px }
h1 small { color: #8e8e8e; font-weight: normal; font-size: 12px } .panel { position: absolute; background: #181b1f; border: 1px solid #2c3035; box-sizing: border-box;
overflow: hidden; padding: 6px 8px } .row { position: absolute; font-size: 14px; font-weight: bold; padding: 8px 0 0 4px } h2 { font-size: 13px; margin: 0 0 4px }
.big { font-size: 34px; text-align: center; padding-top: 12px } .none { color: #8e8e8e; text-align: center; padding-top: 20px } .key { display: inline-block; margin-right: 10px;
white-space: nowrap } table { border-collapse: collapse; width: 100% } td, th { text-align: left; border-bottom: 1px solid #2c3035; padding: 2px 6px }"""


def shown(value, unit):
    """A figure with its unit, as short as Grafana has it."""
    if math.isnan(value):
        return "–"
    if unit == "percentunit":
        return f"{100 * value:.3g} %"
    if unit == "bytes":
        step = min(4, max(0, int(math.log(max(abs(value), 1), 1024))))
        return f"{value / 1024 ** step:.3g} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[step]}"
    if unit in ("ms", "s"):
        seconds = value / 1000 if unit == "ms" else value
        if abs(seconds) < 1:
            return f"{1000 * seconds:.3g} ms"
        return f"{seconds:.3g} s" if abs(seconds) < 120 else f"{seconds / 60:.3g} min" if abs(seconds) < 7200 else f"{seconds / 3600:.3g} h"
    short = f"{value:.3g}" if abs(value) < 1000 else f"{value / 1000:.3g} k" if abs(value) < 1e6 else f"{value / 1e6:.3g} M"
    return f"{short}/s" if unit == "reqps" else short


def legend(form, labels):
    """The name of a line."""
    if form:
        return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda name: labels.get(name[1], ""), form)
    return ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__") or labels.get("__name__", "value")


def chart(lines, unit, stacked, begin, end, width, height):
    """Lines over time as SVG; `lines` are (name, [(time, value)])."""
    left, bottom = 56, 16
    if stacked:
        below, raised = {}, []
        for name, points in lines:
            points = [(at, below.get(at, 0.0) + value) for at, value in points if not math.isnan(value)]
            below.update(points)
            raised.append((name, points))
        lines = raised
    values = [value for _, points in lines for _, value in points if math.isfinite(value)]
    top = max(values, default=1.0) or 1.0
    low = min(0.0, min(values, default=0.0))

    def x(at):
        return left + (at - begin) / max(end - begin, 1) * (width - left - 4)

    def y(value):
        return height - bottom - (value - low) / (top - low) * (height - bottom - 6)

    parts = [f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}">']
    for part in range(5):
        value = low + (top - low) * part / 4
        parts.append(f'<line x1="{left}" x2="{width - 4}" y1="{y(value):.1f}" y2="{y(value):.1f}" stroke="#2c3035"/>'
                     f'<text x="{left - 4}" y="{y(value) + 4:.1f}" text-anchor="end" font-size="10" fill="#8e8e8e">{html.escape(shown(value, unit))}</text>')
        at = begin + (end - begin) * part / 4
        parts.append(f'<text x="{x(at):.1f}" y="{height - 3}" text-anchor="{"end" if part == 4 else "middle" if part else "start"}" font-size="10" fill="#8e8e8e">'
                     f'{time.strftime("%H:%M:%S", time.gmtime(at))}</text>')
    for index, (_, points) in enumerate(lines):
        finite = [(at, value) for at, value in points if math.isfinite(value)]
        path = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in finite)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[index % len(COLOURS)]}" stroke-width="1.4"/>')
    return "".join(parts) + "</svg>"


def body(panel, prometheus, begin, end, width, height):
    """What is in a panel; None where nothing answers."""
    defaults = panel["fieldConfig"]["defaults"]
    unit = defaults.get("unit", "short")
    questions = [(target, re.sub(r"\$\w+", ".*", target["expr"])) for target in panel["targets"]]
    if panel["type"] == "timeseries":
        lines = []
        for target, expression in questions:
            for labels, points in prometheus.over_time(expression, begin, end):
                lines.append((legend(target["legendFormat"], labels), points))
        lines = [line for line in lines if any(math.isfinite(value) for _, value in line[1])]
        if not lines:
            return None
        lines.sort(key=lambda line: -max(value for _, value in line[1] if math.isfinite(value)))
        stacked = defaults.get("custom", {}).get("stacking", {}).get("mode") == "normal"
        keys = "".join(f'<span class="key"><span style="color: {COLOURS[index % len(COLOURS)]}">━</span> {html.escape(name)} {html.escape(shown(points[-1][1], unit))}</span>'
                       for index, (name, points) in enumerate(lines[:8]))
        keys += f"and {len(lines) - 8} more" if len(lines) > 8 else ""
        return chart(lines, unit, stacked, begin, end, width, height - 34) + f"<div>{keys}</div>"
    found = [(labels, value) for _, expression in questions for labels, value in prometheus.at(expression, end)]
    if not found:
        return None
    if panel["type"] == "stat":
        value = found[0][1]
        steps = [step for step in defaults.get("thresholds", {}).get("steps", []) if step["value"] is None or value >= step["value"]]
        colour = NAMED.get(steps[-1]["color"], "#d8d9da") if steps else "#d8d9da"
        return f'<div class="big" style="color: {colour}">{html.escape(shown(value, unit))}</div>'
    rows = "".join(f"<tr><td>{html.escape(legend('', labels))}</td><td>{html.escape(shown(value, unit))}</td></tr>" for labels, value in found[:10])
    return f"<table>{rows}</table>"


def page(dashboard, prometheus, begin, end, about):
    """The page, and the titles of panels that nothing answers."""
    parts, empty = [], []
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        left, top = place["x"] * WIDTH / 24, 48 + place["y"] * CELL
        width, height = place["w"] * WIDTH / 24 - GAP, place["h"] * CELL - GAP
        box = f"left: {left + GAP / 2:.0f}px; top: {top:.0f}px; width: {width:.0f}px; height: {height:.0f}px"
        if panel["type"] == "row":
            parts.append(f'<div class="row" style="{box}">{html.escape(panel["title"])}</div>')
            continue
        inner = body(panel, prometheus, begin, end, width - 18, height - 36)
        if inner is None:
            empty.append(panel["title"])
            inner = '<div class="none">nothing answers here</div>'
        parts.append(f'<div class="panel" style="{box}"><h2>{html.escape(panel["title"])}</h2>{inner}</div>')
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"]) * CELL + 60
    text = (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(dashboard["title"])}</title><style>{STYLE}</style>'
            f'<body style="width: {WIDTH}px; height: {bottom}px; position: relative"><h1>{html.escape(dashboard["title"])} <small>{html.escape(about)}</small></h1>{"".join(parts)}</body></html>\n')
    return text, empty
