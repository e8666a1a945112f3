"""The model card of a registered network: what it is, how good, how far to trust it, its limits."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from saliencnn.checks.grading import Outcome
from saliencnn.common.markdown import bullets, code, plain, table
from saliencnn.common.metrics import METRICS
from saliencnn.common.shown import one_line
from saliencnn.data.image_index import ImageIndex
from saliencnn.models.spec import LOGIT
from saliencnn.store.networks import setting_for_code
from saliencnn.store.runs import RunInfo

NUMBERS = (
    *("val_accuracy", "val_balanced_accuracy", "val_top5", "val_macro_f1", "val_loss"),
    *("train_accuracy", "train_loss"),
    *("test_accuracy", "test_balanced_accuracy"),
    *("counterfactual_accuracy", "focus", "focus_gradcampp", "empty_maps", "negative_energy"),
    "head_focus",
)
"""The metrics that a card lists."""
MAX_CLASSES_NAMED = 40
"""Classes that are named; of more, only the number is given."""
Trust = Mapping[str, Mapping[str, str]]
"""Name of a check -> name of a method -> the verdict in words."""


@dataclass(frozen=True)
class CardFacts:
    """Everything that a card says.

    Attributes:
        name: of the registered model.
        run: whose checkpoint, with its verdicts.
        epoch: which checkpoint.
        index: of the validation images.
        digest: SHA-256 of the validation images with their labels; empty if unknown.
        unread: training images that could not be read.
        numbers: metrics of the epoch.
        trust: what the sanity checks of its maps found; empty where nobody has checked.
    """

    name: str
    run: RunInfo
    epoch: int
    index: ImageIndex
    digest: str
    unread: int
    numbers: Mapping[str, float]
    trust: Trust


def make_card(facts: CardFacts) -> str:
    """Return the card in Markdown; names and reasons come from people and are shown as they are."""
    run = facts.run
    sections = [
        f"# {plain(facts.name)}",
        f"{summarise(facts)}\n\n{_usage(facts)}",
        f"## Data\n\n{table(_data_rows(facts))}",
        f"## Hyperparameters\n\n{table(list(run.settings.items()))}",
        f"## Numbers after epoch {facts.epoch}\n\n{_format_numbers(facts.numbers)}",
        f"## How far its saliency maps can be trusted\n\n{_format_trust(facts)}",
        f"## Verdicts\n\n{bullets(one.describe(plain) for one in run.verdicts)}",
        f"## Limits\n\n{bullets(_limits(facts))}",
    ]
    return "\n\n".join(sections) + "\n"


def summarise(facts: CardFacts) -> str:
    """Return the network in a few sentences of Markdown, for the registry's own pages."""
    run = facts.run
    own = [v for v in run.verdicts if v.image is None and v.epoch in (None, facts.epoch)]
    newest = f" Newest verdict: {own[-1].describe(plain)}" if own else ""
    accuracy = facts.numbers.get("val_accuracy")
    right = ""
    if accuracy is not None:
        right = f" It classifies {accuracy:.1%} of the validation images correctly."
    return (
        f"{plain(run.arch)} that classifies {len(facts.index.classes)} classes of "
        f"{plain(run.image_set)}: epoch {facts.epoch} of the run {plain(run.name)} "
        f"({run.run_id}).{right}{newest}"
    )


def _usage(facts: CardFacts) -> str:
    shape = f"(N, {len(facts.index.classes)})"
    planes = facts.run.preparation.planes
    return f"""```python
from saliencnn.store.registry import load_accepted

classifier = load_accepted("{facts.name}")
scores = classifier.predict(images)  # uint8 (N, H, W, {planes}) -> float32 {shape}
```

`mlflow.pyfunc.load_model("models:/{facts.name}@accepted")` gives the same scores. Both load the
version that holds the alias `accepted` at that moment, from safetensors and JSON: nothing is
unpickled. Scores are logits in the order of the classes below.{_tell_code(facts.run)}"""


def _tell_code(run: RunInfo) -> str:
    """Say how to give the network, where code of its own builds it."""
    setting = setting_for_code(run)
    if not setting:
        return ""
    of = f" of {code(run.network)}" if run.network else ""
    return (
        f"\n\nIts network is code of its own, which is not stored: where it is loaded, name the "
        f"function of the number of classes that builds it{of} by {code(setting)}."
    )


