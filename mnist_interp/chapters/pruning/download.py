"""The oracle's values for machines, as an element of the page that becomes ``downloads/pruning.json``."""

from __future__ import annotations

import json

from mnist_interp.claims.cards import Html
from mnist_interp.experiments import pruning_oracle
from mnist_interp.training.runs import Run


def element(run: Run) -> Html:
    """Return `pruning_oracle.as_json` of a network as a script element."""
    values = json.dumps(pruning_oracle.as_json(run), separators=(",", ":"))
    return Html(f'<script type="application/json" id="pruning-json">{values}</script>')
