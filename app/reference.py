"""`python -m app.reference`: writes what docs/ derives from the code; a test holds them equal.

create_app(...).openapi() -> docs/openapi.json
Settings                  -> the table in docs/operations.md
problems, Metrics         -> the tables in docs/service.md
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from app.application import create_app
from app.metrics import Metrics
from app.problems import PROBLEMS
from app.settings import Settings, variable_name
from model.machine.command import run_command

DOCS = Path(__file__).resolve().parent.parent / "docs"


PAGES = ("operations.md", "service.md")


def reference(folder: Path = DOCS) -> dict[str, str]:
    """Return the content of the files in `folder` that hold something derived, their other text as it is.

    >>> sorted(reference())
    ['openapi.json', 'operations.md', 'service.md']
    """
    tables = {"settings": settings_table(), "problems": problems_table(), "metrics": metrics_table()}
    document = create_app(Settings()).openapi()
    return {
        "openapi.json": json.dumps(document, ensure_ascii=False, indent=1) + "\n",
        **{name: _with_tables((folder / name).read_text("utf-8"), tables) for name in PAGES},
    }


def _with_tables(page: str, tables: Mapping[str, str]) -> str:
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found, rest = page.partition(begin)
        if found:
            page = f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    return page


def settings_table() -> str:
    """Return a row per setting: variable, default, meaning."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `{variable_name(name)}` | {default} | {field.description} |")
    return "\n".join(rows)


def problems_table() -> str:
    """Return a row per problem: status, code, meaning."""
    rows = ["| Status | `code` | Meaning |", "|---|---|---|"]
    return "\n".join(
        rows + [f"| {status} | `{code}` | {title} |" for code, (status, title) in PROBLEMS.items()]
    )


def metrics_table() -> str:
    """Return a row per metric of our own: name, labels, meaning."""
    rows = ["| Metric | Labels | Meaning |", "|---|---|---|"]
    for name, labels, meaning in Metrics().described():
        rows.append(f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} | {meaning} |")
    return "\n".join(rows)


def main(folder: Path) -> int:
    """Write the files."""
    for name, content in reference(folder).items():
        (folder / name).write_text(content, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(DOCS)))
