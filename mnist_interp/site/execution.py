"""How cells run: by this interpreter, remembered under the store, and a failing one ends every build.

What a page put out is kept in the store (`kept_pages`). What the store warns of, here or in a page's kernel, is one
line of the build and nothing on the page. A cell that fails stops the build with the page, the line in its source and
the error; nothing is kept of it, so the next build fails too. A kernel that the system ends, as it does for want of
memory, is begun again once.
"""

from __future__ import annotations

import ast
import atexit
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from IPython.paths import get_ipython_dir
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from myst_nb.core import execute
from myst_nb.core.execute.base import ExecutionError
from myst_nb.core.execute.direct import NotebookClientDirect
from sphinx.util import logging

from mnist_interp.runtime import book_kernel, lost_workers, store
from mnist_interp.site import kept_pages
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_OURS = "|".join(kind.__name__ for kind in (store.StoreWarning, lost_workers.LostWorkerWarning))
_WARNED = re.compile(rf"^.*\b(?:{_OURS}): (.*)\n(?: .*\n)?", re.MULTILINE)


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


_said: set[str] = set()


def _say_once(line: str) -> None:
    if line not in _said:
        _said.add(line)
        logger.info("%s", line)


def take_warnings(notebook: NotebookNode) -> list[str]:
    """Take what the store warned of out of the outputs of a notebook, in place, and return it."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                found += _WARNED.findall(output.text)
                output.text = _WARNED.sub("", output.text)
        cell.outputs = [output for output in cell.outputs if output.get("text") != ""]
    return found


class PageClient(NotebookClientDirect):
    """Runs a page whose outputs are not kept, and names the line of a failing cell."""

    def start_client(self) -> None:
        """Fetch or compute the outputs of the page."""
        if kept_pages.fill(self.notebook):
            self.exec_metadata = {
                "mtime": 0.0,
                "runtime": None,
                "method": self.nb_config.execution_mode,
                "succeeded": True,
                "error": None,
                "traceback": None,
            }
        else:
            self._run()
        self._keep()

    def _run(self) -> None:
        page, where = self.path.stem if self.path else "a page", kept_pages.place(self.notebook)
        try:
            try:
                super().start_client()
            except RuntimeError:  # of the kernel: one that dies, or that died before it answered
                logger.info("%s: its kernel was ended from outside, perhaps for want of memory; running it again", page)
                super().start_client()
        except ExecutionError as error:
            raise BookError(self._failure(error)) from None
        except RuntimeError:
            raise BookError(f"{page}.md: its kernel was ended from outside twice: is there memory enough?") from None
        for line in take_warnings(self.notebook):
            _say_once(line)
        kept_pages.keep(where, self.notebook)
        kept_pages.keep_seconds(page, (self.exec_metadata or {}).get("runtime") or 0.0)

    def _keep(self) -> None:
        # Before myst-nb takes the glued values out of the outputs, which it does differently on a fresh run and after.
        if self.path is not None:
            folder = Path(self.nb_config.output_folder)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / executed_name(self.path.stem)).write_text(nbformat.writes(self.notebook), encoding="utf-8")

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
    """Refuse folders whose names this Python cannot read, as in an ASCII locale: the store could not name its entries.

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


def _as_a_line(others: Callable[..., None]) -> Callable[..., None]:
    """Return what shows a warning of the store as a line of the build, and leaves `others` as they are."""

    def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
        if issubclass(category, store.StoreWarning):
            _say_once(str(message))
        else:
            others(message, category, *where)

    return show


def _configure(app: Sphinx, config: Config) -> None:
    _choose_ipython_folder()  # before anything looks for kernels there
    check_kernel()
    check_names(Path(app.srcdir), store.root())
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Nothing beside the sources, then. But compiled anew by each page's kernel, what it imports takes 5 s more.
        # In a folder of this build alone: Python trusts what it finds, also where a byte of it has changed since.
        bytecode = tempfile.mkdtemp(prefix="mnist-interp-bytecode-")
        atexit.register(shutil.rmtree, bytecode, ignore_errors=True)
        os.environ.setdefault("PYTHONPYCACHEPREFIX", bytecode)
    os.environ[book_kernel.VARIABLE] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [_package_root(), os.environ.get("PYTHONPATH", "")]))
    config.nb_execution_cache_path = str(store.root() / "pages")  # as myst-nb says of it
    execute.NotebookClientCache = PageClient
    warnings.showwarning = _as_a_line(warnings.showwarning)


def _package_root() -> str:
    return str(Path(__file__).parents[2])


def setup(app: Sphinx) -> None:
    """Check the kernel and choose what runs pages once the configuration is read."""
    app.connect("config-inited", _configure)
