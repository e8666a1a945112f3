"""The demo: a network that learned the wrong thing, and the same network put right."""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.evaluation.run import Task, evaluate
from pipelines.evaluation.trained import evaluate_runs
from pipelines.review.checked import check_run
from pipelines.training.request import OnEpoch, Request
from pipelines.training.resume import resume
from pipelines.training.run import train
from pipelines.trust.audit import AUDITED_METHODS
from pipelines.trust.interventions import intervene_on_run, read_interventions
from pipelines.trust.results import read_table
from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import Hyperparameters
from saliencnn.common.metrics import write_metrics
from saliencnn.common.progress import Progress
from saliencnn.maps.examples import recommend
from saliencnn.maps.history import MapHistory
from saliencnn.maps.progression import compute_missing
from saliencnn.saliency.methods import FIRST_METHODS, applicable
from saliencnn.store.checkpoints import kept_epochs
from saliencnn.store.computed_maps import read_computed
from saliencnn.store.connection import Store
from saliencnn.store.epochs import read_class_maps, read_predictions
from saliencnn.store.evaluations import list_evaluations
from saliencnn.store.runs import RunInfo, list_runs, read_run

SHORTCUT = Request(name="planted-shortcut")
REMEDY = Request(
    name="planted-color-jitter", hyperparameters=Hyperparameters(color_jitter=1.0, epochs=8)
)
SHOWN_CLASS = 0
CHECKED_IMAGES = 8
"""Images behind the trust table: one of each class, so that the demo stays quick."""
CHANGED_IMAGES = 120
"""Images that are changed to see what the networks read: 15 of each class, which tell as much."""
BUNDLED = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")


@dataclass(frozen=True)
class Story:
    """The demo's two finished runs."""

    shortcut: RunInfo
    remedy: RunInfo

    def describe(self) -> str:
        """Say what the runs show, in numbers read from the store."""
        names = ("val_accuracy", "counterfactual_accuracy", "focus")
        return "\n".join(
            f"{run.name}: {write_metrics(run.metrics, names)}"
            for run in (self.shortcut, self.remedy)
        )


def run_demo(
    store: Store,
    report_for: Callable[[str], Progress],
    on_epoch_for: Callable[[str], OnEpoch],
    imagenet: str | None = None,
) -> Story:
    """Train the demo's runs, check their maps and compare them, or find all that done.

    Runs that were killed are resumed.

    Args:
        store: where.
        report_for: from the name of some work to what is called with its progress.
        on_epoch_for: from a run's name to what is called with each complete epoch.
        imagenet: labelled ImageNet images, as ``saliencnn evaluate --images`` takes them, to
            compare bundled networks on.

    Raises:
        UserError: the ImageNet images cannot be used.
    """
    shortcut, remedy = (
        _finish(store, request, report_for(str(request.name)), on_epoch_for(str(request.name)))
        for request in (SHORTCUT, REMEDY)
    )
    for run in (shortcut, remedy):
        _complete_cases(store, run)
        if read_interventions(store, run.run_id, run.epoch) is None:
            intervene_on_run(store, run, run.epoch, CHANGED_IMAGES, report_for(run.name))
        if not read_table(store, run.run_id, run.epoch):
            check_run(store, run, run.epoch, CHECKED_IMAGES, AUDITED_METHODS, report_for(run.name))
    compared = {evaluation.checkpoint for evaluation in list_evaluations(store)}
    if any(kept_epochs(store, run.run_id)[run.epoch] not in compared for run in (shortcut, remedy)):
        evaluate_runs(store, (shortcut, remedy), report_for(""))
    if imagenet:
        # Their weights come with the installation, so that this works without a download.
        evaluate(store, Task(BUNDLED, imagenet), report_for(""))
    return Story(shortcut, remedy)


def _finish(store: Store, request: Request, report: Progress, on_epoch: OnEpoch) -> RunInfo:
    wanted = {key: str(value) for key, value in request.hyperparameters.as_dict().items()}
    same = [
        run
        for run in list_runs(store)
        if run.name == request.name and run.hyperparameters == wanted and run.data == request.data
    ]
    for run in same:
        if run.status == "finished":
            return run
    for run in same:
        try:
            resume(store, run.run_id, report, on_epoch=on_epoch)
        except UserError:
            # Somebody else trains it just now, or it cannot go on: a new one can.
            continue
        return read_run(store, run.run_id)
    return read_run(store, train(store, request, report, on_epoch=on_epoch))


def _complete_cases(store: Store, run: RunInfo) -> None:
    """Compute what the progression page needs at first sight beyond the logged maps."""
    logged = read_class_maps(store, run.run_id, run.epochs, SHOWN_CLASS)
    computed = read_computed(store, run.run_id, SHOWN_CLASS)
    methods = applicable(FIRST_METHODS, run.spec)
    cases = recommend(read_predictions(store, run.run_id, run.epoch), SHOWN_CLASS)
    for candidates in cases.values():
        for case in candidates[:1]:
            track = MapHistory()
            for epoch, tables in logged.items():
                for table in tables:
                    track.add(epoch, table, case.image)
            for epoch, table in computed:
                track.add(epoch, table, case.image)
            missing = track.missing(methods, run.epochs)
            if missing:
                compute_missing(store, run, case.image, SHOWN_CLASS, missing)
