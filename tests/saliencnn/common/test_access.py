"""Who may look and who may write, from the settings of a log-in."""

from pathlib import Path
from typing import Any

import pytest

from saliencnn.common.access import Access, Visitor, identify, parse_access, read_settings
from saliencnn.common.errors import UserError

AUTH = {
    "redirect_uri": "https://lab.org:8501/oauth2callback",
    "cookie_secret": "0123456789abcdef" * 2,
    "client_id": "saliencnn",
    "client_secret": "x",
    "server_metadata_url": "https://login.lab.org/.well-known/openid-configuration",
}
WRITERS = ["Ann@lab.org", "*@birds.org"]
OPEN = Access({"default": "login.lab.org"}, ("ann@lab.org", "*@birds.org"), ("lab.org",))


def settings(**changes: Any) -> dict[str, Any]:
    return {"auth": {**AUTH, **changes}, "saliencnn": {"writers": WRITERS}}


def test_without_settings_there_is_no_login() -> None:
    assert parse_access({}) == Access({})
    assert parse_access({"other": {"password": "x"}}) == Access({})
    assert identify(Access({}), {}) == Visitor()


def test_one_provider() -> None:
    assert parse_access(settings()) == OPEN


def test_providers_by_name() -> None:
    own = {name: AUTH[name] for name in ("redirect_uri", "cookie_secret")}
    part = {name: AUTH[name] for name in AUTH if name not in own}
    other = {**part, "server_metadata_url": "https://id.org/x"}
    found = parse_access({"auth": {**own, "lab": part, "other": other}})
    assert found.providers == {"lab": "login.lab.org", "other": "id.org"}
    assert found.writers == ()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        *((settings(**{name: value}), name) for name in AUTH for value in ("", 3)),
        (settings(redirect_uri="https://lab.org/other"), "/oauth2callback"),
        (settings(redirect_uri="lab.org/oauth2callback"), "redirect_uri"),
        (settings(cookie_secret="short"), "32 characters"),
        (settings(server_metadata_url="login.lab.org"), "server_metadata_url"),
        (settings(server_metadata_url="https://[x"), "server_metadata_url"),
        ({"auth": "yes"}, "auth"),
        ({"auth": {}}, "redirect_uri"),
        ({"saliencnn": {"writers": ["ann@lab.org"]}}, "no log-in"),
        ({"auth": AUTH, "saliencnn": ["x"]}, "saliencnn"),
        ({"auth": AUTH, "saliencnn": {"writers": "ann@lab.org"}}, "list"),
        *(
            ({"auth": AUTH, "saliencnn": {"writers": [one]}}, "writers")
            for one in (
                "*",
                "*@*",
                "@lab.org",
                "ann",
                "a*@lab.org",
                "a@b@c",
                "a b@c",
                "",
                "x@" * 99,
            )
        ),
    ],
)
def test_settings_that_could_open_the_dashboard_by_mistake(
    given: dict[str, Any], named: str
) -> None:
    with pytest.raises(UserError, match=named) as raised:
        parse_access(given)
    assert len(str(raised.value)) <= 300
    assert AUTH["cookie_secret"] not in str(raised.value)


@pytest.mark.parametrize("address", ["ann@lab.org", "ANN@LAB.ORG", "anyone@birds.org"])
def test_writers(address: str) -> None:
    assert identify(OPEN, {"email": address, "email_verified": True}) == Visitor(address)
    assert identify(OPEN, {"email": address}) == Visitor(address)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "bob@lab.org"},
        {"email": "ann@lab.org.evil.org"},
        {"email": "ann@sub.birds.org"},
        {"email": "x@birds.org@evil.org"},
        {"email": "ann@lab.org", "email_verified": False},
        {"email": "ann@lab.org", "email_verified": "false"},
        {"email": "ann@lab.org", "email_verified": None},
        {"email": "ann@lab.org", "email_verified": 0},
        {"email": ["ann@lab.org"]},
        {"email": "ann@lab.org\u200b"},
        {"email": "ann@lab.org\n"},
        {"email": "*@birds.org "},
        {"email": ""},
        {"name": "ann@lab.org"},
        {"preferred_username": "ann@lab.org"},
        {},
    ],
)
def test_others_only_look(claims: dict[str, Any]) -> None:
    assert identify(OPEN, claims).refusal


def test_nobody_writes_where_nobody_is_named() -> None:
    assert identify(parse_access({"auth": AUTH}), {"email": "ann@lab.org"}).refusal


def test_files_of_settings(tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    assert read_settings((home, here)) == Access({})
    for folder, writers in ((home, ["a@b.org"]), (here, WRITERS)):
        (folder / ".streamlit").mkdir(parents=True)
        lines = "\n".join(f'{name} = "{value}"' for name, value in AUTH.items())
        (folder / ".streamlit" / "secrets.toml").write_text(
            f"[auth]\n{lines}\n[saliencnn]\nwriters = {writers}\n"
        )
    assert read_settings((home, here)) == OPEN
    for damaged in (b"[auth", b"\xff\xfe"):
        (here / ".streamlit" / "secrets.toml").write_bytes(damaged)
        with pytest.raises(UserError, match="cannot be read"):
            read_settings((home, here))
