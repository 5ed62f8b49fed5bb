"""The demonstration."""


def demo() -> None:
    """To be."""
