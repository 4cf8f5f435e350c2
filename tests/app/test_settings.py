"""Settings from the environment, and what is said when one is wrong."""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, read_settings, unknown_variables, variable_name


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"ZITAG_PORT": "", "PORT": "1"}) == Settings()


def test_the_process_environment_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZITAG_PORT", "1234")
    assert Settings().port == read_settings({}).port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("ZITAG_HOST", "0.0.0.0", "host", "0.0.0.0"),
        ("ZITAG_PORT", "0", "port", 0),
        ("ZITAG_BUNDLE", "some/where", "bundle", Path("some/where")),
        ("ZITAG_RUNTIME", "onnx", "runtime", "onnx"),
        ("ZITAG_THREADS", "3", "threads", 3),
        ("ZITAG_DEADLINE_S", "0.5", "deadline_s", 0.5),
        ("ZITAG_LOG_TEXT", "true", "log_text", True),
        ("ZITAG_MIN_SCORE", "0.25", "min_score", 0.25),
        ("ZITAG_MIN_SCORE", "PER:0.5, LOC:1", "min_score", {"PER": 0.5, "LOC": 1.0}),
        ("ZITAG_CORS_ORIGINS", "https://a.example, https://b.example,", "cors_origins", None),
        ("ZITAG_CORS_ORIGINS", "HTTPS://A.example/,https://b.example", "cors_origins", None),
        ("ZITAG_CORS_ORIGINS", "*", "cors_origins", ("*",)),
        (
            "ZITAG_CORS_ORIGINS",
            "null, app://x, http://[::1]:80",
            "cors_origins",
            ("null", "app://x", "http://[::1]:80"),
        ),
        ("ZITAG_ROOT_PATH", "/a/b.c/", "root_path", "/a/b.c/"),
    ],
)
def test_values(variable: str, value: str, field: str, expected: object) -> None:
    if expected is None:
        expected = ("https://a.example", "https://b.example")
    assert getattr(read_settings({variable: value}), field) == expected


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"ZITAG_HOST": " , "}, "ZITAG_HOST: expected an address, or several with commas between, got ' , '"),
        ({"ZITAG_PORT": "http"}, "ZITAG_PORT: .*integer.*, got 'http'"),
        ({"ZITAG_PORT": "70000"}, "ZITAG_PORT: .*less than or equal to 65535, got '70000'"),
        ({"ZITAG_PORT": "tcp://10.0.0.1:80"}, "ZITAG_PORT: .*enableServiceLinks"),
        (
            {"ZITAG_RUNTIME": "torch"},
            "ZITAG_RUNTIME: .*'auto', 'int8', 'onnx', 'cuda' or 'tensorflow', got 'torch'",
        ),
        ({"ZITAG_DEADLINE_S": "0"}, "ZITAG_DEADLINE_S: .*greater than 0"),
        ({"ZITAG_DEADLINE_S": "nan"}, "ZITAG_DEADLINE_S"),
        ({"ZITAG_LOG_TEXT": "perhaps"}, "ZITAG_LOG_TEXT: .*boolean"),
        ({"ZITAG_LOG_LEVEL": "INFO!"}, "ZITAG_LOG_LEVEL"),
        ({"ZITAG_QUEUE_CHARS": "10"}, "ZITAG_QUEUE_CHARS: must be at least twice ZITAG_MAX_REQUEST_CHARS"),
        ({"ZITAG_MIN_SCORE": "1.5"}, "ZITAG_MIN_SCORE: expected a number from 0 to 1, or LABEL.*, got '1.5'"),
        ({"ZITAG_MIN_SCORE": "PER:0.5,nan"}, "ZITAG_MIN_SCORE: expected .* as PER:0.5,LOC:0.7, got"),
        (
            {"ZITAG_CORS_ORIGINS": "a.example"},
            "ZITAG_CORS_ORIGINS: expected origins as .*; 'a.example' is none, got",
        ),
        ({"ZITAG_CORS_ORIGINS": "*,https://a.example/app"}, "'https://a.example/app' is none"),
        ({"ZITAG_ROOT_PATH": "ner"}, "ZITAG_ROOT_PATH: expected a path as /ner, of letters, .*, got 'ner'"),
        ({"ZITAG_ROOT_PATH": "/a/../b"}, "ZITAG_ROOT_PATH: expected a path as /ner"),
        ({"ZITAG_PORT": "9" * 5000}, "ZITAG_PORT: .{,100}, got '9{199}…$"),
        ({"ZITAG_API_KEYS": "a,,b"}, "ZITAG_API_KEYS: .*one of them is empty"),
        ({"ZITAG_API_KEYS_FILE": "/not/there"}, "ZITAG_API_KEYS_FILE: cannot read '/not/there'"),
        ({"ZITAG_PORT": "x", "ZITAG_THREADS": "0"}, "(?s)ZITAG_PORT.*\nZITAG_THREADS"),
    ],
)
def test_a_wrong_value_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(environment)


def test_keys_come_from_variable_and_file(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("# who: when\nthird\n\n  fourth  \n")
    settings = read_settings({"ZITAG_API_KEYS": "first, second", "ZITAG_API_KEYS_FILE": str(path)})
    assert settings.keys() == ["first", "second", "third", "fourth"]
    assert read_settings({}).keys() == []


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\xfe"])
def test_a_file_without_keys_does_not_open_the_service(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="ZITAG_API_KEYS_FILE"):
        read_settings({"ZITAG_API_KEYS_FILE": str(path)})


def test_keys_are_never_shown() -> None:
    settings = read_settings({"ZITAG_API_KEYS": "secret-1"})
    assert "secret" not in repr(settings) + str(settings)
    with pytest.raises(SettingsError) as error:
        read_settings({"ZITAG_API_KEYS": "secret-1,,"})
    assert "secret" not in str(error.value)


def test_unknown_variables_are_told() -> None:
    assert unknown_variables({"ZITAG_PORT": "1", "HOME": "/"}) == []
    assert unknown_variables({"ZITAG_PROT": "1", "ZITAG_ZZZZZZ": ""}) == [
        "ZITAG_PROT is not a setting and is ignored; did you mean ZITAG_PORT?",
        "ZITAG_ZZZZZZ is not a setting and is ignored",
    ]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name: str) -> None:
    description = Settings.model_fields[name].description
    assert description
    assert description.endswith("."), variable_name(name)
