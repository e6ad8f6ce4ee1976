"""Training spread over the machines of a Dask cluster, by joblib's own backend.

Workers train groups of seeds and send them here, where they are kept: they need this package, not the store. A worker
that is lost is Dask's to replace; what it was training goes to another. Results have the same bytes as without, so
workers whose code or versions are others are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import joblib

from mnist_interp.commands.refused import Refused
from mnist_interp.runtime import code_digest

_SECONDS = 10  # until a scheduler must have answered


def trains_by() -> str:
    """Return the digest of what decides a trained network's bytes, where this is called."""
    return code_digest.of_modules(["mnist_interp.training.loop", "mnist_interp.training.canvas_networks"])


@contextmanager
def over(address: str) -> Iterator[int]:
    """Spread what joblib does meanwhile over the workers of a scheduler, and yield how many processors they have.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://192.168.0.10:8786``.

    Raises
    ------
    Refused
        If Dask is not installed, nobody answers, there is no worker, or one would train by other code.
    """
    try:
        import distributed
    except ImportError:
        raise Refused("a scheduler needs Dask: install this package with its extra `cluster`") from None
    try:
        client = distributed.Client(address, timeout=_SECONDS, set_as_default=True)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Refused(f"no Dask scheduler answers at {address!r} ({reason}): expected tcp://HOST:PORT") from None
    with client:
        found = client.run(trains_by, on_error="return")
        if not found:
            raise Refused(f"the scheduler at {address} has no workers: start `dask worker {address} --nthreads 1`")
        ours = trains_by()
        others = {place: code for place, code in found.items() if code != ours}
        if others:
            place, code = next(iter(others.items()))
            why = f"{type(code).__name__}: {code}" if isinstance(code, Exception) else "other code or versions"
            raise Refused(
                f"{len(others)} of {len(found)} workers would not train the same bytes, as {place} ({why}): "
                "expected this package as it is here, with the versions of requirements.lock"
            )
        with joblib.parallel_config("dask"):
            yield sum(client.ncores().values())
