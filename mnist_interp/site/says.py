"""Words that state a result carry the condition that makes them true, in glued values, checked at each build.

``{says}`Not one is left <n0_zero == 0>``` shows "Not one is left". Where that is not so the book is not built; a
preview, whose numbers mean nothing, lists such words and goes on. A condition is Python, of the keys that the page's
cells glue.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from mnist_interp.runtime import preview
from mnist_interp.site.errors import BookError
from mnist_interp.site.execution import executed_name, glued, read

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
FORM = re.compile(r"(?P<words>[^<>]+?)\s*<(?P<condition>.+)>", re.DOTALL)
_KNOWN = {"abs": abs, "min": min, "max": max, "round": round}


@dataclass(frozen=True)
class Said:
    """Words of a page, the line of their paragraph, and their condition."""

    line: int
    words: str
    condition: str


def holds(condition: str, values: Mapping[str, Any]) -> bool:
    """Return whether a condition holds.

    Parameters
    ----------
    condition : str
        A Python expression of names, numbers and ``abs``, ``min``, ``max`` and ``round``.
    values : mapping of str to number or str
        What the names stand for.

    Raises
    ------
    ValueError
        If it is no such expression, names what is not there, or is neither true nor false.
    """
    try:
        code = compile(condition.strip(), "<condition>", "eval")
        found = eval(code, {"__builtins__": {}}, _KNOWN | dict(values))
    except ZeroDivisionError:  # a ratio to nothing, in a preview
        return False
    except NameError as error:
        raise ValueError(f"no cell of the page glues {error.name!r}, which {condition!r} names") from None
    except (SyntaxError, TypeError) as error:
        raise ValueError(f"{condition!r} cannot be judged: {error}") from None
    if found not in (True, False):
        raise ValueError(f"{condition!r} is {found!r}: expected a comparison, which is true or false")
    return bool(found)


class Says(SphinxRole):
    """Shows the words, and keeps them with their condition until all pages have run."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Part words and condition."""
        found = FORM.fullmatch(self.text.strip())
        if found is None:
            logger.warning("{says}`%s`: expected words <condition>", self.text, location=self.get_location())
            return [nodes.Text(self.text)], []
        said = Said(self.lineno, " ".join(found["words"].split()), " ".join(found["condition"].split()))
        self.env.__dict__.setdefault("mi_said", {}).setdefault(self.env.docname, []).append(said)
        return [nodes.Text(found["words"])], []


def untrue(page: str, said: list[Said], values: Mapping[str, Any]) -> list[str]:
    """Return, one line each, the words of a page whose condition is false.

    Raises
    ------
    BookError
        If a condition cannot be judged.
    """
    lines = []
    for one in said:
        try:
            if not holds(one.condition, values):
                named = {node.id for node in ast.walk(ast.parse(one.condition)) if isinstance(node, ast.Name)}
                shown = ", ".join(f"{name} is {values[name]!r}" for name in sorted(named & values.keys()))
                lines.append(f"{page}.md:{one.line}: “{one.words}” is not so: expected {one.condition}, but {shown}")
        except ValueError as error:
            raise BookError(f"{page}.md:{one.line}: “{one.words}”: {error}") from None
    return lines


def _values(app: Sphinx, page: str) -> dict[str, Any]:
    executed = Path(app.env.mystnb_config.output_folder, executed_name(page))  # type: ignore[attr-defined]
    if not executed.is_file():
        return {}
    return {key: read(text) for key, text in glued(nbformat.read(executed, as_version=4)).items()}


def _judge(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    said: dict[str, list[Said]] = getattr(app.env, "mi_said", {})
    lines = [line for page in sorted(said) for line in untrue(page, said[page], _values(app, page))]
    if lines and not preview.enabled():
        raise BookError("the text says what is not true (change the words or their condition):\n" + "\n".join(lines))
    if lines:
        logger.info("%d sentences would not be true in this preview, whose numbers mean nothing:", len(lines))
    for line in lines:
        logger.info("  %s", line)


def _forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    env.__dict__.get("mi_said", {}).pop(page, None)


def setup(app: Sphinx) -> None:
    """Register the role, and judge when all pages are written."""
    app.add_role("says", Says())
    app.connect("env-purge-doc", _forget)
    app.connect("build-finished", _judge)
