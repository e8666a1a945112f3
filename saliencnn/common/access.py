"""Who may look at a dashboard and who may write: settings of a log-in by OpenID Connect.

They are read from the same file that Streamlit reads for its log-in, ``secrets.toml``; nothing
here knows Streamlit or does the log-in itself.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from saliencnn.common.errors import UserError
from saliencnn.common.names import clean_line

SETTINGS = Path(".streamlit") / "secrets.toml"
"""Where the settings lie, below the home folder and below the working directory."""
CALLBACK = "/oauth2callback"
"""How the address ends to which a provider sends people back."""
SHORTEST_SECRET = 32
"""Characters of the secret that signs cookies: who guesses it can be anybody."""
_PROVIDER = ("client_id", "client_secret", "server_metadata_url")
_DEFAULT = "default"
"""Streamlit's name of the provider whose settings lie in ``[auth]`` itself."""


@dataclass(frozen=True)
class Access:
    """Who may look and who may write.

    Attributes:
        providers: name -> host that asks people who they are; empty without log-in, when everybody
            may do everything.
        writers: addresses that may write, exact or ``*@domain``, in lower case.
        hosts: names under which browsers know the dashboard, as far as the log-in says so.
    """

    providers: Mapping[str, str]
    writers: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def needs_login(self) -> bool:
        """Whether nobody sees anything without a log-in."""
        return bool(self.providers)


@dataclass(frozen=True)
class Visitor:
    """A person at the dashboard.

    Attributes:
        name: the identity's, under which the person writes; empty without log-in.
        refusal: why the person may not write, in a sentence; empty where the person may.
    """

    name: str = ""
    refusal: str = ""


def read_settings(folders: Iterable[Path]) -> Access:
    """Return what the files of settings in folders say; later ones win, as with Streamlit.

    Raises:
        UserError: a file is there but cannot be used.
    """
    found: dict[str, Any] = {}
    for folder in folders:
        path = folder / SETTINGS
        try:
            found |= tomllib.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            reason = " ".join(str(error).split())[:120]
            raise UserError(
                f"The log-in's settings in {SETTINGS} cannot be read: {reason}."
            ) from error
    return parse_access(found)


def parse_access(settings: Mapping[str, Any]) -> Access:
    """Return what settings say; without ``[auth]`` there is no log-in.

    Args:
        settings: the content of ``secrets.toml``; ``[saliencnn]`` and ``[auth]`` concern us.

    Raises:
        UserError: they are incomplete: rather no dashboard than one that is open by mistake.
    """
    own = _section(settings, "saliencnn")
    writers = tuple(map(_parse_writer, _parse_list(own.get("writers", []))))
    if "auth" not in settings:
        if writers:
            raise UserError(
                f"{SETTINGS} names writers but no log-in; add [auth] with redirect_uri, "
                f"cookie_secret, {', '.join(_PROVIDER)}."
            )
        return Access({})
    auth = _section(settings, "auth")
    for name in ("redirect_uri", "cookie_secret"):
        _require(auth, name, "[auth]")
    if not auth["redirect_uri"].endswith(CALLBACK):
        raise UserError(f"redirect_uri in [auth] of {SETTINGS} must end with {CALLBACK}.")
    if len(auth["cookie_secret"]) < SHORTEST_SECRET:
        raise UserError(
            f"cookie_secret in [auth] of {SETTINGS} must have at least {SHORTEST_SECRET} "
            "characters, drawn at random."
        )
    sections = {name: part for name, part in auth.items() if isinstance(part, Mapping)}
    sections.pop("client_kwargs", None)
    if not sections or any(name in auth for name in _PROVIDER):
        sections = {_DEFAULT: auth, **sections}
    providers = {}
    for name, part in sections.items():
        for needed in _PROVIDER:
            _require(part, needed, _heading(name))
        providers[name] = _read_host(part, "server_metadata_url", _heading(name))
    return Access(providers, writers, (_read_host(auth, "redirect_uri", "[auth]"),))


def identify(access: Access, claims: Mapping[str, Any]) -> Visitor:
    """Return the person whom a provider's claims describe.

    The name is the e-mail address. Names that people give themselves at a provider are not taken:
    anybody could call themselves like somebody else.

    Args:
        access: who may write.
        claims: of the ID token; empty without log-in.
    """
    if not access.needs_login:
        return Visitor()
    given = claims.get("email")
    name = clean_line(given) if isinstance(given, str) else ""
    if not name or name != given or name.count("@") != 1 or " " in name:
        return Visitor(name, "Your log-in gives no e-mail address, so you may look but not write.")
    # Some providers send the word, not the truth value.
    if str(claims.get("email_verified", True)).lower() != "true":
        return Visitor(
            name,
            f"The provider of your log-in has not verified {name}, so you may look but not write.",
        )
    if not _is_writer(access.writers, name):
        return Visitor(name, f"{name} may look but not write; ask whoever runs this dashboard.")
    return Visitor(name)


def _is_writer(writers: Iterable[str], address: str) -> bool:
    lower = address.lower()
    return any(writer in (lower, f"*@{lower.rpartition('@')[2]}") for writer in writers)


def _section(settings: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = settings.get(name, {})
    if not isinstance(found, Mapping):
        raise UserError(f"{name} in {SETTINGS} must be a section, [{name}].")
    return found


def _require(section: Mapping[str, Any], name: str, where: str) -> None:
    value = section.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{name} is missing in {where} of {SETTINGS}: the log-in needs it.")


def _heading(provider: str) -> str:
    return "[auth]" if provider == _DEFAULT else f"[auth.{provider}]"


def _read_host(section: Mapping[str, Any], name: str, where: str) -> str:
    try:
        address = urlsplit(section[name])
    except ValueError:
        address = urlsplit("")
    if address.scheme not in ("http", "https") or not address.hostname:
        raise UserError(f"{name} in {where} of {SETTINGS} must be an address, https://HOST/....")
    return address.hostname


def _parse_list(given: object) -> list[str]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UserError(f'writers in {SETTINGS} must be a list, e.g. ["ann@lab.org", "*@lab.org"].')
    return [str(one) for one in given]


def _parse_writer(text: str) -> str:
    local, _, domain = text.strip().lower().partition("@")
    whole = f"{local}@{domain}"
    if (
        not domain
        or "@" in domain
        or "*" in domain
        or len(whole.split()) != 1
        or (local != "*" and (not local or "*" in local))
    ):
        raise UserError(
            f"{text[:60]!r} in writers of {SETTINGS} must be an e-mail address or *@DOMAIN."
        )
    return whole
