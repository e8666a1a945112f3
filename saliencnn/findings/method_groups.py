"""Methods by what the checks advise: in a sentence, in a line each, or by every reason."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from saliencnn.checks.check import Check
from saliencnn.checks.table import CHECKS
from saliencnn.common.sentences import join_words, list_some
from saliencnn.findings.methods import (
    FOCUS_METHOD,
    Advice,
    MethodAdvice,
    describe_images,
    describe_unjudged,
    lacks_images,
    say_unknown,
)
from saliencnn.saliency.methods import METHODS, group_alike, name_group

OF_METHOD = {
    Advice.BELIEVE: "which passes every check that was made",
    Advice.CARE: "which the checks advise to read with care",
    Advice.DO_NOT: "which the checks advise not to rely on",
    Advice.UNKNOWN: "of which too little is checked",
}
"""What the checks say of a method, as a clause behind its name."""

OF_MAPS = {
    None: "Nobody has checked {}.",
    Advice.BELIEVE: "You can rely on {}: they pass every check that was made.",
    Advice.CARE: "Read {} with care: the checks are not sure of them.",
    Advice.DO_NOT: "Do not rely on {}: they fail the checks.",
    Advice.UNKNOWN: "Too little is checked of {} to rely on them.",
}
"""What the checks say of a method's maps, None where there are none, in a sentence."""


@dataclass(frozen=True)
class Advised:
    """The methods of which the checks advise the same.

    Attributes:
        advice: in a word.
        labels: the methods as people call them.
        deciding: names of the checks that decided.
        why: which checks decided and on how many images, e.g. ``they fail stability, on 16
            images``.
    """

    advice: Advice
    labels: tuple[str, ...]
    deciding: tuple[str, ...]
    why: str

    def describe(self, why: bool) -> str:
        """Say what to do with the methods' maps, and on demand why."""
        told = f"{self.advice.lead} {list_some(self.labels)}"
        return f"{told}: {self.why}." if why else f"{told}."


NO_METHOD = {
    True: "Read its maps with care: no method passes every check",
    False: "Do not rely on its maps: no method passes its checks",
}
"""What to do where no method can be believed: whether some may be read with care -> a clause."""


def name_believed(judged: Mapping[str, MethodAdvice], head_kind: str = "") -> str:
    """Say in a line which maps the checks advise to believe, each map once, and on how many images.

    Args:
        judged: method -> what the checks say of it; empty where nobody has checked.
        head_kind: of the network, see ``ModelSpec``: which methods draw one map.
    """
    if not judged:
        return "Nobody has checked its maps."
    if all(one.advice == Advice.UNKNOWN for one in judged.values()):
        return f"{_lead_unknown(judged.values())} its maps to rely on them."
    believed = {name: one for name, one in judged.items() if one.advice == Advice.BELIEVE}
    if believed:
        labels = [_name_first(group) for group in group_alike(believed, [head_kind])]
        images = describe_images(n for one in believed.values() for n in one.images)
        checked = images and f": they pass the checks{images.removeprefix(',')}"
        return f"Believe its maps by {join_words(labels)}{checked}."
    unknown = say_unknown({METHODS[name].label: one for name, one in judged.items()})
    return f"{'; '.join([doubt_all(judged), *unknown])}."


def doubt_all(judged: Mapping[str, MethodAdvice]) -> str:
    """Say what to do with maps of which the checks advise to believe none, in a clause."""
    images = describe_images(n for one in judged.values() for n in one.images)
    careful = any(one.advice == Advice.CARE for one in judged.values())
    return f"{NO_METHOD[careful]}{images}"


def _name_first(group: Sequence[str]) -> str:
    """Name one map: first the method in which focus is measured, where that draws it."""
    first = FOCUS_METHOD if FOCUS_METHOD in group else group[0]
    others = [METHODS[one].label for one in group if one != first]
    looks = "looks" if len(others) == 1 else "look"
    same = f" ({join_words(others, len(others))} {looks} the same)" if others else ""
    return f"{METHODS[first].label}{same}"


