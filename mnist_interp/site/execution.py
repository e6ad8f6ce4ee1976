"""How cells run: by this interpreter, remembered under the store, and a failing one ends every build.

A page's executed form is kept by jupyter-cache in ``pages`` below `store.root`. Where that folder cannot be used, one
line says so and the page runs without. A cell that fails stops the build with the page, the line in its source and
the error; nothing is kept of it, so the next build fails too.
"""

from __future__ import annotations

import ast
import os
import re
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from IPython.paths import get_ipython_dir
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from myst_nb.core import execute
from myst_nb.core.execute.base import ExecutionError
from myst_nb.core.execute.cache import NotebookClientCache
from myst_nb.core.execute.direct import NotebookClientDirect
from sphinx.util import logging
from sqlalchemy.exc import SQLAlchemyError

from mnist_interp.runtime import book_kernel, store
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


def executed_name(page: str) -> str:
    """Name the file in which a page's executed notebook is kept with all its outputs."""
    return f"{page}.executed.ipynb"


def glued(notebook: NotebookNode) -> dict[str, str]:
    """Return what the cells of an executed notebook glued, as Python writes it, by key."""
    outputs = (output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs)
    named = [output for output in outputs if "scrapbook" in output.get("metadata", {})]
    return {
        output.metadata["scrapbook"]["name"]: output.data[f"{output.metadata['scrapbook']['mime_prefix']}text/plain"]
        for output in named
    }


def read(text: str) -> Any:
    """Return what Python wrote as `text`, a number, also one that is none or infinite, or a string."""
    try:
        return ast.literal_eval(text)
    except ValueError:
        return float(text)


class PageClient(NotebookClientCache):
    """Runs a page through the cache, without it where it fails, and names the line of a failing cell."""

    def start_client(self) -> None:
        """Fetch or compute the outputs of the page."""
        read = self.notebook
        try:
            try:
                super().start_client()
                self._fill(read)
            except (OSError, SQLAlchemyError) as error:
                reason = str(error).splitlines()[0]
                logger.info("pages are executed without their cache (%s)", reason)
                NotebookClientDirect.start_client(self)
        except ExecutionError as error:
            raise BookError(self._failure(error)) from None
        self._keep()

    def _keep(self) -> None:
        # Before myst-nb takes the glued values out of the outputs, which it does differently on a fresh run and after.
        if self.path is not None:
            folder = Path(self.nb_config.output_folder)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / executed_name(self.path.stem)).write_text(nbformat.writes(self.notebook), encoding="utf-8")

    def _fill(self, read: NotebookNode) -> None:
        """Put outputs that came from the cache into the notebook as read, which is the one myst-nb writes to disk."""
        for cell, executed in zip(read.cells, self.notebook.cells, strict=True):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = executed.outputs, executed.execution_count

    def _failure(self, error: ExecutionError) -> str:
        page = self.path.name if self.path else "a page"
        for index, cell in enumerate(self.notebook.cells):
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    lines = [_COLOR.sub("", line) for line in output.traceback]
                    title = f"{page}:{self.cell_line(index)}: this cell fails with {output.ename}: {output.evalue}"
                    return "\n".join([title, "", *lines])
        cause = str(error.__cause__).strip().splitlines()
        return f"{page}: a cell did not finish: {cause[0] if cause else type(error.__cause__).__name__}"


def _cache_folder() -> str:
    wanted = store.root() / "pages"
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            pass
    except OSError as error:
        logger.info("executed pages cannot be kept in %s (%s); going on without", wanted, error.strerror)
        return tempfile.mkdtemp(prefix="mnist-interp-pages-")
    return str(wanted)


def check_kernel() -> None:
    """Refuse to run pages by another interpreter than this one.

    Raises
    ------
    BookError
        If the kernel ``python3`` is missing or is another Python's.
    """
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        raise BookError(
            "there is no kernel 'python3' here: install ipykernel into the environment that builds"
        ) from None
    by_name = re.fullmatch(r"python(3(\.\d+)?)?", command)
    if not by_name and os.path.realpath(command) != os.path.realpath(sys.executable):
        raise BookError(
            f"the kernel 'python3' runs {command}, but {sys.executable} builds the book. Expected the same; "
            "remove that kernel (`jupyter kernelspec remove python3`) or install ipykernel in an environment of its own"
        )


def check_names(*folders: Path) -> None:
    """Refuse folders whose names this Python cannot read, as in an ASCII locale: the cache could not name its pages.

    Raises
    ------
    BookError
        If a name has undecoded bytes.
    """
    for folder in folders:
        try:
            str(folder).encode()
        except UnicodeEncodeError:
            raise BookError(
                f"Python decodes file names as {sys.getfilesystemencoding()} here, which cannot hold {str(folder)!a}: "
                "set PYTHONUTF8=1, or build with `python -m mnist_interp book`, which does"
            ) from None


def _choose_ipython_folder() -> None:
    """Choose once where IPython keeps its own, or each kernel complains of a home that cannot be written."""
    with warnings.catch_warnings(action="ignore"):
        os.environ.setdefault("IPYTHONDIR", get_ipython_dir())


def _configure(app: Sphinx, config: Config) -> None:
    _choose_ipython_folder()  # before anything looks for kernels there
    check_kernel()
    check_names(Path(app.srcdir), store.root())
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Nothing beside the sources, then. But compiled anew by each page's kernel, what it imports takes 5 s more.
        os.environ.setdefault("PYTHONPYCACHEPREFIX", str(store.root() / "bytecode"))
    os.environ[book_kernel.VARIABLE] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_package_root(), os.environ.get("PYTHONPATH", "")]))
    config.nb_execution_cache_path = _cache_folder()
    execute.NotebookClientCache = PageClient


def _package_root() -> str:
    return str(Path(__file__).parents[2])


def setup(app: Sphinx) -> None:
    """Choose the cache's folder and check the kernel once the configuration is read."""
    app.connect("config-inited", _configure)
