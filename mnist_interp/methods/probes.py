"""Linear probes: the accuracy of a linear readout of a layer, fitted on some images and scored on others.

Ridge regression onto the ten digits (scikit-learn's `RidgeClassifier`) where layers have up to 1,568 numbers an image,
as it has a closed form: the penalty is the same for all, on values scaled to unit mean square. Logistic regression for
a few units. And one reader that is not linear, kernel ridge regression, for what may run along a curve.
"""

from __future__ import annotations

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mnist_interp.methods import evaluate

_PENALTY = 10.0
_KERNEL_PENALTY = 3.0  # of 0.3, 1, 3 and 10 the best predictor on networks of seeds 100 and 101


def ridge_accuracy(fitted: np.ndarray, fitted_labels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy of a linear readout of a stage.

    Parameters
    ----------
    fitted, points : numpy.ndarray of shape (n_images, n_values)
        The stage on training images, and on test images.
    fitted_labels, labels : numpy.ndarray of shape (n_images,)
        The digits of both.

    Returns
    -------
    float
        A fraction of the test images.
    """
    center = fitted.mean(0)
    scale = float(np.sqrt(np.square(fitted - center).mean())) or 1.0
    reader = RidgeClassifier(alpha=_PENALTY).fit((fitted - center) / scale, fitted_labels)
    return float(reader.score((points - center) / scale, labels))


def logistic_accuracy(fitted: np.ndarray, fitted_labels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy of a linear probe: logistic regression, fitted on some images and scored on others.

    Parameters
    ----------
    fitted, points : numpy.ndarray of shape (n_images, n_units)
        Activations on training images, and on the test images.
    fitted_labels, labels : numpy.ndarray of shape (n_images,)
        The digits of both.

    Returns
    -------
    float
        A fraction of the test images.
    """
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300, tol=1e-3))
    return float(model.fit(fitted, fitted_labels).score(points, labels))


def kernel_r_squared(
    sources: np.ndarray, targets: np.ndarray, test_sources: np.ndarray, test_targets: np.ndarray
) -> np.ndarray:
    """Return how much of each target a smooth function of the sources predicts, by kernel ridge regression.

    A Gaussian kernel whose width is that of the sources, each scaled to unit variance.

    Parameters
    ----------
    sources, targets : numpy.ndarray of shape (n_images, n_sources) and (n_images, n_targets)
        Both on the images on which the function is fitted; some hundreds.
    test_sources, test_targets : numpy.ndarray
        The same on other images.

    Returns
    -------
    numpy.ndarray of shape (n_targets,)
        Share of variance on the other images (R squared); 0 for a target that never varies there.
    """
    center, scale = targets.mean(0), targets.std(0)
    scale = np.where(scale > 0, scale, 1)
    model = make_pipeline(StandardScaler(), KernelRidge(kernel="rbf", alpha=_KERNEL_PENALTY))
    predicted = model.fit(sources, (targets - center) / scale).predict(test_sources)
    return evaluate.r_squared(test_targets, center + predicted * scale)
