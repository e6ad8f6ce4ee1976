"""The package's public names: importing it costs nothing and changes nothing, and each name does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

import mnist_interp as mi
from tests.places import REPOSITORY

UNTOUCHED = """
import os, sys, json
before = dict(os.environ)
import mnist_interp as mi
assert "torch" not in sys.modules and "altair" not in sys.modules, "importing is free"
import altair, torch
def settings():
    return [torch.get_num_threads(), str(torch.get_default_dtype()), torch.is_grad_enabled(), altair.renderers.active,
            altair.theme.active if hasattr(altair.theme, "active") else "", sys.getrecursionlimit()]
threads = settings()
for name in dir(mi):
    getattr(mi, name)
import mnist_interp.training.runs
model = torch.nn.Linear(3, 2)
mi.ablate(torch.nn.Sequential(model), torch.ones(4, 3), [0, 1, 0, 1], layer="0")
assert settings() == threads
assert {k: v for k, v in os.environ.items() if before.get(k) != v} == {}, "the environment is as it was"
"""


def test_importing_changes_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", UNTOUCHED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_names_are_there_and_no_others() -> None:
    assert dir(mi) == sorted(mi.__all__)
    assert all(callable(getattr(mi, name)) for name in mi.__all__)
    assert all(name in (mi.__doc__ or "") for name in mi.__all__)
    with pytest.raises(AttributeError, match="no attribute 'explain'"):
        mi.explain  # noqa: B018


@pytest.fixture(scope="module")
def trained() -> tuple[nn.Module, torch.Tensor, np.ndarray]:
    """Return a small network trained on scikit-learn's digits, with images and labels."""
    torch.manual_seed(0)
    data = load_digits()
    images, labels = torch.from_numpy(data.data).float() / 16, torch.from_numpy(data.target).long()
    model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return model, images, data.target


def test_a_network_of_ones_own_from_end_to_end(trained: tuple[nn.Module, torch.Tensor, np.ndarray]) -> None:
    model, images, labels = trained
    values = mi.record(model, images, ["1"])["1"].numpy()
    means = mi.class_means(values, labels)
    scores = mi.class_selectivity(means)
    assert scores.shape == mi.auroc(values, labels).shape == (10, 24)
    lost = mi.ablate(model, images, labels, layer="1", references=["zero", "optimal"], training=(images, labels))
    assert (lost["overall"].sel(reference="optimal") >= lost["overall"].sel(reference="zero") - 0.01).all()
    doses = mi.dose_response(model, images, labels, layer="1", doses=[0, 1])
    np.testing.assert_allclose(doses["accuracy"].sel(dose=0), lost["accuracy"].sel(reference="zero"))
    assert mi.attribute(model, images[:3], layer="0", unit=2).shape == (3, 64)
    projected = mi.project(values, method="pca")
    kept = mi.trust(values, projected)
    assert kept == mi.trust(values, projected @ np.array([[0, 1], [-1, 0]])), "turning a map changes nothing"
    assert mi.trust(values, values)["true neighbors kept"] == 1
    assert 0 < kept["true neighbors kept"] < kept["trustworthiness"] < 1


def test_the_example_of_the_readme_runs(trained: tuple[nn.Module, torch.Tensor, np.ndarray]) -> None:
    layers, images, labels = trained
    model = nn.Sequential(OrderedDict(zip(("fc", "relu", "out"), layers, strict=True)))
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    example = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[0]
    found = {"model": model, "images": images[:200], "labels": labels[:200]}
    exec(example, found)
    assert found["scores"].shape == (10, 24)
    assert found["lost"].sizes["unit"] == found["more"].sizes["unit"] == 24
    assert found["shares"].shape == (200, 64)


def test_similarity_of_a_layer_with_itself_renamed_and_rotated(
    trained: tuple[nn.Module, torch.Tensor, np.ndarray],
) -> None:
    model, images, _ = trained
    values = mi.record(model, images, ["1"])["1"].double().numpy()
    generator = np.random.default_rng(0)
    renamed = mi.similarity(values, 3 * values[:, generator.permutation(24)])
    assert renamed["cka"] == pytest.approx(1)
    assert renamed["procrustes"] == pytest.approx(1)
    alive = (values.std(0) > 0).mean()
    assert renamed["matched units"] == pytest.approx(alive)
    rotation = np.linalg.qr(generator.normal(size=(24, 24)))[0]
    rotated = mi.similarity(values, values @ rotation)
    assert rotated["cka"] == pytest.approx(1)
    assert rotated["matched units"] < 0.9 * renamed["matched units"]


def test_a_claim_is_judged() -> None:
    effects = np.random.default_rng(1).normal(0.3, 0.05, 12)
    assert mi.judge(effects, direction="greater", smallest=0.1).verdict == "holds"
    assert mi.judge(effects, direction="less", smallest=0.1).verdict == "fails"
    assert mi.judge(effects - 0.3, direction="absent", smallest=0.1).verdict == "holds"
    assert mi.judge(effects, direction="greater", smallest=0.3).verdict == "mixed"
    found = mi.judge(effects, direction="greater", smallest=0.1)
    assert found.interval[0] < found.effect == effects.mean() < found.interval[1]
    assert found.p_value == pytest.approx(2 * found.p_above)
    assert found.p_value < 1e-6
    assert found.interval[0] < found.effect < found.interval[1]
    with pytest.raises(ValueError, match="unknown direction 'up'"):
        mi.judge(effects, direction="up", smallest=0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["pca", "t-sne", "umap"])
def test_projections_put_two_clusters_apart(method: str) -> None:
    points = np.random.default_rng(0).normal(size=(120, 5))
    points[60:] += 20
    x = mi.project(points, method=method, seed=3)
    centers = x[:60].mean(0), x[60:].mean(0)
    assert np.linalg.norm(centers[0] - centers[1]) > 2 * max(x[:60].std(), x[60:].std())
    np.testing.assert_array_equal(x, mi.project(points, method=method, seed=3))


def test_unknown_methods_and_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown method 'lle': expected 'pca', 't-sne' or 'umap'"):
        mi.project(np.ones((9, 3)), method="lle")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not all finite"):
        mi.project(np.full((9, 3), np.nan))
