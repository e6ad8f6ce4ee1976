"""Chapter 3's numbers and small tables: against direct counts on the protagonist, or cases known by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from torch import nn

from mnist_interp import training
from mnist_interp.chapters.interventions import bytes_table, doses, logit_pushes, numbers
from mnist_interp.data import mnist
from mnist_interp.experiments import recordings
from mnist_interp.methods.ablation import Stage
from mnist_interp.training import registry
from mnist_interp.training.runs import Run

LABELS = mnist.load("test").labels


@pytest.fixture(scope="module")
def run() -> Run:
    return training.run(registry.PUBLISHED)


@pytest.fixture(scope="module")
def layer2(run: Run) -> Stage:
    return recordings.stage(run, "relu2")


def _predicted(run: Run, pixels: torch.Tensor, neuron: int | None = None, factor: float = 0) -> np.ndarray:
    def scale(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        factors = torch.ones(output.shape[1])
        if neuron is not None:
            factors[neuron] = factor
        return output * factors

    model = run.model()
    model.get_submodule("relu2").register_forward_hook(scale)
    return model(pixels).argmax(1).numpy()


def test_the_table_on_bytes_and_on_pixels_is_that_of_the_whole_network(run: Run, layer2: Stage) -> None:
    pixels, table = mnist.load("test").pixels, bytes_table.table(run)
    assert len(table) == 6
    for name, seen in {"on bytes, %": 255 * pixels, "on pixels in [0, 1], %": pixels}.items():
        right = _predicted(run, seen, 14, 3.0)[LABELS == 9] == 9
        assert table.loc["digit 9, neuron 14 times 3", name] == pytest.approx(100 * right.mean(), abs=0.11)
    assert (bytes_table.predicted(layer2) == _predicted(run, pixels)).all()


def test_flips_of_neuron_0_are_those_of_the_whole_network(run: Run) -> None:
    pixels = mnist.load("test").pixels
    before, without = _predicted(run, pixels), _predicted(run, pixels, 0)
    found = numbers.who_flips(run, LABELS)
    assert found["put_right"] == ((before != LABELS) & (without == LABELS)).sum()
    assert found["ones_to_share"] == pytest.approx((without[LABELS == 1] == found["ones_to"]).mean())


def test_the_theorem_holds_and_other_digits_are_counted_apart(
    run: Run, layer2: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert numbers.turned_up(run, layer2)["top_falls"] == 0
    top = layer2.linear.weight.argmax(0).numpy()
    accuracy = np.full((16, 3, 10), 0.5)
    for unit, digit in enumerate(top):
        accuracy[unit, :, digit] = [0.1, 0.2, 0.3]
    accuracy[0, :, (top[0] + 1) % 10] = [0.5, 0.4, 0.6]
    accuracy[1] = 0.5  # a dead unit: nothing is asked of it
    accuracy[2, 2, top[2]] = 0.15
    labels = recordings.neuron_labels({"relu2": 16}).assign(dose=[0, 1, 2], digit=range(10))
    made = xr.Dataset({"accuracy": (("neuron", "dose", "digit"), accuracy)}, coords=labels)
    monkeypatch.setattr(doses, "sweeps", lambda run: made)
    found = numbers.turned_up(run, layer2)
    assert (found["n_steps"], found["top_falls"]) == (2, 1)
    assert found["rest_monotone"] == pytest.approx(1 - 1 / (15 * 9))


def test_refitting_alone_looks_at_the_neuron_that_is_never_active() -> None:
    axes = ("reference", "unit", "digit")
    accuracy = np.full((1, 2, 10), 0.9)
    accuracy[0, 1, 4] = 0.87
    own = xr.Dataset(
        {
            "activity": ("unit", [0.3, 0.0]),
            "accuracy": (axes, accuracy),
            "overall": (axes[:2], [[0.2, 0.905]]),
            "untouched": ("digit", np.full(10, 0.9)),
            "untouched_overall": ((), 0.9),
        },
        coords={"reference": ["refit"], "unit": [0, 1], "digit": range(10)},
    )
    found = numbers.refitting_alone(own)
    assert found == {"dead": 1, "refit_alone": pytest.approx(3), "refit_alone_overall": pytest.approx(0.5)}


def test_sentences_are_counted_by_reference() -> None:
    marks = [["yes: 1", "no: 2", "no: 3", "yes: 4", "yes: 5"], ["yes: 1", "yes: 2", "no: 3", "no: 4", "no: 5"]]
    columns = [f"under {title}" for title in ("zero", "mean", "best constant", "resample", "zero, biases refitted")]
    found = numbers.sentences(pd.DataFrame(marks, columns=columns))
    assert found == {
        "n_sentences": 2,
        "yes_zero": 2,
        "yes_mean": 1,
        "yes_optimal": 0,
        "yes_resample": 1,
        "yes_refit": 1,
    }


def test_pushes_are_activations_times_centered_weights(layer2: Stage) -> None:
    pushed = logit_pushes.by_class(layer2)
    weight = layer2.linear.weight.numpy()
    centered = weight[:, 3] - weight[:, 3].mean()
    expected = layer2.levels[LABELS == 8, 3].mean() * centered
    np.testing.assert_allclose(pushed.sel(shown=8, neuron=3), expected, rtol=1e-4, atol=1e-5)
    frame = logit_pushes.frame(pushed)
    assert len(frame) == 10 * 16 * 10
    row = frame[(frame["shown"] == 8) & (frame["neuron"] == 3) & (frame["logit"] == 5)]
    assert row["push"].item() == pytest.approx(expected[5], abs=6e-3)
