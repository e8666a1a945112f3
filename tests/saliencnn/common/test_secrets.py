"""Nobody reads a password, whatever it is made of and wherever it stands."""

from itertools import product
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.common.secrets import hide_secrets, is_ambiguous, mask_secrets

SCHEMES = ("http", "https", "postgresql", "postgresql+psycopg", "mysql", "sqlite", "ftp", "s3")
PASSWORDS = (
    *("s3cr3tPW", "s3cr3t@PW", "s3cr3t/PW", "s3cr3t:PW", "s3cr3t?PW", "s3cr3t#PW", "s3cr3t@/:PW"),
    *(
        "s3cr3t PW",
        "s3cr3t%40PW",
        "s3cr3t?x=1@PW",
        "s3cr3t'PW",
        's3cr3t"PW',
        "s3cr3t[PW]",
        "s3cr3tü",
    ),
)
HIDDEN_PARTS = ("s3cr3t", "PW", "ann")


@pytest.mark.parametrize(("scheme", "password"), list(product(SCHEMES, PASSWORDS)))
def test_no_address_shows_who_or_the_password(scheme: str, password: str) -> None:
    address = f"{scheme}://ann:{password}@lab.example:5000/path"
    assert hide_secrets(address) == f"{scheme}://lab.example:5000/path"
    said = f"API request to {address} failed: it's away; try again"
    masked = mask_secrets(said)
    assert masked == f"API request to {scheme}://lab.example:5000/path failed: it's away; try again"


@pytest.mark.parametrize(
    "address",
    [
        "http://lab:5000",
        "https://lab.example/team@home/mlflow",
        "http://[::1]:5000/x",
        "http://127.0.0.1:5000/#/experiments/1/runs/2",
        "sqlite:////home/ann@lab/a:b/mlflow.db",
        "sqlite:///mlruns/mlflow.db",
        "postgresql+psycopg:///studies",
        "postgresql://lab/studies?application_name=a@b&sslmode=require",
        "file:///tmp/mlruns",
        "mlruns",
        "",
    ],
)
def test_an_address_without_secrets_stays_as_it_is(address: str) -> None:
    assert hide_secrets(address) == address
    assert mask_secrets(f"The store {address} is away.") == f"The store {address} is away."
    assert not is_ambiguous(address)


@pytest.mark.parametrize(
    "name",
    ["password", "PASSWORD", "sslpassword", "token", "access_token", "api_key", "key", "sig"],
)
@pytest.mark.parametrize(
    "start", ["http://lab/x?a=1&", "postgresql:///db?", "lab?", "mysql://h/d?a=1;"]
)
def test_secret_parameters_are_hidden(name: str, start: str) -> None:
    assert hide_secrets(f"{start}{name}=s3c;r#e't&z=2") == f"{start}{name}=***&z=2"
    assert "s3c" not in mask_secrets(f"no {start}{name}=s3cr3t, sorry")


@pytest.mark.parametrize(
    "address",
    [
        "http://ann:s3cr3tPW",
        "http://ann:s3cr3tPW/path",
        "http//ann:s3cr3tPW@lab",
        "http:/ann:s3cr3tPW@lab",
        "ann:s3cr3tPW@lab",
        "//ann:s3cr3tPW@lab",
        "http:///ann:s3cr3tPW@lab",
        "http://:s3cr3tPW@lab",
        "http://s3cr3tPW@lab",
        "http://ann:s3cr3tPW@",
        "http://ann:s3cr3tPW@[::1]:5000",
        "http://ann:12/34s3cr3tPW@lab",
        "http://a/nn:s3cr3tPW@lab",
        "postgresql://a/nn:s3cr3t@PW@lab/db",
        " http://ann:s3cr3tPW@lab",
        "sqlite://ann:s3cr3tPW@lab/x",
        "HTTP://ann:s3cr3tPW@lab",
        "postgresql://ann:s3cr3tPW@lab:port/db",
    ],
)
def test_malformed_addresses_show_nothing_either(address: str) -> None:
    assert not any(part in hide_secrets(address) for part in HIDDEN_PARTS[:2]), hide_secrets(
        address
    )


@pytest.mark.parametrize(
    "said",
    [
        "missing: password=s3cr3tPW host=lab",
        "invalid dsn password='s3cr3t PW' host=lab",
        "sent Authorization: Basic czNjcjN0UFc=s3cr3tPW",
        "sent {'Authorization': 'Bearer s3cr3tPW'}",
        "('http://ann:s3cr3tPW@lab', 'http://ann:s3cr3t@PW@lab')",
        "two http://ann:s3cr3tPW@a and\nhttp://ann:s3cr3tPW@b",
        "url=http://ann:s3cr3t PW@lab/x",
    ],
)
def test_a_text_shows_no_secret(said: str) -> None:
    assert not any(part in mask_secrets(said) for part in HIDDEN_PARTS[:2]), mask_secrets(said)
    assert not any(part in str(UserError(said)) for part in HIDDEN_PARTS[:2])


@given(password=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"])))
def test_whatever_the_password_is_made_of(password: str) -> None:
    address = f"http://ann:{password}@lab:5000/x"
    assert hide_secrets(address) == "http://lab:5000/x"
    escaped = f"http://ann:{quote(password, safe='')}@lab:5000/x"
    assert mask_secrets(f"({escaped})") == "(http://lab:5000/x)"
    assert not is_ambiguous(escaped)


@given(st.text())
def test_any_text_can_be_masked_twice(text: str) -> None:
    masked = mask_secrets(text)
    assert mask_secrets(masked) == masked
    hide_secrets(text)
    is_ambiguous(text)


def test_an_ambiguous_address_is_told_from_a_clear_one() -> None:
    for address in ("http://a:p/w@lab", "http://a:p?w@lab", "http://a:p#w@lab", "http://a:pw"):
        assert is_ambiguous(address), address
    for address in ("http://a:p@w@lab", "http://a:p%2Fw@lab:5000", "https://lab/a@b"):
        assert not is_ambiguous(address), address
