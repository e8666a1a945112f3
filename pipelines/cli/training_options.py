"""The options of the commands that train, and of those around a training."""

import argparse
from dataclasses import Field
from typing import Any

from pipelines.cli.shared_options import (
    add_criterion,
    add_device,
    add_engine,
    add_epoch,
    add_fit,
    add_hyperparameters,
    add_layers,
    add_loaders,
    add_own_network,
    add_port,
    add_window,
)
from pipelines.cli.values import MAX_RESIZE, MAX_WHOLE, input_size, number, whole_number
from saliencnn.common.hyperparameters import FINE_TUNING


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn demo``."""
    parser.add_argument("--no-serve", action="store_true", help="do not open the dashboard")
    add_port(parser)
    parser.add_argument(
        "--imagenet", metavar="DIR", help="labelled ImageNet images, to compare networks on"
    )


def add_train(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn train``."""
    add_device(parser)
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
    add_layers(parser)
    add_own_network(parser)
    parser.add_argument(
        "--weights",
        default="none",
        help="none, default, an enum name, a file, or run:RUN_ID:EPOCH for a kept checkpoint",
    )
    parser.add_argument(
        "--image-size",
        type=input_size(0, MAX_WHOLE),
        metavar="PIXELS",
        help="side of the network's input, or HEIGHTxWIDTH; by default the architecture's own",
    )
    add_fit(parser)
    parser.add_argument(
        "--keep",
        default="auto",
        help="whose checkpoints to keep: all; best; last; N, the best, the last and every N-th; or "
        "auto, the default, all while they take less than 4 GB, else such an N. Those that a "
        "verdict, a check or an evaluation is about stay, too",
    )
    parser.add_argument(
        "--map-images",
        type=whole_number("--map-images", 0),
        metavar="N",
        help="log maps of N validation images only, taken evenly from all classes, or of all with "
        "0; by default of all while their maps take less than 2 GB",
    )
    parser.add_argument(
        "--interventions-every",
        type=whole_number("--interventions-every", 0),
        default=0,
        metavar="N",
        help="try a few interventions on 120 validation images every N epochs and after the last; "
        "by default never",
    )
    parser.add_argument("--name", help="of the run")
    parser.add_argument(
        "--experiment",
        metavar="NAME",
        help="MLflow's experiment that the run goes into; by default MLFLOW_EXPERIMENT_NAME, else "
        "saliencnn",
    )
    add_window(parser)
    parser.add_argument("--resume", metavar="RUN_ID", help="continue an interrupted run")
    parser.add_argument(
        "--find-lr",
        action="store_true",
        help="do not train; try learning rates for some steps and print one that suits",
    )
    add_loaders(parser, "processes that load images")
    add_hyperparameters(parser, _starting_point)


def add_inspect(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn inspect``."""
    parser.add_argument("data", metavar="DATA", help="an image set as for train")
    parser.add_argument(
        "--run",
        dest="run_id",
        metavar="RUN_ID",
        help="a run on it: say by which properties of its validation images its errors divide",
    )
    parser.add_argument(
        "--image-size",
        type=input_size(1, MAX_RESIZE),
        default=224,
        metavar="PIXELS",
        help="side of the network's input, or HEIGHTxWIDTH; default %(default)s",
    )
    add_fit(parser)
    add_window(parser)


def add_propose(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn propose``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument(
        "--count",
        type=whole_number("--count", 1, 50),
        default=3,
        metavar="N",
        help="how many proposals; default %(default)s",
    )
    parser.add_argument(
        "--seed",
        type=whole_number("--seed", 0),
        default=0,
        help="of the sampler; default %(default)s",
    )
    add_criterion(parser)


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn search``."""
    add_device(parser)
    parser.add_argument("run_id", metavar="RUN_ID")
    add_own_network(parser)
    parser.add_argument(
        "--trials",
        type=whole_number("--trials", 1, 1000),
        default=10,
        metavar="N",
        help="how many runs to train at most; default %(default)s",
    )
    parser.add_argument(
        "--hours", type=number("--hours", 0.01, 10_000), help="how long to go on at most"
    )
    add_criterion(parser)
    add_engine(parser, "the trials, several at a time")
    parser.add_argument(
        "--at-once",
        type=whole_number("--at-once", 1, 1000),
        metavar="N",
        help="with --engine ray: how many trials at a time, at most as many as the cluster has "
        "GPUs, or cores where it has none; default 4",
    )
    add_loaders(parser, "processes that load images")


def add_ignore(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn ignore``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    add_own_network(parser)
    add_epoch(parser, "which epoch's checkpoint and maps; by default the last one")
    parser.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="CLASS[:NUMBER]",
        help="a group of maps that must not count, or all of a class; may be given several times. "
        "Without it, all groups are listed",
    )


def add_queue(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn queue``."""
    parser.add_argument("run_id", metavar="RUN_ID")
    parser.add_argument("--name", required=True, help="your name")
    parser.add_argument("--why", default="", help="what you expect of it")
    parser.add_argument(
        "--image-size",
        metavar="PIXELS",
        help="side of the network's input, or HEIGHTxWIDTH. Default: the run's own.",
    )
    add_hyperparameters(parser, lambda _: "Default: the run's own.")


def add_worker(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``saliencnn worker``."""
    add_device(parser)
    parser.add_argument("--once", action="store_true", help="end when the queue is empty")
    add_own_network(parser)
    parser.add_argument(
        "--poll",
        type=number("--poll", 0.1, 3600),
        default=5,
        metavar="SECONDS",
        help="time between two looks at an empty queue; default %(default)s",
    )
    add_loaders(parser, "processes that load images")


def _starting_point(spec: Field[Any]) -> str:
    """Say what a training begins with where a person names nothing."""
    if spec.name == "dropout":
        return "Default: the network's own."
    usual = f"Default {spec.default}" if spec.default != "" else "Default: none"
    if spec.name in FINE_TUNING:
        return f"{usual}; {FINE_TUNING[spec.name]:g} with pretrained weights."
    return f"{usual}."
