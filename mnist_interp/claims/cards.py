"""How claims look on a page: a card each at the end of a chapter, a table of all, and the same list for machines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape

from mnist_interp.claims.chapters import CHAPTERS, Judged, judge


@dataclass(frozen=True)
class Html:
    """A piece of a page."""

    text: str

    def _repr_html_(self) -> str:
        return self.text


def format_p(p_value: float | None) -> str:
    """Write an adjusted p-value as a reader wants it."""
    if p_value is None:
        return "by the interval alone"
    return "< .001" if p_value < 0.001 else f"{p_value:.3f}".lstrip("0")


def _number(value: float, form: str) -> str:
    """Write a number with a minus sign, as a hyphen would break its line and is not read aloud; a zero has no sign."""
    text = f"{value:{form}}".replace("-", "−") if value else "0"
    return text if re.search("[1-9]", text) else text.lstrip("+−")


def effect_text(judged: Judged) -> str:
    """Write the mean effect with its interval."""
    form, (low, high) = judged.evidence.claim.form, judged.evidence.interval
    return f"{_number(judged.evidence.effect, form)} ({_number(low, form)} to {_number(high, form)})"


def _threshold(judged: Judged) -> str:
    claim = judged.evidence.claim
    smallest = _number(claim.smallest, claim.form)
    match claim.direction:
        case "absent":
            return f"within ±{smallest.lstrip('+')}"
        case "greater":
            return f"above {smallest}"
        case "less":
            return f"below {smallest}"


def _card(judged: Judged) -> str:
    claim = judged.evidence.claim
    rows = {
        "Measured": claim.measure,
        "Effect": effect_text(judged) + ", mean and 95% interval over seeds",
        "Needed": _threshold(judged),
        "Held against": claim.null,
        "Networks": str(judged.evidence.n_seeds),
        "p, Holm-adjusted": format_p(judged.p_value),
    }
    if claim.declared:
        rows["Reworded since, was"] = claim.declared
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return (
        f'<article class="mi-claim" data-verdict="{judged.verdict}" id="{claim.id}">'
        f'<p class="mi-claim-statement"><span class="mi-claim-verdict">{judged.verdict.capitalize()}</span> '
        f"{escape(claim.statement)}</p>"
        f"<details><summary>Evidence: {escape(effect_text(judged))}</summary><dl>{listed}</dl></details></article>"
    )


def cards(chapter: str) -> Html:
    """Show a chapter's claims with their verdicts, in the chapter's order."""
    return Html("".join(_card(judged) for judged in judge(chapter).values()))


def table() -> Html:
    """Show all claims of the book in one table, with the list that becomes ``downloads/claims.json``."""
    everything = [judged for chapter in CHAPTERS for judged in judge(chapter).values()]
    rows = "".join(
        f'<tr><td><span class="mi-claim-verdict mi-claim-{judged.verdict}">{judged.verdict}</span></td>'
        f'<td><a href="{judged.evidence.claim.page}.html#{judged.evidence.claim.id}">'
        f"{escape(judged.evidence.claim.statement)}</a></td>"
        f"<td>{escape(effect_text(judged))}</td><td>{judged.evidence.n_seeds}</td>"
        f"<td>{escape(format_p(judged.p_value))}</td></tr>"
        for judged in everything
    )
    listed = json.dumps([judged.as_json() for judged in everything], indent=1).replace("</", "<\\/")
    return Html(
        '<div class="mi-claims-table" tabindex="0" role="region" aria-label="All claims"><table><thead><tr>'
        "<th>Verdict</th><th>Claim</th><th>Effect</th><th>Networks</th><th>Adjusted p</th></tr></thead>"
        f'<tbody>{rows}</tbody></table></div><script type="application/json" id="claims-json">{listed}</script>'
    )


def count(chapter: str | None = None) -> dict[str, int]:
    """Count verdicts, of one chapter or of the whole book."""
    chapters = [chapter] if chapter else list(CHAPTERS)
    found = [judged.verdict for name in chapters for judged in judge(name).values()]
    return {name: found.count(name) for name in ("holds", "mixed", "fails")}
