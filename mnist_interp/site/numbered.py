"""Chapters by their numbers: those of the table of contents (``numbered`` in ``_toc.yml``), wherever one is named.

Sphinx writes them before the title of a page and before its entry in the contents; what this site names by itself, it
names by `titled`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


def number(env: BuildEnvironment, page: str) -> int | None:
    """Return the number of a chapter; None of a page that has none."""
    found = env.toc_secnumbers.get(page, {}).get("")
    return found[0] if found else None


def titled(env: BuildEnvironment, page: str) -> str:
    """Return the title of a page, after its number where it has one."""
    title, place = env.titles[page].astext(), number(env, page)
    return title if place is None else f"{place}. {title}"


def chapters(env: BuildEnvironment) -> list[str]:
    """Return the pages that have numbers, in their order."""
    found = {page: place for page in env.toc_secnumbers if (place := number(env, page)) is not None}
    return sorted(found, key=found.__getitem__)
