"""The bench in a notebook: what Python and the page tell each other, and, where there is a JupyterLab, all of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import numpy as np
import pytest
import torch
from torch import nn

import mnist_interp as mi
from mnist_interp.own import notebook
from tests.own.given import until
from tests.places import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

TRAINED = """
import torch
from torch import nn
import mnist_interp as mi
torch.manual_seed(0)
images = torch.randn(300, 20)
labels = images[:, :3].argmax(1)
model = nn.Sequential(nn.Linear(20, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(100):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
"""
# A model as widgets have it, and the module imported as a host does: from a Blob.
HOST = """async ({ esm, page }) => {
  const values = { page, lesion: {}, accuracy: null }, listeners = {};
  window.model = {
    values,
    saved: 0,
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
      (listeners["change:" + name] || []).forEach((listener) => listener());
    },
    on: (name, listener) => (listeners[name] = [...(listeners[name] || []), listener]),
    off: (name) => delete listeners[name],
    save_changes: () => window.model.saved++,
  };
  const { default: widget } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  window.leave = widget.render({ model: window.model, el: document.querySelector("main") });
}"""


@pytest.fixture(scope="module")
def given() -> tuple[nn.Sequential, torch.Tensor, torch.Tensor]:
    """Train a network of 20, 12 and 3 units."""
    names: dict[str, Any] = {}
    exec(TRAINED, names)
    return names["model"], names["images"], names["labels"]


def accuracy(model: nn.Sequential, images: torch.Tensor, labels: torch.Tensor, off: list[int]) -> float:
    with torch.no_grad():
        hidden = model[1](model[0](images))
        hidden[:, off] = 0
        return (model[2](hidden).argmax(1) == labels).double().mean().item()


def test_what_a_kernel_is_asked_for(given: tuple[nn.Sequential, torch.Tensor, torch.Tensor], tmp_path: Path) -> None:
    model, images, labels = given
    model.train()
    bench = mi.lesion_bench(model, images.numpy(), labels)
    assert model.training
    assert "The lesion bench of <code>Sequential</code>" in bench.page
    bench.save(tmp_path / "bench.html")
    assert (tmp_path / "bench.html").read_text("utf-8") == bench.page
    shown = bench._repr_mimebundle_()
    shown = shown[0] if isinstance(shown, tuple) else shown
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == bench.widget.model_id
    assert bench.widget.page == bench.page
    assert {"page", "lesion", "accuracy"} <= set(bench.widget.keys)
    assert "://" not in bench.widget._esm  # no other host
    assert "export default" in bench.widget._esm
    with pytest.raises(ValueError, match="labels have shape"):
        mi.lesion_bench(model, images, labels[1:])
    with pytest.raises(ValueError, match="not the class"):
        mi.lesion_bench(type(model), images, labels)


def test_without_anywidget_it_is_html(
    given: tuple[nn.Sequential, torch.Tensor, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = mi.lesion_bench(*given)
    monkeypatch.setattr(notebook.importlib.util, "find_spec", lambda name: None)
    assert bench._repr_mimebundle_()["text/html"] == bench.frame._repr_html_()


def test_the_widget_follows_the_page_and_the_page_the_widget(
    browser: Browser, given: tuple[nn.Sequential, torch.Tensor, torch.Tensor]
) -> None:
    bench, tab = mi.lesion_bench(*given), browser.new_page()
    tab.set_content("<body data-jp-theme-light='false'><main></main></body>")
    tab.evaluate(HOST, {"esm": bench.widget._esm, "page": bench.page})
    inside = tab.frame_locator("iframe")
    inside.locator(".lb-neuron").nth(2).click()
    until(tab, 'JSON.stringify(model.values.lesion) === \'{"1":{"2":0}}\'')
    assert tab.evaluate("model.values.accuracy") == pytest.approx(accuracy(*given, [2]))
    assert accuracy(*given, [2]) < accuracy(*given, [])
    tab.evaluate("model.set('lesion', {1: {0: 0, 5: 0}})")
    until(tab, f"Math.abs(model.values.accuracy - {accuracy(*given, [0, 5])}) < 1e-9")
    assert inside.locator(".lb-summary").inner_text().startswith("Neuron 0 of layer 1 silenced, neuron 5")
    assert inside.locator("html").get_attribute("data-theme") == "dark"
    tab.evaluate("model.set('lesion', {})")
    until(tab, f"Math.abs(model.values.accuracy - {accuracy(*given, [])}) < 1e-9")
    until(tab, "document.querySelector('iframe').clientHeight !== 900")  # as high as it is
    assert inside.locator(".lb-share").is_hidden()
    tab.evaluate("leave()")
    tab.close()


def test_a_frame_takes_the_theme_of_its_page(
    browser: Browser, given: tuple[nn.Sequential, torch.Tensor, torch.Tensor], tmp_path: Path
) -> None:
    frame = mi.lesion_bench(*given).frame._repr_html_()
    (tmp_path / "page.html").write_text(
        f'<html data-theme="dark"><meta charset="utf-8"><body>{frame}</body></html>', "utf-8"
    )
    tab = browser.new_page()
    tab.goto((tmp_path / "page.html").as_uri())
    inside = tab.frame_locator("iframe")
    inside.locator(".lb-neuron").nth(1).click()
    inside.locator('html[data-theme="dark"]').wait_for(state="attached")
    tab.evaluate("document.documentElement.dataset.theme = 'light'")
    inside.locator('html[data-theme="light"]').wait_for(state="attached")
    until(tab, "document.querySelector('iframe').clientHeight > 900")
    tab.close()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Start the JupyterLab that is found, with a kernel of this environment, and return its address."""
    command = shutil.which("jupyter-lab")
    if command is None:
        pytest.skip(
            "there is no jupyter-lab here: pip install jupyterlab anywidget, in an environment of its own or this"
        )
    kernel = tmp_path / "share" / "kernels" / "own"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    facts = {"argv": argv, "display_name": "own", "language": "python", "env": {"PYTHONPATH": str(REPOSITORY)}}
    (kernel / "kernel.json").write_text(json.dumps(facts))
    runtime = tmp_path / "runtime"
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    variables |= {"JUPYTER_PATH": str(tmp_path / "share"), "JUPYTER_RUNTIME_DIR": str(runtime)}
    variables |= {"JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "HOME": str(tmp_path)}
    words = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token="]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen([command, *words, f"--ServerApp.root_dir={tmp_path}"], env=variables, stderr=log)
    try:
        address = ""
        for _ in range(240):
            for path in runtime.glob("jpserver-*.json"):
                address = json.loads(path.read_text())["url"]
            try:
                if address:
                    urllib.request.urlopen(address + "api", timeout=5).close()
                    break
            except OSError:
                pass
            time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.wait(30)


def ran(tab: Page, cells: int) -> None:
    tab.locator(".jp-NotebookPanel .jp-Cell").first.click()
    tab.keyboard.press("Escape")
    for _ in range(cells):
        tab.keyboard.press("Shift+Enter")


def test_a_lesion_in_jupyterlab(
    browser: Browser, lab: str, tmp_path: Path, given: tuple[nn.Sequential, torch.Tensor, torch.Tensor]
) -> None:
    cells = [TRAINED, "bench = mi.lesion_bench(model, images, labels)\nbench"]
    facts = {"kernelspec": {"name": "own", "display_name": "own", "language": "python"}}
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=facts)
    nbformat.write(page, tmp_path / "own.ipynb")
    tab = browser.new_page()
    tab.goto(f"{lab}lab/tree/own.ipynb")
    tab.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    tab.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(timeout=60_000)
    ran(tab, len(cells))
    inside = tab.frame_locator('iframe[title="The lesion bench"]')
    big: Locator = inside.locator(".lb-big")
    big.wait_for(timeout=120_000)
    assert big.inner_text() == f"{accuracy(*given, []):.2%}"
    inside.locator(".lb-neuron").nth(2).click()
    inside.get_by_text(f"{accuracy(*given, [2]):.2%}", exact=True).wait_for()
    assert np.unique([accuracy(*given, [unit]) for unit in range(12)]).size > 3
    tab.close()
