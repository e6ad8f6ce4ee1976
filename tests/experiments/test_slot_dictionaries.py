"""Dictionaries of canvas networks: scores of made-up latents with a known answer, and all of them on small networks."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_interp.data import canvases
from mnist_interp.experiments import latent_examples, slot_dictionaries, slot_features
from mnist_interp.experiments.slot_dictionaries import AUTOENCODER, NAMES, PIXELS, SIMPLER, TWIN, UNTRAINED, Size
from mnist_interp.runtime import parallel, preview, store
from mnist_interp.training import canvas_loop
from mnist_interp.training.canvas_loop import CanvasRecipe
from mnist_interp.training.canvas_networks import CanvasPopulation, CanvasRun

RECIPE = CanvasRecipe(width=6, empty=0.6)
SIZE = Size(12, 3)


def _run(seed: int, *, dead: bool = False) -> CanvasRun:
    """Draw a network; trained is another draw of layers 1 and 2, all of whose units may be dead."""
    drawn = [canvas_loop.initialize(RECIPE, seed + 100 * state).state_dict() for state in range(2)]
    weights = {name: np.stack([one[name].numpy() for one in drawn]) for name in drawn[0]}
    if dead:
        weights["linear2.bias"][1] = -100
    return CanvasRun(RECIPE, seed, weights)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "each", lambda function, jobs: [function(*job) for job in jobs])
    monkeypatch.setattr(store, "read", lambda path: None)
    monkeypatch.setattr(store, "write", lambda path, arrays: None)
    monkeypatch.setattr(preview, "reduced", lambda count: count // 10)
    monkeypatch.setattr(slot_dictionaries, "STEPS", 40)
    monkeypatch.setattr(latent_examples, "STEPS", 40)
    for cache in (slot_features.drawn, slot_dictionaries._pixel_components):
        cache.cache_clear()
    yield
    for cache in (slot_features.drawn, slot_dictionaries._pixel_components):
        cache.cache_clear()


def test_each_feature_gets_its_best_latent_or_one_of_its_own() -> None:
    auroc = np.full((3, 4, 10), 0.5)
    auroc[0, 0, 0], auroc[0, 1, 1], auroc[1, 1, 1], auroc[2, 2, 2] = 0.9, 0.8, 0.7, 0.6
    best, paired = slot_dictionaries.chosen_latents(auroc), slot_dictionaries.matched_latents(auroc)
    assert [best[0, 0], best[1, 1], best[2, 2]] == [0, 0, 2]
    assert [paired[0, 0], paired[1, 1], paired[2, 2]] == [0, 1, 2]
    assert (paired >= 0).sum() == 3


def test_a_latent_is_scored_within_occupied_slots_for_the_feature_it_was_chosen_for() -> None:
    generator = np.random.default_rng(1)
    labels = generator.integers(0, 11, (600, 4))
    codes = np.stack([(labels[:, 0] == 3) * 2.0, labels[:, 1] < 10, labels[:, 2] != 5], axis=1).astype(float)
    latents = np.full((4, 10), -1)
    latents[0, 3], latents[1, 0], latents[2, 5] = 0, 1, 2
    found = slot_dictionaries.aurocs_of(codes, labels, latents)
    assert found[0, 3] == 1
    assert found[1, 0] == 0.5, "whether a slot is empty tells nothing of its digit"
    assert found[2, 5] == 0
    assert (np.delete(found.ravel(), [3, 10, 25]) == 0.5).all()


def test_a_decoder_rebuilds_what_latents_add_up_to() -> None:
    generator = np.random.default_rng(1)
    codes = np.maximum(generator.normal(size=(500, 5)), 0)
    codes[:, 4] = 0
    known = generator.normal(size=(5, 3))
    directions, base = slot_dictionaries.decoder(codes, codes @ known + 2)
    np.testing.assert_allclose(directions[:4], known[:4], atol=1e-4)
    np.testing.assert_allclose(codes @ directions + base, codes @ known + 2, atol=1e-4)


def test_no_constant_is_better_than_the_best() -> None:
    generator = np.random.default_rng(1)
    readout, present = (generator.normal(size=(40, 4)), generator.normal(size=40)), generator.random((200, 40)) < 0.2
    best = slot_dictionaries.best_constant(readout, present.mean(0))

    def nats(constant: np.ndarray) -> float:
        logits = np.tile(readout[0] @ constant + readout[1], (200, 1))
        return float(slot_dictionaries.cross_entropy(logits, present.astype(float)).mean())

    tried = [nats(constant) for constant in 3 * generator.normal(size=(300, 4))]
    assert best < min(tried)
    free = -(present.mean(0) * np.log(present.mean(0)) + (1 - present.mean(0)) * np.log1p(-present.mean(0))).mean()
    assert best >= free
    whole = slot_dictionaries.best_constant((np.eye(40), np.zeros(40)), present.mean(0))
    assert whole == pytest.approx(free, abs=1e-4)


def test_a_silent_latent_costs_what_the_loss_rises() -> None:
    generator = np.random.default_rng(1)
    codes = np.maximum(generator.normal(size=(60, 3)), 0)
    read, logits = generator.normal(size=(3, 40)), generator.normal(size=(60, 40))
    present = (generator.random((60, 40)) < 0.2).astype(float)
    found = slot_dictionaries.silenced(codes, read, logits, present)
    before = slot_dictionaries.cross_entropy(logits, present)
    for latent in range(3):
        after = slot_dictionaries.cross_entropy(logits - codes[:, [latent]] * read[latent], present)
        np.testing.assert_allclose(found[latent], after - before, atol=1e-12)


def test_agreement_is_taken_both_ways() -> None:
    one, other = np.array([[1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    assert slot_dictionaries.agreement(one, other) == pytest.approx(0.75)
    assert np.isnan(slot_dictionaries.agreement(one[:0], other))


@pytest.mark.usefixtures("_small")
def test_every_dictionary_of_every_network_is_scored_by_the_same_rules() -> None:
    runs = [_run(3), _run(1)]
    found = slot_dictionaries.compared(CanvasPopulation(RECIPE, [3, 1], runs), SIZE)
    assert list(found["dictionary"].to_numpy()) == list(NAMES)
    assert found["auroc"].dims == ("seed", "dictionary", "feature")
    assert found["auroc"].notnull().all()
    assert (found["latents"].sel(dictionary=["neurons", "PCA", "k-means"]) == [6, 12, 12]).all()
    assert (found["unexplained"].sel(dictionary=list(SIMPLER)) < 1).all()
    alone = slot_dictionaries.compared(CanvasPopulation(RECIPE, [1], runs[1:]), SIZE).sel(seed=1)
    np.testing.assert_allclose(found["auroc"].sel(seed=1), alone["auroc"], atol=0.02)
    assert abs(found["auroc"].sel(seed=1) - found["auroc"].sel(seed=3)).max() > 0.02
    shared = found["shared"].sel(dictionary="neurons")
    assert (shared < 1).all()
    np.testing.assert_allclose(alone["shared"], 1, atol=1e-6, err_msg="a network's own latents are their partners")


@pytest.mark.usefixtures("_small")
def test_controls_are_fitted_on_what_they_should_be_and_read_what_they_should() -> None:
    run = _run(1)
    (named,) = slot_dictionaries.fitted([run], SIZE)
    test = slot_features.test_canvases()
    trained, untrained = (slot_dictionaries._layers(run, test, state)["relu2"] for state in (-1, 0))
    for name in (AUTOENCODER, TWIN, *SIMPLER):
        np.testing.assert_array_equal(named[name][0].rows[1], trained)
    np.testing.assert_array_equal(named[UNTRAINED][0].rows[1], untrained)
    assert named["transcoder"][0].rows[1].shape[1] == canvas_loop.HIDDEN
    pixels = named[PIXELS][0].rows[0]
    products = np.cov(pixels, rowvar=False)
    assert pixels.shape[1] == RECIPE.width
    np.testing.assert_allclose(products - np.diag(np.diag(products)), 0, atol=1e-3)
    assert len({one.dictionary.directions.tobytes() for one in named[AUTOENCODER]}) == slot_dictionaries.DRAWS


@pytest.mark.usefixtures("_small")
def test_a_network_without_an_active_unit_is_scored_too() -> None:
    run = _run(1, dead=True)
    found = slot_dictionaries.compared(CanvasPopulation(RECIPE, [1], [run]), SIZE).sel(seed=1)
    np.testing.assert_allclose(found["auroc"].sel(dictionary=[AUTOENCODER, *SIMPLER]), 0.5)
    assert latent_examples.of_run(run, SIZE)["auroc"].notnull().all()


@pytest.mark.usefixtures("_small")
def test_examples_are_the_canvases_on_which_a_latent_is_largest() -> None:
    run = _run(1)
    found = latent_examples.of_run(run, SIZE)
    test = slot_features.test_canvases()
    here = found.sel(dictionary="neurons", latent=0)
    values = slot_dictionaries.dictionaries.neurons(np.zeros((1, 6)), active=3).codes(
        slot_dictionaries._layers(run, test)["relu2"]
    )[:, int(here["number"])]
    np.testing.assert_allclose(here["value"], np.sort(values)[::-1][: latent_examples.CANVASES], rtol=1e-5)
    slot, digit = latent_examples.slot_and_digit(int(here["feature"]))
    np.testing.assert_array_equal(here["has"], test.labels[here["canvas"], slot] == digit)
    assert (found.sel(dictionary="neurons")["number"] == -1).sum() == latent_examples.LATENTS - 6
    assert canvases.DIGITS == 10
