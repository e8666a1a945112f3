"""What all parts of the Progression page need to know."""

from dataclasses import dataclass

from app.parts.grids import View
from app.reads import stored_runs
from saliencnn.data.image_index import ImageIndex
from saliencnn.maps.progression import MapHistory
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo


@dataclass(frozen=True)
class CaseContext:
    """What the page shows.

    Attributes:
        store: where the run is.
        run: the run.
        target: the class whose score the maps explain.
        view: which maps, and how they are drawn.
        epoch: the chosen one.
    """

    store: Store
    run: RunInfo
    target: int
    view: View
    epoch: int

    @property
    def index(self) -> ImageIndex:
        """What is known of the run's validation images."""
        return stored_runs.image_index(self.store, self.run.images_id)

    def read_history(self, image: int) -> MapHistory:
        """Return an image's maps over the epochs: those logged, and those computed later."""
        history = MapHistory()
        run, target = self.run, self.target
        logged = stored_runs.class_maps(self.store, run.run_id, run.epoch, target)
        for epoch, tables in logged.items():
            for table in tables:
                history.add(epoch, table, image)
        for epoch, table in stored_runs.computed_maps(self.store, run.run_id, target):
            history.add(epoch, table, image)
        return history
