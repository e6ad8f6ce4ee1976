"""Panels that follow the state: which rows show at first, tiles read back, refusals."""

from __future__ import annotations

import io
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageColor

from mnist_interp import charts
from mnist_interp.charts import follow, palette

ROWS = pd.DataFrame({"unit": [0, 1, 2], "text": ["**zero** < one", "one", "two"], "label": ["a", "b", "c"]})


def _figure(panel: object) -> str:
    options = {"first": 0, "second": 1, "third": 2}
    return charts.figure(
        panel,
        name="follow",
        caption="Which.",
        description="Rows.",
        controls=[charts.Choose("unit", options, initial=1)],
    ).html


def test_a_note_shows_the_chosen_row_alone() -> None:
    html = _figure(charts.Note(ROWS, text="text", filters={"unit": "unit"}))
    found = [(rows, bool(hidden)) for rows, hidden in re.findall(r'<p data-rows="([\d ]+)"( hidden)?>', html)]
    assert found == [("0", True), ("1", False), ("2", True)]
    assert "<strong>zero</strong> &lt; one" in html
    assert '"kind":"note"' in html


def test_a_sentence_of_several_rows_stands_in_the_page_once() -> None:
    frame = pd.concat([ROWS, ROWS.assign(unit=ROWS["unit"] + 1)], ignore_index=True)
    html = _figure(charts.Note(frame, text="text", filters={"unit": "unit"}))
    found = [(rows, bool(hidden)) for rows, hidden in re.findall(r'<p data-rows="([\d ]+)"( hidden)?>', html)]
    assert found == [("0 3", False), ("1 4", False), ("2 5", True)]


def test_pictures_are_named_and_read_back() -> None:
    arrays = np.zeros((3, 28, 28))
    arrays[1, 0, 0], arrays[1, 0, 1] = 2.0, -2.0
    panel = charts.Pictures(arrays, ROWS, title="Maps", filters={"unit": "unit"})
    html = _figure(panel)
    assert re.findall(r'aria-label="(Maps: .)" style="--c:(\d);--r:0"', html) == [("Maps: b", "1")]
    sheet = Image.open(io.BytesIO(follow.signed_sheet(arrays))).convert("RGB")
    assert sheet.size == (32 * 28, 28)
    for place, step in {(28, 0): 8, (29, 0): 0, (30, 0): 4, (0, 0): 4}.items():
        assert sheet.getpixel(place) == ImageColor.getrgb(palette.DIVERGING[step].light)


def test_pictures_of_ink_are_digits_and_read_back() -> None:
    arrays = np.zeros((3, 28, 28))
    arrays[1, 0, 0] = 1
    panel = charts.Pictures(arrays, ROWS, title="Maps", filters={"unit": "unit"}, ink=True)
    html = _figure(panel)
    assert re.findall(r'<li><span class="([\w-]+)"', html) == ["mi-digit"]
    sheet = Image.open(io.BytesIO(panel.picture())).convert("RGBA")
    assert sheet.size == (32 * 28, 28)
    assert [sheet.getpixel((column, 0))[3] for column in (28, 29)] == [255, 0]
    with pytest.raises(ValueError, match=r"ink reaches from 0 to 2: expected \[0, 1\]"):
        charts.Pictures(2 * arrays, ROWS, title="Maps", filters={"unit": "unit"}, ink=True)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks nothing"):
        charts.Note(ROWS, text="nothing")
    with pytest.raises(ValueError, match="lacks place"):
        charts.Pictures(np.zeros((3, 2, 2)), ROWS, title="", filters={"place": "unit"})
    with pytest.raises(ValueError, match=r"shape \(2, 28, 28\) and 3 rows"):
        charts.Pictures(np.zeros((2, 28, 28)), ROWS, title="")
