"""A shield against what a caller has set of torch for the whole process: precision, device, gradients, threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def as_it_comes() -> Iterator[None]:
    """Work in single precision, on one thread of the processor and with gradients; then all is as it was.

    One thread, as sums of several come out in another order.
    """
    precision, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(torch.float32)
    torch.set_num_threads(1)
    try:
        with torch.device("cpu"), torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_default_dtype(precision)
        torch.set_num_threads(threads)
