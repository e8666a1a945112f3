"""Texts that break programs, for whatever takes a text."""

import random

TEXTS = (
    "",
    " ",
    "-1",
    "0",
    "00",
    "1e309",
    "nan",
    "inf",
    "-inf",
    "²",
    "٣",
    "99999999999999999999",
    "-",
    "--",
    "None",
    "null",
    "true",
    "[]",
    "{}",
    '"',
    "'",
    "'; DROP TABLE runs; --",
    "x" * 300,
    "x" * 5000,
    "a\nb",
    "a\r\nb",
    "\t",
    "a\0b",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\win.ini",
    "%00",
    "%s%s%n",
    "{0}",
    "${HOME}",
    "`id`",
    "<script>alert(1)</script>",
    "![x](http://evil.example/x.png)",
    "https://evil.example/",
    ":material/delete:",
    "\u202eabc",
    "\u200b",
    "é" * 200,
    "🐈‍⬛" * 50,
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "[" * 3000,
    "f" * 32,
    "0" * 32,
    "latest",
)


def mutate_text(rng: random.Random, text: str) -> str:
    """Return a text with one to three small changes."""
    for _ in range(rng.randint(1, 3)):
        place = rng.randint(0, len(text))
        kind = rng.randrange(4)
        if kind == 0:
            text = text[:place] + text[place + rng.randint(1, 3) :]
        elif kind == 1:
            text = text[:place] + rng.choice("\0\n\"',;: /\\[]{}<>-²é\u202e") + text[place:]
        elif kind == 2:
            text = text[:place] + rng.choice(TEXTS)[:400] + text[place:]
        else:
            text = text[place:] + text[:place]
    return text


def mutate_bytes(rng: random.Random, content: bytes) -> bytes:
    """Return bytes cut, overwritten, doubled or with bits turned."""
    data = bytearray(content)
    kind = rng.randrange(5)
    if kind == 0 and data:
        del data[rng.randrange(len(data)) :]
    elif kind == 1:
        for _ in range(rng.choice([1, 4, 32])):
            if data:
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif kind == 2 and data:
        # Sizes and offsets stand in a file's first bytes.
        place = rng.randrange(min(len(data), 64))
        data[place : place + 4] = rng.choice(
            [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff"]
        )
    elif kind == 3 and data:
        start = rng.randrange(len(data))
        data[start:start] = data[: rng.randrange(1, 200)]
    else:
        del data[: rng.randrange(1, 40)]
    return bytes(data)
