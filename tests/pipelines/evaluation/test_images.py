"""What identifies the images of an evaluation: values of earlier versions must stay."""

import numpy as np

from pipelines.evaluation.images import hash_images
from saliencnn.data.classset import ClassSet
from saliencnn.data.geometry import Geometry, validation_geometry
from saliencnn.data.imageset import Sample
from saliencnn.data.labelled import LabelledImages


def test_digests_stay_since_stored_images_are_found_by_them() -> None:
    y, x = np.mgrid[:12, :10]
    image = np.stack([x * 20, y * 20, x + y], axis=2).astype(np.uint8)
    samples = (Sample("a/x.png", 0, image), Sample("b/ü.png", 1, image[:, ::-1].copy()))
    found = hash_images(LabelledImages("test", samples, ()), ClassSet("birds", ("a", "b")))
    assert found.digest.startswith("4b13908ddc90cee2")
    assert [digest[:16] for digest in found.digests] == ["7ab7c7461abc298e", "bc758040eaab513a"]
    packs = [
        found.pack_digest(geometry)[:16]
        for geometry in (validation_geometry(224), Geometry(240, 272, "bicubic"))
    ]
    assert packs == ["04795297e8653c37", "3a7f5e764a18c7fa"]
