"""The options of the commands that judge networks and show them."""

import argparse
from collections.abc import Callable

from pipelines.cli.review_commands import DECISIONS, OWN
from pipelines.cli.shared_options import (
    add_device,
    add_engine,
    add_epoch,
    add_layers,
    add_loaders,
    add_own_network,
    add_port,
    add_window,
)
from pipelines.cli.values import number, resize, whole_number
from saliencnn.checks.check import Option
from saliencnn.checks.table import CHECKS

MAX_STRENGTH = 1000.0
"""Of what a check adds to an image: far beyond what leaves anything of it."""


def add_check(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn check``."""
    add_device(parser)
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument(
        "--images",
        type=whole_number("--images", 1),
        metavar="N",
        help="how many validation images; by default 40, for interventions and corruptions 240",
    )
    add_epoch(parser, "which epoch's checkpoint; by default the last one")
    parser.add_argument("--methods", help="names, separated by commas; by default all quick ones")
    add_own_network(parser)
    parser.add_argument(
        "--check",
        metavar="NAME",
        help=f"one of {', '.join(CHECKS)}, by default all; or interventions, which try the network "
        "itself: what it still knows without the object, with other colours, and so on; or "
        "corruptions of rising strength, whose curves Trust draws of a run, and Compare of "
        "evaluations",
    )
    add_engine(parser, "the batches of many images")
    _add_single_image(parser)


def _add_single_image(parser: argparse.ArgumentParser) -> None:
    """Add the options of a single image: those of the table of checks."""
    group = parser.add_argument_group(
        "one image", "by one check, input variance unless --check names another"
    )
    group.add_argument(
        "--image",
        type=whole_number("--image", 0),
        metavar="N",
        help="number of a validation image, counted from 0",
    )
    group.add_argument(
        "--picture", dest="image", type=whole_number("--image", 0), help=argparse.SUPPRESS
    )
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
        return whole_number(flag, 0)
    return number(flag, -MAX_STRENGTH, MAX_STRENGTH) if option.kind is float else str


def add_evaluate(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn evaluate``."""
    add_device(parser)
    parser.add_argument(
        "--models",
        help="separated by commas: NAME as for train --arch, NAME@FILE, run:RUN_ID[:EPOCH] or "
        "registered:NAME; by default thirteen of torchvision's",
    )
    add_layers(parser)
    add_own_network(parser)
    parser.add_argument("--images", required=True, help="a folder, or an image set as for train")
    parser.add_argument("--labels", metavar="FILE", help="lines of file name and class")
    parser.add_argument(
        "--limit",
        type=whole_number("--limit", 1),
        metavar="N",
        help="take N images at most, evenly from all classes",
    )
    parser.add_argument(
        "--resize",
        type=resize,
        default=OWN,
        metavar="PIXELS",
        help="pixels of the shorter side, or none; by default what the weights ask for",
    )
    add_window(parser)
    add_engine(parser, "the shards of the images")
    parser.add_argument(
        "--work",
        metavar="DIR",
        help="folder for unfinished evaluations, which a second start continues",
    )
    add_loaders(parser, "threads that decode images")


def add_verdict(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn verdict``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument("decision", choices=list(DECISIONS))
    parser.add_argument("--reason", required=True, help="why, for people who read it later")
    parser.add_argument("--name", required=True, help="your name")
    add_epoch(parser, "which epoch; by default the run as a whole")
    parser.add_argument(
        "--image",
        type=whole_number("--image", 0),
        metavar="N",
        help="number of a validation image at that epoch",
    )


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


def add_app(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn app``."""
    add_device(parser)
    add_port(parser)
    add_own_network(parser)
    parser.add_argument(
        "--host",
        help="address of this machine to listen on, 0.0.0.0 for all; by default "
        "STREAMLIT_SERVER_ADDRESS, else 127.0.0.1, which only this machine reaches",
    )
