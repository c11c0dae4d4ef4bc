"""Entry point of the `arb` command."""


def main() -> None:
    """Run the command line."""
