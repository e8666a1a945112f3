"""Options that several commands take."""

import argparse
import re
from collections.abc import Callable
from dataclasses import Field, fields
from typing import Any

from pipelines.cli.values import whole_number
from saliencnn.common.devices import AUTO, check_device
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.data.modes import MODES

MAX_LOADERS = 64
"""Processes or threads that load images."""
_NEGATIVE = re.compile(r"^-[0-9.]")


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``."""
    parser.add_argument(
        "--device",
        type=check_device,
        metavar="DEVICE",
        help=f"what computes: {AUTO}, a GPU where there is one, else the CPU; cpu, cuda or cuda:N; "
        f"by default SALIENCNN_DEVICE, else {AUTO}",
    )


def add_engine(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--engine``."""
    parser.add_argument(
        "--engine",
        choices=["local", "ray"],
        default="local",
        help=f"ray: a Ray cluster does {what}, the one that RAY_ADDRESS names, or one of this "
        "machine (pip install 'saliencnn[cluster]'); default %(default)s",
    )


def add_loaders(parser: argparse.ArgumentParser, what: str) -> None:
    """Add ``--loaders``."""
    parser.add_argument(
        "--loaders",
        type=whole_number("--loaders", 0, MAX_LOADERS),
        metavar="N",
        help=f"{what}; 0: none, the command itself does; by default as the machine allows",
    )


def add_own_network(parser: argparse.ArgumentParser) -> None:
    """Add ``--own-network``."""
    parser.add_argument(
        "--own-network",
        action="append",
        default=[],
        metavar="FILE.py:FUNCTION",
        help="code of your own that may run where a run was trained with it; also "
        "NAME=FILE.py:FUNCTION, and again for each; SALIENCNN_OWN_NETWORKS does the same",
    )


def add_layers(parser: argparse.ArgumentParser) -> None:
    """Add ``--layer`` and ``--head``."""
    parser.add_argument(
        "--layer", metavar="NAME", help="dotted name of the target layer; by default it is found"
    )
    parser.add_argument(
        "--head", metavar="NAME", help="of the layer that scores the classes, likewise"
    )


def add_epoch(parser: argparse.ArgumentParser, words: str) -> None:
    """Add ``--epoch``."""
    parser.add_argument("--epoch", type=whole_number("--epoch", 1), metavar="N", help=words)


def add_port(parser: argparse.ArgumentParser) -> None:
    """Add ``--port``."""
    whole = whole_number("--port", 1, 65535)
    parser.add_argument("--port", type=whole, default=8501, help="port; default %(default)s")


def add_fit(parser: argparse.ArgumentParser) -> None:
    """Add ``--fit``."""
    parser.add_argument(
        "--fit",
        choices=MODES,
        default="crop",
        help="how images get the size of the network's input: crop cuts out the centre, pad and "
        "stretch show the whole image, beside a plain colour or in other proportions; default "
        "%(default)s",
    )


def add_window(parser: argparse.ArgumentParser) -> None:
    """Add ``--window``."""
    parser.add_argument(
        "--window",
        metavar="LOW:HIGH",
        help="values shown as black and white in images deeper than 8 bits, or percentiles "
        "LOW%%:HIGH%%, full for all that their format holds, or auto, the default: what occurs in "
        "the training images",
    )
    # A window may begin with a minus, which argparse would take for another option.
    parser._negative_number_matcher = _NEGATIVE


def add_criterion(parser: argparse.ArgumentParser) -> None:
    """Add ``--criterion``."""
    parser.add_argument(
        "--criterion",
        default="",
        metavar="MEASURE",
        help="ranking criterion of the maps: focus, total_variation, entropy or attended_area; by "
        "default focus where an object's place is known, else none: accuracy alone",
    )


def add_hyperparameters(
    parser: argparse.ArgumentParser, default_of: Callable[[Field[Any]], str]
) -> None:
    """Add one option a hyperparameter; the dataclass itself checks the values.

    Args:
        parser: gets the options.
        default_of: says in a sentence what holds where an option is left out.
    """
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
            help=f"{meta['help']} {default_of(spec)}".replace("%", "%%"),
        )
