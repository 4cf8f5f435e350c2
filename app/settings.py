"""The settings of the service: one environment variable each, `ZITAG_` and the name in capitals.

environment --read_settings--> Settings, or SettingsError naming the variable, what it takes and what it held
"""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.api_keys import all_keys
from app.setting_types import Hosts, MinScoreText, Networks, Origins, PathPrefix
from model.words.strength import DEFAULT_STRENGTH, MAX_STRENGTH

PREFIX = "ZITAG_"
# Characters of a wrong value.
_MOST_SHOWN = 200

Runtime = Literal["auto", "int8", "onnx", "cuda", "tensorflow"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting that cannot be used; the message has one line per wrong variable."""


class Settings(BaseSettings):
    """Everything that can be set, with its default.

    >>> Settings(port=9000).port
    9000
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", validate_default=True)

    host: Hosts = Field(
        "127.0.0.1",
        description="Addresses to listen on, with commas between: `0.0.0.0` for every one of IPv4, `::` for every one"
        " of IPv6 and, alone and where the system can, of IPv4 too; `0.0.0.0,::` for both on any system.",
    )
    port: int = Field(
        8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one and prints it."
    )
    bundle: Path = Field(Path("bundles/default"), description="Folder of the bundle to serve.")
    runtime: Runtime = Field(
        "auto",
        description="What computes emissions: `onnx` or `int8` (in bytes, x86 with AVX2) on the CPU, `cuda` (ONNX"
        " Runtime) or `tensorflow` on a GPU, or `auto`: on a GPU if there is one and what it takes is installed; else"
        " on the CPU, in bytes if it can and the bundle says that its answers stay the same.",
    )
    threads: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="Threads that tag; unset: the CPU limit of the container.",
    )
    gpu_memory_mb: int | None = Field(
        None, ge=64, description="GPU memory that tagging may take, in MiB; unset: grows as needed."
    )
    api_keys: SecretStr | None = Field(
        None, description="Keys that open the service, with commas between; none here nor in the file: open."
    )
    api_keys_file: Path | None = Field(
        None, description="File with one key per line; empty lines and lines that begin with # are skipped."
    )
    max_body_bytes: int = Field(8 * 2**20, ge=1024, description="Largest request body, in bytes.")
    max_buffered_bytes: int = Field(
        64 * 2**20,
        ge=1024,
        description="Bytes of unfinished large bodies held at once, all clients together.",
    )
    max_texts: int = Field(1024, ge=1, description="Most texts in one request.")
    max_text_chars: int = Field(1_000_000, ge=1, description="Longest text, in code points.")
    max_request_chars: int = Field(
        1_000_000, ge=1, description="All texts of one request together, in code points."
    )
    max_connections: int = Field(
        1024,
        ge=1,
        description="Open connections; who asks over one more gets 503, but for health and metrics.",
    )
    queue_chars: int = Field(
        4_000_000, ge=1, description="Characters that may wait to be tagged; a request beyond gets 429."
    )
    batch_chars: int = Field(4096, ge=16, description="Characters tagged at once, all requests together.")
    deadline_s: float = Field(30.0, gt=0, le=3600, description="Seconds until a waiting request gets 504.")
    body_timeout_s: float = Field(
        30.0, gt=0, le=3600, description="Seconds a request body may take to arrive."
    )
    keep_alive_s: int = Field(
        75,
        ge=1,
        le=3600,
        description="Seconds that a silent connection is kept; longer than a proxy in front keeps it (nginx: 60).",
    )
    drain_s: float = Field(
        25.0, ge=0, le=3600, description="Seconds that accepted requests get to finish after SIGTERM."
    )
    words: Path | None = Field(
        None, description="File of words, each with a tab and a label, that are evidence for such an entity."
    )
    words_strength: float = Field(
        DEFAULT_STRENGTH, gt=0, le=MAX_STRENGTH, description="What each adds to the log odds of its entity."
    )
    min_score: MinScoreText = Field(
        0.0,
        description="How probable an entity must be to be answered, where a request says nothing: a number, or one"
        " for each label that is named, as `PER:0.5,LOC:0.7`.",
    )
    cors_origins: Origins = Field(
        (), description="Origins whose pages may call the service, with commas between; `*` for any."
    )
    root_path: PathPrefix = Field(
        "",
        description="Path under which a proxy shows the service, as `/ner`; the proxy may cut it off or pass it on.",
    )
    trusted_proxies: Networks = Field(
        (),
        description="Addresses or networks of proxies, with commas between, whose `X-Forwarded-Prefix` is that path"
        " for a request.",
    )
    log_level: LogLevel = Field("info", description="Lowest level that is logged.")
    access_log: bool = Field(False, description="Log one line per request.")
    log_text: bool = Field(
        False, description="Let logs hold the texts that clients send; for debugging only."
    )

    @field_validator("queue_chars")
    @classmethod
    def _queue_holds_one_request(cls, value: int, info: Any) -> int:
        longest = info.data.get("max_request_chars")
        # Half of the queue is for short requests alone.
        if longest is not None and value < 2 * longest:
            raise ValueError(f"must be at least twice ZITAG_MAX_REQUEST_CHARS, which is {longest}")
        return value

    @model_validator(mode="after")
    def _keys_are_readable(self) -> "Settings":
        self.keys()
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the caller alone: `read_settings` passes the environment in."""
        return (init_settings,)

    def keys(self) -> list[str]:
        """Return the API keys of the variable and of the file.

        Raises ValueError if the file cannot be read, or a key is set but empty.
        """
        return all_keys(self.api_keys.get_secret_value() if self.api_keys else None, self.api_keys_file)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that an environment holds.

    Raises SettingsError with one line per variable that is wrong.

    >>> read_settings({"ZITAG_PORT": "9000", "PATH": "/bin"}).port
    9000
    """
    values = {
        name: environment[variable_name(name)]
        for name in Settings.model_fields
        if environment.get(variable_name(name), "") != ""
    }
    try:
        return Settings(**values)  # type: ignore[arg-type]  # strings, which pydantic converts
    except ValidationError as error:
        raise SettingsError("\n".join(_complaint(detail) for detail in error.errors())) from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return a warning for each `ZITAG_` variable that is not a setting: most are typing mistakes.

    >>> unknown_variables({"ZITAG_PROT": "9000"})
    ['ZITAG_PROT is not a setting and is ignored; did you mean ZITAG_PORT?']
    """
    known = [variable_name(name) for name in Settings.model_fields]
    warnings = []
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            warnings.append(f"{variable} is not a setting and is ignored{hint}")
    return warnings


def variable_name(name: str) -> str:
    """Return the environment variable of a setting.

    >>> variable_name("log_text")
    'ZITAG_LOG_TEXT'
    """
    return PREFIX + name.upper()


def _complaint(error: Any) -> str:
    """Return one line for one pydantic error. A key is never repeated."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    variable = variable_name(str(error["loc"][0]))
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = repr(error["input"])
    shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
    given = "" if variable == f"{PREFIX}API_KEYS" else f", got {shown}"
    # Kubernetes sets ZITAG_PORT=tcp://... in every pod beside a Service that is named zitag.
    hint = "; set enableServiceLinks: false in the pod" if str(error["input"]).startswith("tcp://") else ""
    return f"{variable}: {said}{given}{hint}"
