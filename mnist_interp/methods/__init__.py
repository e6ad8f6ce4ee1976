"""Instruments for any network and any arrays; none knows a run or MNIST."""
