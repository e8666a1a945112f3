"""What stands behind a verdict: one image's maps and curves under what a check does to it."""

from dataclasses import dataclass

import numpy as np
import torch

from pipelines.trust.answers import Arrays, MapQuery, Options, answer
from pipelines.trust.subjects import find_control_run
from saliencnn.checks.faithfulness import KINDS, Traced, trace
from saliencnn.checks.label_randomization import compare_networks
from saliencnn.checks.parameter_randomization import randomize
from saliencnn.checks.stability import disturb
from saliencnn.checks.subject import Subject
from saliencnn.checks.variance import MEASURES, make_signal, vary_input
from saliencnn.common.errors import UserError
from saliencnn.common.progress import Progress
from saliencnn.data.augment import normalise
from saliencnn.data.decode import decode_image
from saliencnn.store.images import read_image, read_index
from saliencnn.store.networks import load_network
from saliencnn.store.runs import list_runs

BLOCKS = 6
"""Steps in which parameter randomisation goes through the network."""


class NoControlNetwork(UserError):
    """Nobody has trained a network on random labels to compare with; the message says how."""


@dataclass(frozen=True)
class MapComparison:
    """An image's maps as they are and after K changes.

    Attributes:
        names: of the K + 1 columns; the first is the image and the network as they are.
        maps: method -> (K + 1, h, w).
        likeness: measure -> method -> (K,), of each changed map to the first; NaN where nothing
            is judged.
        logit_change: (K,), how far the logits moved, as the check measures it; NaN where it does
            not.
        tolerance: of the logits' change, above which nothing is judged; NaN without one.
    """

    names: tuple[str, ...]
    maps: dict[str, np.ndarray]
    similarity: dict[str, dict[str, np.ndarray]]
    logit_change: np.ndarray
    tolerance: float


@dataclass(frozen=True)
class Traces:
    """The class's probability as pixels of an image go or come.

    Attributes:
        shares: kind of curve -> (S + 1,), share of the pixels.
        own: kind -> method -> (S + 1,), in the order of its map; NaN where that is flat.
        by_lot: kind -> method -> (draws, S + 1), in random orders of the same grain.
        beaten: method -> share of the random orders that it beats, 0 to 1; NaN for flat maps.
    """

    shares: dict[str, np.ndarray]
    own: dict[str, dict[str, np.ndarray]]
    random_baseline: dict[str, dict[str, np.ndarray]]
    beaten: dict[str, float]


def show_variance(
    asked: MapQuery, signal: str, strength: float, mode: str, other: int | None, report: Progress
) -> MapComparison:
    """Explain before and after a signal that is subtracted again behind the first convolution.

    Args:
        asked: what is shown.
        signal: one of ``variance.SIGNALS``.
        strength: in standard deviations of the input.
        mode: one of ``variance.MODES``.
        other: number of the validation image that is added by the signal ``image``.
        report: called with the progress; what it raises cancels the work.

    Raises:
        UserError: no such checkpoint, a signal that the mode cannot compensate, or no other
            image where one is needed.
    """

    def compute(subject: Subject) -> dict[str, Arrays]:
        image = None if other is None else _validation_image(asked, other)
        channels, height, width = subject.images.shape[1:]
        shape = (channels, height, width)
        added = make_signal(signal, shape, strength, subject.seed, image)
        found = vary_input(subject, added, mode, report)
        return {
            m: {
                "names": np.array(["before", "after"]),
                "maps": torch.stack([found.before[m][0], found.after[m][0]]).numpy(),
                "logit_change": found.logit_change,
                "tolerance": found.tolerance[0],
                **{f"likeness/{k}": found.similarity[m][k] for k in MEASURES},
            }
            for m in subject.methods
        }

    options: Options = {"signal": signal, "strength": strength, "mode": mode, "other": other}
    return _as_changed(answer(asked, "variance", options, compute))


def show_randomization(asked: MapQuery, cascading: bool, report: Progress) -> MapComparison:
    """Explain with more and more of the network's weights random, or one block after another.

    Raises:
        UserError: no such checkpoint.
    """

    def compute(subject: Subject) -> dict[str, Arrays]:
        found = randomize(subject, cascading, report, BLOCKS)
        return {
            m: {
                "names": np.array(["trained", *found.names]),
                "maps": found.maps[m][:, 0].numpy(),
                "likeness/spearman": found.similarity[m][:, 0],
            }
            for m in subject.methods
        }

    options: Options = {"cascading": cascading, "blocks": BLOCKS}
    return _as_changed(answer(asked, "randomisation", options, compute))


