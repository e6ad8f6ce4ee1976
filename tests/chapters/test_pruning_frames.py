"""Frames and numbers of chapter 8, on datasets made by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from mnist_interp.chapters.pruning import (
    declared,
    download,
    film,
    numbers,
    oracle_frames,
    plan_frames,
    recovery_frames,
    value_frames,
)
from mnist_interp.experiments import ordered_subsets, pruning_activity, pruning_oracle, readout_masks, recovery
from mnist_interp.experiments.pruning_plans import (
    FAVORABLE,
    GREEDY,
    INVERSE,
    KEPT,
    PLANS,
    RANDOM,
    SELECTIVITY,
    SHAPLEY,
    SPREAD,
)
from mnist_interp.methods import subset_games
from mnist_interp.site import pruning_file, tree
from mnist_interp.site.errors import BookError

SEEDS = [3, 8]
N = 12


def _plans(shift: float = 0) -> xr.Dataset:
    """Make plans whose regret at eight grows in the reverse of their order, the inverses' beyond."""
    names = [*reversed(PLANS), *(INVERSE + plan for plan in PLANS)]
    regret = np.broadcast_to(0.01 * np.arange(len(names))[:, None] + shift, (len(names), N + 1))
    values = np.stack([regret, regret])
    dims = ("seed", "plan", "size")
    return xr.Dataset(
        {"regret": (dims, values), "percentile": (dims, 100 - 100 * values), "accuracy": (dims, 1 - values)},
        coords={"seed": SEEDS, "plan": names, "size": range(N + 1)},
    )


def _by_plan() -> xr.Dataset:
    """Make plans that start far apart and end alike, and units whose scores rise."""
    names = [*PLANS, *(f"random {draw}" for draw in range(1, recovery.N_RANDOM))]
    start = np.linspace(0.9, 0.4, len(names))
    accuracy = np.stack([start, np.full(len(names), 0.9), 0.95 + start / 100], axis=-1)
    scores = np.stack([np.full((len(names), KEPT), 0.7), 0.7 + np.tile(start[:, None], KEPT) / 10], axis=1)
    axes = ("seed", "plan", "state", "place")
    return xr.Dataset(
        {
            "accuracy": (("seed", "plan", "epoch"), np.stack([accuracy, accuracy])),
            "bottlenecks": (("seed", "plan", "state"), np.tile([3, 1], (2, len(names), 1))),
            "kept": (
                ("seed", "plan", "place"),
                np.stack([np.tile(np.arange(KEPT) + shift, (len(names), 1)) for shift in (0, 8)]),
            ),
            **{name: (axes, np.stack([scores, scores])) for name in recovery_frames.SCORES.values()},
        },
        coords={"seed": SEEDS, "plan": names, "epoch": range(3), "state": list(recovery.STATES)},
    )


def _arms() -> xr.Dataset:
    ways = [
        *recovery_frames.AS_THEY_ARE,
        *(recovery.FINE_TUNED, recovery.REWOUND, recovery.FIRST_WEIGHTS),
        *(recovery.SCRATCH, recovery.WHOLE, recovery.LIKE_PARENT),
    ]
    networks = [recovery.FINE_TUNED, recovery.SCRATCH, recovery.LIKE_PARENT]
    scores = np.tile(np.array([0.9, 0.8, 0.7])[:, None], (2, 1, KEPT))
    unpruned = np.stack([np.full((2, 16), 0.5), np.broadcast_to(np.repeat([0.52, 0.68], 8), (2, 16))], axis=1)
    names = tuple(recovery_frames.SCORES.values())
    return xr.Dataset(
        {
            "accuracy": (("seed", "arm"), np.tile(np.linspace(0.8, 0.96, len(ways)), (2, 1))),
            "bottlenecks": (("seed", "network"), np.tile([2, 1, 0], (2, 1))),
            **dict.fromkeys(names, (("seed", "network", "place"), scores)),
            **{f"unpruned_{name}": (("seed", "state", "unit"), unpruned) for name in names},
        },
        coords={"seed": SEEDS, "arm": ways, "network": networks, "state": list(recovery.STATES)},
    )


def test_cells_count_every_subset_once_and_the_fullest_of_a_size_is_one() -> None:
    game = np.random.default_rng(0).integers(0, 101, 2**6)
    cells = oracle_frames.cells({"mean": game, "zero": game[::-1]}, 100)
    assert cells.groupby(["reference", "size"])["sets"].sum()["mean"].tolist() == [1, 6, 15, 20, 15, 6, 1]
    assert (cells.groupby(["reference", "size"])["share"].max() == 1).all()
    for cell in cells.query("reference == 'mean' and size == 3").itertuples():
        of_size = game[subset_games.sizes(6) == 3] / 100
        last = np.isclose(cell.accuracy2, 1)
        assert ((of_size >= cell.accuracy) & ((of_size < cell.accuracy2) | last)).sum() == cell.sets


