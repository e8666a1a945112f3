"""The options of the commands, and the bounds of their numbers."""

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import fields

from pipelines.cli.review_commands import DECISIONS, OWN
from saliencnn.checks.table import CHECKS, Option
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.bounds import MAX_SIDE
from saliencnn.data.modes import MODES

MAX_WHOLE = 2**31 - 1
"""Of numbers without a bound of their own: what databases and random generators take."""
MAX_RESIZE = MAX_SIDE
"""Pixels of the shorter side of an image that is brought into a network's format."""
MAX_STRENGTH = 1000.0
"""Of what a check adds to an image: far beyond what leaves anything of it."""
MAX_LOADERS = 64
"""Processes or threads that load images."""
_NEGATIVE = re.compile(r"^-[0-9.]")
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def _whole(option: str, low: int, high: int = MAX_WHOLE) -> Callable[[str], int]:
    """Return what reads an option's whole number and refuses any other in one sentence."""

    def read(text: str) -> int:
        value = int(text) if _WHOLE.fullmatch(text) else None
        if value is None or not low <= value <= high:
            shown = text if value is not None else repr(text)
            raise UserError(f"{option} is {shown}; it must be a whole number from {low} to {high}.")
        return value

    return read


def _number(option: str, low: float, high: float) -> Callable[[str], float]:
    """Return what reads an option's number and refuses any other in one sentence."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # so is what is no number
            raise UserError(f"{option} is {text!r}; it must be a number from {low:g} to {high:g}.")
        return value

    return read


def _resize(text: str) -> int | str | None:
    """Read ``--resize``: pixels, ``none`` for no scaling, or what the weights ask for."""
    if text in (OWN, "none"):
        return OWN if text == OWN else None
    try:
        return _whole("--resize", 1, MAX_RESIZE)(text)
    except UserError as error:
        raise UserError(f"{str(error).rstrip('.')}, or none.") from error


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn demo``."""
    parser.add_argument("--no-serve", action="store_true", help="do not open the dashboard")
    _add_port(parser)
    parser.add_argument(
        "--imagenet", metavar="DIR", help="labelled ImageNet images, to compare networks on"
    )


