"""Frames of networks at equal accuracy, from measurements made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters.architectures import kinds, matched_figures, matched_frames, matched_numbers, table
from mnist_interp.chapters.architectures.matched_frames import BOTTLENECKS, END, GINI, NOW, WORST
from mnist_interp.experiments import matched_architectures, performance
from mnist_interp.training import registry
from mnist_interp.training.runs import Population
from tests.claims import made

REFERENCES = list(matched_architectures.REFERENCES)


def _found(scale: float, accuracies: tuple[float, ...] = (0.90, 0.94, 0.96)) -> xr.Dataset:
    """Return two networks in which unit u costs digit 3 `scale` times (u + 1) tenths, thrice that under zero."""
    lost = np.zeros((2, len(accuracies), 3, 4, 10))
    lost[..., 3] = scale * np.arange(1, 5) / 10
    lost[:, :, 0] *= 3
    lost[1] *= 2
    places = list(range(10, 10 + len(accuracies)))
    return xr.Dataset(
        {
            "lost": (("seed", "checkpoint", "reference", "unit", "digit"), lost),
            "accuracy": (("seed", "checkpoint"), np.array([accuracies] * 2)),
        },
        {"seed": made.SEEDS, "checkpoint": places, "reference": REFERENCES, "unit": range(4), "digit": range(10)},
    )


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Population]:
    found = {name: made.population() for name in kinds.KINDS}
    answers = [
        (found[kinds.MLP], _found(0.2)),
        (found[kinds.CNN], _found(0.1, (0.89, 0.95, 0.98))),
        (found[kinds.TRANSFORMER], _found(0.4, (0.91, 0.95, 0.97))),
    ]
    monkeypatch.setattr(matched_architectures, "through_training", made.by_population(*answers))
    return found


def test_damage_is_shown_where_all_networks_of_a_kind_come(networks: dict[str, Population]) -> None:
    rows = matched_frames.by_accuracy(networks)
    reached = {name: rows.loc[rows["network"] == name, "accuracy"].agg(["min", "max"]).tolist() for name in networks}
    assert reached == {kinds.MLP: [90.5, 96], kinds.CNN: [90, 97], kinds.TRANSFORMER: [91.5, 97]}
    found = rows.set_index(["network", "accuracy", "measure", "reference"])
    assert found["mean"][kinds.MLP, 95, WORST, "optimal"] == pytest.approx(1.5 * 0.2 * 0.25)
    assert found["mean"][kinds.MLP, 95, WORST, "zero"] == pytest.approx(3 * 1.5 * 0.2 * 0.25)
    assert found["mean"][kinds.TRANSFORMER, 95, BOTTLENECKS, "zero"] == (0 + 2) / 2
    assert found["mean"][kinds.CNN, 93, GINI, "mean"] == pytest.approx(
        float(matched_architectures.gini(np.arange(1.0, 5))), abs=1e-4
    )
    numbers = matched_numbers.damage(rows)
    assert numbers["ratio_cnn_optimal"] == pytest.approx(0.5, abs=1e-3)
    assert numbers["ratio_vit_zero"] == pytest.approx(2, abs=1e-3)
    assert numbers["top_mlp"] == 96


def test_units_stand_in_the_order_of_what_they_cost(networks: dict[str, Population]) -> None:
    rows = matched_frames.unit_by_unit(networks)
    here = rows[(rows["network"] == kinds.CNN) & (rows["accuracy"] == 95) & (rows["reference"] == "mean")]
    assert here["unit"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(here["lost"], 1.5 * 0.1 * np.array([0.4, 0.3, 0.2, 0.1]), atol=1e-4)


def test_the_figure_is_drawn_and_begins_at_95(networks: dict[str, Population]) -> None:
    rows, profiles = matched_frames.by_accuracy(networks), matched_frames.unit_by_unit(networks)
    figure = matched_figures.damage(rows, profiles, caption="A: damage.", description="Curves.")
    assert "95 %" in figure.html
    for name in kinds.KINDS:
        assert kinds.COLORS[name].light in figure.html


def test_networks_in_the_end_are_those_of_the_last_checkpoint(
    monkeypatch: pytest.MonkeyPatch, networks: dict[str, Population]
) -> None:
    monkeypatch.setattr(
        matched_architectures,
        "in_the_end",
        lambda population: matched_architectures.through_training(population).isel(checkpoint=-1, drop=True),
    )
    rows = matched_frames.in_the_end({kinds.MLP: networks[kinds.MLP], "narrow CNN": networks[kinds.CNN]})
    found = matched_numbers.capacity(rows)
    assert found["acc_whole"] == pytest.approx(0.96)
    assert found["acc_narrow"] == pytest.approx(0.98)
    assert found["ratio_narrow_optimal"] == pytest.approx(0.5)
    assert found["worst_whole_zero"] == pytest.approx(3 * 1.5 * 0.2 * 0.25)


def _compared(measures: list[str]) -> pd.DataFrame:
    rows = [
        {"network": name, "moment": moment, "measure": measure, "mean": (k + 1) / 10 + 0.05 * (moment == END)}
        for k, name in enumerate(kinds.KINDS)
        for moment in (NOW, END)
        for measure in measures
    ]
    return pd.DataFrame(rows).assign(low=lambda frame: frame["mean"] - 0.01, high=lambda frame: frame["mean"] + 0.01)


def test_the_table_says_what_the_frame_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = {
        name: Population(recipe, made.population().runs)
        for name, recipe in zip(
            kinds.KINDS,
            (registry.TUNED["the MLP, tuned"], registry.TUNED["the CNN with 16 units"], registry.TRANSFORMER),
            strict=True,
        )
    }
    measures = [measure for measure, _ in table.ROWS.values()]
    compared = _compared(measures)
    compared = compared[~((compared["measure"] == "linear readout, last layer") & (compared["moment"] == END))]
    shuffled = pd.DataFrame([{"network": kinds.TRANSFORMER, "mean": 0.013, "low": 0.012, "high": 0.014}])
    now, end = (table.side_by_side(networks, compared, shuffled, moment) for moment in (NOW, END))
    assert now.columns.tolist() == end.columns.tolist() == list(kinds.KINDS)
    assert now.loc["test accuracy, %", "CNN"] == "20.0 (19.0 to 21.0)"
    assert end.loc["AUROC", "transformer"] == "0.35 (0.34 to 0.36)"
    assert "linear readout, last layer, %" in now.index
    assert "linear readout, last layer, %" not in end.index
    assert end.loc["lost to shuffled pixels, points", "transformer"] == "1.3 (1.2 to 1.4)"
    assert "lost to shuffled pixels, points" not in now.index
    assert now.loc["parameters", "transformer"] == "30,106"


def test_shuffling_is_held_against_networks_of_the_same_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"the CNN": [0.99, 0.98], "the CNN on shuffled pixels": [0.95, 0.96]}
    answers |= {"the vision transformer": [0.97, 0.97], "the vision transformer on shuffled pixels": [0.96, 0.94]}
    monkeypatch.setattr(table.training, "named", lambda name: name)
    monkeypatch.setattr(
        performance, "accuracy", lambda name: made.labeled({"seed": made.SEEDS}, accuracy=answers[name])
    )
    found = table.lost_to_shuffling().set_index("network")["mean"]
    assert found[kinds.CNN] == pytest.approx(0.03)
    assert found[kinds.TRANSFORMER] == pytest.approx(0.02)


def test_numbers_are_told_apart_by_kind_and_moment() -> None:
    numbers = matched_numbers.one_by_one(_compared(["AUROC", "best unit"]))
    assert numbers["auroc_cnn"] == pytest.approx(0.2)
    assert numbers["unit_vit_end"] == pytest.approx(0.35)
    assert set(numbers) == {
        f"{key}_{kind}{end}" for key in ("auroc", "unit") for kind in ("mlp", "cnn", "vit") for end in ("", "_end")
    }


def test_every_panel_of_one_by_one_has_three_rows_in_their_colors() -> None:
    figure = matched_figures.one_by_one(
        _compared(list(matched_figures.ONE_BY_ONE)), caption="Rows.", description="Dots."
    )
    assert all(kinds.COLORS[name].light in figure.html for name in kinds.KINDS)
    assert figure.html.count('class="mi-panel"') == len(matched_figures.ONE_BY_ONE)


def test_damage_that_follows_live_units_alone_is_no_difference_at_equally_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Damage is .4 over the live units in both kinds, of which the second has twice the third's besides."""
    live = {"a": [8.0, 12], "b": [4.0, 10], "c": [16.0, 8]}
    scale = {"a": 0.4, "b": 0.4, "c": 0.2}
    found = {}
    for name, counts in live.items():
        active = np.zeros((2, 1, 16))
        lost = np.zeros((2, 1, 3, 16, 10))
        for seed, count in enumerate(counts):
            active[seed, 0, : int(count)] = 0.5
            lost[seed, 0, 2, :, 4] = scale[name] / count
        found[name] = xr.Dataset(
            {
                "lost": (("seed", "checkpoint", "reference", "unit", "digit"), lost),
                "active": (("seed", "checkpoint", "unit"), active),
                "accuracy": (("seed", "checkpoint"), [[0.95]] * 2),
            },
            {"seed": made.SEEDS, "checkpoint": [3], "reference": REFERENCES},
        )
    monkeypatch.setattr(matched_architectures, "through_training", found.__getitem__)
    rows = matched_frames.by_live({name: name for name in live}).set_index("network")
    assert rows["live"].tolist() == [10, 7, 12]
    np.testing.assert_allclose(rows["ratio"], [1, 1, 0.5])
    np.testing.assert_allclose(rows["slope"], -1)
    assert rows["raw"]["b"] == pytest.approx(np.sqrt(8 * 12 / 40))
    named = rows.reset_index().assign(network=[kinds.MLP, kinds.CNN, kinds.TRANSFORMER])
    numbers = matched_numbers.by_live(named)
    assert numbers["equal_vit"] == pytest.approx(0.5)
    assert "raw_mlp" not in numbers


