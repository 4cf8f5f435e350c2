"""The file of API keys: one a line, with comments.

file --read_keys--> keys, or ValueError
"""

from pathlib import Path


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
