"""How the epochs of a fit may end otherwise than with the last one."""


class FitInterrupted(Exception):
    """The fit was stopped by the user (Ctrl-C, SIGTERM)."""


class DivergedError(Exception):
    """The loss is no longer a number."""
