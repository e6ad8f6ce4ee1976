"""What each neuron of layer 2 adds to each logit (direct logit attribution), averaged by the digit shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from mnist_interp.methods import ablation
from mnist_interp.methods.ablation import Stage

_ROUNDING = 1e-4


def by_class(stage: Stage) -> xr.DataArray:
    """Return mean pushes: (shown, neuron, logit).

    Raises
    ------
    AssertionError
        If the pushes and the biases do not add up to the logits, up to rounding and what all ten get.
    """
    pushes = ablation.direct_logit_attribution(stage).numpy()
    logits, biases = stage.finish(stage.read).numpy(), stage.linear.get_parameter("bias").numpy()
    rebuilt = pushes.sum(1) + biases - biases.mean()
    assert np.abs(rebuilt - (logits - logits.mean(1, keepdims=True))).max() < _ROUNDING
    means = np.stack([pushes[stage.labels == digit].mean(0) for digit in range(10)])
    return xr.DataArray(
        means,
        dims=("shown", "neuron", "logit"),
        coords={"shown": range(10), "neuron": range(means.shape[1]), "logit": range(10)},
        name="push",
    )


def frame(pushes: xr.DataArray) -> pd.DataFrame:
    """Lay out `by_class`: columns ``shown``, ``neuron``, ``logit`` and ``push``."""
    return pushes.to_dataframe().reset_index().round({"push": 2})