def list_advised(
    judged: Mapping[str, MethodAdvice], maps: Sequence[Sequence[str]] = ()
) -> list[Advised]:
    """Return what the checks advise on methods, or on maps, what to believe first.

    Args:
        judged: method -> what the checks say of it.
        maps: those that are shown, of each the methods that draw it; each counts once.
    """
    named = {names[0]: name_group(names) for names in maps}
    judged = judge_maps(maps, judged) if maps else judged
    found = []
    for advice in Advice:
        own = {name: one for name, one in judged.items() if one.advice == advice}
        if own:
            reasons = {one.deciding for one in own.values()}
            deciding = [name for name in CHECKS if any(name in one for one in reasons)]
            images = describe_images(n for one in own.values() for n in one.images)
            checks = [CHECKS[name] for name in deciding]
            few = advice == Advice.UNKNOWN and all(one.lacks_images for one in own.values())
            lacking = "images were checked to" if few else "checks could"
            why = _say_why(advice, checks, len(own), len(reasons) > 1, lacking)
            labels = tuple(named.get(name, METHODS[name].label) for name in own)
            found.append(Advised(advice, labels, tuple(deciding), f"{why}{images}"))
    return found


def describe_methods(judged: Mapping[str, MethodAdvice], maps: Sequence[Sequence[str]] = ()) -> str:
    """Say which methods, or which maps, to believe and which not; "" without a word.

    Args:
        judged: see ``list_advised``.
        maps: likewise.
    """
    return " ".join(tell_methods(judged, maps))


def believes_any(judged: Mapping[str, MethodAdvice]) -> bool:
    """Whether the checks advise to believe any method."""
    return any(one.advice == Advice.BELIEVE for one in judged.values())


def tell_methods(
    judged: Mapping[str, MethodAdvice], maps: Sequence[Sequence[str]] = ()
) -> list[str]:
    """Return the sentences of ``describe_methods``."""
    advised = [one for one in list_advised(judged, maps) if one.advice != Advice.UNKNOWN]
    told = [one.describe(why=one.advice == Advice.BELIEVE) for one in advised]
    if advised and advised[0].advice != Advice.BELIEVE:
        told.insert(0, "No method passes every check that was made.")
    return told


def describe_advice(judged: MethodAdvice | None, maps: str) -> str:
    """Say what the checks advise on a method's maps, in a sentence.

    Args:
        judged: what they say of the method; None without any.
        maps: what the maps are called, in the plural.
    """
    return OF_MAPS[judged.advice if judged else None].format(maps)


def find_believed(judged: Mapping[str, MethodAdvice], offered: Sequence[str]) -> str:
    """Return the first of some methods that the checks advise to believe; "" without any."""
    believed = (one for one in offered if one in judged and judged[one].advice == Advice.BELIEVE)
    return next(believed, "")


def judge_maps(
    maps: Sequence[Sequence[str]], judged: Mapping[str, MethodAdvice]
) -> dict[str, MethodAdvice]:
    """Return what the checks advise on maps, by each one's first method: the worst of its methods'.

    Args:
        maps: of each the methods that draw it.
        judged: method -> what the checks say of it.
    """
    known = {names[0]: [judged[name] for name in names if name in judged] for names in maps}
    return {
        first: max(own, key=lambda one: _BY_DOUBT.index(one.advice))
        for first, own in known.items()
        if own
    }


_BY_DOUBT = (Advice.UNKNOWN, Advice.BELIEVE, Advice.CARE, Advice.DO_NOT)


def explain_methods(judged: Mapping[str, MethodAdvice]) -> str:
    """Say why not to believe methods, and of which nothing is known."""
    doubted = [one for one in list_advised(judged) if one.advice in (Advice.CARE, Advice.DO_NOT)]
    told = [one.describe(why=True) for one in doubted]
    unknown = say_unknown({METHODS[name].label: one for name, one in judged.items()})
    return " ".join([*told, *(f"{one}." for one in unknown)])


