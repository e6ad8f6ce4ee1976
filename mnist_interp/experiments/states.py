"""The two states of a network that experiments compare, by the index of their checkpoint."""

STATES = {"untrained": 0, "trained": -1}
