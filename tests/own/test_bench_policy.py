"""The content policy of the reader's bench holds in its file and in a sandboxed frame: it asks nobody for anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mnist_interp.own import page
from tests.forbidden import FORBIDDEN, TRY
from tests.own import hostile_weights
from tests.own.given import given, networks, saying

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.mark.parametrize("way", ["file", "sandbox"])
def test_it_forbids_what_a_bench_must_not_do(browser: Browser, tmp_path: Path, way: str) -> None:
    model, images = networks()["relu"]
    bench, frame = tmp_path / "bench.html", tmp_path / "frame.html"
    bench.write_text(page.bench(saying(model), images, name="mine.pt"), "utf-8")
    frame.write_text(
        '<iframe sandbox="allow-scripts allow-forms" src="bench.html"></iframe>'
    )  # forms are for the policy
    context = browser.new_context()
    tab, foreign, said = context.new_page(), list[str](), list[str]()
    own = ("blob:", "data:", bench.as_uri(), frame.as_uri())
    tab.on("request", lambda request: None if request.url.startswith(own) else foreign.append(request.url))
    tab.on("requestfailed", lambda request: foreign.remove(request.url) if request.failure == "csp" else None)
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto((bench if way == "file" else frame).as_uri(), wait_until="load")
    place = tab.main_frame if way == "file" else tab.frames[1]
    assert place.evaluate("lesionBench.evaluate({})")["accuracy"] > 0
    if way == "sandbox":
        assert place.evaluate("origin") == "null"
    assert (foreign, said) == ([], [])
    broken, ran, moved = place.evaluate(TRY)
    assert set(broken) == FORBIDDEN
    assert (ran, moved, foreign) == ([], False, [])
    context.close()


@pytest.mark.parametrize("layer", ["__proto__", "constructor", "toString", "hasOwnProperty"])
def test_a_layer_s_name_is_no_property_of_the_scripts(browser: Browser, tmp_path: Path, layer: str) -> None:
    made = hostile_weights.plain()
    state = {name.replace("fc1", layer): one for name, one in made.items()}
    images = given(hostile_weights.SIZES[0], classes=hostile_weights.SIZES[-1])
    found = {}
    for name, weights_ in (("fc1", made), (layer, state)):
        model = page.weights.sequence(weights_, activation="relu")
        (tmp_path / "bench.html").write_text(page.bench(model, images, name="mine.pt"), "utf-8")
        tab, said = browser.new_page(), list[str]()
        tab.on("pageerror", lambda error, said=said: said.append(str(error)))
        tab.goto((tmp_path / "bench.html").as_uri())
        lesion = json.dumps({name: {"0": 0, "2": "mean"}})
        found[name] = tab.evaluate("text => lesionBench.evaluate(JSON.parse(text))", lesion)
        assert said == []
        tab.close()
    assert found["fc1"] == found[layer]
