"""Networks from weights: what is kept, what is said about it, and what is refused."""

import hashlib
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms import v2

from saliencnn.common.errors import UserError
from saliencnn.models.architectures import TABLE, find_architecture
from saliencnn.models.torchvision_networks import check_published
from saliencnn.models.weights import build_network, open_weights_file
from saliencnn.models.weights_file import read_weights_file

ONE_SENTENCE = re.compile(r"^[^\n]+\.$")


def state_of(classes: int, seed: int = 1, arch: str = "smallgap") -> dict[str, Tensor]:
    torch.manual_seed(seed)
    state = build_network(arch, classes).model.state_dict()
    return {name: value + 1 if "running" in name else value for name, value in state.items()}


def save(state: Any, path: Path) -> str:
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(state, path)
    else:
        torch.save(state, path)
    return str(path)


def refusal(arch: str, weights: str, classes: int = 5) -> str:
    with pytest.raises(UserError) as caught:
        build_network(arch, classes, weights)
    message = str(caught.value)
    assert ONE_SENTENCE.match(message), message
    return message


# Where weights come from


def test_none_is_random_by_the_seed() -> None:
    states = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        network = build_network("smallgap", 5, "none")
        assert network.notes == ()
        states.append(network.model.state_dict()["fc.weight"])
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_unknown_names_are_refused() -> None:
    assert "'resnet5' is unknown" in refusal("resnet5", "none")
    for typo in ("defualt", "IMAGENET1K_V9", "imagenet1k_v1", ""):
        message = refusal("resnet50", typo)
        assert repr(typo) in message
        for choice in ("none", "default", "IMAGENET1K_V1", "IMAGENET1K_V2", ".safetensors"):
            assert choice in message
    message = refusal("smallgap", "default")
    assert "'default'" in message
    assert "none or a file" in message


