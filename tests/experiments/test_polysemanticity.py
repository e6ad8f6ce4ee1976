"""What neurons and rotated axes cost each feature: against activations rebuilt by hand and constants searched for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mnist_interp.data.mnist import Digits
from mnist_interp.experiments import ablation_effects, polysemanticity, slot_features
from mnist_interp.experiments.polysemanticity import Readout
from mnist_interp.methods import references
from mnist_interp.methods.ablation import Stage
from mnist_interp.methods.similarity import random_rotations
from tests.experiments import little, little_canvases


def _readout(*, exclusive: bool, seed: int = 0, n: int = 400) -> Readout:
    """Make a layer of 5 units, two features of which are read well."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(n, 5, generator=generator) * 3
    weight = torch.randn(4, 5, generator=generator)
    if exclusive:
        present = F.one_hot((values @ weight.T + torch.randn(n, 4, generator=generator)).argmax(1), 4).float()
    else:
        present = ((values @ weight.T + torch.randn(n, 4, generator=generator)) > 0).float()
    return Readout(values, weight, torch.randn(4, generator=generator), present, exclusive)


def _loss(readout: Readout, logits: torch.Tensor) -> float:
    if readout.exclusive:
        return float(F.cross_entropy(logits, readout.present.argmax(1)))
    return float(F.binary_cross_entropy_with_logits(logits, readout.present))


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_best_constant_is_where_the_loss_is_least(exclusive: bool) -> None:
    readout = _readout(exclusive=exclusive)
    for axis in torch.from_numpy(random_rotations(5, 1, seed=1)[0].astype(np.float32)):
        along = readout.values @ axis
        best = readout.best(axis)
        reach = float(along.max() - along.min())
        tried = np.linspace(float(along.min()) - reach, float(along.max()) + reach, 601)
        losses = [_loss(readout, readout.held(axis, one)) for one in tried]
        assert best == pytest.approx(tried[int(np.argmin(losses))], abs=0.02 * reach)
        assert _loss(readout, readout.held(axis, best)) <= min(losses) + 1e-4


def test_of_a_unit_it_is_the_best_constant_of_the_book() -> None:
    readout = _readout(exclusive=True)
    linear = nn.Linear(5, 4).requires_grad_(False)
    linear.weight.copy_(readout.weight)
    linear.bias.copy_(readout.bias)
    stage = Stage(readout.values, readout.present.argmax(1).numpy(), linear, nn.Sequential())
    for unit, axis in enumerate(torch.eye(5)):
        width = float(readout.values[:, unit].max() - readout.values[:, unit].min())
        assert readout.best(axis) == pytest.approx(references.best_constant(stage, unit), abs=0.02 * width)


def test_what_never_varies_stays_where_it_is() -> None:
    readout = _readout(exclusive=False)
    readout.values[:, 2] = 0.7
    assert readout.best(torch.eye(5)[2]) == pytest.approx(0.7)


@pytest.mark.parametrize("exclusive", [True, False])
def test_an_axis_is_held_and_all_that_is_at_right_angles_stays(exclusive: bool) -> None:
    fit, test = _readout(exclusive=exclusive), _readout(exclusive=exclusive, seed=4)
    turn = random_rotations(5, 1, seed=2)[0]
    found = polysemanticity.costs(fit, test, turn)
    for axis, cost in zip(torch.from_numpy(turn.astype(np.float32)).T, found, strict=True):
        rebuilt = test.values - torch.outer(test.values @ axis - fit.best(axis), axis)
        logits = [one @ test.weight.T + test.bias for one in (test.values, rebuilt)]
        if exclusive:
            labels = test.present.argmax(1)
            right = [[(one.argmax(1) == labels)[labels == k].double().mean() for k in range(4)] for one in logits]
            np.testing.assert_allclose(cost, np.subtract(*right), atol=0.02)
        else:
            losses = [F.binary_cross_entropy_with_logits(one, test.present, reduction="none").mean(0) for one in logits]
            np.testing.assert_allclose(cost, losses[1] - losses[0], atol=1e-5)


def test_digits_networks_by_the_readout_of_little_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polysemanticity, "ROTATIONS", 2)
    few: dict[str, Digits] = little.images(monkeypatch)
    population = little.population(1, 2)
    found = polysemanticity.measured(population)
    assert dict(found.sizes) == {
        "seed": 2,
        "unit": little.WIDTHS[1],
        "feature": 10,
        "rotation": 2,
        "axis": little.WIDTHS[1],
    }
    for run in population:
        own = found.sel(seed=run.seed)
        assert np.isnan(own["cost"][little.DEAD]).all()
        assert np.isnan(own["of_axes"][:, -1]).all(), "one axis less where a unit is dead"
        (test,), (weight, bias) = little.layers(run, "test", "relu2"), little.readout(run)
        labels = few["test"].labels
        training, _ = ablation_effects.recorded(run, "relu2")
        for unit in range(3):
            held = test.copy()
            held[:, unit] = references.best_constant(training, unit)
            right = [(one @ weight.T + bias).argmax(1) == labels for one in (test, held)]
            by_hand = [right[0][labels == digit].mean() - right[1][labels == digit].mean() for digit in range(10)]
            np.testing.assert_allclose(own["cost"][unit], by_hand, atol=0.051)  # of 20 images one
            paid = np.clip(own["cost"][unit], 0, None)
            expected = float(paid.sum() ** 2 / (paid**2).sum()) if float(paid.sum()) else np.nan
            assert float(own["polysemanticity"][unit]) == pytest.approx(expected, nan_ok=True)
    mean = polysemanticity.means(found)
    np.testing.assert_allclose(mean["units"], np.nanmean(found["polysemanticity"], axis=1))
    assert (mean["axes"] > 1).all()


def test_canvas_networks_by_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polysemanticity, "ROTATIONS", 2)
    monkeypatch.setattr(polysemanticity, "SCORED", 400)
    little_canvases.canvases(monkeypatch)
    (run,) = population = little_canvases.population(3)
    found = polysemanticity.measured(population)
    assert dict(found.sizes) == {"seed": 1, "unit": 6, "feature": 40, "rotation": 2, "axis": 6}
    test, model = slot_features.test_canvases(), run.model()
    values = model[:4](test.pixels)[:400]
    live = np.flatnonzero(np.isfinite(found["cost"][0]).all("feature"))
    fitted = model[:4](slot_features.fit_canvases(run.recipe).pixels)
    np.testing.assert_array_equal(live, np.flatnonzero((fitted > 0).any(0)))
    unit = int(live[0])
    before = F.binary_cross_entropy_with_logits(model[4](values), test.present[:400], reduction="none").mean(0)
    losses = []
    for constant in np.linspace(-2, 4, 61):
        held = values.clone()
        held[:, unit] = float(constant)
        after = F.binary_cross_entropy_with_logits(model[4](held), test.present[:400], reduction="none").mean(0)
        losses.append((after - before).numpy())
    closest = np.abs(np.array(losses) - found["cost"][0, unit].to_numpy()).max(1).min()
    assert closest < 0.02, "the cost is that of some constant"
