"""The verbs of `arb`, one file each; every file exports `command`."""