def add_train(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn train``."""
    parser.add_argument(
        "--data",
        default="planted",
        help="folder:PATH, csv:FILE (Parquet, too), coco:FILE, hf:PATH, cub200:PATH or planted; "
        'the tutorial "Your own images" says what stands behind them',
    )
    parser.add_argument(
        "--arch",
        default="smallgap",
        help="e.g. resnet18; any classification network of torchvision, timm:NAME, or your own "
        "code, FILE.py:FUNCTION or MODULE:FUNCTION, a function of the number of classes",
    )
    parser.add_argument(
        "--layer", metavar="NAME", help="dotted name of the target layer; by default it is found"
    )
    parser.add_argument(
        "--head", metavar="NAME", help="of the layer that scores the classes, likewise"
    )
    _add_own_network(parser)
    parser.add_argument(
        "--weights",
        default="none",
        help="none, default, an enum name, a file, or run:RUN_ID:EPOCH for a kept checkpoint",
    )
    parser.add_argument(
        "--image-size",
        type=_whole("--image-size", 0),
        metavar="PIXELS",
        help="side of the network's input; by default the architecture's own",
    )
    _add_fit(parser)
    parser.add_argument(
        "--keep", default="all", help="which checkpoints to keep: all, best or last"
    )
    parser.add_argument("--name", help="of the run")
    parser.add_argument(
        "--experiment",
        metavar="NAME",
        help="MLflow's experiment that the run goes into; by default MLFLOW_EXPERIMENT_NAME, else "
        "saliencnn",
    )
    _add_window(parser)
    parser.add_argument("--resume", metavar="RUN_ID", help="continue an interrupted run")
    parser.add_argument(
        "--find-lr",
        action="store_true",
        help="do not train; try learning rates for some steps and print one that suits",
    )
    _add_loaders(parser, "processes that load images")
    _add_hyperparameters(parser)


def add_inspect(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn inspect``."""
    parser.add_argument("data", metavar="DATA", help="an image set as for train")
    parser.add_argument(
        "--image-size",
        type=_whole("--image-size", 1, MAX_RESIZE),
        default=224,
        metavar="PIXELS",
        help="side of the network's input; default %(default)s",
    )
    _add_fit(parser)
    _add_window(parser)


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn check``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument(
        "--images",
        type=_whole("--images", 1),
        metavar="N",
        help="how many validation images; by default 40, for interventions 240",
    )
    _add_epoch(parser, "which epoch's checkpoint; by default the last one")
    parser.add_argument("--methods", help="names, separated by commas; by default all quick ones")
    _add_own_network(parser)
    parser.add_argument(
        "--check",
        metavar="NAME",
        help=f"one of {', '.join(CHECKS)}, by default all; or interventions, which try the network "
        "itself: what it still knows without the object, with other colours, and so on",
    )
    _add_single_image(parser)


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn evaluate``."""
    parser.add_argument(
        "--models",
        help="separated by commas: NAME as for train --arch, NAME@FILE, run:RUN_ID[:EPOCH] or "
        "registered:NAME; by default thirteen of torchvision's",
    )
    _add_own_network(parser)
    parser.add_argument("--images", required=True, help="a folder, or an image set as for train")
    parser.add_argument("--labels", metavar="FILE", help="lines of file name and class")
    parser.add_argument(
        "--limit",
        type=_whole("--limit", 1),
        metavar="N",
        help="take N images at most, evenly from all classes",
    )
    parser.add_argument(
        "--resize",
        type=_resize,
        default=OWN,
        metavar="PIXELS",
        help="pixels of the shorter side, or none; by default what the weights ask for",
    )
    _add_window(parser)
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    parser.add_argument(
        "--work",
        metavar="DIR",
        help="folder for unfinished evaluations, which a second start continues",
    )
    _add_loaders(parser, "threads that decode images")


def add_propose(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn propose``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument(
        "--count",
        type=_whole("--count", 1, 50),
        default=3,
        metavar="N",
        help="how many proposals; default %(default)s",
    )
    parser.add_argument(
        "--seed", type=_whole("--seed", 0), default=0, help="of the sampler; default %(default)s"
    )
    _add_criterion(parser)


def _add_criterion(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--criterion",
        default="",
        metavar="MEASURE",
        help="ranking criterion of the maps: focus, total_variation, entropy or attended_area; by "
        "default focus where an object's place is known, else none: accuracy alone",
    )


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn search``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    _add_own_network(parser)
    parser.add_argument(
        "--trials",
        type=_whole("--trials", 1, 1000),
        default=10,
        metavar="N",
        help="how many runs to train at most; default %(default)s",
    )
    parser.add_argument(
        "--hours", type=_number("--hours", 0.01, 10_000), help="how long to go on at most"
    )
    _add_criterion(parser)
    _add_loaders(parser, "processes that load images")


def add_verdict(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn verdict``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument("decision", choices=list(DECISIONS))
    parser.add_argument("--reason", required=True, help="why, for people who read it later")
    parser.add_argument("--name", required=True, help="your name")
    _add_epoch(parser, "which epoch; by default the run as a whole")
    parser.add_argument(
        "--image",
        type=_whole("--image", 0),
        metavar="N",
        help="number of a validation image at that epoch",
    )


def _add_epoch(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument("--epoch", type=_whole("--epoch", 1), metavar="N", help=words)


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn report``."""
    parser.add_argument(
        "run_ids", nargs="*", metavar="RUN_ID", help="up to three, on the same validation images"
    )
    parser.add_argument(
        "--task", metavar="NAME", help="instead of runs: a comparison that was saved on Compare"
    )
    parser.add_argument(
        "-o", "--output", default="report.html", metavar="FILE", help="default report.html"
    )
    parser.add_argument("--pdf", action="store_true", help="print it as PDF too, by Chromium")


def add_stop(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn stop``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument("--name", required=True, help="your name")


def add_queue(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn queue``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument("--name", required=True, help="your name")
    parser.add_argument("--why", default="", help="what you expect of it")
    _add_hyperparameters(parser, "Default: the run's own.")


def add_worker(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn worker``."""
    parser.add_argument("--once", action="store_true", help="end when the queue is empty")
    _add_own_network(parser)
    parser.add_argument(
        "--poll",
        type=_number("--poll", 0.1, 3600),
        default=5,
        metavar="SECONDS",
        help="time between two looks at an empty queue; default %(default)s",
    )
    _add_loaders(parser, "processes that load images")


def _add_loaders(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--loaders",
        type=_whole("--loaders", 0, MAX_LOADERS),
        metavar="N",
        help=f"{what}; 0: none, the command itself does; by default as the machine allows",
    )


def add_app(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn app``."""
    _add_port(parser)
    _add_own_network(parser)
    parser.add_argument(
        "--host",
        help="address of this machine to listen on, 0.0.0.0 for all; by default "
        "STREAMLIT_SERVER_ADDRESS, else 127.0.0.1, which only this machine reaches",
    )


def _add_own_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--own-network",
        action="append",
        default=[],
        metavar="FILE.py:FUNCTION",
        help="code of your own that may run where a run was trained with it; also "
        "NAME=FILE.py:FUNCTION, and again for each; SALIENCNN_OWN_NETWORKS does the same",
    )


def _add_port(parser: argparse.ArgumentParser) -> None:
    whole = _whole("--port", 1, 65535)
    parser.add_argument("--port", type=whole, default=8501, help="port; default %(default)s")


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fit",
        choices=MODES,
        default="crop",
        help="how images become squares: crop cuts out the centre, pad and stretch show the whole "
        "image, beside a plain colour or in other proportions; default %(default)s",
    )


def _add_window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--window",
        metavar="LOW:HIGH",
        help="values shown as black and white in images deeper than 8 bits, or percentiles "
        "LOW%%:HIGH%%, full for all that their format holds, or auto, the default: what occurs in "
        "the training images",
    )
    # A window may begin with a minus, which argparse would take for another option.
    parser._negative_number_matcher = _NEGATIVE


def _add_single_image(parser: argparse.ArgumentParser) -> None:
    """Add the options of a single image: those of the table of checks."""
    group = parser.add_argument_group(
        "one image", "by one check, input variance unless --check names another"
    )
    group.add_argument(
        "--image",
        type=_whole("--image", 0),
        metavar="N",
        help="number of a validation image, counted from 0",
    )
    group.add_argument("--picture", dest="image", type=_whole("--image", 0), help=argparse.SUPPRESS)
    for row in CHECKS.values():
        for option in row.options:
            values = ": " + ", ".join(option.choices) if option.choices else ""
            default = "" if option.default is None else f"; default {option.default}"
            group.add_argument(
                f"--{option.name}",
                type=_reader(option),
                metavar=option.metavar,
                help=f"of {row.name}: {option.help}{values}{default}",
            )


def _reader(option: Option) -> Callable[[str], str | int | float]:
    """Return what reads a check's option."""
    flag = f"--{option.name}"
    if option.kind is int:
        return _whole(flag, 0)
    return _number(flag, -MAX_STRENGTH, MAX_STRENGTH) if option.kind is float else str


def _add_hyperparameters(
    parser: argparse.ArgumentParser, otherwise: str = "Default {default}."
) -> None:
    """Add one option a hyperparameter; the dataclass itself checks the values."""
    group = parser.add_argument_group("hyperparameters")
    for spec in fields(Hyperparameters):
        meta = spec.metadata
        allowed = (
            f"{{{','.join(meta['choices'])}}}" if "choices" in meta else type(spec.default).__name__
        )
        if "low" in meta:
            allowed = f"{meta['low']:g}..{meta['high']:g}"
        group.add_argument(
            f"--{spec.name.replace('_', '-')}",
            metavar=allowed,
            help=f"{meta['help']} {otherwise.format(default=spec.default)}".replace("%", "%%"),
        )
