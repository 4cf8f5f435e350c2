"""Settings and names that are no more, and what an old config file or command that has them is told."""

from collections.abc import Mapping
from typing import Any

from training.settings.config import ConfigError

# setting -> why it went, what to do
REMOVED_SETTINGS = {
    "unknown_dropout": "showing characters as unknown in training was no gain on any corpus; leave it out",
}
# (setting, name) -> likewise
REMOVED_NAMES = {
    (
        "raw",
        "reviews",
    ): "vectors trained on reviews too were no better; leave it out, or name a file of your own",
    ("lexicon", "jieba"): "--dictionary jieba knows these names, and all other words; leave it out",
}


def refuse_removed(settings: Mapping[str, Any], where: str) -> None:
    """Raise ConfigError where settings as given have one, or a name in one, that is no more.

    >>> refuse_removed({"units": 50, "raw": ["people-daily"]}, "flags")
    """
    for setting, reason in REMOVED_SETTINGS.items():
        if setting in settings:
            raise ConfigError(
                f"{where}: {setting}: this setting is no more, got {settings[setting]!r}: {reason}"
            )
    for (setting, name), reason in REMOVED_NAMES.items():
        given = settings.get(setting, ())
        if name in (given if isinstance(given, list | tuple) else [given]):
            raise ConfigError(f"{where}: {setting}: {name!r} is a name no more: {reason}")
