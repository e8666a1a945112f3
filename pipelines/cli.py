"""The command line: see what CNNs learn while they train, decide, and train again."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields

from pipelines import commands
from pipelines.errors import UserError
from pipelines.hyperparameters import Hyperparameters


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; a person's mistake is one sentence on stderr and exit status 2."""
    options = _parser().parse_args(arguments)
    # Threads of PyTorch and of the loader's workers share the cores; one that spins while it
    # waits takes a core from another. To be set before PyTorch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        return int(options.run(options) or 0)
    except UserError as error:
        print(f"saliencnn: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nsaliencnn: stopped; complete epochs are kept.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("saliencnn", description=__doc__)
    chosen = parser.add_subparsers(required=True, metavar="COMMAND")

    demo = chosen.add_parser("demo", help="train two small networks and open the dashboard")
    demo.add_argument("--no-serve", action="store_true", help="do not open the dashboard")
    demo.add_argument("--port", type=int, default=8501, help="of the dashboard")
    demo.add_argument(
        "--imagenet", metavar="DIR", help="labelled ImageNet pictures, to compare networks on"
    )
    demo.set_defaults(run=commands.demo)

    train = chosen.add_parser("train", help="train a CNN and log every epoch")
    train.add_argument("--data", default="planted", help="planted, cub200:PATH or folder:PATH")
    train.add_argument("--arch", default="smallgap", help="e.g. resnet18, mobilenet_v2")
    train.add_argument(
        "--weights",
        default="none",
        help="none, default, an enum name, a file, or run:RUN_ID:EPOCH for a kept checkpoint",
    )
    train.add_argument("--image-size", type=int, help="side of the network's input in pixels")
    train.add_argument("--keep", default="all", help="checkpoints to keep: all, best or last")
    train.add_argument("--name", help="of the run")
    train.add_argument("--resume", metavar="RUN_ID", help="go on with an interrupted run")
    _add_hyperparameters(train)
    train.set_defaults(run=commands.train)

    check = chosen.add_parser("check", help="check how far a run's saliency maps can be trusted")
    check.add_argument("run_id", metavar="RUN_ID")
    check.add_argument("--images", type=int, default=40, help="validation pictures; default 40")
    check.add_argument("--epoch", type=int, help="whose checkpoint; by default the last one's")
    check.add_argument("--methods", help="names, separated by commas; by default all quick ones")
    check.add_argument(
        "--check",
        metavar="NAME",
        help="one of variance, randomisation, labels, stability, faithfulness; by default all",
    )
    _add_one_picture(check)
    check.set_defaults(run=commands.check)

    evaluate = chosen.add_parser("evaluate", help="compare many CNNs on labelled pictures")
    evaluate.add_argument(
        "--models",
        help="separated by commas: NAME, NAME@FILE, run:RUN_ID[:EPOCH] or registered:NAME; by "
        "default thirteen of torchvision's",
    )
    evaluate.add_argument("--images", required=True, help="a folder, or an image set as for train")
    evaluate.add_argument("--labels", metavar="FILE", help="lines of file name and class")
    evaluate.add_argument("--limit", type=int, help="no more pictures, evenly from all classes")
    evaluate.add_argument(
        "--resize", help="pixels of the shorter side, or none; by default what the weights ask for"
    )
    evaluate.add_argument("--engine", choices=["local", "ray"], default="local")
    evaluate.add_argument("--work", metavar="DIR", help="folder for what is not complete yet")
    evaluate.set_defaults(run=commands.evaluate)

    propose = chosen.add_parser("propose", help="propose hyperparameters for a retry of a run")
    propose.add_argument("run_id", metavar="RUN_ID")
    propose.add_argument("--count", type=int, default=3, help="how many proposals")
    propose.add_argument("--seed", type=int, default=0, help="of the sampler")
    propose.add_argument(
        "--judge",
        default="",
        metavar="MEASURE",
        help="what maps are judged by: focus, noise, entropy or attended_area; by default focus "
        "where an object's place is known, else noise",
    )
    propose.set_defaults(run=commands.propose)

    verdict = chosen.add_parser("verdict", help="accept or reject a run, an epoch or a picture")
    verdict.add_argument("run_id", metavar="RUN_ID")
    verdict.add_argument("decision", choices=list(commands.DECISIONS))
    verdict.add_argument("--reason", required=True, help="why, for whoever asks later")
    verdict.add_argument("--name", required=True, help="yours")
    verdict.add_argument("--epoch", type=int, help="which; by default the run as a whole")
    verdict.add_argument("--image", type=int, help="number of a validation picture at that epoch")
    verdict.set_defaults(run=commands.verdict)

    stop = chosen.add_parser("stop", help="ask a run that is training to stop")
    stop.add_argument("run_id", metavar="RUN_ID")
    stop.add_argument("--name", required=True, help="yours")
    stop.set_defaults(run=commands.stop)

    sync = chosen.add_parser("sync", help="deliver what training spooled while the store was away")
    sync.set_defaults(run=commands.sync)

    queue = chosen.add_parser("queue", help="queue a retry of a run, for a worker to train")
    queue.add_argument("run_id", metavar="RUN_ID")
    queue.add_argument("--name", required=True, help="yours")
    queue.add_argument("--why", default="", help="what you expect of it")
    _add_hyperparameters(queue, "Default: the run's own.")
    queue.set_defaults(run=commands.queue)

    worker = chosen.add_parser("worker", help="train what is queued, one request after the other")
    worker.add_argument("--once", action="store_true", help="end when nothing waits")
    worker.add_argument("--poll", type=float, default=5, metavar="SECONDS", help="default 5")
    worker.set_defaults(run=commands.worker)

    app = chosen.add_parser("app", help="open the dashboard")
    app.add_argument("--port", type=int, default=8501)
    app.set_defaults(run=lambda options: commands.serve(options.port))
    return parser


def _add_one_picture(parser: argparse.ArgumentParser) -> None:
    """Add what is asked of a single picture; the check itself knows what is allowed."""
    group = parser.add_argument_group(
        "one picture", "by one check, input variance unless --check names another"
    )
    group.add_argument("--picture", type=int, metavar="N", help="number of a validation picture")
    group.add_argument(
        "--signal",
        help="of input variance: constant, noise, checkerboard or picture; default constant",
    )
    group.add_argument("--strength", type=float, help="in the input's deviations; default 1")
    group.add_argument("--mode", help="of compensation: exact or bias; default exact")
    group.add_argument(
        "--other", type=int, metavar="N", help="number of the picture that --signal picture adds"
    )
    group.add_argument(
        "--blocks", help="of randomisation: cascading or independent; default cascading"
    )


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


if __name__ == "__main__":
    sys.exit(main())
