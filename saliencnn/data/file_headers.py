"""What the headers of image files say about the memory that reading them takes."""

from PIL import Image

_TILE_WIDTH, _TILE_LENGTH = 322, 323


def webp_size(header: bytes) -> tuple[int, int] | None:
    """Return width and height of a WebP by the first 30 bytes of its file, if it is one."""
    if header[:4] != b"RIFF" or header[8:12] != b"WEBP" or len(header) < 30:
        return None
    kind = header[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(header[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(header[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (int.from_bytes(header[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return width, height


def jpeg_bytes(image: Image.Image, reduction: int) -> int:
    """Return how many bytes decoding a JPEG takes at most, if its sides are divided by a number.

    A progressive JPEG needs all coefficients at once, of 2 bytes each, in its full size; the
    decoded image takes 4 in Pillow and 3 in numpy.
    """
    layers = getattr(image, "layer", None) or [(1, 1, 1, 0)]
    blocks = [max(1, across) * max(1, down) for _, across, down, *_ in layers]
    densest = max(max(1, a) for _, a, *_ in layers) * max(max(1, d) for _, _, d, *_ in layers)
    pixels = image.width * image.height
    return 2 * pixels * sum(blocks) // densest + 7 * pixels // reduction**2


def tiff_block(image: Image.Image) -> int:
    """Return the pixels of a TIFF's tiles, which its decoder holds one at a time; 0 for strips."""
    tags = getattr(image, "tag_v2", {})
    sides = [tags.get(tag, 0) for tag in (_TILE_WIDTH, _TILE_LENGTH)]
    return int(sides[0]) * int(sides[1]) if all(isinstance(side, int) for side in sides) else 0
