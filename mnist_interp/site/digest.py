"""When a page runs again: a digest of all that its cells' results depend on enters the page's execution key.

A page's outputs are found (`kept_pages`) by the sources of its cells and its kernel specification alone, so an edited
package module would leave stale outputs. Here the digest of the modules that the page's cells import, with everything
those import, is written into the kernel specification while Sphinx reads the page: the key then covers it. A change of
prose changes neither, so nothing runs.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook

from mnist_interp.runtime import code_digest, preview
from mnist_interp.site.errors import BookError

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

KEY = "mnist_interp"
_FRONT = re.compile(r"\A---\n(.*?\n)---[ \t]*\n", re.DOTALL)
_CODE_CELL = re.compile(r"^(`{3,}|:{3,}|~{3,})\{code-cell\}", re.MULTILINE)
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
_HEADER = """\
---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---"""


def modules_of(text: str) -> list[str]:
    """Name the package's modules that the code cells of a page import themselves, in order."""
    found: set[str] = set()
    for cell in read_myst_markdown_notebook(text).cells:
        if cell.cell_type == "code":
            try:
                tree = ast.parse(_MAGIC.sub("", cell.source))
            except SyntaxError:
                continue
            found.update(code_digest.imported_modules(tree))
    return sorted(found)


def of_page(text: str) -> str:
    """Return the digest of everything but its own cells that a page's outputs depend on.

    Parameters
    ----------
    text : str
        The page's markdown.

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    parts = {
        "modules": code_digest.of_modules(modules_of(text)),
        "recipes": code_digest.of_tables(),
        "preview": preview.enabled(),
        "versions": code_digest.drawing_versions(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def with_digest(text: str, digest: str) -> str:
    """Write the digest into the kernel specification of a page's front matter, without moving any line."""
    match = _FRONT.match(text)
    if match is None:
        raise ValueError("the page has no front matter: expected it to start with a line of three hyphens")
    metadata = yaml.safe_load(match[1])
    metadata["kernelspec"][KEY] = digest
    filler = "\n" * match[1].count("\n")
    return f"---\n{json.dumps(metadata, default=str)}{filler}---\n{text[match.end() :]}"


def check_header(page: str, text: str) -> bool:
    """Say whether a page has cells to run, and refuse one whose header would keep them from running.

    Parameters
    ----------
    page : str
        Name of the page, for the message.
    text : str
        Its markdown.

    Raises
    ------
    BookError
        If the page has code cells but not the header that makes them run, or asks for another kernel.
    """
    if not is_myst_markdown_notebook(text):
        if _CODE_CELL.search(text):
            raise BookError(
                f"{page}.md has code cells but no notebook header, so they would silently not run. Expected the file "
                f"to begin with (put these lines at its top):\n{_HEADER}"
            )
        return False
    match = _FRONT.match(text)
    kernel = (yaml.safe_load(match[1]).get("kernelspec") or {}).get("name") if match else None
    if kernel != "python3":
        raise BookError(
            f"{page}.md names the kernel {kernel!r}. Expected 'python3', the interpreter that builds the book; its "
            f"header should read:\n{_HEADER}"
        )
    return True


def _of(page: str, text: str) -> str:
    try:
        return of_page(text)
    except SyntaxError as error:
        raise BookError(f"{page}.md imports a module of the package that does not parse: {error}") from None


def _add_to_source(app: Sphinx, page: str, source: list[str]) -> None:
    digests: dict[str, str] = app.env.__dict__.setdefault("mi_digests", {})
    digests.pop(page, None)
    if Path(app.env.doc2path(page)).suffix == ".md" and check_header(page, source[0]):
        digests[page] = _of(page, source[0])
        source[0] = with_digest(source[0], digests[page])


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    digests: dict[str, Any] = env.__dict__.setdefault("mi_digests", {})
    known = {page for page in digests if page in env.found_docs} - added - changed - removed
    texts = {page: Path(env.doc2path(page)).read_text(encoding="utf-8") for page in known}
    return sorted(page for page in known if digests[page] != _of(page, texts[page]))


def setup(app: Sphinx) -> None:
    """Write digests into pages as they are read, and have pages read again whose digest is another."""
    app.connect("source-read", _add_to_source)
    app.connect("env-get-outdated", _outdated)
