from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from saliencnn.data.planes import decode_planes
from saliencnn.data.preparation import normalise
from saliencnn.maps.explainer import Explainer
from saliencnn.maps.kept import SEED, KeptMaps
from saliencnn.maps.requests import BATCH, MapRequest, defined_for
from saliencnn.models.architectures import TABLE
from saliencnn.models.catalogue import build_evaluable
from saliencnn.models.spec import DEEP
from saliencnn.saliency import METHODS, explain
from saliencnn.store.connection import Store
from saliencnn.store.evaluation_files import read_class_set, read_weights
from saliencnn.store.evaluation_records import EvaluationInfo
from saliencnn.store.evaluations import read_evaluation, write_evaluation
from saliencnn.store.images import read_image, read_index
from tests.helpers.threads import one_thread as one_thread
from tests.saliencnn.store.test_evaluations import make_facts, make_results

Infos = list[EvaluationInfo]
Reports = list[tuple[float, str]]


def make_requests(info: EvaluationInfo, images: Sequence[int], target: int) -> list[MapRequest]:
    return [MapRequest(info, image, target) for image in images]


def explain_directly(
    store: Store, info: EvaluationInfo, image: int, target: int, method: str
) -> np.ndarray:
    classes = read_class_set(store, info.run_id)
    network = build_evaluable(info.arch, len(classes), read_weights(store, info))
    index = read_index(store, info.images_id)
    pixels = decode_planes([read_image(store, info.images_id, index, image)])
    inputs = normalise(pixels, info.mean, info.std)
    architecture = TABLE[info.arch].explaining(info.score)
    maps = explain(network, inputs, target, [method], spec=architecture, seed=SEED)
    return maps[method][0].numpy()


def test_maps_are_those_of_the_evaluated_networks(store: Store, planted_evaluations: Infos) -> None:
    methods = ["cam", "gradcam", "gradient"]
    requests = [MapRequest(info, 3, target) for info in planted_evaluations for target in (0, 5)]
    result = Explainer(store).compute(requests, methods)
    assert result.problems == ()
    assert len(result.maps) == len(requests) * len(methods)
    for (place, method), saliency in result.maps.items():
        request = requests[place]
        expected = explain_directly(store, request.info, 3, request.target, method)
        largest = abs(expected).max()
        np.testing.assert_allclose(saliency, expected, atol=largest / 1000, err_msg=method)


def test_what_is_computed_is_what_is_read_later(store: Store, planted_evaluations: Infos) -> None:
    """Else a page and a report, or the same page a day later, would say different things."""
    wanted = [MapRequest(planted_evaluations[0], image, 4) for image in (21, 22, 23)]
    computed = Explainer(store).compute(wanted, ["gradcam"]).maps
    read = KeptMaps(store).find(wanted, ["gradcam"])
    assert computed.keys() == read.keys() == {(place, "gradcam") for place in range(3)}
    for slot, saliency in computed.items():
        np.testing.assert_array_equal(saliency, read[slot])


def test_maps_are_computed_once(store: Store, planted_evaluations: Infos) -> None:
    requests = make_requests(planted_evaluations[0], range(4), 1)
    said: Reports = []

    def report(share: float, words: str) -> None:
        said.append((share, words))

    first = Explainer(store)
    assert KeptMaps(store).find(requests, ["gradcam"]) == {}
    maps = first.compute(requests, ["gradcam"], report).maps
    assert said
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    said.clear()
    for explainer in (first, Explainer(store)):  # from memory, and from the store
        again = explainer.compute(requests, ["gradcam"], report).maps
        assert again.keys() == maps.keys()
        for slot, saliency in again.items():
            np.testing.assert_array_equal(saliency, maps[slot])
    assert said == []


def test_batches_before_a_stop_stay_stored(store: Store, planted_evaluations: Infos) -> None:
    info = planted_evaluations[0]
    requests = make_requests(info, range(BATCH + 3), 3)

    def stop(share: float, _words: str) -> None:
        if share >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Explainer(store).compute(requests, ["gradcam"], stop)
    explainer = Explainer(store)
    kept = KeptMaps(store).find(requests, ["gradcam"])
    assert sorted(kept) == [(place, "gradcam") for place in range(BATCH)]
    # Only the rest is computed.
    said: list[str] = []
    result = explainer.compute(requests, ["gradcam"], lambda _share, words: said.append(words))
    assert len(result.maps) == len(requests)
    assert all("of 3" in words for words in said)


def test_a_network_without_weights_does_not_keep_others_waiting(
    store: Store, planted_evaluations: Infos
) -> None:
    info = planted_evaluations[0]
    facts = make_facts(
        "deleted", arch="smallgap", checkpoint="m-0123456789", images_id=info.images_id,
        model="gone", input_size=48, resize=None,
    )  # fmt: skip
    classes = read_class_set(store, info.run_id)
    gone = read_evaluation(store, write_evaluation(store, facts, classes, make_results(), None))
    store.client.delete_run(gone.run_id)  # so that no other test finds it listed
    explainer = Explainer(store)
    for _ in range(2):
        result = explainer.compute([MapRequest(gone, 0, 0), MapRequest(info, 0, 6)], ["gradcam"])
        assert list(result.maps) == [(1, "gradcam")]
        assert len(result.problems) == 1
        assert "gone" in result.problems[0]


def test_methods_that_a_network_does_not_define_are_left_out(planted_evaluations: Infos) -> None:
    info = planted_evaluations[0]
    assert defined_for(info, list(METHODS)) == list(METHODS)
    deep = replace(info, stored_spec=replace(info.spec, head_kind=DEEP))
    older = replace(info, arch="alexnet", stored_spec=None)  # whose layers the table knows
    for other in (deep, older):
        assert "cam" not in defined_for(other, list(METHODS))


def test_networks_stay_as_they_came(store: Store, planted_evaluations: Infos) -> None:
    explainer = Explainer(store)
    info = planted_evaluations[0]
    explainer.compute(make_requests(info, [1], 7), ["gradcam", "gradient"])
    network = explainer._networks.get(info.model_digest)
    assert network is not None
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not any(module._forward_hooks for module in network.modules())
    assert torch.is_grad_enabled()
