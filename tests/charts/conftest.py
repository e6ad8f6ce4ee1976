"""A page of figures from made-up data, written as a site would write it, and ways to open it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from figures_page import make_figures

from mnist_interp import charts
from mnist_interp.charts import bundle

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; worker-src blob:"
)


@pytest.fixture(scope="session")
def figures() -> dict[str, charts.Figure]:
    return {figure.name: figure for figure in make_figures()}


@pytest.fixture(scope="session")
def folder(figures: dict[str, charts.Figure], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``index.html`` and, without Vega, ``broken/index.html``."""
    top = tmp_path_factory.mktemp("page")
    bundle.write(top / "charts")
    head = "".join(f'<link rel="stylesheet" href="charts/{name}">' for name in bundle.STYLES)
    head += "".join(f'<script defer src="charts/{name}"></script>' for name in bundle.SCRIPTS)
    body = "".join(figure.html for figure in figures.values())
    html = (
        '<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Figures</title>'
        f'<meta name="viewport" content="width=device-width"><meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY}">{head}<style>body{{background:var(--mi-paper);color:var(--mi-ink);margin:0}}'
        f"main{{max-width:720px;margin:auto;padding:16px}}</style></head><body><main><h1>Figures</h1>{body}</main></body></html>"
    )
    (top / "index.html").write_text(html, encoding="utf-8")
    broken = top / "broken"
    shutil.copytree(top / "charts", broken / "charts", ignore=shutil.ignore_patterns("vega.js"))
    (broken / "index.html").write_text(html, encoding="utf-8")
    return top


class Opened:
    """A page with its figures, and what its console said."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def start(self, *names: str) -> None:
        """Start the figures of these names, or all."""
        self.page.evaluate(
            "(names) => Promise.all((names.length ? names : Object.keys(miFigures)).map((n) => miFigures[n].start()))",
            list(names),
        )

    def settle(self, name: str) -> None:
        self.page.evaluate("(name) => miFigures[name].settled()", name)

    def wait(self, condition: str) -> None:
        """Wait until a script gives true; playwright's own way needs eval, which the policy forbids."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"not within 10 s: {condition}")

    def state(self, name: str, param: str) -> Any:
        return self.page.evaluate("([name, param]) => miFigures[name].state.values[param]", [name, param])

    def marks(self, name: str, kind: str) -> int:
        """Count the items of a kind of mark in the scenes of a figure's panels."""
        script = """([name, kind]) => {
            const count = (node) => (node.marktype === kind && node.role === "mark" ? node.items.length : 0) +
                (node.items || []).reduce((sum, item) => sum + (node.marktype === "group"
                    ? item.items.reduce((all, mark) => all + count(mark), 0) : 0), 0);
            return miFigures[name].panels.reduce((sum, panel) => sum + count(panel.view.scenegraph().root), 0);
        }"""
        return self.page.evaluate(script, [name, kind])

    def center(self, name: str, index: int) -> tuple[float, float]:
        """Return where the target of a number lies, in the window."""
        script = """([name, index]) => {
            const panel = miFigures[name].panels[0];
            panel.live.scrollIntoView({ block: "center" });
            const box = panel.live.getBoundingClientRect(), t = panel.hand.all()[index];
            return [box.left + (t.x1 + t.x2) / 2, box.top + (t.y1 + t.y2) / 2];
        }"""
        return tuple(self.page.evaluate(script, [name, index]))


@pytest.fixture
def visit(browser: Any, folder: Path) -> Iterator[Callable[..., Opened]]:
    """Return a function that opens the page of figures in a context with the options given, and starts some or all."""
    contexts = []

    def visit(*names: str, path: str = "index.html", start: bool = True, **options: Any) -> Opened:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "offline": True} | options)
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.goto((folder / path).as_uri())
        if start:
            opened.start(*names)
        return opened

    yield visit
    for context in contexts:
        context.close()
