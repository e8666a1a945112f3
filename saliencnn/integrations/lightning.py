"""A callback for Lightning: every epoch of a trainer is validated, explained and recorded."""

from typing import Any

from torch import nn

from saliencnn.common.errors import UserError
from saliencnn.integrations.recording import record_epoch
from saliencnn.watching.run import WatchedRun
from saliencnn.watching.start import watch

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
    from lightning.pytorch.utilities.exceptions import MisconfigurationException
except ImportError:  # the package of its earlier name
    from pytorch_lightning import Callback, LightningModule, Trainer
    from pytorch_lightning.utilities.exceptions import MisconfigurationException

NO_VALIDATION = (
    "The trainer has no validation images to explain: give fit a validation loader, or the "
    "callback its validation=."
)


class SaliencyCallback(Callback):
    """Watches a trainer's network; all of its processes but the first do nothing.

    ```python
    Trainer(callbacks=[SaliencyCallback(classes=names)])
    ```

    Attributes:
        run: the run under way, or the last one; None before the first.
    """

    def __init__(self, validation: Any = None, network: str = "", **options: Any) -> None:
        """Remember what to watch.

        Args:
            validation: as for ``watch``; by default the dataset of the trainer's first validation
                loader.
            network: dotted name of the network within the Lightning module; by default the one
                part that holds all parameters, else the module itself.
            options: further arguments of ``watch``.
        """
        super().__init__()
        self._validation, self._network, self._options = validation, network, options
        self.run: WatchedRun | None = None

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin the run once data and devices are set up."""
        if not trainer.is_global_zero:
            return
        validation = self._validation
        if validation is None:
            validation = _find_validation(trainer)
        epochs = trainer.max_epochs  # -1 where steps or time end the training
        settings = {"epochs": epochs if epochs and epochs > 0 else None, **pl_module.hparams}
        options = {"settings": settings, **self._options}
        self.run = watch(find_network(pl_module, self._network), validation, **options)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record an epoch with what the module has logged; a stop ends all processes."""
        if record_epoch(self.run, lambda: _numbers(trainer.callback_metrics)):
            trainer.should_stop = True

    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the run."""
        if self.run is not None:
            self.run.end()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """End the run as failed."""
        if self.run is not None:
            self.run.fail(exception)


def _find_validation(trainer: Trainer) -> Any:
    """Return a trainer's first validation loader.

    Raises:
        UserError: it has none.
    """
    try:
        trainer.fit_loop.epoch_loop.val_loop.setup_data()
    except MisconfigurationException as error:
        raise UserError(NO_VALIDATION) from error
    found = trainer.val_dataloaders
    if not found:
        raise UserError(NO_VALIDATION)
    return found[0] if isinstance(found, list | tuple) else found


def find_network(module: nn.Module, name: str = "") -> nn.Module:
    """Return the network of a module that trains one.

    Args:
        module: the Lightning module.
        name: dotted name of the network in it; by default the one part that holds all parameters.
    """
    if name:
        return module.get_submodule(name)
    everything = sum(parameter.numel() for parameter in module.parameters())
    for part in module.children():
        if sum(parameter.numel() for parameter in part.parameters()) == everything > 0:
            return part
    return module


def _numbers(metrics: Any) -> dict[str, float]:
    return {name: float(value) for name, value in metrics.items()}
