"""Principal components of the pixels, against scikit-learn's."""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA

from mnist_interp.data import mnist
from mnist_interp.experiments import pixel_components


def test_components_are_those_of_scikit_learn() -> None:
    pixels = mnist.load("train").pixels[mnist.sample("train", 1_000)].numpy().astype(float)
    model = PCA(16, svd_solver="covariance_eigh").fit(pixels)
    test = mnist.load("test").pixels[mnist.sample("test", 5)].numpy().astype(float)
    found = pixel_components.scores("test", 5)
    assert found.shape == (50, 16)
    theirs = model.transform(test)
    signs = np.sign((found * theirs).sum(0))
    np.testing.assert_allclose(found * signs, theirs, atol=1e-5)
    assert len(pixel_components.scores("test")) == 10_000
