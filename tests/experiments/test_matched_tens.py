"""Tens of directions that hold a head's share of the variance, in closed form and against projections by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import head_ablation, matched_tens
from tests.experiments import little


def _spread(width: int) -> torch.Tensor:
    axes = torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(3)).double())[0]
    return axes @ torch.diag(1.0 / torch.arange(1, width + 1).double()) @ axes.T


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.65])
def test_drawn_axes_are_orthonormal_and_hold_the_share_that_is_asked_for(share: float) -> None:
    spread, generator = _spread(40), torch.Generator().manual_seed(0)
    one, other = (matched_tens.drawn(spread, share, 10, generator) for _ in range(2))
    for axes in (one, other):
        torch.testing.assert_close(axes.T @ axes, torch.eye(10).double())
        captured = torch.trace(spread @ axes @ axes.T) / torch.trace(spread)
        assert float(captured) == pytest.approx(share, abs=1e-5)
    overlap = torch.trace(one @ one.T @ other @ other.T) / 10
    assert float(overlap) < 0.95, "drawn twice, they span other directions"


def test_where_all_directions_vary_alike_a_ten_of_forty_holds_a_quarter() -> None:
    axes = matched_tens.drawn(torch.eye(40).double(), 0.25, 10, torch.Generator().manual_seed(0))
    assert matched_tens.share_of(torch.eye(40).double(), axes) == pytest.approx(0.25)


def test_tens_hold_what_their_heads_hold_and_cost_what_projections_by_hand_do(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(head_ablation, "PER_CLASS", 10)
    monkeypatch.setattr(head_ablation, "STEPS", 1)
    monkeypatch.setattr(head_ablation, "FITTED", 10)
    monkeypatch.setattr(head_ablation, "ROTATIONS", 1)
    monkeypatch.setattr(matched_tens, "DRAWS", 2)
    networks = little.population(1, 7, model="transformer", options=())
    found, heads = matched_tens.measured(networks), head_ablation.measured(networks)
    for draw in range(2):
        np.testing.assert_allclose(found["variance"].isel(draw=draw), heads["variance"], atol=1e-5)
    run = networks[1]
    model, generator = run.model(), torch.Generator().manual_seed(run.seed)
    test, seen = (
        head_ablation.sites(model, mnist.load(split).pixels[mnist.sample(split, 10)])[1] for split in ("test", "train")
    )
    labels = mnist.load("test").labels[mnist.sample("test", 10)]
    mean = seen.heads.mean(0, keepdim=True)
    spread = (seen.heads - mean).flatten(0, 1).double()
    share = float(heads["variance"].sel(seed=run.seed, head="1.0"))
    axes = matched_tens.drawn(spread.T @ spread, share, 10, generator).float()
    without = test.heads.clone()
    for axis in axes.T:
        without += ((mean - test.heads) @ axis)[..., None] * axis

    def accuracy(heads: torch.Tensor) -> float:
        return float((test.logits(heads).argmax(1).numpy() == labels).mean())

    cost = accuracy(test.heads) - accuracy(without)
    assert float(found["lost"].sel(seed=run.seed).isel(draw=0, head=0)) == pytest.approx(cost, abs=0.011)