def test_short_schedules_are_held_against_the_perceptrons_and_drawn_under_the_best_constant() -> None:
    costs = dict(zip(kinds.BRIEF, (0.05, 0.06, 0.1, 0.03, 0.01), strict=True))
    rows = pd.DataFrame(
        [
            {"network": name, "measure": measure, "reference": reference, "mean": mean}
            for name, cost in costs.items()
            for measure, reference, mean in (
                ("test accuracy", "", 1 - cost),
                (WORST, "optimal", cost),
                (WORST, "zero", 4 * cost),
                (GINI, "optimal", 0.5),
            )
        ]
    ).assign(low=lambda frame: frame["mean"] - 0.004, high=lambda frame: frame["mean"] + 0.004)
    numbers = matched_numbers.briefly(rows)
    assert numbers["brief_ratio_cnn"] == pytest.approx(1.2)
    assert numbers["brief_ratio_large"] == pytest.approx(2)
    assert (numbers["brief_both"], numbers["brief_both_high"]) == pytest.approx((0.01, 0.014))
    assert (numbers["brief_least"], numbers["brief_most"]) == pytest.approx((0.9, 0.99))
    figure = matched_figures.briefly(rows, caption="Some.", description="Some.")
    (payload,) = figure.payloads.values()
    assert len(payload.rows) == len(costs), "each network under the best constant, and no other measure"
    assert all(name in figure.html for name in costs)


def test_every_panel_of_damage_is_titled_in_words(networks: dict[str, Population]) -> None:
    figure = matched_figures.damage(
        matched_frames.by_accuracy(networks),
        matched_frames.unit_by_unit(networks),
        caption="A: one.",
        description="Some.",
    )
    assert "units that cost a digit half" in figure.html
    assert ">.1f<" not in figure.html
