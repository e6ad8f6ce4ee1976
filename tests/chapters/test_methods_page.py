"""The page of methods: costs against the naive sum, tolerances as the tests hold them, and the kept benchmarks."""

from __future__ import annotations

from datetime import date

import pytest

from mnist_interp.chapters.methods import costs, provenance, way
from mnist_interp.chapters.replication.rows import IMAGES
from mnist_interp.claims.claim import declared
from mnist_interp.data import benchmarks
from mnist_interp.runtime import code_digest
from mnist_interp.training import costs as of_training
from mnist_interp.training import registry
from tests.claims import test_kept_verdicts
from tests.training import test_loop


def test_a_network_that_is_in_two_populations_is_trained_once() -> None:
    pairs = {(recipe, seed) for recipe, seeds in registry.BOOK.values() for seed in seeds}
    seconds = sum(of_training.seconds(recipe) for recipe, _ in pairs)
    found = costs.numbers()
    assert found["n_networks"] == len(pairs) < sum(len(seeds) for _, seeds in registry.BOOK.values())
    assert found["minutes"] == pytest.approx(seconds / 60)
    assert len(costs.recipes()) == found["n_recipes"] == len({recipe for recipe, _ in pairs})
    assert costs.recipes()["networks"].sum() == len(pairs)


def test_a_thousand_networks_take_a_thousand_times_as_long_as_one() -> None:
    each = of_training.seconds(registry.TRANSFORMER)
    row = costs.thousand().loc["vision transformer"]
    assert row.tolist() == [f"{each:.1f}", f"{1000 * each / 60:.0f}", f"{1000 * each / 120:.0f}"]


def test_tolerances_are_those_that_tests_hold() -> None:
    assert (provenance.CLOSE, provenance.LATE) == (test_loop.CLOSE, test_loop.LATE)
    assert test_kept_verdicts.CLOSE == 3, "the page says: a factor of three"
    assert IMAGES == 3, "the page says: three test images"


def test_seeds_are_as_declared_and_as_trained() -> None:
    said, shown = declared()["seeds"], provenance.seeds().text
    for seeds in said.values():
        assert seeds.replace("-", "–") in shown
    first, _, last = said["pilots"].partition("-")
    assert tuple(range(int(first), int(last) + 1)) == registry.PILOT_SEEDS


def test_versions_are_those_in_the_keys() -> None:
    assert provenance.versions()["version"].to_dict() == code_digest.versions() | code_digest.drawing_versions()


def test_benchmarks_are_kept_with_their_date_and_machine() -> None:
    kept = benchmarks.kept()
    assert date.fromisoformat(kept["date"])
    assert "GFLOP/s" in kept["machine"]
    assert len(provenance.ratios()) == len(kept["rows"])
    for row in kept["rows"]:
        assert row["ratio"] == pytest.approx(row["plain"] / row["ours"], rel=0.25)


def test_the_drawing_says_every_step_and_what_enters_it() -> None:
    drawn = way.drawing(caption="c", description="d").text
    for step in way.STEPS:
        for text in (step.name, step.does, *step.enters):
            assert f">{text}</text>" in drawn
