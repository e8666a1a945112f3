"""The table of hyperparameters: its bounds, its sentences, its way through texts."""

import math
import re
from dataclasses import Field, FrozenInstanceError, fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.common.hyperparameters import OPTIMIZERS, SCHEDULES, Hyperparameters

FIELDS = {spec.name: spec for spec in fields(Hyperparameters)}
NUMBERS = {name: spec for name, spec in FIELDS.items() if "low" in spec.metadata}
WHOLE = {name for name, spec in NUMBERS.items() if isinstance(spec.default, int)}
CHOICES = {name for name, spec in FIELDS.items() if "choices" in spec.metadata}
TEXTS = {name for name, spec in FIELDS.items() if "check" in spec.metadata}
FLAGS = set(FIELDS) - set(NUMBERS) - CHOICES - TEXTS


def refusal(name: str, value: Any) -> str:
    """The one sentence with which a value is refused, however it comes in."""
    with pytest.raises(UserError) as caught:
        Hyperparameters(**{name: value})
    with pytest.raises(UserError) as through_mapping:
        Hyperparameters.from_mapping({name: value})
    message = str(caught.value)
    if not isinstance(value, str):
        assert str(through_mapping.value) == message
    assert re.match(rf"^{name} is [^\n]+; it must be [^\n]+\.$", message), message
    return message


def valid(spec: Field[Any]) -> st.SearchStrategy[Any]:
    meta = spec.metadata
    if spec.name in CHOICES:
        return st.sampled_from(meta["choices"])
    if spec.name in TEXTS:
        return st.sampled_from(["", "0,0,1,0.1", "0,0.75,0.25,0.25; 0.5,0,0.5,0.25"])
    if spec.name in FLAGS:
        return st.booleans()
    bounds = {"min_value": meta["low"], "max_value": meta["high"]}
    return st.integers(**bounds) if spec.name in WHOLE else st.floats(**bounds)


def guided_or_mixed(values: dict[str, Any]) -> dict[str, Any]:
    return values if values["guidance"] == "none" else {**values, "mixup": 0.0, "cutmix": 0.0}


VALID = st.fixed_dictionaries({name: valid(spec) for name, spec in FIELDS.items()}).map(
    guided_or_mixed
)


def test_every_field_is_of_a_known_kind_and_explained() -> None:
    assert {"optimizer", "schedule", "guidance", "balance"} == CHOICES
    assert {"ignored"} == TEXTS
    assert {"freeze_backbone", "shuffle_labels"} == FLAGS
    assert {"batch_size", "accumulate", "epochs", "patience", "seed"} == WHOLE
    for spec in FIELDS.values():
        assert re.match(r"^[A-Z].+\.$", spec.metadata["help"])
    for spec in NUMBERS.values():
        assert spec.metadata["low"] <= spec.default <= spec.metadata["high"]
        assert spec.metadata["low"] > 0 or not spec.metadata["log"]


@pytest.mark.parametrize("name", NUMBERS)
def test_bounds_are_inclusive(name: str) -> None:
    for end in ("low", "high"):
        value = NUMBERS[name].metadata[end]
        assert getattr(Hyperparameters(**{name: value}), name) == value


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("end", ["low", "high"])
def test_values_out_of_bounds_are_refused(name: str, end: str) -> None:
    meta, step = NUMBERS[name].metadata, -1 if end == "low" else 1
    beyond = [meta[end] + step]
    if name not in WHOLE:
        beyond.append(math.nextafter(meta[end], step * math.inf))
    for value in beyond:
        message = refusal(name, value)
        assert repr(value) in message
        assert f"from {meta['low']:g} to {meta['high']:g}" in message


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, True, False, None, "abc", [], "1"]
)
def test_what_is_no_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UserError, match=rf"^{name} is .*; it must be a (whole )?number .*\.$"):
        Hyperparameters(**{name: value})


@pytest.mark.parametrize("name", sorted(WHOLE))
@pytest.mark.parametrize("value", [1.0, 1.5])
def test_a_fraction_is_no_whole_number(name: str, value: float) -> None:
    assert "a whole number" in refusal(name, value)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["abc", "", "nan", "inf", "-inf", "1,5", "True", "None", "0x10"])
def test_texts_that_are_no_number_are_refused(name: str, text: str) -> None:
    with pytest.raises(UserError, match=rf"^{name} is [^\n]*; it must be a (whole )?number.*\.$"):
        Hyperparameters.from_mapping({name: text})


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_texts_of_fractions_are_no_whole_number(name: str) -> None:
    for text in ("1.0", "1e1"):
        with pytest.raises(UserError, match=rf"^{name} is '{text}'; it must be a whole number\.$"):
            Hyperparameters.from_mapping({name: text})


@pytest.mark.parametrize(("name", "choices"), [("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)])
def test_choices_are_named(name: str, choices: tuple[str, ...]) -> None:
    for choice in choices:
        assert getattr(Hyperparameters(**{name: choice}), name) == choice
    for value in ("Adam", "", None, 1, choices[0].upper()):
        message = refusal(name, value)
        assert all(choice in message for choice in choices)


def test_a_flag_is_true_or_false() -> None:
    for value in (0, 1, None, "yes", "True"):
        with pytest.raises(UserError, match=r"^freeze_backbone is .*; it must be true or false\.$"):
            Hyperparameters(freeze_backbone=value)
    for text in ("yes", "1", "", "truee"):
        with pytest.raises(UserError, match=r"^freeze_backbone is .*; it must be true or false\.$"):
            Hyperparameters.from_mapping({"freeze_backbone": text})
    for text, value in [("true", True), ("True", True), ("false", False), ("FALSE", False)]:
        assert Hyperparameters.from_mapping({"freeze_backbone": text}).freeze_backbone is value


@given(VALID)
def test_values_come_back_from_the_texts_mlflow_keeps(values: dict[str, Any]) -> None:
    given_ = Hyperparameters(**values)
    assert given_.as_dict() == values
    texts = {name: str(value) for name, value in given_.as_dict().items()}
    found = Hyperparameters.from_mapping(texts)
    assert found == given_
    assert {n: type(v) for n, v in found.as_dict().items()} == {
        n: type(v) for n, v in values.items()
    }
    assert Hyperparameters.from_mapping(values) == given_


def test_unknown_names_are_passed_over() -> None:
    found = Hyperparameters.from_mapping({"epochs": "3", "arch": "resnet50", "mlflow.user": "x"})
    assert found == Hyperparameters(epochs=3)
    assert Hyperparameters.from_mapping({}) == Hyperparameters()


def test_they_cannot_be_changed() -> None:
    values = Hyperparameters()
    with pytest.raises(FrozenInstanceError):
        values.epochs = 5  # type: ignore[misc]
    values.as_dict()["epochs"] = 99
    assert values == Hyperparameters()
    assert hash(values) == hash(Hyperparameters())


@pytest.mark.parametrize("mixed", ["mixup", "cutmix"])
def test_guidance_excludes_mixed_images(mixed: str) -> None:
    with pytest.raises(UserError, match=r"guidance is both; it must be none with mixup or cutmix"):
        Hyperparameters(guidance="both", **{mixed: 0.2})
