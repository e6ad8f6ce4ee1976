"""The gradient of t-SNE: the plain double sum and openTSNE's own objective as oracles, and the map that it leads to."""

from __future__ import annotations

import numpy as np
from openTSNE import TSNEEmbedding, affinity, initialization
from openTSNE.tsne import kl_divergence_bh

from mnist_interp.methods import exact_tsne

GENERATOR = np.random.default_rng(4)


def cloud(n_points: int = 300) -> np.ndarray:
    return GENERATOR.normal(size=(n_points, 6)) + 4 * GENERATOR.integers(0, 3, n_points)[:, None]


def test_gradient_and_divergence_are_the_plain_double_sum() -> None:
    placed = GENERATOR.normal(size=(300, 2)) * 5
    found = affinity.PerplexityBasedNN(cloud(), perplexity=20, method="exact", n_jobs=1)
    p = found.P.toarray()
    apart = placed[:, None] - placed[None]
    kernel = 1 / (1 + np.square(apart).sum(2))
    np.fill_diagonal(kernel, 0)
    q = kernel / kernel.sum()
    gradient = (((p - q) * kernel)[:, :, None] * apart).sum(1)
    seen = p > 0
    divergence, ours = exact_tsne.exact(placed, found.P, should_eval_error=True)
    np.testing.assert_allclose(ours, gradient, atol=2e-6 * np.abs(gradient).max())
    np.testing.assert_allclose(divergence, np.sum(p[seen] * np.log(p[seen] / q[seen])), rtol=1e-6)


def test_the_tree_approximates_it() -> None:
    placed = GENERATOR.normal(size=(300, 2)) * 5
    found = affinity.PerplexityBasedNN(cloud(), perplexity=20, method="exact", n_jobs=1)
    divergence, gradient = exact_tsne.exact(placed, found.P, should_eval_error=True)
    theirs, approximate = kl_divergence_bh(placed, found.P, 1, {"theta": 0.2}, should_eval_error=True)
    np.testing.assert_allclose(divergence, theirs, rtol=1e-3)
    np.testing.assert_allclose(gradient, approximate, atol=0.02 * np.abs(gradient).max())


def test_a_descent_ends_no_higher_than_by_the_tree() -> None:
    points = cloud()
    ends = []
    for method in (exact_tsne.exact, "bh"):
        found = affinity.PerplexityBasedNN(points, perplexity=20, method="exact", n_jobs=1)
        start = TSNEEmbedding(
            initialization.pca(points, random_state=0), found, negative_gradient_method=method, n_jobs=1
        )
        placed = start.optimize(100, exaggeration=12, momentum=0.5).optimize(300, momentum=0.8)
        ends.append(exact_tsne.exact(np.asarray(placed), found.P, should_eval_error=True)[0])
    assert ends[0] <= 1.01 * ends[1]
