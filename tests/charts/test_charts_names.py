"""Names of lines: where they stand, against an optimizer that knows nothing of how it is found; at every state."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from mnist_interp import charts
from mnist_interp.charts.builders import names

REACH = (0.0, 160.0)
TEXT = {"caption": "Some.", "description": "Some."}
NAME = re.compile(r'translate\(([-\d.]+),([-\d.]+)\)"[^>]*font-weight="600"[^>]*>(?:<tspan>)?([a-z]+)')


@pytest.mark.parametrize("seed", range(8))
def test_names_stand_apart_and_move_as_little_as_may_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 8))
    wanted, heights = rng.uniform(*REACH, count), rng.choice([14.0, 28.0], count)
    if heights.sum() > REACH[1]:
        heights = np.full(count, 14.0)
    found = names.spaced(wanted, heights, REACH)
    order = np.argsort(wanted)
    apart = (heights[order][1:] + heights[order][:-1]) / 2
    assert (np.diff(found[order]) >= apart - 1e-9).all()
    assert (found - heights / 2 >= REACH[0] - 1e-9).all()
    assert (found + heights / 2 <= REACH[1] + 1e-9).all()
    limits = [{"type": "ineq", "fun": lambda at: np.diff(at) - apart}]
    edges = [(REACH[0] + tall / 2, REACH[1] - tall / 2) for tall in heights[order]]
    start = np.cumsum(heights[order]) - heights[order] / 2
    best = minimize(lambda at: ((at - wanted[order]) ** 2).sum(), start, bounds=edges, constraints=limits)
    assert ((found - wanted) ** 2).sum() <= best.fun + 1e-3


def test_names_that_have_room_stand_at_their_ends() -> None:
    wanted = np.array([120.0, 30.0, 75.0])
    np.testing.assert_allclose(names.spaced(wanted, np.full(3, 14.0), REACH), wanted)


def _frame() -> pd.DataFrame:
    values = {("one", "a"): 0.50, ("one", "b"): 0.51, ("one", "c"): 0.52, ("two", "a"): 0.9, ("two", "b"): 0.1}
    return pd.DataFrame(
        [
            {"x": x, "y": y, "state": state, "line": line}
            for (state, line), y in {**values, ("two", "c"): 0.1}.items()
            for x in (0, 1, 2)
        ]
    )


def _drawn(initial: dict[str, object]) -> dict[str, tuple[float, float]]:
    conditions = [charts.where.equals("state", "at"), charts.where.among("line", "shown")]
    titles = {"x_title": "x", "y_title": "y", "y_domain": (0, 1)}
    chart = charts.curve(_frame(), x="x", y="y", series="line", where=conditions, **titles)
    controls = [
        charts.Choose("at", charts.named(("one", "two")), initial=initial["at"]),
        charts.ChooseMany("shown", charts.named("abc"), initial=initial["shown"]),
    ]
    html = charts.figure(chart, name="named", controls=controls, **TEXT).html
    wide = html.split('<svg class="mi-picture-wide"')[1].split("</svg>")[0]
    return {name: (float(x), float(y)) for x, y, name in NAME.findall(wide)}


def test_an_axis_of_its_own_shows_close_lines_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the start lines lie on each other; later on alone, as far apart as there is room."""
    rows = [
        {"since": since, "x": x, "y": y, "line": line}
        for since in (0, 1)
        for line, ys in {"a": (0.1, 0.90, 0.90), "b": (0.8, 0.91, 0.92)}.items()
        for x, y in list(enumerate(ys))[since:]
    ]
    kept = charts.where.equals("since", "since")
    about = {"x": "x", "y": "y", "series": "line", "x_title": "x", "y_title": "y", "where": kept}
    gaps = {}
    for own in (None, "since"):
        for since in (0, 1):
            chart = charts.curve(pd.DataFrame(rows), own_axis=own, **about)
            control = charts.Choose("since", {"start": 0, "later": 1}, initial=since)
            html = charts.figure(chart, name="zoomed", controls=[control], **TEXT).html
            wide = html.split('<svg class="mi-picture-wide"')[1].split("</svg>")[0]
            at = {name: float(y) for _, y, name in NAME.findall(wide)}
            gaps[own, since] = at["a"] - at["b"]
    assert gaps["since", 0] == pytest.approx(gaps[None, 0]) == pytest.approx(gaps[None, 1])
    assert gaps["since", 1] > 5 * gaps["since", 0]


def test_each_state_and_each_choice_of_lines_has_names_of_its_own() -> None:
    close = _drawn({"at": "one", "shown": ["a", "b", "c"]})
    assert close["c"][1] < close["b"][1] < close["a"][1]
    assert close["a"][1] - close["b"][1] == pytest.approx(17, abs=1.5)
    far = _drawn({"at": "two", "shown": ["a", "b", "c"]})
    assert far["b"][1] - far["a"][1] > 100
    alone = _drawn({"at": "one", "shown": ["a"]})
    assert set(alone) == {"a"}
    assert alone["a"][1] == pytest.approx(close["b"][1], abs=3)


def test_names_are_looked_up_by_values_as_a_browser_writes_them() -> None:
    frame = _frame().assign(state=lambda rows: rows["state"].map({"one": 1.0, "two": 0.5}))
    chart = charts.curve(
        frame, x="x", y="y", series="line", x_title="x", y_title="y", where=charts.where.equals("state", "at")
    )
    steps = chart.to_dict()["layer"][-1]["transform"]
    table = json.loads(next(step["calculate"] for step in steps if step.get("as") == "mi_at").split("}[")[0] + "}")
    assert set(table) == {f"|{state}|{line}" for state in ("1", "0.5") for line in "abc"}
