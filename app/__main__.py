"""`python -m app`: serve the bundle that the environment names."""

import os
import sys
from collections.abc import Mapping, Sequence

from app.signals import heed_signals
from model.machine.command import ExitCode, program_name, run_command


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Serve, or say why not; return the exit code."""
    heed_signals()
    # Not before signals are heeded: what follows takes half a second to import.
    from app.settings import SettingsError, read_settings, unknown_variables

    environment = dict(os.environ if environment is None else environment)
    arguments = _take_words(list(sys.argv[1:] if arguments is None else arguments), environment)
    if arguments in (["-h"], ["--help"]):
        print(usage())
        return ExitCode.FINE
    if arguments:
        print(
            f"expected no arguments, got {arguments!r}; settings are environment variables\n\n{usage()}",
            file=sys.stderr,
        )
        return ExitCode.MENDABLE
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return ExitCode.MENDABLE
    for warning in unknown_variables(environment):
        print(warning, file=sys.stderr)
    # Not before the settings are right: what follows takes a second more.
    from app.server import serve

    return serve(settings)


def _take_words(arguments: list[str], environment: dict[str, str]) -> list[str]:
    """Return the arguments without `--words FILE`, which is another way to say ZITAG_WORDS."""
    flag, _, path = arguments[0].partition("=") if arguments else ("", "", "")
    if flag != "--words" or not (path or arguments[1:]):
        return arguments
    environment["ZITAG_WORDS"] = path or arguments[1]
    return arguments[1:] if path else arguments[2:]


def usage() -> str:
    """Return the help: one line per setting."""
    from app.settings import Settings, variable_name

    called = f"{program_name('app')} [--words FILE]"
    lines = [f"usage: {called}", "", "Serves a bundle over HTTP. Settings are environment variables:", ""]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f" [{field.default}]"
        lines.append(f"  {variable_name(name)}{default}\n      {field.description}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(run_command(main))