def test_members_are_named_as_the_switches_are() -> None:
    assert oracle_frames.as_text(0) == []
    assert oracle_frames.as_text(subset_games.place([0, 3, 15])) == ["0", "3", "15"]


def test_what_is_said_of_the_oracle() -> None:
    game = 10 * subset_games.sizes(9)
    game[subset_games.place(range(8))] = 89  # the best eight
    said = numbers.oracle(game, 100)
    assert (said["n_sets"], said["n_eights"], said["near_whole"]) == (512, 9, 8)
    assert (said["eight_least"], said["eight_middle"], said["eight_most"]) == (0.8, 0.8, 0.89)
    assert (said["whole"], said["empty"], said["four_most"]) == (0.9, 0.0, 0.4)


def test_plans_come_by_their_regret_under_the_first_reference() -> None:
    measured = {"mean": _plans(), "zero": _plans(0.2)}
    frame = plan_frames.by_plan(measured)
    assert frame["plan"].drop_duplicates().tolist() == list(reversed(PLANS))
    own = frame.query("size == 12 and plan == 'greedy' and score == 'regret'").set_index(["reference", "kept"])["mean"]
    place = [*reversed(PLANS)].index(GREEDY)
    assert own["mean", "the highest"] == pytest.approx(place)
    assert own["zero", "the highest"] == pytest.approx(place + 20)
    assert own["mean", "the lowest"] == pytest.approx(len(PLANS) + PLANS.index(GREEDY))
    said = numbers.plans(measured)
    assert said["greedy_regret"] == pytest.approx(place)
    assert said["greedy_regret_zero"] == pytest.approx(place + 20)
    assert said["inverse_percentile"] == pytest.approx(100 - len(PLANS))
    assert (said["n_below_middle"], said["n_networks"]) == (0, 2)
    assert said["favorable_low"] == said["favorable_high"] == pytest.approx(said["favorable_percentile"])
    assert said["zero_low"] == pytest.approx(said["selective_percentile_zero"])
    assert said["least_lost_at_zero"] == pytest.approx(0.2)
    first = [*reversed(PLANS)]
    named = (SELECTIVITY, FAVORABLE, SPREAD, GREEDY, RANDOM)
    others = [first.index(plan) for plan in PLANS if plan not in named]
    assert [said["others_least"], said["others_most"]] == pytest.approx([min(others), max(others)])
    assert said["random_regret"] == pytest.approx(first.index(RANDOM))


def test_random_eights_are_the_mean_of_all_draws() -> None:
    by_plan = _by_plan()
    frame = recovery_frames.over_epochs(by_plan).set_index(["since", "plan", "epoch"])["mean"]
    drawn = recovery.random(by_plan)["accuracy"].sel(epoch=0).mean().item()
    assert frame[0, recovery_frames.RANDOM_EIGHTS, 0] == pytest.approx(drawn)
    assert frame[0].drop(0, level="epoch").equals(frame[1])
    assert len(recovery_frames.by_plan(by_plan)) == len(PLANS)


def test_what_is_said_of_recovery() -> None:
    by_plan, arms = _by_plan(), _arms()
    said = numbers.recovered(by_plan, arms)
    assert (said["end_best_plan"], said["start_selective"]) == (SELECTIVITY, pytest.approx(0.9))
    assert [said["way_none"], said["way_like_parent"]] == pytest.approx([0.8, 0.96])
    frame = recovery_frames.arms(arms).set_index("way")
    assert frame["learns"].sum() == 6
    assert frame.loc["nothing", "mean"] == pytest.approx(0.8)


def test_changes_are_within_units() -> None:
    by_plan, arms = _by_plan(), _arms()
    changes, beside = recovery_frames.changes(by_plan, arms), recovery_frames.beside_scratch(arms)
    of_auroc = changes[changes["score"] == "AUROC"].set_index("kept")["mean"]
    assert of_auroc[SELECTIVITY] == pytest.approx(0.09)
    assert of_auroc[recovery_frames.UNPRUNED] == pytest.approx(0.1)
    said = numbers.interpreted(changes, beside, by_plan, arms)
    assert [said[f"auroc_{key}"] for key in ("end", "scratch", "like_parent")] == pytest.approx([0.9, 0.8, 0.7])
    assert said["auroc_selective_unpruned"] == pytest.approx(0.1), "units 0 to 7 of one network, 8 to 15 of the other"
    assert [said["partner_selective"], said["partner_selective_unpruned"]] == pytest.approx([0.09, 0.1])
    own = recovery_frames.same_units(by_plan, arms, "auroc", recovery_frames.RANDOM_EIGHTS)
    assert own.tolist() == pytest.approx([0.02, 0.18])
    assert (said["necks_selective"], said["necks_random_before"], said["necks_end"]) == (-2, 3, 2)


