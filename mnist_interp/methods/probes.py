"""Linear probes: what a linear reader makes of a layer, fitted on some images and scored on others.

Ridge regression onto the ten digits (scikit-learn's `RidgeClassifier`) where layers have up to 1,568 numbers an image,
as it has a closed form: the penalty is the same for all, on values scaled to unit mean square. Logistic regression for
a few units.
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

_PENALTY = 10.0


def ridge_accuracy(fitted: np.ndarray, fitted_labels: np.ndarray, points: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy of a linear reader of a stage.

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
