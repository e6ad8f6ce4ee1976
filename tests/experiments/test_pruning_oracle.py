"""The oracle of all subsets, on small networks: single interventions by hand, and what is chosen on training images."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import pruning_oracle, recordings
from mnist_interp.methods import ablation, references, subset_games
from mnist_interp.training.runs import Population, Run
from tests.experiments import little


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> dict[str, Digits]:
    monkeypatch.setattr(pruning_oracle, "PER_CLASS", little.FITTED_ON)
    return little.images(monkeypatch)


@pytest.fixture
def run(few: dict[str, Digits]) -> Run:
    return little.run(3)


@pytest.mark.parametrize("reference", pruning_oracle.REFERENCES)
def test_a_subset_is_kept_and_the_others_are_held_at_the_reference(run: Run, reference: str) -> None:
    games = pruning_oracle.accuracies(run, reference)
    training = recordings.stage(run, "relu2", "train", per_class=little.FITTED_ON)
    stages = {"train": training, "test": recordings.stage(run, "relu2")}
    (whole,) = little.layers(run, "train", "relu2")
    held = {
        "zero": np.zeros(14),
        "mean": whole.mean(0),
        "optimal": [references.best_constant(training, unit) for unit in range(14)],
    }[reference]
    np.testing.assert_allclose(pruning_oracle.counts(run, reference)["constants"], held, atol=1e-5)
    for split, stage in stages.items():
        assert games[split].shape == (2**14,)
        for units in [(), (0, 5, 9), (2, 3, 4, 6, 7, 11, 12), tuple(range(14))]:
            gone = [unit for unit in range(14) if unit not in units]
            logits = ablation.intervene(stage, gone, torch.tensor(np.asarray(held), dtype=torch.float32))
            right = (logits.argmax(1).numpy() == stage.labels).mean()
            assert games[split][subset_games.place(units)] == pytest.approx(right, abs=1.5 / len(stage.labels))


def test_a_reference_that_depends_on_the_subset_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match="unknown reference 'refit'"):
        pruning_oracle.constants(run, "refit")


def test_the_best_is_chosen_on_training_images_and_scored_on_test_images() -> None:
    networks = little.population(3, 4)
    found = pruning_oracle.measured(networks, "mean")
    assert found["seed"].to_numpy().tolist() == [3, 4]
    size = subset_games.sizes(14)
    for run in networks:
        games, here = pruning_oracle.accuracies(run, "mean"), found.sel(seed=run.seed)
        for one in range(15):
            best = int(here["best"].sel(size=one))
            assert size[best] == one
            assert games["train"][best] == games["train"][size == one].max()
            assert here["best_accuracy"].sel(size=one) == games["test"][best]
            assert here["spread"].sel(size=one, quantile=0.5) == np.median(games["test"][size == one])
        for split, game in games.items():
            own = here.sel(split=split)
            assert own["shapley"].sum().item() == pytest.approx((own["whole"] - own["empty"]).item())
            np.testing.assert_allclose(own["shapley"], subset_games.shapley(game))
            np.testing.assert_allclose(own["banzhaf"], subset_games.banzhaf(game))
            np.testing.assert_allclose(own["energy"], subset_games.energies(game))
            beyond = subset_games.energies(subset_games.beyond_size(game))
            np.testing.assert_allclose(own["energy_beyond_size"], beyond, atol=1e-9)
            assert own["shapley"].sel(unit=little.DEAD).item() == pytest.approx(0, abs=1e-9)


def test_anyone_can_check_what_is_written(run: Run) -> None:
    found = pruning_oracle.as_json(run)
    assert set(found) == {"zero", "mean"}
    for reference, here in found.items():
        game = pruning_oracle.accuracies(run, reference)["test"]
        assert sum(here["shapley"]) == pytest.approx(here["full"] - here["empty"])
        assert [len(best["units"]) for best in here["best"]] == list(range(15))
        for best in here["best"]:
            assert game[subset_games.place(best["units"])] == best["accuracy"]


def test_a_population_is_measured_by_its_networks(run: Run) -> None:
    alone = pruning_oracle.measured(Population(run.recipe, (run,)), "zero")
    assert alone["energy"].sum("order").to_numpy() == pytest.approx(np.ones((1, 2)))