def test_masks_rise_by_what_their_pairs_gain() -> None:
    names = [
        readout_masks.SELECTIVE,
        *(f"{readout_masks.DEALT} {draw}" for draw in range(readout_masks.N_DEALT)),
        readout_masks.LARGEST,
        readout_masks.FULL,
    ]
    gains = {readout_masks.SELECTIVE: 0.3, readout_masks.LARGEST: -0.1, readout_masks.FULL: 0.0}
    rises = np.array([gains.get(name, 0.1) for name in names])
    values = np.stack([np.zeros(len(names)), rises], axis=-1)
    found = xr.Dataset(
        {
            "selectivity": (("seed", "mask", "state"), np.stack([values, values])),
            "selectivity_of_notebooks": (("seed", "mask", "state"), np.stack([values + np.array([0.0, 0.2])] * 2)),
            "accuracy": (("seed", "mask", "epoch"), np.stack([1 - values, 1 - values])),
        },
        coords={"seed": SEEDS, "mask": names, "state": list(recovery.STATES)},
    )
    frame = recovery_frames.masks(found).set_index(["mask", "score"])["mean"]
    assert frame[readout_masks.DEALT, "rise in selectivity"] == pytest.approx(0.1)
    said = numbers.masked(found)
    assert (said["notebooks_rise"], said["largest_rise"]) == (pytest.approx(0.3), pytest.approx(-0.1))
    assert said["notebooks_accuracy"] == pytest.approx(0.7)
    assert said["unmasked_rise"] == pytest.approx(0.2)


def _values(*, turned: bool) -> xr.Dataset:
    worth = np.arange(5.0)
    score = np.stack([worth[::-1], worth, worth**2, -worth])
    return xr.Dataset(
        {
            "shapley": (("seed", "reference", "unit"), np.tile(worth, (2, 2, 1))),
            "banzhaf": (("seed", "reference", "unit"), np.tile(worth[::-1] if turned else worth, (2, 2, 1))),
            "score": (("seed", "reference", "measure", "unit"), np.tile(score, (2, 2, 1, 1))),
        },
        coords={"reference": ["mean", "zero"], "measure": list(value_frames.MEASURES), "unit": range(5)},
    )


def test_rank_correlations_of_values() -> None:
    found = _values(turned=True)
    correlated = value_frames.correlations(value_frames.units(found.isel(seed=0)))
    by = correlated.set_index(["reference", "worth", "measure"])["rank_correlation"].sort_index()
    measures = list(value_frames.MEASURES)
    assert by["mean", "Shapley"][measures].tolist() == pytest.approx([-1, 1, 1, -1])
    assert by["zero", "Banzhaf"][measures].tolist() == pytest.approx([1, -1, -1, 1])
    said = value_frames.sentences(correlated)["text"].tolist()
    assert said[0].startswith("Rank correlation with Shapley values: selectivity −1.00, single ablation 1.00")
    shown = numbers.values(correlated, value_frames.over_networks(found))
    assert (shown["rho_selective"], shown["rho_norm_all"]) == (pytest.approx(-1), pytest.approx(1))


def test_orders_of_the_film_are_those_of_the_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = xr.Dataset(
        {"kept": (("seed", "plan", "rank"), [[[4, 1, 0, 3, 2], [0, 1, 2, 3, 4]]])},
        coords={"plan": [SELECTIVITY, SHAPLEY]},
    )
    monkeypatch.setattr(film.pruning_plans, "measured", lambda _: kept)
    orders = {name: order.tolist() for name, order in film.orders(None).items()}
    assert orders == {film.LEAST: [2, 3, 0, 1, 4], film.MOST: [4, 1, 0, 3, 2], film.WORTH: [4, 3, 2, 1, 0]}


def test_the_film_says_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    game = np.arange(2**16) / 2**16
    monkeypatch.setattr(pruning_oracle, "accuracies", lambda *_: {"test": game})
    monkeypatch.setattr(film.recordings, "points", lambda *_, **__: None)
    monkeypatch.setattr(film.recordings, "labels", lambda **_: None)
    monkeypatch.setattr(film.unit_subsets, "silhouettes", lambda points, labels, units: [units.size / 100])
    orders = {name: np.arange(16)[::way] for name, way in ((film.LEAST, 1), (film.MOST, -1), (film.WORTH, 1))}
    frame = film.scores(None, orders)
    assert frame.groupby("order")["left"].nunique().tolist() == [16, 16, 16]
    drawn = pd.DataFrame({"order": ["by hand", "by selectivity"], "left": KEPT, "value": [0.2, 0.1]})
    said = numbers.filmed(frame, drawn)
    assert said["least_accuracy"] == game[subset_games.place(range(8, 16))]
    assert said["most_accuracy"] == game[subset_games.place(range(8))]
    assert (said["worth_silhouette"], said["by_selectivity_eight"]) == (0.08, 0.1)


