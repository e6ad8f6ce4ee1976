"""How many directions a cloud of points has locally: intrinsic dimension from two nearest neighbors.

TwoNN (Facco et al. 2017, as Ansuini et al. 2019 used it on layers) looks at the ratio of each point's distances to its
second and its first neighbor; scikit-dimension does it. Exact duplicates, of which layers with silent units have many,
would count as neighbors at no distance and go first. Under 1 s for 5,000 points, and some seconds more at first use.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.neighbors import NearestNeighbors


def intrinsic(points: np.ndarray) -> float:
    """Return the intrinsic dimension of a cloud of points.

    Parameters
    ----------
    points : numpy.ndarray of shape (n_points, n_dimensions)
        Activations; some hundreds or more.

    Returns
    -------
    float
        Dimensions; 0 where fewer than ten different points are left.
    """
    different = np.unique(points, axis=0)
    if len(different) < 10:
        return 0.0
    distances = NearestNeighbors(n_neighbors=2).fit(different).kneighbors()[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from skdim.id import TwoNN  # compiles for seconds: not at import

        return float(TwoNN(dist=True).fit(distances).dimension_)