def show_labels(asked: MapQuery, report: Progress) -> MapComparison:
    """Explain beside a run like this one whose training labels were dealt at random.

    Raises:
        NoDealtRun: there is no such run.
        UserError: there is no such checkpoint.
    """
    dealt = find_control_run(asked.store, asked.run, list_runs(asked.store))
    if dealt is None:
        run = asked.run
        raise NoControlNetwork(
            "No finished run of the same image set and architecture was trained on labels dealt at "
            f"random. Train one: saliencnn train --data {run.data} --arch {run.arch} --image-size "
            f"{run.image_size} --shuffle-labels true"
        )

    def compute(subject: Subject) -> dict[str, Arrays]:
        other = load_network(asked.store, dealt, dealt.epoch)
        found = compare_networks(subject, other, report)
        return {
            m: {
                "names": np.array(["true labels", "labels dealt at random"]),
                "maps": torch.stack([found.own[m][0], found.other[m][0]]).numpy(),
                "likeness/spearman": found.similarity[m],
            }
            for m in subject.methods
        }

    options: Options = {"other": dealt.run_id, "other_epoch": dealt.epoch}
    return _as_changed(answer(asked, "labels", options, compute))


def show_stability(asked: MapQuery, report: Progress) -> MapComparison:
    """Explain under faint noise and a shift by one pixel.

    Raises:
        UserError: no such checkpoint.
    """

    def compute(subject: Subject) -> dict[str, Arrays]:
        found = disturb(subject, report)
        kinds = list(found.similarity)
        changes = np.array([found.logit_change[kind][0] for kind in kinds])
        return {
            m: {
                "names": np.array(["the image", *kinds]),
                "maps": found.maps[m][:, 0].numpy(),
                "logit_change": changes,
                "likeness/spearman": np.array([found.similarity[kind][m][0] for kind in kinds]),
            }
            for m in subject.methods
        }

    return _as_changed(answer(asked, "stability", {}, compute))


def show_faithfulness(asked: MapQuery, report: Progress) -> Traces:
    """Take pixels away or give them in the order of the maps, and by lot.

    Raises:
        UserError: no such checkpoint.
    """

    def compute(subject: Subject) -> dict[str, Arrays]:
        found = trace(subject, report)
        return {
            m: _curves_of(found.curves[m], found.random[m], found.beaten[m])
            for m in subject.methods
        }

    found = answer(asked, "faithfulness", {}, compute)
    any_ = next(iter(found.values()), {})
    return Traces(
        {kind: any_[f"shares/{kind}"] for kind in KINDS if any_},
        {kind: {m: arrays[f"own/{kind}"] for m, arrays in found.items()} for kind in KINDS},
        {kind: {m: arrays[f"by_lot/{kind}"] for m, arrays in found.items()} for kind in KINDS},
        {m: float(arrays["beaten"]) for m, arrays in found.items()},
    )


def _curves_of(own: Traced, random: tuple[Traced, ...], beaten: np.ndarray) -> Arrays:
    arrays: Arrays = {"beaten": beaten[0]}
    for kind in KINDS:
        arrays[f"shares/{kind}"] = own[kind].fractions
        arrays[f"own/{kind}"] = own[kind].curves[0]
        arrays[f"by_lot/{kind}"] = np.stack([draw[kind].curves[0] for draw in random])
    return arrays


def _as_changed(answer: dict[str, Arrays]) -> MapComparison:
    arrays = next(iter(answer.values()), {"names": np.array([])})
    count = max(0, len(arrays["names"]) - 1)
    measures = [name for name in arrays if name.startswith("likeness/")]
    return MapComparison(
        tuple(str(name) for name in arrays["names"]),
        {m: own["maps"] for m, own in answer.items()},
        {
            name.removeprefix("likeness/"): {m: own[name] for m, own in answer.items()}
            for name in measures
        },
        arrays.get("logit_change", np.full(count, np.nan)),
        float(arrays.get("tolerance", np.nan)),
    )


def _validation_image(asked: MapQuery, image: int) -> torch.Tensor:
    """Return a validation image as the network takes it, (3, size, size)."""
    index = read_index(asked.store, asked.run.images_id)
    encoded = read_image(asked.store, asked.run.images_id, index, image)
    pixels = decode_image(encoded, index.names[image])
    return normalise(torch.from_numpy(pixels).permute(2, 0, 1)[None])[0]
