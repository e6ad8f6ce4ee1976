"""Cells read like sentences: short lines, few of them, and names in place of positions."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.pages.collect import cells_of
from tests.places import BOOK

LINES, COLUMNS = 12, 100


def _lines(source: str) -> list[str]:
    return [line for line in source.splitlines() if line.strip() and not line.startswith(":")]


def positions(source: str) -> list[str]:
    """Return the subscripts that say where something is by counting: in several axes, computed, or looked up."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
            by_axis = any(isinstance(part, ast.Constant | ast.Slice | ast.UnaryOp) for part in parts)
            counts = any(isinstance(part, ast.Constant) and isinstance(part.value, int) for part in parts)
            sliced = any(isinstance(part, ast.Slice | ast.UnaryOp) for part in parts)
            computed = any(isinstance(part, ast.BinOp) for part in ast.walk(node.slice))
            if (by_axis and (counts or sliced)) or computed:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "index":
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("page", sorted(BOOK.glob("*.md")), ids=lambda page: page.stem)
def test_cells_read_like_sentences(page: Path) -> None:
    faults = []
    for line, cell in cells_of(page.read_text(encoding="utf-8")):
        lines = _lines(cell.source)
        if len(lines) > LINES:
            faults.append(f"line {line}: {len(lines)} lines")
        faults += [f"line {line}: {len(one)} columns: {one.strip()[:60]}" for one in lines if len(one) > COLUMNS]
        faults += [f"line {line}: position {one}" for one in positions(cell.source)]
    assert faults == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("lost[0, 0, 2]", ["lost[0, 0, 2]"]),
        ("lost[:, units]", ["lost[:, units]"]),
        ("lost[32 + n]", ["lost[32 + n]"]),
        ("names.index('zero')", ["names.index('zero')"]),
        ("lost.sel(reference='zero', unit=0)", []),
        ("table.loc['zero', 'lost']", []),
        ("population[0], places[-1], names[:2], found['lost']", []),
    ],
)
def test_positions_are_found(source: str, found: list[str]) -> None:
    assert positions(source) == found
