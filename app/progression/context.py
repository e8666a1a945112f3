"""What all parts of the Progression page need to know."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.parts.grids import View
from app.parts.run_names import cut_names
from app.progression.reel import Reel
from app.reads import stored_images, stored_runs
from pipelines.report.picture import Pictured
from saliencnn.data.image_index import ImageIndex
from saliencnn.maps.history import EpochPrediction, MapHistory
from saliencnn.saliency.methods import applicable
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


@dataclass(frozen=True)
class CaseContext:
    """What the page shows.

    Attributes:
        store: where the runs are.
        run: the run, whose predictions choose the images.
        beside: the one that stands beside it, None if none does.
        target: the class whose score the maps explain.
        view: which maps, and how they are drawn.
        epoch: the chosen one.
    """

    store: Store
    run: RunInfo
    beside: RunInfo | None
    target: int
    view: View
    epoch: int

    @property
    def index(self) -> ImageIndex:
        """What is known of the run's validation images."""
        return stored_images.image_index(self.store, self.run.images_id)

    @property
    def runs(self) -> tuple[RunInfo, ...]:
        """The run, and the one beside it."""
        return (self.run, self.beside) if self.beside else (self.run,)

    def methods_of(self, run: RunInfo) -> tuple[str, ...]:
        """Return the chosen methods that are defined for a run's network."""
        return tuple(applicable(self.view.methods, run.spec))

    def picture(self, image: int) -> Pictured:
        """Return what a picture of an image for a slide shows: the first method's maps."""
        drawn = self.view.drawn_as(self.view.methods[0])
        look = self.view.opacity, self.view.threshold
        return Pictured(self.target, image, self.epoch, drawn, *look)

    def read_reels(self, image: int) -> tuple[Reel, ...]:
        """Return an image's maps and predictions over the epochs, of each run."""
        names = cut_names({run.run_id: run.name for run in self.runs})
        return tuple(
            self._read_reel(run, names[run.run_id] if self.beside else "", image)
            for run in self.runs
        )

    def _read_reel(self, run: RunInfo, name: str, image: int) -> Reel:
        history, predictions = self._read_history(run, image), self._read_predictions(run, image)
        said = MapHistory() if self.beside else self._read_said(run, image, predictions)
        return Reel(name, history, predictions, run.epochs, said)

    def _read_said(
        self, run: RunInfo, image: int, predictions: Mapping[int, EpochPrediction]
    ) -> MapHistory:
        """Return the logged maps of what a run says where that is not the explained class."""
        said, history = {epoch: one.predicted for epoch, one in predictions.items()}, MapHistory()
        for other in {*said.values()} - {self.target}:
            logged = stored_runs.class_maps(self.store, run.run_id, run.epoch, other)
            for epoch, tables in logged.items():
                if said.get(epoch) == other:
                    for table in tables:
                        history.add(epoch, table, image)
        return history

    def _read_history(self, run: RunInfo, image: int) -> MapHistory:
        """Return an image's maps over the epochs: those logged, and those computed later."""
        history = MapHistory()
        logged = stored_runs.class_maps(self.store, run.run_id, run.epoch, self.target)
        for epoch, tables in logged.items():
            for table in tables:
                history.add(epoch, table, image)
        for epoch, table in stored_runs.computed_maps(self.store, run.run_id, self.target):
            history.add(epoch, table, image)
        return history

    def _read_predictions(self, run: RunInfo, image: int) -> dict[int, EpochPrediction]:
        """Return what a run predicts for an image at each epoch, whatever maps were logged."""
        found = {}
        for epoch in run.epochs:
            rows = stored_runs.predictions(self.store, run.run_id, epoch)
            for row in rows[rows["image"] == image][:1]:
                found[epoch] = EpochPrediction(
                    int(row["predicted"]), float(row["confidence"]), float("nan")
                )
        return found
