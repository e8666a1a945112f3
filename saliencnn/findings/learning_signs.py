"""Signs of how a run learned: from its losses, its accuracy, and what it forgets."""

import numpy as np

from saliencnn.checks.grading import MIN_IMAGES
from saliencnn.common.sentences import quote
from saliencnn.findings.finding import Found
from saliencnn.findings.kind_rates import lowest, weakest
from saliencnn.findings.run_facts import RunFacts
from saliencnn.measures.rates import difference_interval, wilson_interval

OVERFIT = 1.1
"""Times its minimum, the validation loss of a network that overfits."""
FORGOTTEN = 0.5
"""Of its best recall, what is left of a class that is no longer recognized."""
MEMORIZED = 0.1
"""Training accuracy above validation accuracy, from which on a network memorizes."""
IMBALANCE = 0.15
RISING = 0.02


def find_overfitting(facts: RunFacts) -> Found | None:
    """Find validation loss that rises while training loss falls."""
    loss, learned = facts.metric("val_loss"), facts.metric("train_loss")
    if not np.isfinite(loss).all() or len(loss) < 3:
        return None
    best = int(loss.argmin())
    fell = learned[-1] < learned[best]
    if best == len(loss) - 1 or loss[-1] < OVERFIT * loss[best] or not fell:
        return None
    epoch = int(facts.history.index[best])
    numbers = {"epoch": epoch, "best": loss[best], "last": loss[-1]}
    return Found(numbers, facts.see("overview", epoch=str(epoch)))


def find_memorized(facts: RunFacts) -> Found | None:
    """Find training accuracy far above validation accuracy, by more than chance."""
    learned = facts.last("train_accuracy")
    _, high = wilson_interval(np.array(facts.accuracy), np.array(facts.images))
    if find_overfitting(facts) or not learned > max(facts.accuracy + MEMORIZED, float(high)):
        return None
    numbers = {"learned": learned, "told": facts.right_in_words}
    return Found(numbers, facts.see("retrain"))


def find_forgotten(facts: RunFacts) -> Found | None:
    """Find the class that lost most recall since its best epoch, by more than chance."""
    images = facts.counts.sum(axis=1)
    now = facts.recalls[-1]
    usable = (images >= MIN_IMAGES) & np.isfinite(facts.recalls).all(axis=0)
    if len(facts.recalls) < 2 or not usable.any():
        return None
    best = np.where(usable, facts.recalls.max(axis=0), np.nan)
    looked_at = int(usable.sum()) * (len(facts.recalls) - 1)
    lost, _ = difference_interval(best, now, np.maximum(images, 1), looked_at)
    lost = np.where(usable & (now <= FORGOTTEN * best), lost, -1)
    place = int(lost.argmax())
    if lost[place] <= 0:
        return None
    epoch = int(facts.history.index[int(facts.recalls[:, place].argmax())])
    numbers = {
        "name": quote(facts.classes[place]),
        "best": round(best[place] * images[place]),
        "now": round(now[place] * images[place]),
        "images": images[place],
        "epoch": epoch,
    }
    evidence = facts.see_missed(facts.classes[place], epoch=str(epoch))
    return Found(numbers, evidence)


def find_imbalance(facts: RunFacts) -> Found | None:
    """Find accuracy that frequent classes carry, and the rare class that is missed most."""
    worst = lowest(facts.classes, facts.predictions["true"], facts.right)
    if facts.accuracy - facts.macro_f1 < IMBALANCE or not worst:
        return None
    numbers = {
        "told": facts.right_in_words,
        "macro_f1": facts.macro_f1,
        "name": quote(worst[0].kind),
        "right": round(worst[0].rate * worst[0].images),
        "images": worst[0].images,
    }
    return Found(numbers, facts.see_missed(worst[0].kind))


def find_weak_class(facts: RunFacts) -> Found | None:
    """Find the class that is recognized worst, by more than chance."""
    worst = weakest(facts.classes, facts.predictions["true"], facts.right)
    if worst is None or find_imbalance(facts):
        return None
    numbers = {
        "kind": quote(worst.kind),
        "counted": worst.counted,
        "interval": worst.interval,
        "told": facts.right_in_words,
    }
    return Found(numbers, facts.see_missed(worst.kind))


def find_high_first_loss(facts: RunFacts) -> Found | None:
    """Find a first epoch that is worse than guessing: its learning rate was too high."""
    loss = facts.metric("val_loss")[0]
    chance = np.log(len(facts.classes))
    if not loss > 1.1 * chance or facts.history.index[0] != 1:
        return None
    return Found({"loss": loss, "chance": chance}, facts.see("retrain"))


def find_rising(facts: RunFacts) -> Found | None:
    """Find accuracy that was still rising when training ended."""
    accuracy = facts.metric("val_accuracy")
    if len(accuracy) < 3 or not np.isfinite(accuracy[-3:]).all():
        return None
    gain = accuracy[-1] - accuracy[-3]
    if gain < RISING or accuracy[-1] < np.nanmax(accuracy) or accuracy[-1] > 1 - RISING:
        return None
    then = ", but not by itself: it memorizes already, and longer training alone adds to that"
    numbers = {
        "before": accuracy[-3],
        "now": accuracy[-1],
        "images": facts.images,
        "then": then if find_memorized(facts) else "",
    }
    return Found(numbers, facts.see("retrain"))
