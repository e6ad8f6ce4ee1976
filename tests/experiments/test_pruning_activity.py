"""Selectivity among equally active sets: on made-up things, and on a small network by loops."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import pruning_activity, pruning_oracle
from mnist_interp.experiments.pruning_plans import KEPT
from mnist_interp.methods import selectivity, subset_games
from tests.experiments import little


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(pruning_oracle, "PER_CLASS", little.FITTED_ON)
    return little.images(monkeypatch)


def test_what_a_third_respect_explains_is_gone_and_what_it_hides_is_seen() -> None:
    generator = np.random.default_rng(0)
    held = generator.normal(size=20_000)
    one, other = (held + generator.normal(size=held.size) for _ in range(2))
    assert pruning_activity.rank_correlation(one, other) > 0.4
    assert abs(pruning_activity.within(one, other, held)) < 0.05
    assert pruning_activity.within(one - 3 * held, one + 3 * held, held) > 0.5
    assert pruning_activity.rank_correlation(one, np.ones_like(one)) == 0


def test_sets_are_scored_by_the_sums_of_their_units(few: dict[str, Digits]) -> None:
    run = little.run(3)
    found = pruning_activity.measured(little.population(3))["correlation"].isel(seed=0)
    (values,), labels = little.layers(run, "train", "relu2"), few["train"].labels
    own = selectivity.class_selectivity(selectivity.class_means(values, labels)).max(0)
    game = pruning_oracle.accuracies(run, "mean")["test"]
    sets = sorted(combinations(range(little.WIDTHS[1]), KEPT), key=subset_games.place)
    accuracy = np.array([game[subset_games.place(units)] for units in sets])
    selective, active = (np.array([of[list(units)].sum() for units in sets]) for of in (own, values.mean(0)))
    expected = spearmanr(selective, accuracy).statistic
    assert found.sel(held=pruning_activity.NOTHING).item() == pytest.approx(expected, abs=1e-3)
    groups = np.array_split(np.argsort(active), pruning_activity.GROUPS)
    within = np.mean([spearmanr(selective[here], accuracy[here]).statistic for here in groups])
    assert found.sel(held=pruning_activity.MEAN).item() == pytest.approx(within, abs=0.02)
    assert found.sel(held=pruning_activity.SHARE).item() != found.sel(held=pruning_activity.MEAN).item()
