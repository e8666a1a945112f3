"""The images of an evaluation: what identifies them, and their pack in the store."""

import hashlib
from dataclasses import dataclass

from pipelines.evaluation.gather import gather_pack
from pipelines.evaluation.work import Workplace
from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.contents import hash_contents
from saliencnn.data.geometry import Geometry
from saliencnn.data.imageset import Sample
from saliencnn.data.labelled import LabelledImages
from saliencnn.data.loading import why_unreadable
from saliencnn.store.connection import Store
from saliencnn.store.images import publish_pack

SHARD = 256
"""Images that are decoded, scored and kept at a time."""


@dataclass(frozen=True, eq=False)
class HashedImages:
    """All images of a task, in order, and what identifies them.

    Attributes:
        labelled: as they were read, in order.
        class_set: that their labels are indices into.
        digests: SHA-256 of each one's content.
        digest: of contents, names, labels and classes.
    """

    labelled: LabelledImages
    class_set: ClassSet
    digests: tuple[str, ...]
    digest: str

    @property
    def shards(self) -> int:
        """How many shards they make."""
        return -(-len(self.labelled.samples) // SHARD)

    def shard(self, number: int) -> tuple[Sample, ...]:
        """Return a shard's images."""
        return self.labelled.samples[number * SHARD : (number + 1) * SHARD]

    @property
    def masked(self) -> bool:
        """Whether the exact pixels of some object are known."""
        return any(one.object_mask is not None for one in self.labelled.samples)

    def pack_digest(self, geometry: Geometry) -> str:
        """Return the digest under which the store keeps them in a geometry."""
        text = f"{self.digest} {geometry.slug}{' with masks' if self.masked else ''}"
        return hashlib.sha256(text.encode()).hexdigest()


def hash_images(labelled: LabelledImages, class_set: ClassSet) -> HashedImages:
    """Read all images' files once for what identifies them."""
    digests = hash_contents(labelled.samples)
    rows = ((s.name, s.label, digest) for s, digest in zip(labelled.samples, digests, strict=True))
    whole = hashlib.sha256(class_set.digest.encode())
    for window in dict.fromkeys(s.window.text for s in labelled.samples if s.window):
        whole.update(window.encode())
    for row in rows:
        whole.update(repr(row).encode(errors="backslashreplace"))
    return HashedImages(labelled, class_set, digests, whole.hexdigest())


def publish(store: Store, images: HashedImages, geometry: Geometry, workplace: Workplace) -> str:
    """Publish the images as a geometry shows them, from their parts, and return their id.

    Raises:
        UserError: not one image can be read.
    """
    index, path, masks = gather_pack(
        workplace,
        geometry.slug,
        images.labelled.samples,
        images.shards,
        images.labelled.name,
        images.class_set,
        geometry,
    )
    if not len(index):
        why = why_unreadable(images.labelled.samples, index.skipped)
        raise UserError(f"None of the {len(index.skipped)} images can be read. {why}".strip())
    digests = dict(zip((o.name for o in images.labelled.samples), images.digests, strict=True))
    originals = [digests[name] for name in index.names]
    return publish_pack(store, images.pack_digest(geometry), index, path, originals, masks)
