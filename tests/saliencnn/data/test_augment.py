import pytest
import torch
from torchvision.transforms import v2

from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.augment import look_transform, place_transform
from saliencnn.data.geometry import PADDING, validation_geometry
from saliencnn.data.modes import Mode
from saliencnn.data.preparation import MEAN, STD, Preparation, normalise, prepare_at

STILL = Hyperparameters(flip=0.0)


def make_image(height: int = 96, width: int = 96) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=generator)


def restored(normalised: torch.Tensor) -> torch.Tensor:
    """Pixels from 0 to 255 again."""
    return (normalised * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)) * 255


def training_transform(hp: Hyperparameters, preparation: Preparation) -> v2.Transform:
    changes = [place_transform(hp, preparation.geometry), look_transform(hp, preparation)]
    return v2.Compose(changes)


def transformed(hp: Hyperparameters, seed: int = 0, size: int = 96) -> torch.Tensor:
    torch.manual_seed(seed)
    return restored(training_transform(hp, prepare_at(size))(make_image()))


def test_normalise_has_imagenets_mean_and_deviation() -> None:
    batch = torch.stack([make_image(), make_image()])
    expected = (batch / 255 - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(STD).view(
        1, 3, 1, 1
    )
    assert normalise(batch).dtype == torch.float32
    torch.testing.assert_close(normalise(batch), expected)
    torch.testing.assert_close(normalise(make_image()), expected[0])


def test_normalising_by_other_numbers_is_torchvisions() -> None:
    pixels = torch.stack([make_image(5, 5), make_image(5, 5)])
    mean, std = (0.4, 0.5, 0.6), (0.1, 0.2, 0.3)
    expected = v2.Normalize(mean, std)(pixels.float() / 255)
    torch.testing.assert_close(normalise(pixels, mean, std), expected)


def test_normalise_leaves_its_argument() -> None:
    batch = make_image()
    normalise(batch)
    assert torch.equal(batch, make_image())


def test_strengths_of_zero_change_nothing_and_draw_nothing() -> None:
    state = torch.random.get_rng_state()
    torch.testing.assert_close(
        training_transform(STILL, prepare_at(96))(make_image()), normalise(make_image())
    )
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    "change",
    [
        *({"crop": 0.5}, {"color_jitter": 1.0}, {"grayscale": 1.0}, {"erasing": 1.0}),
        {"degrade": 1.0},
    ],
)
def test_each_strength_changes_the_image(change: dict[str, float]) -> None:
    changed = transformed(Hyperparameters(flip=0.0, **change))  # type: ignore[arg-type]
    assert changed.shape == (3, 96, 96)
    assert (changed - make_image().float()).abs().max() > 10


def test_the_seed_decides() -> None:
    hp = Hyperparameters(crop=0.5, color_jitter=1.0, erasing=0.5)
    assert torch.equal(transformed(hp, 1), transformed(hp, 1))
    assert not torch.equal(transformed(hp, 1), transformed(hp, 2))


def test_degraded_images_keep_no_finest_detail_of_their_own() -> None:
    """What differs from the pixels next to it agrees no more with what was there; shapes stay."""

    def detail(image: torch.Tensor) -> torch.Tensor:
        return image - torch.nn.functional.avg_pool2d(image[None], 3, 1, 1)[0]

    def agreement(one: torch.Tensor, other: torch.Tensor) -> float:
        return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1])

    rows = torch.linspace(0, 6.3, 96)
    shape = 128 + 90 * torch.sin(rows)[:, None] * torch.cos(rows)
    noise = 20 * torch.randn(3, 96, 96, generator=torch.Generator().manual_seed(3))
    image = (shape + noise).clamp(0, 255).to(torch.uint8)
    torch.manual_seed(0)
    look = look_transform(Hyperparameters(degrade=1.0), prepare_at(96))
    found = [restored(look(image)) for _ in range(8)]
    before = image.float()
    assert max(agreement(detail(one), detail(before)) for one in found) < 0.6
    assert min(agreement(one, before) for one in found) > 0.9


def test_flip_mirrors() -> None:
    mirrored = transformed(Hyperparameters(flip=1.0))
    torch.testing.assert_close(mirrored, make_image().flip(-1).float(), atol=0.01, rtol=0)


def test_flip_happens_as_often_as_asked() -> None:
    transform = training_transform(Hyperparameters(flip=0.25), prepare_at(96))
    torch.manual_seed(0)
    still = normalise(make_image())
    assert 60 < sum(not torch.equal(transform(make_image()), still) for _ in range(400)) < 140


def test_full_jitter_turns_hue_anywhere_and_little_jitter_does_not() -> None:
    red = torch.tensor([200, 40, 40], dtype=torch.uint8).view(3, 1, 1).expand(3, 8, 8)
    strongest = {}
    for strength in (0.1, 1.0):
        transform = training_transform(Hyperparameters(color_jitter=strength), prepare_at(8))
        torch.manual_seed(0)
        pixels = [restored(transform(red))[:, 4, 4] for _ in range(60)]
        strongest[strength] = {int(pixel.argmax()) for pixel in pixels}
    assert strongest == {0.1: {0}, 1.0: {0, 1, 2}}


def test_grayscale_takes_all_colour() -> None:
    gray = transformed(Hyperparameters(grayscale=1.0))
    assert (gray.amax(0) - gray.amin(0)).max() < 0.01


def test_erasing_blanks_one_rectangle_with_the_mean() -> None:
    erased = transformed(Hyperparameters(flip=0.0, erasing=1.0))
    blank = (erased - 255 * torch.tensor(MEAN).view(3, 1, 1)).abs().amax(0) < 0.01
    rows, columns = blank.any(1).sum(), blank.any(0).sum()
    assert blank.sum() == rows * columns > 100
    assert torch.equal(erased[:, ~blank].round(), make_image().float()[:, ~blank])


@pytest.mark.parametrize("shape", [(96, 96), (120, 200), (300, 50)])
@pytest.mark.parametrize("crop", [0.0, 0.4])
def test_any_image_gets_the_size(shape: tuple[int, int], crop: float) -> None:
    out = training_transform(Hyperparameters(crop=crop), prepare_at(64))(make_image(*shape))
    assert out.shape == (3, 64, 64)
    assert out.dtype == torch.float32


@pytest.mark.parametrize("crop", [0.0, 0.6])
def test_padded_images_are_cut_with_what_is_beside_them_and_nothing_is_there(crop: float) -> None:
    place = place_transform(Hyperparameters(crop=crop, flip=0.5), validation_geometry(32, "pad"))
    image = torch.full((4, 16, 64), 255, dtype=torch.uint8)
    seen = set()
    for seed in range(20):
        torch.manual_seed(seed)
        placed = place(image)
        assert placed.shape == (4, 32, 32)
        outside = placed[3] == 0
        assert ((placed[:3, outside].T.int() - torch.tensor(PADDING)).abs() <= 1).all()
        assert (placed[:3, placed[3] == 255] >= 254).all()
        seen.add(int(outside.sum()))
    assert len(seen) > 1 if crop else seen == {32 * 24}


@pytest.mark.parametrize("mode", ["crop", "pad", "stretch"])
def test_a_rectangle_is_cut_out_of_images_in_its_own_proportions(mode: Mode) -> None:
    place = place_transform(Hyperparameters(crop=0.5), validation_geometry((32, 64), mode))
    assert place(make_image(100, 200)).shape == (3, 32, 64)
