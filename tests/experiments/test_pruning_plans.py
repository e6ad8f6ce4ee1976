"""Plans of pruning, on small networks: scores by hand, and where their choices fall among all of the same size."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import pruning_oracle, pruning_plans
from mnist_interp.experiments.pruning_plans import INVERSE, PLANS
from mnist_interp.methods import references, selectivity, subset_games
from mnist_interp.training.runs import Run
from tests.experiments import little

N = little.WIDTHS[1]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(pruning_oracle, "PER_CLASS", little.FITTED_ON)
    return little.images(monkeypatch)


@pytest.fixture
def run(few: dict[str, Digits]) -> Run:
    return little.run(3)


def _scores(run: Run, reference: str = "mean") -> dict[str, np.ndarray]:
    return dict(zip(PLANS, pruning_plans.scores(run, reference), strict=True))


def test_plans_score_as_they_say(run: Run, few: dict[str, Digits]) -> None:
    found = _scores(run)
    (values,), (weight, _) = little.layers(run, "train", "relu2"), little.readout(run)
    votes = weight - weight.mean(0)
    means = selectivity.class_means(values, few["train"].labels)
    selective = selectivity.class_selectivity(means)
    norms = np.linalg.norm(votes, axis=0)
    np.testing.assert_allclose(found[pruning_plans.SELECTIVITY], selective.max(0), atol=1e-4)
    for unit in range(N):
        own = [selective[digit, unit] for digit in range(10) if votes[digit, unit] > 0]
        assert found[pruning_plans.FAVORABLE][unit] == pytest.approx(max(own, default=-1), abs=1e-4)
    np.testing.assert_allclose(found[pruning_plans.PUSH], ((means - values.mean(0)) * votes).max(0), atol=1e-3)
    np.testing.assert_allclose(found[pruning_plans.ACTIVITY], values.mean(0), atol=1e-4)
    np.testing.assert_allclose(found[pruning_plans.READOUT], norms, atol=1e-4)
    np.testing.assert_allclose(found[pruning_plans.SPREAD], values.std(0) * norms, atol=1e-3)
    assert sorted(found[pruning_plans.RANDOM]) == sorted(-np.arange(N))


@pytest.mark.parametrize("reference", ["zero", "mean"])
def test_taylor_is_the_gradient_times_the_change(run: Run, reference: str) -> None:
    stage = pruning_oracle.chosen_on(run)
    held = pruning_oracle.constants(run, reference)
    values = stage.values.clone().requires_grad_()
    F.cross_entropy(stage.linear(values), torch.from_numpy(stage.labels), reduction="sum").backward()
    expected = (values.grad * (held - stage.values)).abs().mean(0)
    np.testing.assert_allclose(_scores(run, reference)[pruning_plans.TAYLOR], expected, rtol=1e-3, atol=1e-6)


def test_single_costs_are_at_the_constant_that_is_best_for_the_unit(run: Run) -> None:
    stage, found = pruning_oracle.chosen_on(run), _scores(run)[pruning_plans.SINGLE]
    labels = torch.from_numpy(stage.labels)
    for unit in (0, 7, little.DEAD):
        values = stage.values.clone()
        values[:, unit] = references.best_constant(stage, unit)
        losses = [F.cross_entropy(stage.linear(one), labels).item() for one in (values, stage.values)]
        assert found[unit] == pytest.approx(losses[0] - losses[1], abs=1e-4)


def test_where_a_choice_falls_is_counted_over_all_choices_of_its_size(run: Run) -> None:
    found = pruning_plans.measured(little.population(3), "mean").isel(seed=0)
    games, size = pruning_oracle.accuracies(run, "mean"), 5
    everything = {units: games["test"][subset_games.place(units)] for units in combinations(range(N), size)}
    among = np.array(list(everything.values()))
    best = max(everything, key=lambda units: games["train"][subset_games.place(units)])
    for plan in found["plan"].to_numpy():
        here = found.sel(plan=plan, size=size)
        units = tuple(sorted(found["kept"].sel(plan=plan).to_numpy()[:size].tolist()))
        assert here["subset"] == subset_games.place(units)
        accuracy = everything[units]
        expected = ((among < accuracy).mean() + (among <= accuracy).mean()) / 2
        if pruning_plans.RANDOM in str(plan):  # the mean over all choices, not the one that was drawn
            accuracy, expected = among.mean(), 0.5
        assert here["accuracy"].item() == pytest.approx(accuracy)
        assert here["percentile"].item() == pytest.approx(100 * expected)
        assert here["regret"].item() == pytest.approx(everything[best] - accuracy)
    assert (found["regret"].sel(size=[0, N]) == 0).all()
    assert (found["percentile"].sel(size=[0, N]) == 50).all()


def test_a_plan_keeps_the_highest_scores_and_its_inverse_the_lowest(run: Run) -> None:
    found = pruning_plans.measured(little.population(3, 5), "mean")
    for plan in PLANS:
        own, opposite = (found["kept"].sel(plan=name).to_numpy() for name in (plan, INVERSE + plan))
        np.testing.assert_array_equal(own, opposite[:, ::-1])
        scores = found["score"].sel(plan=plan).to_numpy()
        assert (np.diff(np.take_along_axis(scores, own, axis=1)) <= 0).all()


def test_the_greedy_plan_and_shapley_values_are_of_the_training_images(run: Run) -> None:
    game, found = pruning_oracle.accuracies(run, "zero")["train"], _scores(run, "zero")
    np.testing.assert_allclose(found[pruning_plans.SHAPLEY], subset_games.shapley(game))
    order = np.argsort(-found[pruning_plans.GREEDY])
    np.testing.assert_array_equal(order, subset_games.grown_backward(game))
