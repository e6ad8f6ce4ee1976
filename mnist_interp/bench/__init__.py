"""The lesion bench: a network whose units the reader takes out, in Python and, in ``static``, in JavaScript."""
