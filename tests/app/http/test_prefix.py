"""What comes after the prefix is routed; a prefix that a stranger names is not believed."""

import pytest
from fakes import FakeTagger
from starlette.testclient import TestClient

from app.application import create_app
from app.settings import Settings, SettingsError, read_settings

KEY = {"x-api-key": "secret"}


def client_of(address: str = "10.1.2.3", **settings: object) -> TestClient:
    app = create_app(Settings(api_keys="secret", **settings), FakeTagger())  # type: ignore[arg-type]
    return TestClient(app, client=(address, 5000))


def servers(client: TestClient, path: str = "/openapi.json", **headers: str) -> object:
    return (
        client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()}).json().get("servers")
    )


@pytest.mark.parametrize("root_path", ["/ner", "/ner/", "/a/b-1.0/~c", "/tags"])
def test_a_path_is_the_same_with_the_prefix_and_without(root_path: str) -> None:
    prefix = root_path.rstrip("/")
    with client_of(root_path=root_path) as client:
        for before in ("", prefix):
            assert client.post(f"{before}/tag", json={"text": "AB"}, headers=KEY).status_code == 200
            assert servers(client, f"{before}/openapi.json") == [{"url": prefix}]
            # Keys are asked for as ever, and so is a right path.
            assert client.post(f"{before}/tag", json={"text": "AB"}).status_code == 401
            assert client.post(f"{before}/reload").status_code == 401
            for wrong in ("/tag/", "/tag%0A", "/nothing", "/%2ftag"):
                assert client.post(before + wrong, json={"text": "AB"}, headers=KEY).status_code == 404
        for wrong in (
            f"{prefix}{prefix}/tag",
            f"{prefix}tag",
            prefix,
            f"{prefix.upper()}/tag",
        ):
            assert client.post(wrong, json={"text": "AB"}, headers=KEY).status_code in (404, 405)
        assert 'path="/tag",status="200"' in client.get(f"{prefix}/metrics").text


def test_without_a_setting_a_header_changes_nothing() -> None:
    with client_of() as client:
        assert servers(client, x_forwarded_prefix="/ner") is None
        assert (
            client.get("/ner/openapi.json", headers={"x-forwarded-prefix": "/ner", **KEY}).status_code == 404
        )


@pytest.mark.parametrize(
    ("address", "trusted", "is_believed"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "192.0.2.1, 10.1.2.3", True),
        ("::ffff:10.1.2.3", "10.1.2.3", True),
        ("fd00::2", "fd00::/64", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("fd00::2", "10.0.0.0/8", False),
        ("a-socket", "0.0.0.0/0,::/0", False),
    ],
)
def test_the_header_of_a_trusted_proxy_is_believed(address: str, trusted: str, is_believed: bool) -> None:
    with client_of(address, trusted_proxies=trusted) as client:
        assert servers(client, x_forwarded_prefix="/ner/") == ([{"url": "/ner"}] if is_believed else None)


@pytest.mark.parametrize(
    "header", ["ner", "//evil.example", "/a b", "/é", "/<script>", "/a//b", "https://x", "/%2e", ""]
)
def test_a_header_that_is_no_path_is_left_aside(header: str) -> None:
    with client_of(trusted_proxies="10.0.0.0/8") as client:
        raw = {b"x-forwarded-prefix": header.encode()}
        assert "servers" not in client.get("/openapi.json", headers=raw).json()


def test_the_header_counts_more_than_the_setting() -> None:
    with client_of(root_path="/here", trusted_proxies="10.0.0.0/8") as client:
        assert servers(client, x_forwarded_prefix="/there") == [{"url": "/there"}]
        assert servers(client) == [{"url": "/here"}]


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({"ZITAG_ROOT_PATH": "ner"}, "ZITAG_ROOT_PATH"),
        ({"ZITAG_ROOT_PATH": "/a b"}, "ZITAG_ROOT_PATH"),
        ({"ZITAG_ROOT_PATH": "https://site/ner"}, "ZITAG_ROOT_PATH"),
        ({"ZITAG_TRUSTED_PROXIES": "10.0.0.0/8,nginx"}, "ZITAG_TRUSTED_PROXIES.*'nginx'"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        read_settings(environment)
