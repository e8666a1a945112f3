import pytest

from saliencnn.common.metrics import METRICS, write_metrics


@pytest.mark.parametrize(
    ("name", "value", "before", "written", "changed"),
    [
        ("val_accuracy", 0.9155, 0.936, "91.5%", "-2.1 points"),
        ("val_accuracy", 0.8625, 0.971, "86.2%", "-10.9 points"),
        ("val_accuracy", 0.8625, 0.97051, "86.2%", "-10.9 points"),
        ("val_accuracy", 0.5, 0.5, "50.0%", "+0.0 points"),
        ("focus", 0.617, 0.514, "0.62", "+0.11"),
        ("val_loss", 1.23456, 1.73, "1.23", "-0.50"),
        ("val_loss", 0.36, 0.112, "0.360", "+0.248"),
        ("val_loss", 1.24, 1.23, "1.24", "+0.01"),
        ("val_loss", 250.0, 0.5, "250", "+249.500"),
        ("val_loss", 0.00000123, 0.5, "1.23e-06", "-0.5"),
    ],
)
def test_values_and_changes_are_written_alike(
    name: str, value: float, before: float, written: str, changed: str
) -> None:
    assert METRICS[name].write(value) == written
    assert METRICS[name].write_change(value, before) == changed


def test_headings_keep_their_capitals() -> None:
    assert METRICS["val_macro_f1"].title == "Macro F1"


def test_less_loss_is_better() -> None:
    falling = {name for name, metric in METRICS.items() if metric.sign < 0}
    assert falling == {
        *("val_loss", "train_loss", "test_loss", "guidance_loss", "total_variation", "entropy"),
        *("empty_maps", "negative_energy", "after_object_inpaint"),
    }


def test_missing_metrics_are_left_out_of_a_sentence() -> None:
    known = {"focus": 0.5, "val_accuracy": 1.0}
    written = write_metrics(known, ("val_accuracy", "train_loss", "focus"))
    assert written == "validation accuracy 100.0%, focus 0.50"
