from saliencnn.data.classset import ClassSet
from saliencnn.data.imagenet import ROOT_SPANS, imagenet_classes
from saliencnn.data.kinds import NAMES, name_kind
from saliencnn.data.wordnet import groups_of, imagenet_groups, kinds_of

CLASSES = imagenet_classes()
GROUPS = {group.name: group for group in groups_of(CLASSES)}


def names(group: str) -> list[str]:
    return [CLASSES.classes[index] for index in GROUPS[group].classes]


def test_birds_are_found_at_every_level() -> None:
    assert {"American robin", "albatross", "hummingbird", "ostrich"} <= set(names("bird"))
    assert not {"birdhouse", "Briard", "quill"} & set(names("bird"))
    assert len(names("bird")) == 59
    assert len(names("dog")) == 118
    assert set(names("thrush")) < set(names("bird")) < set(names("animal"))


def test_groups_agree_with_the_root_classes() -> None:
    ends = [start for start, _ in ROOT_SPANS[1:]] + [len(CLASSES)]
    spans = list(zip(ROOT_SPANS, ends, strict=True))
    for root in ("animal", "fungus"):
        of_root = [i for (start, kind), end in spans if kind == root for i in range(start, end)]
        assert list(GROUPS[root].classes) == of_root


def test_names_are_unique_and_every_group_holds_several() -> None:
    assert len(GROUPS) == len(imagenet_groups())
    assert all(len(set(group.classes)) == len(group.classes) > 1 for group in imagenet_groups())


def test_what_people_are_told_of_words_that_would_mislead_them() -> None:
    assert "artifact" not in GROUPS
    made = GROUPS["things made by people"]
    assert "artifact" in made.words, "a search still finds it"
    assert len(made.classes) > 500
    known = {word for group in imagenet_groups() for word in group.words}
    assert {*NAMES} <= known
    roots = ClassSet.decode(CLASSES.encode()).roots
    assert {*roots} == {name_kind(root) for _, root in ROOT_SPANS}
    assert "artifact" not in roots


def test_the_narrowest_kind_comes_first() -> None:
    kinds = kinds_of(groups_of(CLASSES), len(CLASSES))
    robin = kinds[CLASSES.classes.index("American robin")]
    assert robin.index("thrush") < robin.index("bird") < robin.index("animal")


def test_groups_of_some_classes_hold_their_places() -> None:
    chosen = [CLASSES.classes.index(name) for name in ("acorn", "American robin", "ostrich")]
    few = ClassSet("few", ("a", "r", "o"), tuple(CLASSES.wnids[i] for i in chosen))
    groups = {group.name: group.classes for group in groups_of(few)}
    assert groups["bird"] == (1, 2)
    assert groups["thrush"] == (1,)
    assert "dog" not in groups


def test_classes_without_ids_have_no_groups() -> None:
    assert groups_of(ClassSet("plain", ("bird", "robin"))) == ()
    assert kinds_of((), 2) == [(), ()]
