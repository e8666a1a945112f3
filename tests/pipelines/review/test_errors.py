"""A stored run's errors beside the properties of its images."""

from dataclasses import replace

import pytest

from pipelines.cli.main import main
from pipelines.review.errors import describe_errors
from saliencnn.common.errors import UserError
from saliencnn.data.planted import render_planted
from saliencnn.store.epochs import read_predictions
from tests.helpers.golden import Golden, unpack


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Golden:
    return unpack(tmp_path_factory.mktemp("errors"))


def test_errors_are_counted_on_the_images_that_the_run_was_validated_on(golden: Golden) -> None:
    run = golden.run("golden")
    rows = read_predictions(golden.store, run.run_id, run.epoch)
    wrong = int((rows["true"] != rows["predicted"]).sum())
    images = render_planted(train=8, validation=24, counterfactual=0, size=32)
    lines = describe_errors(golden.store, run.run_id, images)
    assert f"{wrong} of 24 are wrong" in lines[0]


def test_the_command_says_it(
    golden: Golden, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", golden.store.address)
    run = golden.run("golden")
    data = "planted:train=8,validation=24,counterfactual=0,size=32"
    assert main(["inspect", data, "--image-size", "32", "--run", run.run_id]) == 0
    out = capsys.readouterr().out
    assert "shortcuts: too few training images" in out
    assert f"run {run.name}, epoch {run.epoch}: " in out


def test_a_run_on_other_images_is_refused(golden: Golden) -> None:
    images = render_planted(train=8, validation=1, counterfactual=0, size=32)
    others = replace(images, validation=images.train)
    with pytest.raises(UserError, match="none of these images"):
        describe_errors(golden.store, golden.run("golden").run_id, others)