def _data_rows(facts: CardFacts) -> list[tuple[str, str]]:
    run, index = facts.run, facts.index
    classes = ", ".join(index.classes[:MAX_CLASSES_NAMED])
    unnamed = len(index.classes) - MAX_CLASSES_NAMED
    more = f" and {unnamed} more" if unnamed > 0 else ""
    return [
        ("Image set", run.image_set),
        ("As the command line names it", run.data or "not known: a loop of its own read it"),
        ("Validation images", f"{len(index)}, input size {run.input_size} pixels"),
        ("Their digest (SHA-256)", facts.digest or "not kept"),
        ("Validation images skipped as unreadable", str(len(index.skipped))),
        ("Training images skipped as unreadable", str(facts.unread)),
        (f"Classes ({len(index.classes)})", classes + more),
    ]


def _format_numbers(numbers: Mapping[str, float]) -> str:
    known = [(METRICS[name], numbers[name]) for name in NUMBERS if name in numbers]
    rows = [(metric.title, metric.write(value), metric.help) for metric, value in known]
    return table(rows, ("", "", "meaning"))


def _format_trust(facts: CardFacts) -> str:
    if not facts.trust:
        return f"Nobody has checked the maps of epoch {facts.epoch}."
    methods = dict.fromkeys(method for found in facts.trust.values() for method in found)
    rows = [
        (method, *(found.get(method, "not judged") for found in facts.trust.values()))
        for method in methods
    ]
    drawn = table(rows, ("method", *facts.trust))
    return f"As known when the newest verdict was given.\n\n{drawn}"


def list_limits(
    run: RunInfo,
    index: ImageIndex,
    numbers: Mapping[str, float],
    trust: Mapping[str, Collection[str]],
    unread: int,
    write: Callable[[str], str] = one_line,
) -> list[str]:
    """Return what a network's numbers do not say, one sentence or two each.

    Args:
        run: of the network.
        index: of the validation images.
        numbers: the metrics of its epoch.
        trust: name of a check -> methods that it judged, none where it had too few images; empty
            where nobody has checked.
        unread: training images that could not be read.
        write: makes a text from people fit for where the sentences will stand.
    """
    limits = [
        "Accuracy is that on the validation images of this image set only. The same images "
        "serve to compare epochs and runs, so it is likely too high; on images of another "
        "origin nothing was measured.",
        "It names one of its classes for every image, also for one that shows none of them. "
        "Scores are not calibrated: its confidence is not how often it is right.",
    ]
    if "counterfactual_accuracy" not in numbers:
        limits.append(
            "Whether it relies on a shortcut, a spurious feature that comes with the classes, was "
            "not measured: the image set has no counterfactual images without it."
        )
    if "focus" not in numbers:
        limits.append(
            "Where it looks was not measured: the image set does not say where the objects are."
        )
    elif run.score == LOGIT:
        limits.append(
            "Its maps explain each class by itself; maps of a class against the others would say "
            "more of what decides."
        )
    limits.append(_limit_of_trust(trust))
    if run.labels_randomized:
        limits.append(
            "Its training labels were randomized on purpose: it serves as a control network only."
        )
    if run.ignores_groups:
        limits.append(
            "It was not trained: it is the network of another run, its head fitted again without "
            "what some groups of maps look at. That does not always help, and may cost accuracy."
        )
    elif run.watched:
        limits.append(
            "A loop of its own trained it: of its settings only what the loop gave is known, and "
            "nothing of its training images."
        )
    elif run.weights != "none":
        limits.append(
            f"It began with the weights {write(run.weights)}; what their training images "
            "taught it is not described here."
        )
    if unread or index.skipped:
        limits.append("Images that could not be read were left out and count nowhere.")
    return limits


def _limits(facts: CardFacts) -> list[str]:
    judged = {
        check: [method for method, told in found.items() if not told.startswith(Outcome.NOT_JUDGED)]
        for check, found in facts.trust.items()
    }
    return list_limits(facts.run, facts.index, facts.numbers, judged, facts.unread, plain)


def _limit_of_trust(trust: Mapping[str, Collection[str]]) -> str:
    if not any(trust.values()):
        return "No sanity check has judged its saliency maps, so they are no evidence yet."
    ran = ", ".join(check for check in trust if trust[check])
    absent = ", ".join(check for check in trust if not trust[check])
    return (
        f"Its saliency maps were checked by {ran} on some of the validation images and by "
        "thresholds of our own; a method that passes may still mislead."
        + (f" Not judged: {absent}." if absent else "")
    )
