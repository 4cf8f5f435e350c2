"""`zitag bulk` as a file, which is what spark-submit takes: docs/bulk.md has the line."""

import sys

from model.bulk.__main__ import main
from model.machine.command import run_command

if __name__ == "__main__":
    sys.exit(run_command(main))