@pytest.mark.parametrize("name", ["gone.safetensors", "gone.pth", "gone.pt", "gone.h5"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    assert f"{tmp_path / name} does not exist" in refusal("smallgap", str(tmp_path / name))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.h5"
    path.write_bytes(b"anything")
    endings = ".safetensors, .pth, .pt, .bin, .ckpt or .pth.tar"
    assert f"must end in {endings}" in refusal("smallgap", str(path))


@pytest.mark.parametrize("ending", ["safetensors", "pth", "pt"])
def test_files_load(tmp_path: Path, ending: str) -> None:
    state = state_of(5)
    weights = save(state, tmp_path / f"weights.{ending}")
    torch.manual_seed(99)
    network = build_network("smallgap", 5, weights)
    assert network.notes == ()
    own = network.model.state_dict()
    assert own.keys() == state.keys()
    for name, value in state.items():
        assert torch.equal(own[name], value), name


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
def test_state_files_are_read_as_they_are(tmp_path: Path, ending: str) -> None:
    state = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(7)}
    found = read_weights_file(Path(save(state, tmp_path / f"state.{ending}")))
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


def test_half_precision_weights_load_into_a_full_network(tmp_path: Path) -> None:
    half = {n: v.half() if v.is_floating_point() else v for n, v in state_of(5).items()}
    model = build_network("smallgap", 5, save(half, tmp_path / "half.safetensors")).model
    assert model.fc.weight.dtype == torch.float32
    assert torch.equal(model.fc.weight, half["fc.weight"].float())


def test_dropout_is_set(tmp_path: Path) -> None:
    weights = save(state_of(5), tmp_path / "weights.pth")
    assert build_network("smallgap", 5, weights, dropout=0.3).model.dropout.p == 0.3
    assert build_network("resnet18", 5, dropout=0.3).model.fc.dropout == 0.3


# What fits, and what does not


def test_no_class_of_a_new_head_begins_dead_behind_squeezenet_s_relu(tmp_path: Path) -> None:
    weights = save(state_of(7, arch="squeezenet1_1"), tmp_path / "seven.pt")
    model = build_network("squeezenet1_1", 3, weights).model.eval()
    with torch.no_grad():
        scores = model.classifier[1](model.features(torch.randn(2, 3, 64, 64)))
    assert scores.min() > 0


@pytest.mark.parametrize("classes", [3, 8])
def test_another_number_of_classes_keeps_the_backbone(tmp_path: Path, classes: int) -> None:
    state = state_of(5)
    weights = save(state, tmp_path / "five.safetensors")
    torch.manual_seed(4)
    network = build_network("smallgap", classes, weights)
    (note,) = network.notes
    assert ONE_SENTENCE.match(note)
    assert "trained on 5 classes" in note
    assert f"the last layer began anew, for {classes} classes" in note
    assert weights in note
    own = network.model.state_dict()
    for name in state:
        if not name.startswith("fc."):
            assert torch.equal(own[name], state[name]), name
    torch.manual_seed(4)
    fresh = build_network("smallgap", classes).model.state_dict()
    for name in ("fc.weight", "fc.bias"):
        assert own[name].shape[0] == classes
        assert torch.equal(own[name], fresh[name])


@pytest.mark.parametrize("lacking", [["fc.bias"], ["fc.weight", "fc.bias"]])
def test_a_head_that_is_not_whole_starts_anew_and_says_so(
    tmp_path: Path, lacking: list[str]
) -> None:
    state = {name: value for name, value in state_of(5).items() if name not in lacking}
    torch.manual_seed(4)
    network = build_network("smallgap", 5, save(state, tmp_path / "headless.pth"))
    assert len(network.notes) == 1
    assert ONE_SENTENCE.match(network.notes[0])
    assert "the last layer began anew, for 5 classes" in network.notes[0]
    assert torch.equal(network.model.features[0].weight, state["features.0.weight"])
    torch.manual_seed(4)
    fresh = build_network("smallgap", 5).model
    assert torch.equal(network.model.fc.weight, fresh.fc.weight)
    assert torch.equal(network.model.fc.bias, fresh.fc.bias)


def test_a_missing_layer_is_named(tmp_path: Path) -> None:
    state = state_of(5)
    del state["features.3.weight"]
    message = refusal("smallgap", save(state, tmp_path / "weights.pth"))
    assert "features.3.weight is missing" in message


def test_a_layer_of_another_shape_is_named(tmp_path: Path) -> None:
    state = {**state_of(5), "features.3.weight": torch.zeros(32, 16, 5, 5)}
    message = refusal("smallgap", save(state, tmp_path / "weights.pth"))
    assert "features.3.weight has another shape" in message


def test_another_architectures_state_is_refused(tmp_path: Path) -> None:
    weights = save(state_of(5, arch="smallgap"), tmp_path / "weights.safetensors")
    assert "do not fit this architecture" in refusal("resnet18", weights)
    deeper = save(state_of(5, arch="resnet34"), tmp_path / "deeper.safetensors")
    build_network("resnet34", 5, deeper)
    flat = {name: value for name, value in state_of(5).items() if value.ndim != 4}
    assert "is missing" in refusal("smallgap", save(flat, tmp_path / "flat.pth"))


def test_batch_counters_may_be_missing(tmp_path: Path) -> None:
    state = {n: v for n, v in state_of(5).items() if not n.endswith("num_batches_tracked")}
    network = build_network("smallgap", 5, save(state, tmp_path / "weights.pth"))
    assert network.notes == ()
    assert torch.equal(network.model.fc.weight, state["fc.weight"])


def test_densenets_published_files_load(tmp_path: Path) -> None:
    """They carry torchvision's old names: ``denselayer1.norm.1.weight`` for ``norm1.weight``."""
    state = state_of(5, arch="densenet121")
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", n): v for n, v in state.items()
    }
    assert len(old.keys() - state.keys()) == 58 * 2 * (1 + 5)
    own = build_network("densenet121", 5, save(old, tmp_path / "old.pth")).model.state_dict()
    for name, value in state.items():
        assert torch.equal(own[name], value), name


# Files that are broken or mean harm


class Harmful:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("ending", ["pth", "pt"])
@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_harmful_pickle_is_refused_and_not_run(tmp_path: Path, ending: str, form: str) -> None:
    path, trace = tmp_path / f"weights.{ending}", tmp_path / "trace"
    state = {**state_of(5), "harm": Harmful(trace)}
    if form == "pickle":
        path.write_bytes(pickle.dumps({"harm": Harmful(trace)}, protocol=2))
    else:
        torch.save(state, path, _use_new_zipfile_serialization=form == "zip")
    assert f"{path} is not a readable state dict" in refusal("smallgap", str(path))
    assert not trace.exists()
    if form == "pickle":
        pickle.loads(path.read_bytes())
    else:
        torch.load(path, weights_only=False)
    assert trace.exists(), "the file would have done harm"


