"""Validating a run's network epoch by epoch, and recording what each epoch leaves."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from saliencnn.common.process import this_process
from saliencnn.common.progress import Progress, silent
from saliencnn.common.ranks import count_ranks
from saliencnn.data.image_index import Images
from saliencnn.data.preparation import Preparation
from saliencnn.models.spec import ModelSpec
from saliencnn.recording.decoded import DecodedImages
from saliencnn.recording.delivery import Delivery
from saliencnn.recording.epoch_record import EpochRecord
from saliencnn.recording.map_plan import Plan, map_shape, plan_maps
from saliencnn.recording.picture import choose_cases, draw_epoch
from saliencnn.recording.validation import BATCH, Validated, cover_regions, validate
from saliencnn.store.checkpoints import Training


@dataclass(frozen=True)
class Recorded:
    """The run that is recorded.

    Attributes:
        run_id: MLflow's id.
        arch: architecture's name.
        keep: whose checkpoints stay, as ``is_keep`` takes it.
        spec: where the network's maps are taken.
        preparation: whose normalisation the network is fed with.
        images: the validation images.
        seed: start of the methods' random numbers.
        map_images: of how many validation images maps are logged; 0 for all.
    """

    run_id: str
    arch: str
    keep: str
    spec: ModelSpec
    preparation: Preparation
    images: Images
    seed: int
    map_images: int = 0


class Recorder:
    """Validates one network again and again, and sends an epoch's record after each.

    Attributes:
        training: the state of training after the last epoch that was validated.
    """

    def __init__(
        self,
        recorded: Recorded,
        delivery: Delivery,
        model: nn.Module,
        training_images: int,
        training: Training | None = None,
        methods: Sequence[str] | None = None,
    ) -> None:
        """Plan the maps of every epoch.

        Args:
            recorded: the run.
            delivery: of the run.
            model: its network, on its device.
            training_images: how many images an epoch learns from.
            training: of the epoch before, where the run goes on.
            methods: as for ``plan_maps``.
        """
        self._recorded, self._delivery, self._model = recorded, delivery, model
        images, shape = recorded.images, recorded.preparation.shape
        labels = images.index.labels
        self.plan: Plan = plan_maps(
            recorded.spec, labels, training_images, methods, recorded.map_images
        )
        self._regions = cover_regions(images, map_shape(model, recorded.spec, shape))
        # Of processes that validate together each keeps what it sees, about its part of the images.
        room = -(-len(images.index) // count_ranks()) + BATCH
        self._decoded = DecodedImages(images.encoded, room)
        self._cases = choose_cases(labels, among=self.plan.tables["maps.npy"][1])
        self.training = training or Training({}, -1.0)

    def validate(self, report: Progress = silent) -> Validated | None:
        """Classify and explain the validation images with the network as it is.

        Returns:
            None in processes that only do their part of it.
        """
        run = self._recorded
        return validate(
            self._model,
            run.spec,
            run.preparation,
            run.images,
            self.plan,
            self._regions,
            run.seed,
            report,
            self._decoded,
        )

    def score(
        self,
        validated: Validated,
        optimizer: dict[str, Any],
        weights: dict[str, Tensor] | None = None,
    ) -> None:
        """Compare an epoch's accuracy with the best before it.

        Args:
            validated: the epoch's.
            optimizer: the optimizer's state, for a run that may be resumed.
            weights: likewise the weights that it changes, where others are recorded.
        """
        before, accuracy = self.training, validated.metrics["val_accuracy"]
        if accuracy > before.best_accuracy:
            self.training = Training(optimizer, accuracy, 0, weights)
        else:
            self.training = Training(optimizer, before.best_accuracy, before.waited + 1, weights)

    def send(
        self,
        epoch: int,
        validated: Validated,
        metrics: Mapping[str, float],
        last: bool,
        skipped: tuple[str, ...] = (),
        news: tuple[str, ...] = (),
    ) -> None:
        """Send a scored epoch on its way to the store.

        Args:
            epoch: 1, 2, ...
            validated: what ``validate`` gave.
            metrics: all of the epoch's numbers beside the best accuracy.
            last: whether it is the run's last one.
            skipped: names of training images that could not be read.
            news: sentences about the run that this epoch adds.

        Raises:
            Superseded: the run belongs to another process.
            UserError: the store refuses it, or the spool's disk does.
        """
        run = self._recorded
        record = EpochRecord(
            run_id=run.run_id,
            process=this_process(),
            arch=run.arch,
            keep=run.keep,
            epoch=epoch,
            last=last,
            ended=time.time(),
            classes=run.images.index.classes,
            weights=self._model.state_dict(),
            training=self.training,
            predictions=validated.predictions,
            tables=validated.tables,
            metrics={**metrics, "best_val_accuracy": self.training.best_accuracy},
            skipped=skipped,
            news=(*news, *validated.news),
            picture=draw_epoch(run.images, self._cases, validated.tables),
        )
        self._delivery.send(record)