@dataclass(frozen=True)
class MethodGroup:
    """Methods of which the checks say the same, for the same reason.

    Attributes:
        advice: in a word.
        methods: their names.
        deciding: names of the checks that decided.
        explained: those of them of which it is said what passing them, or not, means.
        unjudged: see ``MethodAdvice``; of all methods together.
        images: likewise.
    """

    advice: Advice
    methods: tuple[str, ...]
    deciding: tuple[str, ...]
    explained: tuple[str, ...] = ()
    unjudged: tuple[tuple[str, int], ...] = ()
    images: tuple[int, ...] = ()

    @property
    def lead(self) -> str:
        """See ``Advice.lead``."""
        return self.advice.lead

    @property
    def labels(self) -> str:
        """The methods as people call them."""
        return ", ".join(METHODS[name].label for name in self.methods)

    @property
    def reason(self) -> str:
        """Which checks decided, e.g. ``they fail stability``, what that means, and what lacks."""
        lacking = f"; {describe_unjudged(self.unjudged).lower()}" if self.unjudged else ""
        if self.unjudged and not self.deciding and lacks_images(self.unjudged):
            return describe_unjudged(self.unjudged).lower()
        if not self.deciding:
            return f"too few checks could judge {self._pronoun('it', 'them')}{lacking}"
        checks = ", ".join(self._name(CHECKS[name]) for name in self.deciding)
        verb = {
            Advice.BELIEVE: self._pronoun("it passes", "they pass"),
            Advice.CARE: self._pronoun("it is borderline in", "they are borderline in"),
            Advice.DO_NOT: self._pronoun("it fails", "they fail"),
        }[self.advice]
        return f"{verb} {checks}{describe_images(self.images)}{lacking}"

    def _name(self, check: Check) -> str:
        told = check.strength if self.advice == Advice.BELIEVE else check.weakness
        known = told if check.name in self.explained else ""
        return f"{check.label.lower()} ({known})" if known else check.label.lower()

    def _pronoun(self, one: str, many: str) -> str:
        return one if len(self.methods) == 1 else many


def group_methods(advice: Mapping[str, MethodAdvice]) -> list[MethodGroup]:
    """Return methods grouped by their advice and what decided it, what to believe first.

    What passing a check means is said once, and what not passing it means, in the first group each.
    """
    groups: dict[tuple[Advice, tuple[str, ...]], list[str]] = {}
    for name, one in advice.items():
        groups.setdefault((one.advice, one.deciding), []).append(name)
    order = list(Advice)
    ranked = sorted(groups.items(), key=lambda group: order.index(group[0][0]))
    found, told = [], set[tuple[bool, str]]()
    for (word, deciding), names in ranked:
        passed = word == Advice.BELIEVE
        new = tuple(one for one in deciding if (passed, one) not in told)
        lacking = dict.fromkeys(one for name in names for one in advice[name].unjudged)
        images = tuple(n for name in names for n in advice[name].images)
        found.append(MethodGroup(word, tuple(names), deciding, new, tuple(lacking), images))
        told.update((passed, one) for one in new)
    return found


def _lead_unknown(judged: Iterable[MethodAdvice]) -> str:
    """Return how a sentence begins that nothing is known of some methods' maps."""
    few = all(one.lacks_images for one in judged)
    return "Too few images were checked of" if few else Advice.UNKNOWN.lead


def _say_why(advice: Advice, checks: list[Check], methods: int, differ: bool, lacking: str) -> str:
    """Say which checks decided about some methods, and whether each about another one.

    Args:
        advice: on the methods.
        checks: that decided.
        methods: how many there are.
        differ: whether other checks decided about others of them.
        lacking: what there was too little of to judge them, where nothing is known.
    """
    one, labels = methods == 1, [check.label.lower() for check in checks]
    if advice == Advice.UNKNOWN:
        return f"too few {lacking} judge {'it' if one else 'them'}"
    if advice == Advice.BELIEVE:
        return f"{'it passes' if one else 'they pass'} every check that was made"
    each = "each " if differ else ""
    fails = "it fails" if one else f"{each}fails" if differ else "they fail"
    borderline = "it is" if one else f"{each}is" if differ else "they are"
    verb = fails if advice == Advice.DO_NOT else f"{borderline} borderline in"
    some = "one or more of " if differ else ""
    return f"{verb} {some}{join_words(labels, len(labels))}"
