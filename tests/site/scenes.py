"""The marks that a live chart's data call for: its tables filtered here anew, to hold its scene against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

COUNT = """name => miFigures[name].panels.map(panel => {
    const found = {};
    const walk = mark => {
        if (mark.role === "mark" && mark.marktype !== "group") {
            found[mark.name] = (found[mark.name] || 0) + mark.items.length;
        }
        if (mark.marktype === "group") mark.items.forEach(group => group.items.forEach(walk));
    };
    walk(panel.view.scenegraph().root);
    return [panel.number, found];
})"""
_EQUALS = re.compile(r'datum\["(\w[^"]*)"\] === (\w+)')
_OR_ALL = re.compile(r'\((\w+) === null \|\| datum\["([^"]+)"\] === \1\)')
_AMONG = re.compile(r'indexof\((\w+), datum\["([^"]+)"\]\) >= 0')
Row = dict[str, Any]


def passes(step: Row, row: Row, state: Row) -> bool | None:
    """Evaluate a step of a chart's data: one of `charts.where`'s conditions, or a column more; None of all else."""
    if "calculate" in step:
        return True
    text = step.get("filter")
    named = re.search(r'datum\["([^"]+)"\]', text) if isinstance(text, str) else None
    if named is None or named[1] not in row:
        return None
    if match := _EQUALS.fullmatch(text):
        return row[match[1]] == state[match[2]]
    if match := _OR_ALL.fullmatch(text):
        return state[match[1]] is None or row[match[2]] == state[match[1]]
    if match := _AMONG.fullmatch(text):
        return row[match[2]] in state[match[1]]
    return None


def expected(panel: Row, state: Row, tables: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the name of each layer's marks and how many there should be, where only such conditions choose rows."""
    spec = panel["spec"]
    layers = spec.get("layer", [spec])
    for number, layer in enumerate(layers):
        name = f"layer_{number}_marks" if "layer" in spec else "marks"
        steps = spec.get("transform", []) + (layer.get("transform", []) if "layer" in spec else [])
        data = layer.get("data", spec.get("data"))
        table = tables[data["name"]]
        rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
        judged = [[passes(step, row, state) for step in steps] for row in rows]
        kind = layer["mark"]["type"]
        if kind == "area" or any(None in verdicts for verdicts in judged):
            continue
        yield name, sum(all(verdicts) for verdicts in judged)
