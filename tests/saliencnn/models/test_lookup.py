"""Networks outside the table by their names, and how their images are prepared."""

import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import timm
import torch
import torchvision
from PIL import Image

from saliencnn.data.geometry import Geometry
from saliencnn.data.preparation import prepare_at
from saliencnn.models.architecture import CannotBuild
from saliencnn.models.architectures import TABLE, find_architecture, why_not_here
from saliencnn.models.catalogue import prepare_for
from saliencnn.models.own_networks import VARIABLE
from saliencnn.models.timm_networks import list_timm
from saliencnn.models.torchvision_networks import list_torchvision
from saliencnn.models.weights import build_network
from saliencnn.saliency.inspection import inspect_architecture


@pytest.mark.parametrize("name", sorted(torchvision.models.list_models(module=torchvision.models)))
def test_every_classification_network_of_torchvision_is_found(name: str) -> None:
    found = find_architecture(name)
    published = torchvision.models.get_model_weights(name)
    sizes = {weights.transforms().crop_size[0] for weights in published}
    assert found.preparation.geometry.size in sizes
    assert bool(found.target_layer) == (name in TABLE)


def test_torchvisions_names_are_known_without_loading_it() -> None:
    names = torchvision.models.list_models(module=torchvision.models)
    assert sorted(list_torchvision()) == sorted(names)


@pytest.mark.parametrize(
    "name", ["resnet18", "convnext_tiny", "timm:xception41p", "nowhere", "nets.py:build", "a.b:c"]
)
def test_what_cannot_be_built_is_known_without_loading_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    told = ""
    try:
        find_architecture(name)
    except CannotBuild as error:
        told = str(error)
    assert why_not_here(name).split(".")[0] == told.split(".")[0]


def test_an_own_network_can_be_built_where_its_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nets.py"
    monkeypatch.setenv(VARIABLE, f"{path}:build")
    assert VARIABLE in why_not_here("nets.py:build")
    path.write_text("raise RuntimeError('nothing is run')")
    assert not why_not_here("nets.py:build")


@pytest.mark.parametrize("name", ["test_resnet", "test_vit", "xception41p", "resnet18.a1_in1k"])
def test_timms_own_settings_are_taken(name: str) -> None:
    found, settings = find_architecture(f"timm:{name}"), timm.models.get_pretrained_cfg(name)
    geometry = found.preparation.geometry
    assert (3, geometry.size, geometry.size) == settings.input_size
    assert geometry.resize == int(geometry.size / settings.crop_pct)
    assert geometry.interpolation == settings.interpolation
    assert (found.preparation.mean, found.preparation.std) == (settings.mean, settings.std)
    assert found.package == f"timm {timm.__version__}"
    assert prepare_for(f"timm:{name}") == found.preparation


def test_timms_images_are_prepared_as_timm_does() -> None:
    """Its transform of the same settings, on an image that both scale."""
    pixels = np.random.default_rng(0).integers(0, 255, (20, 26, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((260, 200), Image.Resampling.BICUBIC)
    settings = timm.models.get_pretrained_cfg("test_vit").to_dict()
    theirs = timm.data.create_transform(
        **timm.data.resolve_data_config(settings, pretrained_cfg=settings)
    )(image)
    ours = find_architecture("timm:test_vit").preparation(image)
    assert ours.shape == theirs.shape == (3, 160, 160)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0.05)


def test_published_transforms_count_whatever_the_weights_are_called() -> None:
    assert prepare_for("vit_h_14").geometry.size == 518  # which has no first weights
    assert prepare_for("convnext_tiny").geometry == Geometry(224, 236)
    assert prepare_for("smallgap") == prepare_at(96)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("convnext_tinny", "Did you mean convnext_tiny"),
        ("resnet19", r"Did you mean resnet18 or resnet152 or resnet101\?"),
        ("timm:resnet181", "Did you mean timm:resnet18"),
        ("keras:resnet", "somebody's own code"),
        ("timm:hf-hub:somebody/network", "is unknown"),
        ("timm:local-dir:/tmp", "is unknown"),
        ("timm:", "is unknown"),
        ("fasterrcnn_resnet50_fpn", "is unknown"),
        ("quantized_resnet18", "is unknown"),
        ("", "is unknown"),
    ],
)
def test_other_names_are_refused_in_a_sentence(name: str, hint: str) -> None:
    with pytest.raises(CannotBuild, match=hint):
        find_architecture(name)


def test_without_timm_its_networks_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    assert list_timm() == []
    with pytest.raises(CannotBuild, match=r"pip install 'saliencnn\[timm\]'"):
        find_architecture("timm:resnet18")


def test_another_number_of_classes_keeps_the_backbone_and_the_named_head_begins_anew(
    tmp_path: Path,
) -> None:
    row = find_architecture("timm:test_resnet")
    state = {n: v.contiguous() for n, v in row.build(num_classes=7).state_dict().items()}
    safetensors.torch.save_file(state, tmp_path / "seven.safetensors")
    spec = inspect_architecture(row, 3, 64)
    network = build_network("timm:test_resnet", 3, str(tmp_path / "seven.safetensors"), spec=spec)
    assert any("last layer began anew" in note for note in network.notes)
    assert torch.equal(network.model.state_dict()["conv1.0.weight"], state["conv1.0.weight"])
    assert network.model.fc.out_features == 3
