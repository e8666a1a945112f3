"""The images of an evaluation: what identifies them, and their pack in the store."""

import hashlib
from dataclasses import dataclass

from pipelines.evaluation.gather import gather_pack
from pipelines.evaluation.prepared import Original
from pipelines.evaluation.work import Workplace
from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.contents import hash_contents
from saliencnn.data.geometry import Geometry
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
        labelled: as they were read.
        class_set: that their labels are indices into.
        originals: in order.
        digests: SHA-256 of each one's content.
        digest: of contents, names, labels and classes.
    """

    labelled: LabelledImages
    class_set: ClassSet
    originals: tuple[Original, ...]
    digests: tuple[str, ...]
    digest: str

    @property
    def shards(self) -> int:
        """How many shards they make."""
        return -(-len(self.originals) // SHARD)

    def shard(self, number: int) -> tuple[Original, ...]:
        """Return a shard's images."""
        return self.originals[number * SHARD : (number + 1) * SHARD]

    def pack_digest(self, geometry: Geometry) -> str:
        """Return the digest under which the store keeps them in a geometry."""
        masked = any(one.object_mask is not None for one in self.originals)
        text = f"{self.digest} {geometry.slug}{' with masks' if masked else ''}"
        return hashlib.sha256(text.encode()).hexdigest()


def hash_images(labelled: LabelledImages, class_set: ClassSet) -> HashedImages:
    """Read all images' files once for what identifies them."""
    originals = tuple(
        Original(
            i,
            s.label,
            s.name,
            s.image,
            s.object_box,
            s.head_box,
            s.window,
            s.object_mask,
            s.head_mask,
        )
        for i, s in enumerate(labelled.samples)
    )
    digests = hash_contents(labelled.samples)
    rows = ((o.name, o.label, digest) for o, digest in zip(originals, digests, strict=True))
    whole = hashlib.sha256(class_set.digest.encode())
    for window in dict.fromkeys(o.window.text for o in originals if o.window):
        whole.update(window.encode())
    for row in rows:
        whole.update(repr(row).encode(errors="backslashreplace"))
    return HashedImages(labelled, class_set, originals, digests, whole.hexdigest())


def publish(store: Store, images: HashedImages, geometry: Geometry, workplace: Workplace) -> str:
    """Publish the images as a geometry shows them, from their parts, and return their id.

    Raises:
        UserError: not one image can be read.
    """
    index, path, masks = gather_pack(
        workplace,
        geometry.slug,
        images.originals,
        images.shards,
        images.labelled.name,
        images.class_set,
        geometry,
    )
    if not len(index):
        why = why_unreadable(images.labelled.samples, index.skipped)
        raise UserError(f"None of the {len(index.skipped)} images can be read. {why}".strip())
    digests = dict(zip((o.name for o in images.originals), images.digests, strict=True))
    originals = [digests[name] for name in index.names]
    return publish_pack(store, images.pack_digest(geometry), index, path, originals, masks)
