"""Interpreting MNIST: the package that the chapters of the book call.

Importing it asks numerical libraries for one thread a process: at these sizes threads wait for each other longer than
they work, and the book's parallelism is over processes.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
