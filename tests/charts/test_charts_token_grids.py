"""Grids of tokens: the outline against the pixels, and what each cell says, in a browser."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from figures_page import readings

from mnist_interp import charts

INK = pd.DataFrame({"ink": [charts.outline(np.eye(28))]})


def _filled(path: str, side: int) -> np.ndarray:
    """Paint the rectangles of an outline, by their middles."""
    painted = np.zeros((side, side), bool)
    for x, y, width in re.findall(r"M([-\d.]+),([-\d.]+)h([\d.]+)v", path):
        row, start, count = (round(float(value) * side / 2) for value in (y, x, width))
        painted[row + side // 2, start + side // 2 : start + side // 2 + count] = True
    return painted


def test_an_outline_fills_the_inked_pixels_and_no_others() -> None:
    pixels = np.random.default_rng(0).random((28, 28))
    np.testing.assert_array_equal(_filled(charts.outline(pixels), 28), pixels > 0.35)
    assert charts.outline(np.zeros((28, 28))) == ""


def test_tokens_are_named_row_by_row() -> None:
    names = [charts.token_name(token) for token in range(17)]
    assert names[0] == "class token"
    assert names[1] == "patch in row 1, column 1"
    assert names[7] == "patch in row 2, column 3"
    assert len(set(names)) == 17


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="no column 16"):
        charts.token_grids(readings().drop(columns="16"), INK, reading=("token", "way"))
    with pytest.raises(ValueError, match="no column share"):
        charts.token_grids(readings(), INK, value="share")


def test_readers_and_read_are_told_apart_in_the_browser(visit: Any) -> None:
    opened = visit("token-grids")
    told = """(name) => { const found = [];
        miFigures[name].panels[0].hand.all().forEach((t) => found.push([t.item.datum.token, t.item.datum.share]));
        return found; }"""
    readers = dict(map(tuple, opened.page.evaluate(told, "token-grids")))
    assert readers == {reader: reader for reader in range(17)}
    opened.page.evaluate("miFigures['token-grids'].state.set({ way: 'read', token: 5 })")
    opened.settle("token-grids")
    read = dict(map(tuple, opened.page.evaluate(told, "token-grids")))
    assert read == {token: 5 * (token == 3) for token in range(17)}
    x, y = opened.center("token-grids", 11)
    opened.page.mouse.click(x, y)
    opened.settle("token-grids")
    assert opened.state("token-grids", "token") == 11
    assert opened.said == []