@pytest.mark.parametrize("ending", ["safetensors", "pth"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_a_truncated_file_is_refused(tmp_path: Path, ending: str, share: float) -> None:
    path = tmp_path / f"weights.{ending}"
    save(state_of(5), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert f"{path} is not a readable state dict" in refusal("smallgap", str(path))


@pytest.mark.parametrize(
    "content", [{"epoch": 3, "state_dict": {"a": torch.zeros(1)}}, [torch.zeros(1)], torch.zeros(1)]
)
def test_what_is_no_state_dict_is_refused(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "weights.pth"
    assert str(path) in refusal("smallgap", save(content, path))


def test_a_text_named_safetensors_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_text("<html>404 Not Found</html>")
    assert "is not a readable state dict" in refusal("smallgap", str(path))


# Weights as people have them


@pytest.mark.parametrize("arch", ["resnet18", "alexnet", "squeezenet1_1", "googlenet"])
def test_what_was_stripped_and_left_out_is_said(tmp_path: Path, arch: str) -> None:
    state = build_network(arch, 5).model.state_dict()
    content = {"epoch": 3, "state_dict": {f"module.{n}": v for n, v in state.items()}, "arch": arch}
    path = save(content, tmp_path / "model_best.pth.tar")
    network = build_network(arch, 5, path)
    assert network.notes == (
        f"Weights {path}: taken from 'state_dict'; 'module.' stripped from the names; not used: "
        "epoch, arch.",
    )
    own = network.model.state_dict()
    assert all(torch.equal(own[name], value) for name, value in state.items())


def test_another_head_is_said_beside_what_was_stripped(tmp_path: Path) -> None:
    state = {f"backbone.{name}": value for name, value in state_of(7).items()}
    stripped, head = build_network("smallgap", 5, save(state, tmp_path / "w.pth")).notes
    assert "'backbone.' stripped" in stripped
    assert "trained on 7 classes" in head


def test_names_that_fit_nowhere_are_shown(tmp_path: Path) -> None:
    state = {f"blocks.{n}.weight": torch.zeros(2) for n in range(9)}
    message = refusal("smallgap", save(state, tmp_path / "vit.pth"))
    assert "is missing; the file has blocks.0.weight, blocks.1.weight, blocks.2.weight" in message


WRONG_NUMBERS = {
    "NaN": (lambda v: v * float("nan"), "288 numbers that are NaN or infinite"),
    "infinite": (lambda v: v / 0, "NaN or infinite"),
    "too large": (lambda v: v.double() + 1e300, "NaN or infinite"),
    "sparse": (lambda v: v.to_sparse(), "are sparse"),
    "meta": (lambda v: v.to("meta"), "no numbers"),
    "complex": (lambda v: v.to(torch.complex64), "complex64 where float32"),
    "int8": (lambda v: v.to(torch.int8), "int8 where float32"),
    "quantised": (lambda v: torch.quantize_per_tensor(v, 0.1, 0, torch.qint8), "are quantised"),
    "expanded": (lambda v: torch.zeros(1).expand(v.shape), "fewer numbers"),
}


@pytest.mark.parametrize("kind", WRONG_NUMBERS)
@pytest.mark.filterwarnings("ignore")
def test_numbers_that_no_network_computes_with_are_the_reason(tmp_path: Path, kind: str) -> None:
    change, said = WRONG_NUMBERS[kind]
    state = state_of(5)
    bad = {**state, "features.3.weight": change(state["features.3.weight"])}
    path = save({"model": bad}, tmp_path / "w.pth")
    message = refusal("smallgap", path)
    assert said.replace("288 ", "") in message
    assert "features.3.weight" in message
    assert path in message
    with pytest.raises(UserError, match=said.partition(" ")[2]):
        open_weights_file(find_architecture("smallgap"), Path(path))


def test_brain_floats_and_doubles_are_numbers_like_others(tmp_path: Path) -> None:
    for kind in (torch.bfloat16, torch.float16, torch.float64):
        state = {n: v.to(kind) if v.is_floating_point() else v for n, v in state_of(5).items()}
        model = build_network("smallgap", 5, save(state, tmp_path / "w.safetensors")).model
        assert torch.equal(model.fc.weight, state["fc.weight"].float())


def test_a_head_of_a_billion_classes_is_refused_before_it_is_built(tmp_path: Path) -> None:
    state = {**state_of(5), "fc.weight": torch.zeros(1, 1).expand(10**9, 128)}
    with pytest.raises(UserError, match="scores 1000000000 classes"):
        open_weights_file(find_architecture("smallgap"), Path(save(state, tmp_path / "w.pth")))


@pytest.mark.parametrize("arch", ["smallgap", "densenet121", "googlenet", "efficientnet_lite0"])
def test_a_file_s_own_head_says_how_many_classes_there_are(tmp_path: Path, arch: str) -> None:
    row = TABLE[arch]
    state = row.build(num_classes=7).state_dict()
    content = {"model": {f"_orig_mod.{name}": value for name, value in state.items()}}
    opened = open_weights_file(row, Path(save(content, tmp_path / "w.bin")))
    own = opened.model.state_dict()
    assert own.keys() == state.keys()
    assert all(torch.equal(own[name], value) for name, value in state.items())
    assert "_orig_mod." in opened.notes[0]


def test_a_backbone_alone_cannot_be_evaluated(tmp_path: Path) -> None:
    state = {name: value for name, value in state_of(5).items() if not name.startswith("fc.")}
    with pytest.raises(UserError, match="it has no head"):
        open_weights_file(find_architecture("smallgap"), Path(save(state, tmp_path / "w.pth")))


# Published weights


def test_a_download_that_is_not_what_was_published_is_to_be_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    kept = tmp_path / "hub" / "checkpoints" / "resnet18-f37072fd.pth"
    kept.parent.mkdir(parents=True)
    whole = Path(save(state_of(1000, arch="resnet18"), kept)).read_bytes()
    for content in (b"", b"<html>", whole[: len(whole) // 2], whole):
        kept.write_bytes(content)
        message = refusal("resnet18", "default", 10)
        assert f"{kept} is cut off or changed" in message
        assert "delete it" in message


def test_a_download_that_is_what_was_published_passes(tmp_path: Path) -> None:
    content = b"weights"
    digest = hashlib.sha256(content).hexdigest()
    for name in (f"net-{digest[:8]}.pth", "net.pth"):
        path = tmp_path / name
        path.write_bytes(content)
        check_published(path)


# Real weights


@pytest.fixture(scope="module")
def labelled(test_data: Path) -> tuple[Tensor, Tensor]:
    """The first 200 images with their classes, prepared as the data's README says."""
    lines = (test_data / "imagenet-val" / "labels.txt").read_text().splitlines()[:200]
    rows = [line.split() for line in lines]
    prepare = v2.Compose([v2.PILToTensor(), v2.CenterCrop(224)])
    folder = test_data / "imagenet-val" / "images"
    images = [prepare(Image.open(folder / name).convert("RGB")) for name, _ in rows]
    return torch.stack(images), torch.tensor([int(label) for _, label in rows])


@torch.inference_mode()
def top1(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    normalise = v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    right, model = 0, model.to(memory_format=torch.channels_last)  # which is a third faster
    for batch, truth in zip(images.split(8), labels.split(8), strict=True):
        scores = model.eval()(normalise(batch.float() / 255))
        right += int((scores.argmax(dim=1) == truth).sum())
    return 100 * right / len(labels)


@pytest.mark.parametrize(
    ("name", "ending", "expected"),
    [("squeezenet1_1", "safetensors", 72.7), ("squeezenet1_0", "pth", 71.5)],
)
def test_real_weights_classify_real_images(
    test_data: Path, labelled: tuple[Tensor, Tensor], name: str, ending: str, expected: float
) -> None:
    """Those of MobileNet do where all images are evaluated."""
    weights = test_data / "weights" / f"{name}-imagenet.{ending}"
    network = build_network(name, 1000, str(weights))
    assert network.notes == ()
    assert top1(network.model, *labelled) == pytest.approx(expected, abs=5)


def test_a_bird_classifier_keeps_its_backbone(test_data: Path) -> None:
    path = test_data / "weights" / "mobilenet_v2-inat-birds-965.safetensors"
    network = build_network("mobilenet_v2", 10, str(path), dropout=0.1)
    assert "trained on 965 classes" in network.notes[0]
    own = network.model.state_dict()
    for name, value in read_weights_file(path).items():
        if not name.startswith("classifier."):
            assert torch.equal(own[name], value.float() if value.is_floating_point() else value)
