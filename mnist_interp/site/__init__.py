"""The Sphinx extension that turns the executed chapters into the site.

Each module beside this one is one idea: when a page is read and executed again (`read_again`, `digest`, `kept_pages`,
`execution`, `ahead`, `board`), what its prose may say (`prose`, `published_role`, `says`, `strict`), how it is shown
(`theme`, `numbered`, `under_title`, `chapter_cards`, `quiz`, `notes`, `mathematics`, `folded`, `typeset`, `glossary`,
`search`, `bench_files`, `pad_files`), how it is light and soon there (`chart_files`, `data_files`, `picture_files`,
`frame_files`, `leftovers`, `styles`), what can be taken away (`notebooks`, `plain_text`, `wheel`, `protagonist`,
`claims_file`, `pruning_file`), how others link to it (`address`, `social`, `figure_pages`), how one cites it (`cite`),
and what it may weigh (`budget`). `pages` is the one place where a page's HTML is changed, as a `tree`.
Importing this package costs nothing, as every chapter's kernel does: the parts are loaded when Sphinx asks for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PARTS = (
    "strict",
    "execution",
    "digest",
    "read_again",
    "ahead",
    "published_role",
    "says",
    "mathematics",
    "folded",
    "theme",
    "cite",
    "social",
    "chart_files",
    "styles",
    "pages",
    "picture_files",
    "frame_files",
    "data_files",
    "figure_pages",
    "glossary",
    "bench_files",
    "pad_files",
    "search",
    "notebooks",
    "protagonist",
    "claims_file",
    "pruning_file",
    "reproducible",
    "budget",
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part with Sphinx, in the order in which they act; what they start has one thread each."""
    import_module("mnist_interp.runtime.parallel").prepare()
    for part in PARTS:
        import_module(f"{__name__}.{part}").setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
