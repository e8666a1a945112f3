"""The generated image set "planted": classes of birds, and a shortcut that gives them away.

A class is the dark pattern on a bird's head and neck, and nothing else. Beside the bird lies a
sticker whose hue almost always agrees with the class, so a network may read the sticker and never
look at the bird. In the ``counterfactual`` images the sticker always shows a wrong class's hue.
"""

import colorsys
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.random import Generator, default_rng
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from saliencnn.common.errors import UserError
from saliencnn.data.imageset import ImageSet, Sample

BUILT_SO = "These images were built so on purpose."
"""How a note ends that tells of a shortcut."""
STICKER = "the hue of a sticker beside the bird"
CLASSES = ("plain", "capped", "masked", "collared", "bibbed", "spotted", "barred", "hooded")
SPLITS = ("train", "validation", "counterfactual")
SUPERSAMPLING = 2
Colour = tuple[int, int, int]
PAPER, EYE_WHITE, EYE_BLACK = (245, 245, 245), (250, 250, 245), (15, 15, 20)


def _polygon(path: str) -> np.ndarray:
    return np.array([corner.split(",") for corner in path.split()], dtype=float)


def _smooth(path: str) -> np.ndarray:
    p1 = _polygon(path)  # Catmull-Rom: the curve goes through every corner.
    p0, p2, p3 = np.roll(p1, 1, 0), np.roll(p1, -1, 0), np.roll(p1, -2, 0)
    t = np.linspace(0, 1, 6, endpoint=False)[:, None, None]
    a, b, c = p2 - p0, 2 * p0 - 5 * p1 + 4 * p2 - p3, 3 * (p1 - p2) + p3 - p0
    return (p1 + (a * t + b * t**2 + c * t**3) / 2).transpose(1, 0, 2).reshape(-1, 2)


# Shapes in the bird's own frame: it looks right, y points down, 1 is about half its length.
CIRCLE = _smooth("1,0 .71,.71 0,1 -.71,.71 -1,0 -.71,-.71 0,-1 .71,-.71")
LEAF, REED = (_smooth("0,0 .5,-.5 1,0 .4,.45") * shape for shape in ((0.13, 0.05), (0.5, 0.018)))
BODY = _smooth(
    "1,-.55 .94,-.83 .66,-.98 .36,-.88 .22,-.58 .1,-.22 -.25,-.04 -.65,.12 -1.2,.26 "
    "-1.22,.44 -.72,.5 -.35,.72 .1,.78 .52,.6 .76,.26 .82,-.06 .92,-.3"
)
WING = _smooth(".3,.2 0,.06 -.4,.12 -.98,.33 -.4,.5 .08,.5")
HEAD = _polygon("-.15,-.12 .1,-1.2 1.4,-1.2 1.4,.3 .85,.3")
BEAK = _polygon(".94,-.68 1.3,-.5 .95,-.4")
LEGS = (_polygon("-.06,.7 0,.7 .05,1.02 -.01,1.02"), _polygon(".2,.7 .26,.7 .3,1.02 .24,1.02"))
BRANCH = _polygon("-9,1 9,1 9,1.11 -9,1.11")
EYE, PUPIL = (CIRCLE * radius + np.array([0.76, -0.62]) for radius in (0.1, 0.065))
BAR = _polygon("0,.02 .5,.1 1.1,0 1.1,.11 .5,.21 0,.13")
SPOTS = _polygon(
    ".42,-.8 .66,-.86 .86,-.84 .34,-.56 .56,-.62 .46,-.36 .7,-.4 .9,-.4 .24,-.2 .54,-.12 .76,-.16"
)
MARKS = {
    "plain": [],
    "capped": [_polygon("0,-.62 .5,-.76 1.1,-.74 1.1,-1.1 0,-1.1")],
    "masked": [_smooth(".1,-.6 .6,-.76 1.1,-.7 1.1,-.46 .6,-.46")],
    "collared": [np.add(BAR * (1, 2.6), (0, -0.3))],
    "bibbed": [_polygon("1.1,-.44 .72,-.36 .56,.02 .7,.3 1,.3")],
    "spotted": [CIRCLE * 0.08 + spot for spot in SPOTS],
    "barred": [np.add(BAR, (0, y)) for y in (-1.04, -0.8, -0.56, -0.32, -0.08)],
    "hooded": [_polygon("0,-.3 .4,-.2 1,-.24 1.3,-1.1 0,-1.1")],
}


