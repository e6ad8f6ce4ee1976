"""How a figure looks where no page styles it, such as in a notebook: its pictures on white, and its caption."""

from __future__ import annotations

from mnist_interp.charts import palette

_RULES = (
    ".mi-figure{max-width:60rem;margin:1rem 0;padding:.5rem;background:#fff;color:#000}"
    ".mi-figure :is(.mi-picture-narrow,.mi-sr,.mi-tools,.mi-controls){display:none}"
    ".mi-panels{display:grid;grid-template-columns:repeat(var(--mi-columns),minmax(0,1fr));gap:1rem}"
    ".mi-still svg{display:block;width:100%;height:auto}"
)


def styled(html: str) -> str:
    """Return a figure's markup with all the styles it needs, which leave the rest of the notebook alone."""
    light, _, _ = palette.css().removeprefix(":root").partition("}")
    return f"<style>.mi-figure{light}}}{_RULES}</style>{html}"
