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
from mnist_interp.training import registry, runs
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


def test_a_thousand_networks_take_a_thousand_times_as_long_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"what": "workers", "size": 1, "cost": 1.0}, {"what": "workers", "size": 2, "cost": 1.5}]
    monkeypatch.setattr(benchmarks, "growth", lambda: {"start": 60.0, "rows": rows})
    each = of_training.seconds(registry.TRANSFORMER)
    assert costs.thousand().loc["vision transformer"].tolist() == [
        f"{each:.1f}",
        f"{1000 * each / 60:.0f}",
        f"{1 + 1.5 * 500 * each / 60:.0f}",
        f"{1 + 1.5 * 32 * each / 60:.1f}",  # the first workers get a 32nd network
    ]


def test_no_number_of_workers_divides_a_group() -> None:
    alone = of_training.seconds(registry.BASELINE) * runs.SEEDS_PER_GROUP / 60
    assert costs.grown()["n_groups"] == 84, "83 groups of 12 seeds, and one of 4"
    for n_workers, rounds in ((83, 2), (84, 1), (1000, 1)):
        start = costs.minutes(registry.BASELINE, n_workers) - rounds * alone * (
            1 + costs.grown()["growth_shared"] / 100
        )
        assert start == pytest.approx(benchmarks.growth()["start"] / 60)


def test_growth_is_shown_from_the_first_size_to_the_last() -> None:
    kept, shown = benchmarks.growth(), costs.growth()
    assert date.fromisoformat(kept["date"])
    assert {row["what"] for row in kept["rows"]} == set(costs.GROWN)
    for what, name in costs.GROWN.items():
        rows = [row for row in kept["rows"] if row["what"] == what]
        assert rows[0]["cost"] == 1
        assert [row["size"] for row in rows] == sorted(row["size"] for row in rows)
        assert shown.loc[name].tolist()[1] == f"{rows[-1]['size']:,}"
        assert shown.loc[name].tolist()[3] == f"{rows[-1]['cost']:.2f}"
        for row in rows:
            assert row["cost"] == pytest.approx(row["seconds"] / rows[0]["seconds"], rel=0.25)


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
