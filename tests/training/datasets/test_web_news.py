"""Text is read out of a pickle that is never unpickled."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from training.corpus.errors import DownloadError
from training.datasets.web_news import pickled_texts, write_web_news


class Touch:
    """What creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_in_a_pickle_is_run(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "ran"
    content = pickle.dumps(["小明", Touch(path), "来了"], protocol)
    texts = list(pickled_texts(content))
    assert (texts[0], texts[-1]) == ("小明", "来了")
    assert not path.exists()
    pickle.loads(content)  # noqa: S301  (unpickled, it would be)
    assert path.exists()


def test_other_text_than_the_known_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="expected 8,867,219 characters, got 4"):
        write_web_news({"train.pkl": pickle.dumps(["小明", "来了"])}, tmp_path, 0)
    assert not list(tmp_path.iterdir())
