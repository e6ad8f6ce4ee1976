"""How claims look on a page: cards at a chapter's end, tables of both editions, the same lists as JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from mnist_interp.claims import editions
from mnist_interp.claims.chapters import CHAPTERS, Judged, judge
from mnist_interp.claims.claim import Claim, declared

KINDS = {
    "mean": "mean",
    "share": "share of networks",
    "ratio": "ratio of means",
    "deviation": "standard deviation",
}
POINTS = " points"
TIMES = " times"


@dataclass(frozen=True)
class Html:
    """A piece of a page."""

    text: str

    def _repr_html_(self) -> str:
        return self.text


def format_p(p_value: float) -> str:
    """Format a p-value for readers."""
    return "< .001" if p_value < 0.001 else f"{p_value:.3f}".lstrip("0")


def _number(value: float, form: str) -> str:
    """Write a number with a minus sign, as a hyphen would break its line and is not read aloud; a zero has no sign.

    A form that ends in `POINTS` asks for hundredths, one that ends in `TIMES` for the factor of which the value is the
    logarithm; the word itself is left to `_with_unit`.
    """
    if form.endswith(POINTS):
        return _number(100 * value, form.removesuffix(POINTS))
    if form.endswith(TIMES):
        return _number(math.exp(value), form.removesuffix(TIMES))
    text = f"{value:{form}}".replace("-", "−") if value else "0"
    return text if re.search("[1-9]", text) else text.lstrip("+−")


def _with_unit(value: float, form: str) -> str:
    return _number(value, form) + next((unit for unit in (POINTS, TIMES) if form.endswith(unit)), "")


def text_with_interval(effect: float, interval: Iterable[float], form: str) -> str:
    """Write an effect with its interval, in a claim's format."""
    low, high = interval
    return f"{_with_unit(effect, form)} ({_number(low, form)} to {_number(high, form)})"


def effect_text(judged: Judged) -> str:
    """Write the effect with its interval."""
    evidence = judged.evidence
    return text_with_interval(evidence.effect, evidence.interval, evidence.claim.form)


def _threshold(claim: Claim) -> str:
    smallest = _with_unit(claim.smallest, claim.form)
    match claim.direction:
        case "absent":
            return (
                f"within a factor of {_number(claim.smallest, claim.form)}"
                if claim.form.endswith(TIMES)
                else (f"within ±{smallest.lstrip('+')}")
            )
        case "greater":
            return f"above {smallest}"
        case "less":
            return f"below {smallest}"


def _seeds(seeds: tuple[int, ...]) -> str:
    return f"{seeds[0]}–{seeds[-1]}" if len(seeds) > 1 else str(seeds[0])


def badge(verdict: str, text: str = "") -> str:
    """Return a verdict, or another text, with the verdict's color."""
    return f'<span class="mi-claim-verdict mi-claim-{verdict}">{text or verdict}</span>'


def link(claim: str, text: str) -> str:
    """Return a link to a claim's card, by its id."""
    return f'<a href="{claim.partition("-")[0]}.html#{claim}">{escape(text)}</a>'


def _rows(judged: Judged) -> dict[str, str]:
    evidence, claim = judged.evidence, judged.evidence.claim
    over = "pairs of seeds" if claim.unit == "pair" else "seeds and test images" if claim.images else "seeds"
    judgment = evidence.judgment
    rows = {
        "Measured": claim.measure,
        "Effect": f"{effect_text(judged)}, {KINDS[claim.estimand]} and 95% interval over {over}",
        "Needed": _threshold(claim),
        "Compared with": claim.null,
        "Networks": f"{len(evidence.seeds)}, seeds {_seeds(evidence.seeds)}",
        "p": f"{format_p(judged.p_value)} in the chapter, {format_p(judged.p_book)} over the book; one-sided "
        f"{format_p(judgment.p_above)} above and {format_p(judgment.p_below)} below the margin",
    }
    if judged.verdict == "mixed":
        rows["Why mixed"] = judged.why_mixed
    if claim.note:
        rows["Known before"] = claim.note
    if claim.history == "changed":
        rows["First edition"] = "the same question, computed differently"
    if claim.reworded:
        rows["Reworded since; before"] = claim.statement
    return rows


def _card(judged: Judged) -> str:
    claim = judged.evidence.claim
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in _rows(judged).items())
    remark = f'<p class="mi-claim-remark">Found since: {escape(claim.remark)}</p>' if claim.remark else ""
    return (
        f'<article class="mi-claim" data-verdict="{judged.verdict}" id="{claim.id}">'
        f'<p class="mi-claim-statement"><span class="mi-claim-verdict">{judged.verdict.capitalize()}</span> '
        f"{escape(claim.says)}</p>{remark}"
        f"<details><summary>Evidence: {escape(effect_text(judged))}</summary><dl>{listed}</dl></details></article>"
    )


def _statements() -> dict[str, str]:
    return {claim["id"]: claim.get("reworded") or claim["statement"] for claim in declared()["claims"]}


def _instead(one: Mapping[str, Any]) -> str:
    said = _statements()
    return " ".join(link(claim, said[claim]) for claim in one["instead"])


def _withdrawn(one: Mapping[str, Any]) -> str:
    instead = f" Instead: {_instead(one)}" if one["instead"] else ""
    return (
        f'<article class="mi-claim" data-verdict="withdrawn" id="{one["id"]}">'
        f'<p class="mi-claim-statement"><span class="mi-claim-verdict">Withdrawn</span> '
        f"<s>{escape(editions.first()[one['id']]['statement'])}</s></p>"
        f"<details><summary>Why</summary><p>{escape(one['why'])}{instead}</p></details></article>"
    )