def test_the_notebooks_orders_are_followed_at_their_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    def silhouettes(_: object, order: list[int], sizes: list[int]) -> Mapping[str, np.ndarray]:
        return {"silhouette": np.array([sum(order[:size]) for size in sizes])}

    monkeypatch.setattr(ordered_subsets, "silhouettes", silhouettes)
    frame = film.published_orders(None).set_index(["order", "left"])["value"]
    assert (frame["by hand", 2], frame["by selectivity", 2], frame["by hand", 16]) == (13, 11, 120)


def test_energies_of_the_game_add_up() -> None:
    energy = np.zeros((2, 2, 4))
    energy[:, 1] = [0.5, 0.3, 0.1, 0.1]
    axes = ("seed", "split", "order")
    found = xr.Dataset(
        {"energy": (axes, energy), "energy_beyond_size": (axes, energy[..., ::-1])},
        coords={"seed": SEEDS, "split": ["train", "test"], "order": range(1, 5)},
    )
    said = numbers.games(found)
    assert (said["energy_pairs"], said["beyond_pairs"], said["beyond_one"]) == pytest.approx((0.8, 0.2, 0.1))


def test_selectivity_is_said_over_all_sets_and_over_equally_active_ones() -> None:
    held = [pruning_activity.NOTHING, pruning_activity.SHARE, pruning_activity.MEAN]
    values = np.array([[-0.4, 0.1, 0.3], [-0.2, -0.1, 0.1]])
    said = numbers.equally_active(xr.Dataset({"correlation": (("seed", "held"), values)}, coords={"held": held}))
    assert [said[f"selective_rho_{key}"] for key in ("all", "share", "mean")] == pytest.approx([-0.3, 0, 0.2])


def test_biases_are_said_by_size() -> None:
    values = np.array([[[0.2, 0.4], [0.4, 0.6]]])[None].repeat(2, 0)
    found = xr.Dataset(
        {"random": (("seed", "size", "draw", "biases"), values)},
        coords={"size": [8], "biases": ["as it is", "refitted"]},
    )
    said = numbers.biases(found)
    assert (said["as_is_8"], said["refitted_8"]) == (pytest.approx(0.3), pytest.approx(0.5))


def test_the_values_for_machines_come_out_as_they_went_in(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, Any] = {"zero": {"full": 0.9, "shapley": [0.1, -0.2]}}
    monkeypatch.setattr(pruning_oracle, "as_json", lambda _: values)
    page = tree.document(f"<p></p>{download.element(None).text}")
    assert pruning_file.values_in(page) == json.loads(json.dumps(values))
    with pytest.raises(BookError, match=re.escape("pruning-json")):
        pruning_file.values_in(tree.document("<p></p>"))


def test_every_claim_has_a_key() -> None:
    from mnist_interp.claims import pruning

    assert {f"{declared.PAGE}-{slug}" for slug in declared.SLUGS.values()} == {claim.id for claim in pruning.CLAIMS}


def test_the_film_counts_neurons_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pd.DataFrame({"plan": "any", "gone": [0, 1, 15], "x": [1, 2, 3]})
    monkeypatch.setattr(film.sequential_ablation, "placed", lambda *_, **__: frame)
    found = film.places(None, {"any": np.arange(16)})
    assert found.to_dict("list") == {"order": ["any"] * 3, "x": [1, 2, 3], "left": [16, 15, 1]}


def test_choices_of_plans_are_looked_up_and_the_best_is_of_training_images(monkeypatch: pytest.MonkeyPatch) -> None:
    games = {"train": np.array([0, 0.2, 0.3, 0.9]), "test": np.array([0, 0.4, 0.1, 0.8])}
    subset = xr.DataArray([[[0, 1, 3]] * len(PLANS)], dims=("seed", "plan", "size"), coords={"plan": list(PLANS)})
    monkeypatch.setattr(pruning_oracle, "accuracies", lambda *_: games)
    monkeypatch.setattr(oracle_frames.pruning_plans, "measured", lambda *_: xr.Dataset({"subset": subset}))
    frame = oracle_frames.chosen([None]).query("reference == 'zero' and size == 1").set_index("plan")
    assert frame.loc[oracle_frames.BEST, ["accuracy", "percentile", "units"]].tolist() == [0.1, 25, ["1"]]
    assert frame.loc[GREEDY, ["accuracy", "percentile", "units"]].tolist() == [0.4, 75, ["0"]]
    eight = pd.DataFrame({"reference": ["mean", "zero"], "plan": SELECTIVITY, "size": KEPT, "percentile": [51.0, 20.0]})
    assert numbers.published(eight) == {"published_percentile": 51.0}
