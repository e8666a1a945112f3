from pipelines.training.request import Request
from saliencnn.common.hyperparameters import Hyperparameters


def test_a_run_without_a_name_is_called_by_what_it_is() -> None:
    request = Request(arch="resnet18", hyperparameters=Hyperparameters(learning_rate=3e-4))
    assert request.describe("birds") == "resnet18 · birds · lr 0.0003"
    assert Request(name="mine").describe("birds") == "mine"
