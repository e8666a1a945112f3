"""Two runs on the same images at different sizes: what of them can be compared, and what cannot."""

from app.parts.outcome import describe_outcome
from app.reads import stored_images
from saliencnn.data.image_index import ImageIndex
from saliencnn.store.connection import Store
from saliencnn.store.runs import RunInfo

RESIZED = (
    "Both are validated on the same {images} images, {before} pixels before and {after} after: "
    "their accuracy can be compared. Their focus cannot, since it changes with how fine the maps "
    "are. Each map below lies on the image as its own network sees it."
)
OTHERS = (
    "These two are not known to be validated on the same images, so none of their numbers can be "
    "compared, and there is no image to show the maps of both on."
)


def are_compared(store: Store, before: RunInfo, after: RunInfo) -> bool:
    """Whether two runs are validated on the same images, whatever their sizes."""
    if before.images_id == after.images_id:
        return True
    # Images that are drawn have the same names whatever they show; their seed tells them apart.
    same = (before.data, before.seed) == (after.data, after.seed)
    return same and _name_all(store, before) == _name_all(store, after)


def describe_images(store: Store, before: RunInfo, after: RunInfo) -> str:
    """Say what cannot be compared since the images differ; "" where they are the same."""
    if before.images_id == after.images_id:
        return ""
    if not are_compared(store, before, after):
        return OTHERS
    images = len(stored_images.image_index(store, after.images_id))
    return RESIZED.format(images=images, before=before.input_size, after=after.input_size)


def describe_retry(store: Store, before: RunInfo, after: RunInfo) -> str:
    """Say whether a run is better than the one that it is a retry of, by what can be compared."""
    if not are_compared(store, before, after):
        return ""
    images = len(stored_images.image_index(store, after.images_id))
    old, new = before.metrics, after.metrics
    if before.images_id != after.images_id:
        new = {name: value for name, value in new.items() if name != "focus"}
    return describe_outcome(old, new, images)


def _name_all(store: Store, run: RunInfo) -> tuple[tuple[str, ...], tuple[str, ...], list[int]]:
    index: ImageIndex = stored_images.image_index(store, run.images_id)
    return index.classes, index.names, index.labels.tolist()
