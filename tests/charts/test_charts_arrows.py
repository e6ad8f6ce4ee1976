"""Arrows in a plane: what is drawn of each, and that circles are round in a box of any shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mnist_interp import charts

FRAME = pd.DataFrame({"x": [1.0, 0.0, -0.01], "y": [0.0, -2.0, 0.0], "feature": ["a", "b", "c"]})
WORDS = {"x_title": "one", "y_title": "two", "name_title": "feature"}


def _spec() -> dict[str, object]:
    return charts.arrows(FRAME, x="x", y="y", name="feature", **WORDS).to_dict()


def test_heads_point_away_from_the_origin_and_names_stand_beyond_them() -> None:
    spec = _spec()
    rows = pd.DataFrame(spec["datasets"][spec["layer"][1]["data"]["name"]])
    np.testing.assert_allclose(rows["turned"], [90, 180, -90])
    assert rows["beyond_x"][0] > 1
    assert rows["beyond_y"][1] < -2
    assert not rows[["from_x", "from_y"]].to_numpy().any()


def test_an_arrow_too_short_for_a_head_has_no_name() -> None:
    spec = _spec()
    (condition,) = [step["filter"] for step in spec["layer"][3]["transform"]]
    least = float(condition.removeprefix("datum.length > "))
    assert 0.01 < least < 1


def test_the_shorter_side_decides_how_far_the_plane_reaches() -> None:
    scales = [_spec()["layer"][1]["encoding"][axis]["scale"] for axis in "xy"]
    far = [scale["domainMax"]["expr"] for scale in scales]
    assert "max(1, width / height)" in far[0]
    assert "max(1, height / width)" in far[1]
    assert far[0].split(" * ")[0] == far[1].split(" * ")[0]
    assert float(far[0].split(" * ")[0]) > 2
    assert scales[0]["domainMin"]["expr"] == f"-{far[0]}"


def test_a_missing_column_is_said() -> None:
    with pytest.raises(ValueError, match="no column feature"):
        charts.arrows(FRAME.drop(columns="feature"), x="x", y="y", name="feature", **WORDS)
