"""What the reader's own subset gives: looked up among all, said in the page as by the script, marked on the chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from figures_page import GAMES, N_RIGHT, own_subset

from mnist_interp import charts

STILL = (
    "2 kept: 0, 2. The network gets 60.0% of the test images right. Among the sets of this size, 3 in all, it is "
    "number 2, better than 33% of them. The best of them, 1, 2: 70.0%."
)


def _own(games: dict[str, list[int]]) -> charts.OwnSubset:
    arrays = {name: np.array(counts) for name, counts in games.items()}
    return charts.OwnSubset(arrays, N_RIGHT, units="units", game="held", own=("size", "score"))


def test_size_and_score_become_states() -> None:
    own = _own(GAMES)
    assert own.state({"units": ["1"], "held": "mean"}) == {"size": 1, "score": 0.3}
    assert own.state({"units": [], "held": "zero"}) == {"size": 0, "score": 0.0}
    assert own.payload().columns == GAMES


def test_games_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"games of \[4, 8\] subsets"):
        _own({"mean": GAMES["mean"], "zero": [1, 2, 3, 4]})
    with pytest.raises(ValueError, match="a power of two"):
        _own({"mean": [1, 2, 3]})


def test_equals_share_a_number_and_the_first_is_the_best() -> None:
    said = _own(GAMES).markup({"units": ["2", "0"], "held": "zero"})
    assert '<span data-own="units">0, 2</span>' in said
    assert '<span data-own="rank">1</span>' in said
    assert '<span data-own="below">0%</span>' in said
    assert '<span data-own="best">0, 1</span>' in said


def test_the_picture_marks_it_before_scripts_run() -> None:
    figure = own_subset()
    assert all(f'<span data-own="{name}">' in figure.html for name in ("size", "units", "accuracy", "best"))
    assert '"own_size":2,"own_score":0.6' in figure.html


def test_choosing_says_and_marks_another(visit: Callable) -> None:
    opened = visit("own")
    note, chips = opened.page.locator("#fig-own .mi-note"), opened.page.locator("#fig-own [data-many] input")
    assert note.inner_text() == STILL
    chips.nth(0).focus()
    opened.page.keyboard.press("Space")
    opened.settle("own")
    assert note.inner_text().startswith("1 kept: 2. The network gets 50.0%")
    assert opened.state("own", "own_size") == 1
    chips.nth(0).check()
    opened.settle("own")
    assert note.inner_text() == STILL
    opened.page.locator("#fig-own .mi-chip", has_text="zero").click()
    opened.settle("own")
    assert "number 1, better than 0% of them. The best of them, 0, 1: 50.0%." in note.inner_text()
    assert opened.said == []


def _link(opened: Any) -> str:
    found: str = opened.page.locator("#fig-own .mi-to-bench a").get_attribute("href")
    return found


def test_a_link_takes_what_is_left_out_to_the_bench_before_scripts_run_and_after(visit: Callable) -> None:
    assert 'href="other.html#bench=relu2:1=mean"' in own_subset().html
    assert "mi-to-bench" not in _own(GAMES).markup({"units": ["0"], "held": "mean"})
    opened = visit("own")
    chips = opened.page.locator("#fig-own [data-many] input")
    chips.nth(2).uncheck()
    opened.settle("own")
    assert _link(opened) == "other.html#bench=relu2:1=mean,relu2:2=mean"
    opened.page.locator("#fig-own .mi-chip", has_text="zero").click()
    opened.settle("own")
    assert _link(opened) == "other.html#bench=relu2:1=0,relu2:2=0"
    for place in range(3):
        chips.nth(place).check()
    opened.settle("own")
    assert _link(opened) == "other.html#bench="


def test_the_address_is_of_the_subset_and_sets_it(visit: Callable) -> None:
    opened = visit("own")
    opened.page.locator("#fig-own [data-many] input").nth(1).check()
    opened.settle("own")
    assert opened.page.evaluate("location.hash") == "#subset=mean:0,1,2"
    opened.page.evaluate("location.hash = '#subset=zero:2,1,1'")
    opened.page.wait_for_function("miFigures.own.state.values.held === 'zero'")
    opened.settle("own")
    assert opened.state("own", "units") == ["1", "2"]
    assert opened.state("own", "own_score") == GAMES["zero"][0b110] / N_RIGHT
    for strange in ("zero:3", "other:1", "constructor:", "zero:a", "zero:1,"):
        opened.page.evaluate(f"location.hash = '#subset={strange}'")
    opened.page.wait_for_function("location.hash.endsWith('zero:1,')")
    assert opened.state("own", "units") == ["1", "2"]
    opened.page.evaluate("location.hash = '#subset=mean:'")
    opened.page.wait_for_function("miFigures.own.state.values.held === 'mean'")
    opened.settle("own")
    assert opened.state("own", "units") == []
    assert opened.said == []


def test_tapping_a_point_makes_it_ones_own(visit: Callable) -> None:
    opened = visit("own")
    opened.page.focus("#fig-own .mi-live")
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        opened.page.keyboard.press(key)
    opened.settle("own")
    marked = opened.state("own", "units")
    assert marked in (["1"], ["1", "2"])
    kept = opened.page.locator("#fig-own [data-many] input:checked").evaluate_all("all => all.map(i => i.value)")
    assert [value.strip('"') for value in kept] == marked
    place = "miFigures.own.panels[0].view.scenegraph().root.items[0].items.at(-1).items[0].datum"
    assert opened.page.evaluate(place)["size"] == len(marked)
