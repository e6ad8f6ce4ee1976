"""Pages as tests, by nbval: each code cell of book/PAGE.md runs in order, in a kernel that starts in book/.

Cells and line numbers are those of the page; outputs and execution counts those of the executed notebook in the
built site (downloads/notebooks/PAGE.ipynb), which is refused where its cells are not the page's. Outputs are compared
for cells tagged ``nbval-check-output``, and for all with ``--nbval``. The kernel sees a preview if the site is one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupytext.myst import myst_to_notebook
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, find_comment_markers, find_metadata_tags

from mnist_interp.runtime import book_kernel
from mnist_interp.site.notebooks import INSTALLS
from tests.places import NO_SITE, facts, find_site, in_ci

PATIENCE = 300.0  # seconds: a busy machine may let a kernel wait for its turn; nbval waits 5 and 10


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Page | None:
    """Take the markdown pages of the book."""
    if file_path.suffix == ".md" and file_path.parent == parent.config.rootpath / "book":
        return Page.from_parent(parent, path=file_path)
    return None


def cells_of(text: str) -> list[tuple[int, nbformat.NotebookNode]]:
    """Return the code cells of a page with the numbers of the lines where they begin."""
    notebook = myst_to_notebook(text, add_source_map=True)
    lines = notebook.metadata["source_map"]
    return [(line, cell) for line, cell in zip(lines, notebook.cells, strict=True) if cell.cell_type == "code"]


class Kernel(RunningKernel):
    """A kernel whose answers may take their time."""

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the answer to a request, for `PATIENCE` at least."""
        super().await_reply(msg_id, timeout=max(timeout or 0, PATIENCE))


class Page(IPyNbFile):
    """A page of the book: its cells share one kernel."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.compare_outputs = self.config.option.nbval

    def _site(self) -> Path:
        site = find_site()
        if site is None and in_ci():
            raise self.CollectError(NO_SITE)
        if site is None:
            pytest.skip(NO_SITE, allow_module_level=True)
        return site

    def _executed(self, site: Path) -> list[nbformat.NotebookNode]:
        path = site / "downloads" / "notebooks" / f"{self.path.stem}.ipynb"
        if not path.is_file():
            raise self.CollectError(f"book/{self.path.name} is not in the built site ({path}); build it again")
        cells = (cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
        return [cell for cell in cells if INSTALLS not in cell.metadata.get("tags", ())]

    def collect(self) -> Iterator[Cell]:
        """Yield a test for each code cell."""
        cells = cells_of(self.path.read_text(encoding="utf-8"))
        if not cells:
            return
        executed = self._executed(self._site())
        for number in range(max(len(cells), len(executed))):
            line = cells[min(number, len(cells) - 1)][0]
            if number >= min(len(cells), len(executed)) or cells[number][1].source != executed[number].source:
                raise self.CollectError(
                    f"book/{self.path.name}:{line}: the built site has other code cells than the page from here on; "
                    "build it again"
                )
        for number, ((line, cell), reference) in enumerate(zip(cells, executed, strict=True)):
            options = defaultdict(bool, find_metadata_tags(cell.metadata))
            options.update(find_comment_markers(cell.source))
            options.setdefault("check", self.compare_outputs)
            cell.outputs, cell.execution_count = reference.outputs, reference.execution_count
            yield Cell.from_parent(self, name=f"line {line}", cell_num=number, cell=cell, options=options, line=line)

    def setup(self) -> None:
        """Start the kernel of this very environment, in the mode in which the site was built."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(book_kernel.VARIABLE, "1")
            patch.setenv("MNIST_INTERP_PREVIEW", "1" if facts(self._site())["preview"] else "")
            self.kernel = Kernel(CURRENT_ENV_KERNEL_NAME, cwd=str(self.path.parent), startup_timeout=PATIENCE)
        self.setup_sanitize_files()


class Cell(IPyNbCell):
    """A code cell of a page."""

    def __init__(self, *, line: int, **kwargs):
        super().__init__(**kwargs)
        self.line = line
        self.output_timeout = PATIENCE
        self.where = f"book/{self.path.name}:{line}"

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """Name page and line."""
        return self.path, self.line - 1, self.where

    def repr_failure(self, excinfo, style=None) -> str:
        """Say where the cell is, then what nbval says."""
        return f"{self.where}: {super().repr_failure(excinfo)}"
