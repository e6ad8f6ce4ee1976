"""The class token's looks, held at their mean, against hooks on the layers of heads."""

from __future__ import annotations

import pytest
import torch

from mnist_interp.data import mnist
from mnist_interp.experiments import class_token_looks, head_ablation
from mnist_interp.methods import activations
from tests.experiments import little


def test_looks_held_without_hooks_leave_what_they_leave_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    little.images(monkeypatch)
    monkeypatch.setattr(head_ablation, "PER_CLASS", 10)
    networks = little.population(1, 7, model="transformer", options=())
    found, run = class_token_looks.measured(networks), networks[1]
    model = run.model()
    pixels, seen = (mnist.load(split).pixels[mnist.sample(split, 10)] for split in ("test", "train"))
    labels = mnist.load("test").labels[mnist.sample("test", 10)]
    sites = head_ablation.sites(model, pixels)
    for block, readers in ((1, "class token"), (1, "patches"), (2, "class token")):
        layer = f"block{block}.attention.heads"
        mean = activations.record(model, seen, [layer])[layer].mean(0)
        tokens = slice(0, 1) if readers == "class token" else slice(1, None)

        def held(_: object, __: object, brought: torch.Tensor, mean=mean, tokens=tokens) -> torch.Tensor:
            changed = brought.clone()
            changed[:, tokens] = mean[tokens]
            return changed

        hook = model.get_submodule(layer).register_forward_hook(held)
        logits = model(pixels)
        hook.remove()
        own = class_token_looks.held(sites[block], mean.flatten(1), class_token_looks.READERS[readers])
        torch.testing.assert_close(own, logits, atol=1e-4, rtol=1e-4)
        assert not torch.allclose(logits, model(pixels), atol=1e-4)
        left = (logits.argmax(1).numpy() == labels).mean()
        assert float(found["accuracy"].sel(seed=run.seed, block=block, readers=readers)) == pytest.approx(
            left, abs=0.011
        )
    whole = (model(pixels).argmax(1).numpy() == labels).mean()
    assert float(found["whole"].sel(seed=run.seed)) == pytest.approx(whole)
    unread = found["accuracy"].sel(block=2, readers="patches")
    assert (unread == found["whole"]).all(), "what the last block brings patches is never read"
