"""Builders for clouds of points: rings around digits, shading by a number, a landscape with named places."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from figures_page import projection

from mnist_interp import charts

TEXT = {"caption": "Some.", "description": "Some."}
RINGS = pd.DataFrame({"point": [3, 3, 7], "x": [0.0, 1.0, 2.0], "y": [0.5, 0.25, 0.0]})


def cells() -> pd.DataFrame:
    return pd.DataFrame({"s": [0.0, 0.1], "s2": [0.1, 0.2], "a": [0.2, 0.4], "a2": [0.4, 0.6], "count": [3, 40]})


def places() -> pd.DataFrame:
    return pd.DataFrame({"s": [0.05, 0.35], "a": [0.3, 0.1], "name": ["good", "poor"], "short": ["g", "p"]})


def landscape() -> object:
    titles = {"x_title": "s", "y_title": "a", "count_title": "fives", "named_title": "five"}
    return charts.landscape(cells(), places(), x="s", y="a", name="name", short="short", selected="five", **titles)


def spec(figure: charts.Figure) -> dict:
    start = figure.html.index('class="mi-spec">') + len('class="mi-spec">')
    return json.loads(figure.html[start : figure.html.index("</script>", start)])


def test_rings_are_filtered_by_the_tapped_point_and_share_the_scales() -> None:
    chart = charts.glyphs(projection(), x="x", y="y", ringed=RINGS, ringed_where=charts.where.equals("point", "point"))
    figure = charts.figure(chart, name="rings", taps=[charts.Tap(0, {"image": "point"}, initial={"point": 3})], **TEXT)
    dots, rings = spec(figure)["panels"][0]["spec"]["layer"]
    assert rings["transform"] == [{"filter": 'datum["point"] === point'}]
    assert rings["encoding"]["x"]["scale"] == dots["encoding"]["x"]["scale"]
    assert rings["encoding"]["y"]["scale"] == dots["encoding"]["y"]["scale"]
    assert figure.payloads[rings["data"]["name"]].columns["point"] == [3, 3, 7]


def test_without_rings_digits_are_one_layer() -> None:
    assert "layer" not in charts.glyphs(projection(), x="x", y="y").to_dict()


def test_shading_follows_the_number_in_nine_steps_and_brings_its_key() -> None:
    frame = projection().query("epoch == 4").assign(rank=lambda rows: np.arange(len(rows)))
    chart = charts.shaded(frame, x="x", y="y", value="rank", value_title="rank").to_dict()
    color = chart["encoding"]["color"]
    assert color["field"] == "rank"
    assert color["scale"]["domain"] == [0.0, float(len(frame))]  # round numbers about 0 and 119
    assert len(color["scale"]["range"]) == 9
    assert chart["usermeta"]["mi"]["ramp"]["title"] == "rank"


def test_a_landscape_holds_cells_and_places_within_its_axes() -> None:
    ground, disks, words = landscape().to_dict()["layer"]
    assert (ground["encoding"]["x2"]["field"], ground["encoding"]["y2"]["field"]) == ("s2", "a2")
    low, high = disks["encoding"]["x"]["scale"]["domain"]
    assert low < 0 < 0.35 < high
    assert words["encoding"]["text"]["field"] == "short"
    assert "=== five" in disks["encoding"]["fill"]["condition"]["test"]


def test_a_landscape_in_a_figure_can_be_tapped() -> None:
    figure = charts.figure(
        landscape(), name="land", taps=[charts.Tap(0, {"name": "five"}, initial={"five": "good"})], **TEXT
    )
    assert spec(figure)["state"] == {"five": "good"}
    assert figure.html.count("<svg") == 2


@pytest.mark.parametrize("lacking", ["s2", "a2", "count"])
def test_a_landscape_without_a_column_is_refused(lacking: str) -> None:
    titles = {"x_title": "s", "y_title": "a", "count_title": "fives", "named_title": "five"}
    with pytest.raises(ValueError, match=lacking):
        charts.landscape(cells().drop(columns=lacking), places(), x="s", y="a", name="name", short="short", **titles)
