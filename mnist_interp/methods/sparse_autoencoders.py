"""Sparse autoencoders and transcoders with competing latents: the few largest in each row stay, others are 0.

TopK (Makhzani and Frey 2013, "k-sparse autoencoders"; Gao et al. 2024, "Scaling and evaluating sparse autoencoders")
fixes how many latents are active, in place of a penalty on how much they are. An autoencoder writes a layer's
activations as a sum of a few of its directions; a transcoder writes a later layer's. Many of them, each of its own
activations, train as one model: every parameter carries a leading axis, as in `training.ensemble`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from mnist_interp.runtime import torch_defaults

STEPS = 1_000
BATCH = 256
RATE = 0.01  # of Adam, going down to 0 in a line; activations have a mean square of 1


def _unit(directions: torch.Tensor) -> torch.Tensor:
    return nn.functional.normalize(directions, dim=2)


class TopKAutoencoder(nn.Module):
    """Autoencoders side by side: (n, batch, k) to (n, batch, k), through `latents` of which `active` stay above 0.

    Attributes
    ----------
    center : torch.nn.Parameter of shape (n, 1, k)
        What is taken off before, and put back after: the row that no latent speaks for.
    encoder, decoder : torch.nn.Parameter of shape (n, k, latents) and (n, latents, k)
        What each latent reads, and the direction it writes, of length 1; the same at the beginning.
    bias : torch.nn.Parameter of shape (n, 1, latents)
        Of the encoder.
    """

    def __init__(self, center: torch.Tensor, directions: torch.Tensor, active: int) -> None:
        super().__init__()
        self.active = active
        self.center = nn.Parameter(center)
        self.decoder = nn.Parameter(_unit(directions))
        self.encoder = nn.Parameter(self.decoder.detach().transpose(1, 2).contiguous())
        self.bias = nn.Parameter(torch.zeros(len(center), 1, directions.shape[1]))

    def heard(self, rows: torch.Tensor) -> torch.Tensor:
        """Return each latent before the competition, (n, batch, latents)."""
        return torch.baddbmm(self.bias, rows - self.center, self.encoder).relu()

    def codes(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the largest latents, with the others at 0."""
        heard = self.heard(rows)
        least = heard.detach().topk(min(self.active, heard.shape[2]), dim=2).values[..., -1:]
        return heard * (heard >= least)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the sum of the active latents' directions."""
        return torch.baddbmm(self.center, self.codes(rows), self.decoder)


class Transcoder(TopKAutoencoder):
    """The same from one layer to another: reading and writing weights start out unrelated."""

    def __init__(
        self, center: torch.Tensor, readers: torch.Tensor, written: torch.Tensor, directions: torch.Tensor, active: int
    ) -> None:
        super().__init__(center, readers, active)
        self.decoder = nn.Parameter(_unit(directions))
        self.written = nn.Parameter(written)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the sum of the active latents' directions in the later layer."""
        return torch.baddbmm(self.written, self.codes(rows), self.decoder)


def scale(rows: torch.Tensor) -> torch.Tensor:
    """Return the root mean square deviation of rows from their mean, (n, 1, 1); 1 if it is 0."""
    found = (rows - rows.mean(1, keepdim=True)).square().sum(2).mean(1).sqrt().view(-1, 1, 1)
    return torch.where(found > 0, found, 1.0)


def _drawn(generators: Sequence[torch.Generator], *shape: int) -> torch.Tensor:
    return torch.stack([torch.randn(*shape, generator=one) for one in generators])


def _fit(
    model: TopKAutoencoder,
    rows: torch.Tensor,
    targets: torch.Tensor,
    generators: Sequence[torch.Generator],
    steps: int,
) -> None:
    """Minimize the squared error by Adam; each member has its own order, which its generator decides."""
    n, n_rows = rows.shape[:2]
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    flat, wanted = rows.flatten(0, 1), targets.flatten(0, 1)
    first = n_rows * torch.arange(n)[:, None]
    batches: list[torch.Tensor] = []
    for _ in range(steps):
        if not batches:
            order = torch.stack([torch.randperm(n_rows, generator=one) for one in generators]) + first
            size = min(BATCH, n_rows)
            batches = list(order[:, : n_rows // size * size].split(size, dim=1))
        chosen = batches.pop()
        optimizer.zero_grad()
        (model(flat[chosen]) - wanted[chosen]).square().sum(2).mean(1).sum().backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            model.decoder.copy_(_unit(model.decoder))


def autoencoders(
    rows: torch.Tensor, *, latents: int, active: int, seeds: Sequence[int], steps: int = STEPS
) -> TopKAutoencoder:
    """Train an autoencoder on each of several matrices of activations.

    Parameters
    ----------
    rows : torch.Tensor of shape (n, n_rows, k)
        Activations, each matrix divided by its `scale`.
    latents, active : int
        Directions, and how many of them speak in a row.
    seeds : sequence of int
        One a matrix; decides first directions and the order of rows. Each comes out as it would alone.
    steps : int
        Of Adam, on batches of 256 rows.

    Returns
    -------
    TopKAutoencoder
        All of them, without gradients.
    """
    with torch_defaults.as_it_comes():
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        model = TopKAutoencoder(rows.mean(1, keepdim=True), _drawn(generators, latents, rows.shape[2]), active)
        _fit(model, rows, rows, generators, steps)
    return model.requires_grad_(False)


def transcoders(
    rows: torch.Tensor, targets: torch.Tensor, *, latents: int, active: int, seeds: Sequence[int], steps: int = STEPS
) -> Transcoder:
    """Train a transcoder on each of several pairs of layers; `targets` (n, n_rows, l) are of the later one."""
    with torch_defaults.as_it_comes():
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        readers, directions = (_drawn(generators, latents, layer.shape[2]) for layer in (rows, targets))
        center, written = (layer.mean(1, keepdim=True) for layer in (rows, targets))
        model = Transcoder(center, readers, written, directions, active)
        _fit(model, rows, targets, generators, steps)
    return model.requires_grad_(False)
