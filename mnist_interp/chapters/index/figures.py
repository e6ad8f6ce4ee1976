"""The cover."""

from __future__ import annotations

from mnist_interp import charts
from mnist_interp.experiments import training_dynamics
from mnist_interp.training.runs import Run


def cover(run: Run, *, caption: str, description: str) -> charts.Figure:
    """Show four hundred test images in a plane of layer 2, at the milestones of training."""
    checkpoints = training_dynamics.milestones(run)
    moments = [training_dynamics.moment(run, checkpoint) for checkpoint in checkpoints]
    return charts.figure(
        charts.glyphs(
            training_dynamics.layer2_in_plane(run, checkpoints, per_class=40),
            x="x",
            y="y",
            where=charts.where.equals("checkpoint", "checkpoint"),
            aspect=0.6,
        ),
        name="cover",
        controls=[charts.Scrub("checkpoint", checkpoints, moments, title="Checkpoint", initial=checkpoints[-1])],
        caption=caption,
        description=description,
    )