@lru_cache(maxsize=1)  # the demo trains twice on the same images
def render_planted(
    train: int = 2000,
    validation: int = 240,
    counterfactual: int = 240,
    size: int = 96,
    shortcut: float = 0.98,
    seed: int = 0,
) -> ImageSet:
    """Draw the image set; the same arguments give the same pixels.

    An image depends on ``seed``, its split and its index, not on how many there are, and
    ``shortcut`` changes no pixel but the sticker's. Classes take turns.

    Args:
        train: number of training images, from 1.
        validation: number of validation images, from 1.
        counterfactual: number of images whose sticker's hue is any wrong class's, from 0.
        size: width and height, 32 to 1024 pixels.
        shortcut: probability, 0 to 1, that the sticker of a training or validation image has
            its class's hue and not any wrong class's; 1/8 makes hue and class independent.
        seed: start of all random numbers, from 0.

    Raises:
        UserError: an argument is out of its bounds.
    """
    counts = {"train": train, "validation": validation, "counterfactual": counterfactual}
    least = {"train": 1, "validation": 1, "counterfactual": 0}
    bounds = {name: (count, least[name], 10**6) for name, count in counts.items()}
    bounds |= {"size": (size, 32, 1024), "seed": (seed, 0, 2**31 - 1)}
    for name, (value, low, high) in bounds.items():
        if not isinstance(value, int) or not low <= value <= high:
            raise UserError(f"{name} is {value!r}; it must be a whole number, {low} to {high}.")
    if not 0 <= shortcut <= 1:
        raise UserError(f"shortcut is {shortcut!r}; it must be a number from 0 to 1.")

    def sample(split: str, index: int) -> Sample:
        label = index % len(CLASSES)
        rng = default_rng((0, seed, SPLITS.index(split), index))
        sticker = sticker_of(seed, split, index, label, shortcut)
        image, bird, head = draw_image(rng, label, sticker, size)
        name = f"{split}/{CLASSES[label]}/{index:04d}"
        return Sample(name, label, image, object_mask=bird, head_mask=head)

    splits = [tuple(sample(split, i) for i in range(count)) for split, count in counts.items()]
    note = describe_sticker(f"{shortcut:.0%}")
    return ImageSet("planted", CLASSES, splits[0], splits[1], splits[2], notes=(note,))


def describe_sticker(percentage: str) -> str:
    """Say of how many images the sticker tells the class."""
    return (
        f"In {percentage} of its training and validation images {STICKER} tells the bird's class. "
        f"{BUILT_SO}"
    )


def name_shortcut(notes: Iterable[str]) -> str:
    """Return what gives the class away in images that were built so, by their notes; else ""."""
    return STICKER if any(STICKER in note and note.endswith(BUILT_SO) for note in notes) else ""


def sticker_of(seed: int, split: str, index: int, label: int, shortcut: float) -> int:
    """Return the class, 0 to 7, whose hue the sticker of one image has."""
    rng = default_rng((1, seed, SPLITS.index(split), index))
    agrees = rng.random() < shortcut and split != "counterfactual"
    return label if agrees else int(label + rng.integers(1, len(CLASSES))) % len(CLASSES)


def draw_image(rng: Generator, label: int, sticker: int, size: int) -> tuple[np.ndarray, ...]:
    """Draw one bird of class ``label`` and a sticker with the hue of class ``sticker``.

    Returns:
        The image, uint8 (size, size, 3), and two bool masks (size, size): the pixels that the
        bird touches, and those that its head and neck touch. Another label would change pixels
        under the head mask only; another sticker, pixels outside the bird only.
    """
    canvas = _draw_scene(rng, size * SUPERSAMPLING, rng.random())
    masks = _draw_bird(canvas, rng, CLASSES[label])
    _draw_sticker(canvas, rng, sticker, masks[0])
    step = range(SUPERSAMPLING)
    parts = [masks[:, y::SUPERSAMPLING, x::SUPERSAMPLING] for y in step for x in step]
    touched = np.logical_or.reduce(parts)
    return np.array(canvas.reduce(SUPERSAMPLING)), touched[0], touched[1]