def cards(chapter: str) -> Html:
    """Show a chapter's claims with their verdicts, in the chapter's order, then what it withdrew."""
    gone = editions.withdrawn(chapter)
    title = '<p class="mi-claims-gone">Withdrawn from the first edition</p>' if gone else ""
    return Html("".join(map(_card, judge(chapter).values())) + title + "".join(map(_withdrawn, gone)))


def _everything() -> list[Judged]:
    return [judged for chapter in CHAPTERS for judged in judge(chapter).values()]


def grid(kind: str, label: str, columns: Iterable[str], rows: Iterable[str]) -> str:
    """Return a table, scrolling if wide, of rows of `cell`: its class, its name, its heading."""
    head = "".join(f"<th>{column}</th>" for column in columns)
    return (
        f'<div class="mi-claims-table {kind}" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>{head}'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def cell(label: str, html: str) -> str:
    """Return a cell of `grid` with the name of its column, which stands beside it on a phone."""
    return f'<td data-label="{label}"><div>{html}</div></td>'


def _for_machines(name: str, listed: object) -> str:
    text = json.dumps(listed, indent=1).replace("</", "<\\/")
    return f'<script type="application/json" id="{name}-json">{text}</script>'


def _place(chapter: str) -> int:
    """Return a chapter's number: its place in the contents."""
    return list(CHAPTERS).index(chapter) + 1


def _choice(group: str, names: Iterable[str]) -> str:
    def option(name: str) -> str:
        checked = " checked" if name == "all" else ""
        text = _place(name) if name in CHAPTERS else name  # the site writes the chapter's title behind its number
        return f'<label><input type="radio" name="mi-{group}" value="{name}"{checked}>{text}</label>'

    return f"<fieldset><legend>{group.capitalize()}</legend>{''.join(map(option, ('all', *names)))}</fieldset>"


def _filters() -> str:
    """Return two rows of choices, with the rules by which they hide rows: no script is needed."""
    choices = {"chapter": list(CHAPTERS), "verdict": ["holds", "mixed", "fails"]}
    hidden = ",".join(
        f'.mi-claims:has([name="mi-{group}"][value="{name}"]:checked) tr[data-{group}]:not([data-{group}="{name}"])'
        for group, names in choices.items()
        for name in names
    )
    fields = "".join(_choice(group, names) for group, names in choices.items())
    return f'<style>{hidden}{{display:none}}</style><form class="mi-claims-filter">{fields}</form>'


def _row(judged: Judged) -> str:
    claim = judged.evidence.claim
    cells = {
        "Verdict": badge(judged.verdict),
        "Claim": link(claim.id, claim.says),
        "Chapter": str(_place(claim.page)),
        "Effect": escape(effect_text(judged)),
        "Needed": escape(_threshold(claim)),
        "Networks": str(len(judged.evidence.seeds)),
        "p, chapter": escape(format_p(judged.p_value)),
        "p, book": escape(format_p(judged.p_book)),
    }
    row = "".join(cell(*one) for one in cells.items())
    return f'<tr data-chapter="{claim.page}" data-verdict="{judged.verdict}">{row}</tr>'


def table() -> Html:
    """Show all claims of this edition in one table, with the list that becomes ``downloads/claims.json``."""
    everything = _everything()
    columns = ("Verdict", "Claim", "Chapter", "Effect", "Needed", "Networks", "p, chapter", "p, book")
    shown = grid("mi-claims-now", "All claims", columns, map(_row, everything))
    listed = _for_machines("claims", [judged.as_json() for judged in everything])
    return Html(f'<div class="mi-claims">{_filters()}{shown}</div>{listed}')


def _became(claim: Mapping[str, Any], now: Mapping[str, Judged]) -> str:
    match editions.outcome(claim["id"]):
        case "withdrawn":
            one = next(one for one in editions.withdrawn() if one["id"] == claim["id"])
            instead = [now[name] for name in one["instead"] if name in now]
            named = (f"{badge(new.verdict)} {link(new.evidence.claim.id, new.evidence.claim.says)}" for new in instead)
            return f"Withdrawn. {escape(one['why'])} {' '.join(named)}"
        case kept:
            judged = now.get(claim["id"])
            again = "Computed differently" if kept == "changed" else "Kept"
            return f"{again}: {badge(judged.verdict)}" if judged else f"{again}; not measured yet."


def _first_row(claim: Mapping[str, Any], now: Mapping[str, Judged]) -> str:
    form, again = claim["form"], claim["again"]
    fresh = text_with_interval(again["effect"], again["interval"], form)
    cells = {
        "Verdict": badge(claim["verdict"]),
        "First edition": escape(claim["statement"]),
        "Effect": escape(text_with_interval(claim["effect"], claim["interval"], form)),
        "Fresh seeds": f"{badge(again['verdict'])} {escape(fresh)}",
        "Now": _became(claim, now),
    }
    return f"<tr>{''.join(cell(*one) for one in cells.items())}</tr>"


def first_edition() -> Html:
    """Show the first edition's claims: verdict then, by the same rule on fresh seeds, and what became of each."""
    now = {judged.evidence.claim.id: judged for judged in _everything()}
    columns = ("Verdict", "First edition", "Effect", "Fresh seeds", "Now")
    rows = [_first_row(claim, now) for claim in editions.first().values()]
    listed = _for_machines("claims-edition-1", list(editions.first().values()))
    return Html(grid("mi-claims-first", "Claims of the first edition", columns, rows) + listed)


def count(chapter: str | None = None) -> dict[str, int]:
    """Count verdicts, of one chapter or of the whole book."""
    chapters = [chapter] if chapter else list(CHAPTERS)
    found = [judged.verdict for name in chapters for judged in judge(name).values()]
    return {name: found.count(name) for name in ("holds", "mixed", "fails")}
