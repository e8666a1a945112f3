"""Commands that people copy: a shell runs nothing that a store names."""

import shlex

import pytest

from saliencnn.common.commands import evaluate_command


@pytest.mark.parametrize(
    "name", ["timm:x$(touch hacked)", "timm:x;touch hacked;", "a b", "'`touch hacked`\""]
)
def test_a_copied_command_runs_nothing_that_a_store_names(name: str) -> None:
    words = ["saliencnn", "evaluate", "--models", f"resnet18,{name}", "--images", "my images"]
    assert shlex.split(evaluate_command(["resnet18", name], "my images")) == words
