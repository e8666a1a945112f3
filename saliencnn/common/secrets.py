"""Addresses and texts for people, without the passwords, tokens and keys that are in them."""

import re

HIDDEN = "***"
PLACEHOLDER = "USER:PASSWORD"
"""What a sentence writes that says how an address is made up; it is no secret."""
_NAMES = "pass|pwd|secret|token|key|credential|auth|sig|user"
"""Parts of the names of parameters that hold secrets, or say whose they are."""
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(\S*)")
_QUERY = re.compile(r"\?[\w.%-]+=")
_PARAMETER = re.compile(rf"([?&;#][^=&;#\s]*(?:{_NAMES})[^=&;#\s]*)=[^&\s]*", re.IGNORECASE)
_SPACED_PARAMETER = re.compile(_PARAMETER.pattern.replace(r"[^&\s]*", "[^&]*"), re.IGNORECASE)
_SETTING = re.compile(
    r"""\b(password|passwd|pwd|secret|token|api_?key)=('[^']*'|"[^"]*"|[^\s&;,]+)""", re.IGNORECASE
)
_HEADER = re.compile(r"\b(Basic|Bearer) +[\w.~+/=-]{4,}")
_FILES = ("sqlite", "file")
_WITHIN = 300
"""Characters within which the end of a password with spaces is looked for."""


def hide_secrets(address: str) -> str:
    """Return an address as people may see it: without user and password, secret parameters as ***.

    Whatever stands before the last ``@`` of a malformed address counts as user and password, since
    a password may hold any character.
    """
    scheme, found, rest = address.partition("://")
    if found:
        shown = f"{scheme}://{_without_user(scheme, rest)}"
    else:
        _, found, host = address.rpartition("@")
        shown = f"{HIDDEN}@{host}" if found else address
    return _SPACED_PARAMETER.sub(rf"\1={HIDDEN}", shown)


def mask_secrets(text: str) -> str:
    """Return a text, such as an exception's, whose addresses are as ``hide_secrets`` has them.

    Settings such as ``password=...`` and the contents of ``Authorization`` headers are hidden too.
    """
    parts, position = [], 0
    while match := _ADDRESS.search(text, position):
        end = match.end()
        if "@" not in match[2] and _has_wrong_port(match[2]):
            # The password has spaces: it ends at the host, if anywhere.
            beyond = re.match(r"[^\n@]*@\S*", text[end : end + _WITHIN])
            end += beyond.end() if beyond else 0
        shown = _without_user(match[1], text[match.start(2) : end])
        parts += [text[position : match.start()], f"{match[1]}://{shown}"]
        position = end
    masked = "".join((*parts, text[position:]))
    for pattern in (_PARAMETER, _SETTING):
        masked = pattern.sub(rf"\1={HIDDEN}", masked)
    return _HEADER.sub(rf"\1 {HIDDEN}", masked)


def is_ambiguous(address: str) -> bool:
    """Whether a user or password holds characters that may end it, so that readers disagree."""
    authority, path = _split_authority(address.partition("://")[2])
    before, found, _ = path.rpartition("@")
    named = "@" in authority or ":" in _without_ipv6(authority + before)
    return (bool(found) and named) or _has_wrong_port(authority)


def _without_user(scheme: str, rest: str) -> str:
    """Return what follows an address's ``://`` without user and password."""
    if scheme.lower().startswith(_FILES) and rest.startswith("/"):
        return rest
    query = _QUERY.search(rest)
    place = query.start() if query else len(rest)
    if "@" in rest[place:] and ("@" in rest[:place] or _has_wrong_port(rest[:place])):
        place = len(rest)  # no parameters, but a part of the password
    base, parameters = rest[:place], rest[place:]
    authority, _ = _split_authority(base)
    if authority.rpartition("@")[0] == PLACEHOLDER:
        return rest
    user, found, host = base.rpartition("@")
    if found and ("@" in authority or ":" in _without_ipv6(user)):
        return host + parameters
    if _has_wrong_port(base):
        return f"{authority.partition(':')[0]}:{HIDDEN}"
    return rest


def _split_authority(rest: str) -> tuple[str, str]:
    """Return what stands before an address's path, and the path with all that follows."""
    slashes = len(rest) - len(rest.lstrip("/"))
    authority = re.split(r"[/?#\\]", rest[slashes:], maxsplit=1)[0]
    return authority, rest[slashes + len(authority) :]


def _has_wrong_port(rest: str) -> bool:
    """Whether what stands where the port should be is no number: a password, then."""
    authority, _ = _split_authority(rest)
    _, _, port = _without_ipv6(authority).rpartition("@")[2].partition(":")
    port = re.sub(r"\W+$", "", port)  # a sentence's own punctuation
    return bool(port) and not port.isdecimal()


def _without_ipv6(authority: str) -> str:
    return re.sub(r"\[[0-9A-Fa-f:.%\w]*\]", "", authority)
