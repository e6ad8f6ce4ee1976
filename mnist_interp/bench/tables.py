"""The figures of the lesion bench as tables: those of the lesion in hand, and every neuron's, or channel's, alone.

They stand in the page, so they can be read without JavaScript, and by screen readers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_interp.bench.constants import CONSTANTS, NAMES
from mnist_interp.bench.lesion_sites import Network
from mnist_interp.bench.oracle import Lesion

ALONE: tuple[float | str, ...] = (0, *NAMES)  # the doses of which each unit's lesion alone is shown
ON = (  # which images, where not all; and that what stands below waits for a guess
    '<span class="lb-on"></span><span class="lb-veiled" hidden> hidden until you guess</span>'
)


def _heads(first: str, classes: int) -> str:
    digits = "".join(f'<th scope="col">{digit}</th>' for digit in range(classes))
    return f'<thead><tr><th scope="col">{first}</th>{digits}</tr></thead>'


def changes(counts: np.ndarray, kind: str = "digit") -> str:
    """Lay out the tables that follow the lesion in hand, for the network untouched.

    `counts` are its (n_classes, n_classes), and a class is called `kind`.
    """
    shares = counts.diagonal() / np.maximum(counts.sum(1), 1) * 100
    classes = "".join(
        f'<tr><th scope="row">{digit}</th><td>{share:.1f}</td><td>{share:.1f}</td><td>±0</td><td>0</td><td>0</td></tr>'
        for digit, share in enumerate(shares)
    )
    confusion = "".join(
        f'<tr><th scope="row">{digit}</th>{"".join(f"<td>{count}</td>" for count in row)}</tr>'
        for digit, row in enumerate(counts)
    )
    heads = "".join(
        f'<th scope="col">{head}</th>'
        for head in (kind.capitalize(), "Untouched, %", "Now, %", "Change", "Broken", "Mended")
    )
    return (
        f'<details class="lb-tables"><summary>The same as tables{ON}</summary>'
        '<div class="lb-scroll" tabindex="0" '
        'role="region" aria-label="Tables of the lesion"><table class="lb-table-classes">'
        f'<thead><tr>{heads}</tr></thead><tbody>{classes}</tbody></table><table class="lb-table-confusion">'
        f"<caption>Images by true {kind} (rows) and {kind} read (columns)</caption>"
        f"{_heads('True', len(counts))}<tbody>{confusion}</tbody></table></div></details>"
    )


def _dose_cells(before: np.ndarray, after: np.ndarray) -> str:
    sizes = np.maximum(after.sum(1), 1)
    shares = after.diagonal() / sizes
    falls = before.diagonal() / sizes - shares
    worst = int(falls.argmax())
    hurt = f"{worst}: {shares[worst] * 100:.1f}" if falls[worst] > 0 else "none"
    return f"<td>{after.diagonal().sum() / after.sum() * 100:.2f}</td><td>{hurt}</td>"


def singles(
    network: Network, counts: np.ndarray, lesions: Sequence[tuple[Lesion, np.ndarray]], kind: str = "digit"
) -> str:
    """Lay out what each unit's lesions do: `lesions` are of each unit, at each of `ALONE`; on all images."""
    rows = []
    titles = {layer.name: f"{layer.heading}, {layer.unit}" for layer in network.layers}
    for first in range(0, len(lesions), len(ALONE)):
        ((layer, doses),) = lesions[first][0].items()
        (unit,) = doses
        cells = "".join(_dose_cells(counts, after) for _, after in lesions[first : first + len(ALONE)])
        rows.append(
            f'<tr><th scope="row"><a href="#bench={layer}:{unit}=0">{titles[layer]} {unit}</a></th>{cells}</tr>'
        )
    kinds = (network.zeroed.capitalize(), *(f"Held at its {constant.title}" for constant in CONSTANTS))
    groups = "".join(f'<th scope="colgroup" colspan="2">{kind}</th>' for kind in kinds)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Accuracy, %", f"Most hurt {kind}, %") * len(ALONE))
    called = network.called
    early = " and ".join(layer.label for layer in network.layers if layer.sampled)
    counted = (
        f'<p class="lb-where">All rows are of all {counts.sum():,} test images, counted by PyTorch when this page was '
        f"built, {early} too: its links lead to the same lesions on the sample.</p>"
    )
    return (
        f'<details class="lb-singles"><summary>Every {" and ".join(called)} alone</summary>'
        f'{counted if early else ""}<div class="lb-scroll" tabindex="0" role="region" '
        f'aria-label="Lesions of {" or ".join(f"one {unit}" for unit in called)}"><table><thead>'
        f'<tr><th scope="col" rowspan="2">Lesion</th>{groups}</tr><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div></details>"
    )
