"""The API keys: of the variable ZITAG_API_KEYS, and of a file with one a line and comments.

variable, file --all_keys--> keys, or ValueError
"""

from pathlib import Path


def all_keys(variable: str | None, file: Path | None) -> list[str]:
    """Return the keys of the variable, with commas between, and of the file.

    Raises ValueError if the file cannot be read or holds none, or a key of the variable is empty.

    >>> all_keys("first, second", None)
    ['first', 'second']
    """
    keys = [key.strip() for key in variable.split(",")] if variable is not None else []
    if not all(keys):
        raise ValueError("ZITAG_API_KEYS: expected keys with commas between, one of them is empty")
    if file is not None:
        try:
            keys += read_keys(file)
        except ValueError as error:
            raise ValueError(f"ZITAG_API_KEYS_FILE: {error}") from error
    return keys


def read_keys(path: Path) -> list[str]:
    """Return the keys of a file: its lines without white space around them, but for empty ones and `# comments`.

    A byte order mark, as editors on Windows write it, is no part of the first key. Raises ValueError with the reason,
    which holds no key.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"cannot read {str(path)!r}: expected UTF-8, byte {error.start} is not") from None
    except OSError as error:
        raise ValueError(f"cannot read {str(path)!r}: {error}") from error
    stripped = [line.strip() for line in lines]
    keys = [line for line in stripped if line and not line.startswith("#")]
    if not keys:
        raise ValueError(f"{str(path)!r} holds no key")
    return keys
