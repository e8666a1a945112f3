"""COCO's own way of writing masks."""


def compress_runs(runs: list[int]) -> str:
    """Return run lengths as a text (``rleToString`` of maskApi.c), word for word."""
    text = ""
    for place, run in enumerate(runs):
        value = run - runs[place - 2] if place > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != -1 if bits & 16 else value != 0
            text += chr((bits | 32 if more else bits) + 48)
    return text
