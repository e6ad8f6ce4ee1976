"""Heads, rollout, paths and patterns of transformers of random weights, against hooks, loops and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from mnist_interp.data import mnist
from mnist_interp.experiments import attention_patterns, head_ablation, head_patching, rollout
from mnist_interp.methods import ablation, activations, attention
from mnist_interp.training.runs import Population
from tests.experiments import little

FIRST, SECOND = head_patching.FIRST, head_patching.SECOND


@pytest.fixture(name="networks")
def _networks(monkeypatch: pytest.MonkeyPatch) -> Population:
    little.images(monkeypatch)
    monkeypatch.setattr(head_ablation, "PER_CLASS", 10)
    monkeypatch.setattr(head_ablation, "FITTED", 30)
    monkeypatch.setattr(head_ablation, "ROTATIONS", 2)
    monkeypatch.setattr(head_ablation, "STEPS", 8)
    monkeypatch.setattr(head_ablation, "BATCH", 100)
    monkeypatch.setattr(rollout, "PER_CLASS", 8)
    monkeypatch.setattr(rollout, "_mean", rollout._mean.__wrapped__)
    monkeypatch.setattr(head_patching, "PAIRS", 10)
    monkeypatch.setattr(head_patching, "LEARNED", None)
    monkeypatch.setattr(attention_patterns, "PER_CLASS", 4)
    return little.population(1, 7, model="transformer", options=())


def _accuracy(logits: torch.Tensor, labels: np.ndarray) -> float:
    return float((logits.argmax(1).numpy() == labels).mean())


def test_heads_held_without_hooks_cost_what_they_cost_with_them(networks: Population) -> None:
    found, run = head_ablation.measured(networks), networks[1]
    pixels, seen = (mnist.load(split).pixels[mnist.sample(split, 10)] for split in ("test", "train"))
    labels = mnist.load("test").labels[mnist.sample("test", 10)]
    model, partner = run.model(), ablation.partners(100, seed=run.seed)
    untouched = _accuracy(model(pixels), labels)
    own = activations.record(model, pixels, [FIRST, SECOND])
    means = {
        layer: values.mean(0, keepdim=True) for layer, values in activations.record(model, seen, list(own)).items()
    }
    instead = {
        "lost": means,
        "lost_zero": {layer: 0 * mean for layer, mean in means.items()},
        "lost_resample": {layer: values[partner] for layer, values in own.items()},
    }
    for name, values in instead.items():
        for number, layer in enumerate((FIRST, SECOND), 1):
            for head in range(4):
                logits = attention.held(model, pixels, values, {layer: [head]})
                cost = float(found[name].sel(seed=run.seed, head=f"{number}.{head}"))
                assert cost == pytest.approx(untouched - _accuracy(logits, labels), abs=0.011)


def test_logits_from_a_site_are_the_networks(networks: Population) -> None:
    model = networks[0].model()
    pixels = mnist.load("test").pixels[:30]
    for site in head_ablation.sites(model, pixels).values():
        torch.testing.assert_close(site.logits(site.heads), model(pixels))


def test_rotated_tens_take_as_much_together_as_heads(networks: Population) -> None:
    site = head_ablation.sites(networks[0].model(), mnist.load("test").pixels[:30])[1]
    mean = site.heads.mean(0, keepdim=True)
    axes = torch.linalg.qr(torch.randn(40, 40, generator=torch.Generator().manual_seed(0)))[0]
    parts = head_ablation.onto_each(axes, 4)
    torch.testing.assert_close(sum(parts), torch.eye(40), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        site.replaced(mean, sum(parts)), site.replaced(mean, torch.eye(40)), atol=1e-4, rtol=1e-4
    )
    by_hand = site.heads.clone()
    for axis in axes.T[:10]:
        by_hand += ((mean - site.heads) @ axis)[..., None] * axis
    torch.testing.assert_close(site.replaced(mean, parts[0]), site.logits(by_hand), atol=1e-4, rtol=1e-4)


def test_fitted_constants_hurt_less_than_the_mean_and_touch_one_head_alone(networks: Population) -> None:
    found = head_ablation.measured(networks)
    assert (found["loss_optimal"] < found["loss_mean"]).mean() > 0.7
    shares = found["variance"].to_numpy().reshape(2, 2, 4)
    np.testing.assert_allclose(shares.sum(-1), 1, rtol=1e-5)
    brought = activations.record(networks[1].model(), mnist.load("train").pixels[mnist.sample("train", 10)], [SECOND])
    spread = brought[SECOND][:, 0].var(0).sum(-1)
    np.testing.assert_allclose(shares[1, 1], spread / spread.sum(), rtol=1e-4)
    site = head_ablation.sites(networks[0].model(), mnist.load("train").pixels)[1]
    mean, targets = site.heads.mean(0, keepdim=True), mnist.load("train").targets
    constant = head_ablation.fitted(site, targets, mean, head_ablation.onto_each(torch.eye(40), 4)[2], seed=0)
    moved = (constant - mean).abs().amax((0, 1)) > 0
    np.testing.assert_array_equal(moved.numpy(), np.arange(40) // 10 == 2)


def test_a_deleted_patch_shows_the_other_image_and_nothing_else_changes() -> None:
    pixels, instead = mnist.load("test").pixels[:3], torch.full((784,), 0.5)
    found = rollout.deleted(pixels, 6, instead).view(-1, 28, 28)
    inside = torch.zeros(28, 28, dtype=torch.bool)
    inside[7:14, 14:21] = True
    assert (found[:, inside] == 0.5).all()
    assert torch.equal(found[:, ~inside], pixels.view(-1, 28, 28)[:, ~inside])
    torch.testing.assert_close(rollout.by_patch(pixels)[:, 6], pixels.view(-1, 28, 28)[:, 7:14, 14:21].flatten(1))


def test_correlations_are_scipys_means_over_images(networks: Population) -> None:
    found, run = rollout.measured(networks).sel(seed=7), networks[1]
    pixels, model = mnist.load("test").pixels[mnist.sample("test", 8)], run.model()
    mean = mnist.load("train").pixels.mean(0)
    logits = model(pixels).log_softmax(1)
    drop = np.zeros((80, 16))
    for patch in range(16):
        changed = model(rollout.deleted(pixels, patch, mean)).log_softmax(1)
        drop[:, patch] = (logits - changed)[range(80), logits.argmax(1)]
    says = rollout.maps(run, pixels)
    for name, key in {"rollout": "correlation", "ink": "ink", "rollout_untrained": "rollout_untrained"}.items():
        expected = np.mean([spearmanr(*pair).statistic for pair in zip(says[name], drop, strict=True)])
        assert float(found[key]) == pytest.approx(expected, abs=1e-3)
    one_map = says["rollout"].mean(0)
    also = {"average": [(one_map, row) for row in drop], "size": zip(says["rollout"], abs(drop), strict=True)}
    also["ink_size"] = zip(says["ink"], abs(drop), strict=True)
    for key, pairs in also.items():
        assert float(found[key]) == pytest.approx(np.mean([spearmanr(*pair).statistic for pair in pairs]), abs=1e-3)
    assert float(found["helps"]) == pytest.approx((drop < 0).mean(), abs=2e-3)
    assert float(found["other_network"]) < 1
    np.testing.assert_allclose(says["ink"].sum(1), pixels.sum(1), rtol=1e-5)
    assert says["rollout"].sum(1).max() < 1


def test_gradient_times_input_is_the_slope_along_the_image(networks: Population) -> None:
    run, pixels = networks[0], mnist.load("test").pixels[:4].double()
    model = run.model().double()
    step = 1e-6

    def said(images: torch.Tensor) -> torch.Tensor:
        return model(images).log_softmax(1).amax(1)

    slope = (said((1 + step) * pixels) - said((1 - step) * pixels)) / (2 * step)
    np.testing.assert_allclose(
        rollout.maps(run, pixels.float())["gradient"].sum(1), slope.numpy(), rtol=1e-2, atol=1e-3
    )


def test_all_eight_heads_give_the_sources_answer_and_one_is_counted_as_it_is_said(networks: Population) -> None:
    found, run = head_patching.measured(networks), networks[0]
    assert (found["whole"].sel(heads="all heads") == 1).all()
    model = run.model()
    base, source, wanted = head_patching.pairs(model, "test", None, seed=run.seed)
    assert (model(source).argmax(1) == wanted).all()
    assert (model(base).argmax(1) == sum(head_patching.DIGITS) - wanted).all()
    patched = attention.patched(model, base, source, {SECOND: [2]})
    share = float((patched.argmax(1) == wanted).double().mean())
    assert float(found["changed"].sel(seed=run.seed, head="2.2", path="direct")) == pytest.approx(share)
    units = torch.stack(head_patching.swapped_units(model, base, source))
    own, other = (activations.record(model, images, ["relu3"])["relu3"] for images in (base, source))
    changed = own.clone()
    changed[:, 5] = other[:, 5]
    torch.testing.assert_close(units[5], model.get_submodule("output")(changed))


def test_patterns_are_shares_of_each_reader_and_the_class_tokens_are_means(networks: Population) -> None:
    images = [0, 3, 5]
    found = attention_patterns.of_images(networks, images, 4)
    np.testing.assert_allclose(found["share"].sum("read"), 1, atol=1e-5)
    assert found.sizes["step"] == 4
    expected = activations.record(networks[0].model(), mnist.load("test").pixels[[3]], [rollout.PATTERNS[1]])
    np.testing.assert_allclose(
        found["share"].sel(image=3, head="2.1").isel(step=-1), expected[rollout.PATTERNS[1]][0, 1], atol=1e-6
    )
    whole = attention_patterns.of_class_token(networks, 4)
    np.testing.assert_allclose(whole["share"].sum("token"), 1, atol=1e-5)
    assert (whole["looked_at"] >= 1).all()
    assert (whole["looked_at"] <= 17).all()
    chosen = mnist.sample("test", 4)
    fours = chosen[mnist.load("test").labels[chosen] == 4]
    pattern = activations.record(networks[1].model(), mnist.load("test").pixels[fours], [rollout.PATTERNS[0]])
    np.testing.assert_allclose(
        whole["share"].sel(seed=whole["seed"][1], digit=4, head="1.3").isel(step=-1),
        pattern[rollout.PATTERNS[0]][:, 3, 0].mean(0),
        atol=1e-6,
    )