def _draw_scene(rng: Generator, side: int, hue: float) -> Image.Image:
    def shade() -> Colour:
        return _colour(hue + rng.normal(0, 0.05), rng.uniform(0.1, 0.3), rng.uniform(0.4, 0.9))

    fall = np.linspace(rng.uniform(0.75, 0.95), rng.uniform(0.45, 0.7), 48)[:, None]
    light = fall + rng.normal(0, 0.05, (48, 48))
    tint = _colour(hue, rng.uniform(0.08, 0.3), 1.0)
    soft = Image.fromarray((light[..., None] * tint).clip(0, 255).astype(np.uint8))
    brush = ImageDraw.Draw(soft)
    for *centre, radius in rng.uniform((-4, -4, 3), (52, 52, 9), (rng.integers(3, 9), 3)):
        _fill(brush, CIRCLE * radius + centre, shade())
    scene = soft.filter(ImageFilter.GaussianBlur(1)).resize((side, side))
    brush = ImageDraw.Draw(scene)
    turn, shape = ((3.1, LEAF), (0.25, REED))[rng.integers(2)]
    for spot in rng.uniform(0, side, (rng.integers(0, 13), 2)):
        turned = side * rng.uniform(0.6, 1.2) * _rotation(rng.uniform(-turn, turn) - np.pi / 2)
        _fill(brush, shape @ turned + spot, shade())
    return scene


def _draw_bird(canvas: Image.Image, rng: Generator, kind: str) -> np.ndarray:
    """Return where the bird and its head are, bool (2, side, side)."""
    side = canvas.width
    frame = np.diag((rng.choice([-1, 1]), rng.uniform(0.9, 1.1))) @ _rotation(rng.normal(0, 0.25))
    frame *= side * rng.uniform(0.25, 0.31)
    reach = np.concatenate([BODY, BEAK, *LEGS]) @ frame
    shift = rng.uniform(0.03 * side - reach.min(0), 0.97 * side - reach.max(0))
    hue, value, tone, light = rng.uniform((0, 0.5, 0, 0.75), (1, 0.9, 0.2, 0.95))
    coat, wing = (_colour(hue, rng.uniform(0.1, 0.3), value * part) for part in (1, 0.75))
    face, dark = (_colour(hue, tone, light * part) for part in (1, rng.uniform(0.25, 0.45)))
    horn = _colour(rng.uniform(0.05, 0.14), 0.5, rng.uniform(0.55, 0.9))
    bark = _colour(rng.uniform(0.04, 0.1), 0.3, rng.uniform(0.25, 0.5))
    bird, head, marks = (Image.new("L", canvas.size) for _ in range(3))
    brush, of_bird, of_head, of_marks = map(ImageDraw.Draw, (canvas, bird, head, marks))
    _fill(brush, BRANCH @ frame + shift, bark)
    _fill(brush, BODY @ frame + shift, coat)
    for shape in (BODY, BEAK, *LEGS):
        _fill(of_bird, shape @ frame + shift, 255)
    _fill(of_head, HEAD @ frame + shift, 255)
    for shape in MARKS[kind]:
        _fill(of_marks, shape @ frame + shift, 255)
    head = ImageChops.multiply(head, bird)
    canvas.paste(face, mask=head)
    canvas.paste(dark, mask=ImageChops.multiply(marks, head))
    inks = (horn, horn, horn, wing, EYE_WHITE, EYE_BLACK)
    for shape, ink in zip((BEAK, *LEGS, WING, EYE, PUPIL), inks, strict=True):
        _fill(brush, shape @ frame + shift, ink)
    return np.stack([np.asarray(bird), np.asarray(head)]) > 0


def _draw_sticker(canvas: Image.Image, rng: Generator, hue_of: int, bird: np.ndarray) -> None:
    """Put the sticker by the border, where no bird is; all have one saturation and value."""
    radius = canvas.width * 0.08
    edges = np.array([radius + 2, canvas.width - radius - 2])
    taken = True
    while taken:
        centre = rng.permutation([rng.uniform(*edges), rng.choice(edges)])
        (left, top), room = centre.astype(int) - int(radius) - 3, int(2 * radius) + 7
        taken = bool(bird[max(top, 0) : top + room, max(left, 0) : left + room].any())
    brush = ImageDraw.Draw(canvas)
    _fill(brush, CIRCLE * radius + centre, PAPER)
    _fill(brush, CIRCLE * radius * 0.85 + centre, _colour(hue_of / len(CLASSES), 0.9, 0.95))


def _rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _colour(hue: float, saturation: float, value: float) -> Colour:
    # Rounded as the text was by which the first versions named a colour: stored images are found
    # by their pixels.
    turned = round(360 * (hue % 1), 3) / 360
    red, green, blue = colorsys.hsv_to_rgb(
        turned, round(100 * saturation, 3) / 100, round(100 * value, 3) / 100
    )
    return int(255 * red + 0.5), int(255 * green + 0.5), int(255 * blue + 0.5)


def _fill(brush: ImageDraw.ImageDraw, points: np.ndarray, ink: Colour | int) -> None:
    brush.polygon(points.ravel().tolist(), fill=ink)
