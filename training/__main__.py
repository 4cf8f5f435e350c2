"""`python -m training`: says which commands there are."""

import sys

from model.cli import COMMANDS
from model.machine.command import ExitCode, run_command


def main() -> int:
    """Print a line for each command of training; return the exit code."""
    wanted = sys.argv[1:]
    print("usage: python -m training.COMMAND ...\n")
    for module, does in COMMANDS.values():
        if module.startswith("training."):
            print(f"  python -m {module:<17}  {does}")
    print("\n--help after a command lists its flags.")
    return ExitCode.FINE if wanted in ([], ["-h"], ["--help"]) else ExitCode.MENDABLE


if __name__ == "__main__":
    sys.exit(run_command(main))
