"""The film of the map while neurons go, in three orders, and the silhouette graph of the notebooks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mnist_interp.chapters.geometry.size_lines import ORDERS as PUBLISHED
from mnist_interp.data import published
from mnist_interp.experiments import (
    ordered_subsets,
    pruning_oracle,
    pruning_plans,
    recordings,
    sequential_ablation,
)
from mnist_interp.experiments.pruning_plans import SELECTIVITY, SHAPLEY
from mnist_interp.methods import subset_games, unit_subsets
from mnist_interp.training.runs import Population, Run

LEAST, MOST, WORTH = "least selective first", "most selective first", "smallest Shapley value first"
DRAWN_PER_CLASS = 12
_LAYER = pruning_oracle.LAYER


def orders(population: Population) -> dict[str, np.ndarray]:
    """Return the units of one network in the order in which they go, (n_units,), by the order's name."""
    kept = pruning_plans.measured(population)["kept"].isel(seed=0)
    selective, worth = (kept.sel(plan=plan).to_numpy() for plan in (SELECTIVITY, SHAPLEY))
    return {LEAST: selective[::-1], MOST: selective, WORTH: worth[::-1]}


def places(run: Run, orders: dict[str, np.ndarray]) -> pd.DataFrame:
    """Place test images by ``order`` and neurons ``left``; further columns as of `sequential_ablation.places`."""
    found = sequential_ablation.placed(run, orders, drawn_per_class=DRAWN_PER_CLASS)
    found["left"] = next(iter(orders.values())).size - found["gone"]
    return found.rename(columns={"plan": "order"}).drop(columns="gone")


def scores(run: Run, orders: dict[str, np.ndarray]) -> pd.DataFrame:
    """Score what is left: columns ``order``, ``left``, ``score`` ("silhouette" or "accuracy") and ``value``.

    Silhouettes are of 1,000 test images among the neurons that are left, accuracies of all test images.
    """
    per_class = sequential_ablation.PER_CLASS
    points, labels = recordings.points(run, _LAYER, per_class=per_class), recordings.labels(per_class=per_class)
    game, rows = pruning_oracle.accuracies(run, "mean")["test"], []
    for name, order in orders.items():
        for gone in range(order.size):
            left = order[gone:]
            silhouette = float(unit_subsets.silhouettes(points, labels, left[None])[0])
            found = {"silhouette": silhouette, "accuracy": float(game[subset_games.place(left)])}
            rows += [{"order": name, "left": left.size, "score": score, "value": v} for score, v in found.items()]
    return pd.DataFrame(rows)


def published_orders(run: Run) -> pd.DataFrame:
    """Return the silhouette in the orders of the notebooks: columns ``order``, ``left`` and ``value``."""
    known = published.figure("more.silhouette_against_size")
    rows = [
        {"order": name, "left": size, "value": value}
        for name, order in PUBLISHED.items()
        for size, value in zip(
            known["sizes"],
            ordered_subsets.silhouettes(run, known[order], known["sizes"])["silhouette"].tolist(),
            strict=True,
        )
    ]
    return pd.DataFrame(rows)
