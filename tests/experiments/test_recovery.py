"""Recovery of pruned networks, on small ones: where each way starts, for how long it trains, what is scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import (
    further_training,
    pruned_biases,
    pruning_oracle,
    pruning_plans,
    recovery,
    survivors,
)
from mnist_interp.experiments.pruning_plans import KEPT, PLANS, SHAPLEY
from mnist_interp.methods import subset_games
from mnist_interp.training.runs import Population, Run
from tests.experiments import little


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    for module, name in ((pruning_oracle, "PER_CLASS"), (survivors, "CHOSEN_PER_CLASS")):
        monkeypatch.setattr(module, name, little.FITTED_ON)
    monkeypatch.setattr(recovery, "EPOCHS", 2)
    monkeypatch.setattr(recovery, "N_RANDOM", 3)
    return little.images(monkeypatch)


@pytest.fixture
def run(few: dict[str, Digits]) -> Run:
    return little.run(3)


def _test_accuracy(run: Run, few: dict[str, Digits], checkpoint: int = -1) -> float:
    return float((run.model(checkpoint)(few["test"].pixels).argmax(1).numpy() == few["test"].labels).mean())


def test_every_plan_keeps_eight_and_random_eights_differ(run: Run) -> None:
    found, scores = recovery.chosen(run), pruning_plans.scores(run, "mean")
    assert list(found) == [*PLANS, "random 1", "random 2"]
    for plan, own in zip(PLANS, scores, strict=True):
        assert found[plan].tolist() == sorted(np.argsort(-own, kind="stable")[:KEPT].tolist())
    random = {tuple(found[name].tolist()) for name in ("random", "random 1", "random 2")}
    assert len(random) == 3


def test_plans_start_from_the_oracle_and_end_trained(few: dict[str, Digits]) -> None:
    networks = little.population(3, 5)
    found = recovery.by_plan(networks)
    for run, other in zip(networks, reversed(networks), strict=True):
        others = survivors.layers([other])
        game, here = pruning_oracle.accuracies(run, "mean")["test"], found.sel(seed=run.seed)
        for plan in here["plan"].to_numpy():
            start = here["accuracy"].sel(plan=plan, epoch=0).item()
            assert start == pytest.approx(game[subset_games.place(here["kept"].sel(plan=plan).to_numpy())], abs=0.006)
        units = here["kept"].sel(plan=SHAPLEY).to_numpy()
        (tuned,) = recovery.fine_tuned(run, [units], rate=recovery.RATES[recovery.FINE_TUNED])
        assert len(tuned.weights["output.bias"]) == 3
        assert here["accuracy"].sel(plan=SHAPLEY, epoch=2).item() == _test_accuracy(tuned, few)
        for name, values in survivors.scores(tuned, (0, -1), others).items():
            np.testing.assert_allclose(here[name].sel(plan=SHAPLEY), values)
        for state, checkpoint in {"before": 0, "after": -1}.items():
            necks = survivors.bottlenecks(tuned, checkpoint).sum()
            assert here["bottlenecks"].sel(plan=SHAPLEY, state=state) == necks
        whole = survivors.scores(run, (-1,), others)
        for name in ("auroc", "partner"):
            before = here[name].sel(plan=SHAPLEY, state="before")
            np.testing.assert_allclose(before, whole[name][0, units], atol=1e-6)
    assert recovery.random(found)["plan"].to_numpy().tolist() == ["random", "random 1", "random 2"]


def test_all_ways_train_equally_long_in_all(run: Run) -> None:
    """Of a run of one epoch, fine-tuned for two: three in all."""
    units = recovery.chosen(run)[SHAPLEY]
    first = recovery.from_first_weights(run, units, rate=0.01)
    assert len(first.weights["output.bias"]) == 1 + run.recipe.epochs + 2
    np.testing.assert_array_equal(first.weights["linear2.weight"][0], run.weights["linear2.weight"][0][units])
    np.testing.assert_array_equal(first.weights["output.bias"][0], run.weights["output.bias"][0])
    after_one = run.epochs.index(1)
    back = recovery.rewound(run, units, rate=0.01)
    assert len(back.weights["output.bias"]) == run.recipe.epochs + 2
    expected = run.weights["output.weight"][after_one][:, units]
    np.testing.assert_array_equal(back.weights["output.weight"][0], expected)


def test_arms_are_compared_at_their_ends(few: dict[str, Digits]) -> None:
    networks = little.population(3, 5)
    recipe = further_training.of_width(networks.recipe, KEPT)
    scratch = Population(replace(recipe, epochs=3), [little.run(seed, replace(recipe, epochs=3)) for seed in (7, 9)])
    like_parent = Population(recipe, [little.run(seed, recipe) for seed in (8, 10)])
    others = survivors.layers(networks[1:])
    found = recovery.arms(networks, scratch, like_parent).isel(seed=0)
    ends, run = found["accuracy"], networks[0]
    units = recovery.chosen(run)[SHAPLEY]
    none, biases = pruned_biases.with_biases(
        pruning_oracle.chosen_on(run),
        pruning_oracle.ablation_effects.scored(run, "relu2"),
        pruning_oracle.constants(run, "mean"),
        units,
    )
    assert ends.sel(arm="none").item() == pytest.approx(none, abs=0.006)
    assert ends.sel(arm="ten biases").item() == pytest.approx(biases, abs=0.011)
    assert ends.sel(arm=recovery.SCRATCH).item() == _test_accuracy(scratch[0], few)
    assert ends.sel(arm=recovery.WHOLE).item() == _test_accuracy(recovery.trained_longer(run, rate=0.1), few)
    assert ends.sel(arm=recovery.LIKE_PARENT).item() == _test_accuracy(
        recovery.trained_longer(like_parent[0], rate=recovery.RATES[recovery.LIKE_PARENT]), few
    )
    by_plan = recovery.by_plan(networks)["accuracy"].isel(seed=0).sel(plan=SHAPLEY)
    assert ends.sel(arm=recovery.FINE_TUNED).item() == by_plan.sel(epoch=2).item()
    assert found["network"].to_numpy().tolist() == [recovery.FINE_TUNED, recovery.SCRATCH, recovery.LIKE_PARENT]
    unpruned = survivors.scores(recovery.trained_longer(run, rate=recovery.RATES[recovery.FINE_TUNED]), (0, -1), others)
    for name, values in unpruned.items():
        np.testing.assert_allclose(found[f"unpruned_{name}"], values)
    ends_of_scratch = survivors.scores(scratch[0], (-1,), others)
    for name in ("auroc", "partner"):
        np.testing.assert_allclose(found[name].sel(network=recovery.SCRATCH), ends_of_scratch[name][0])
