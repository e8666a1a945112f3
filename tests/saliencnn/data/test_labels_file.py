"""Files of labels in the forms in which people have them."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saliencnn.common.errors import UserError
from saliencnn.data.classset import ClassSet
from saliencnn.data.labelled import read_labelled
from saliencnn.data.labels_file import read_labels, read_lines

FISH = ClassSet(
    "fish", ("tench", "great white shark", "shark, tiger", "coucal 2"), ("n1", "n2", "n3", "n4")
)
FILES = ("a.png", "a bird.png", "b, c.JPEG", 'the "best".png', "bird 1.png", "ä ö.webp")


def read(
    tmp_path: Path, text: str, class_set: ClassSet = FISH, files: tuple[str, ...] = FILES
) -> dict[str, int]:
    path = tmp_path / "labels.txt"
    path.write_bytes(text.encode())
    return read_labels(path, class_set, files)[0]


@pytest.mark.parametrize(
    ("line", "name", "label"),
    [
        ("a.png 1", "a.png", 1),
        ("a bird.png 0", "a bird.png", 0),
        ("a bird.png   3  ", "a bird.png", 3),
        ("bird 1.png 2", "bird 1.png", 2),
        ("a bird.png great white shark", "a bird.png", 1),
        ("a bird.png Great_White_Shark", "a bird.png", 1),
        ("a bird.png n3", "a bird.png", 2),
        ("a bird.png coucal 2", "a bird.png", 3),
        ("a bird.png shark, tiger", "a bird.png", 2),
        ("a bird.png\t1", "a bird.png", 1),
        ("a bird.png\tgreat white shark", "a bird.png", 1),
        ("a bird.png,1", "a bird.png", 1),
        ("a bird.png, great white shark", "a bird.png", 1),
        ("a bird.png;1", "a bird.png", 1),
        ("a bird.png ; 1 ;", "a bird.png", 1),
        ("a bird.png,1,", "a bird.png", 1),
        ('a bird.png,"shark, tiger"', "a bird.png", 2),
        ('"a bird.png","shark, tiger"', "a bird.png", 2),
        ('"a bird.png" 1', "a bird.png", 1),
        ('"a bird.png";"1"', "a bird.png", 1),
        ("b, c.JPEG,1", "b, c.JPEG", 1),
        ('"b, c.JPEG",1', "b, c.JPEG", 1),
        ('"the ""best"".png",1', 'the "best".png', 1),
        ('the "best".png 1', 'the "best".png', 1),
        ("images/a bird.png 1", "a bird.png", 1),
        (r"images\a bird.png 1", "a bird.png", 1),
        (r"C:\My Pictures\a bird.png,1", "a bird.png", 1),
        (r'"C:\My Pictures\a bird.png",tench', "a bird.png", 0),
        ("./a bird.png 1", "a bird.png", 1),
        ("ä ö.webp tench", "ä ö.webp", 0),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_a_line_of_a_file_name_and_a_class(
    tmp_path: Path, line: str, name: str, label: int, end: str
) -> None:
    assert read(tmp_path, line + end) == {name: label}
    assert read(tmp_path, f"image,class{end or chr(10)}{line}{end}") == {name: label}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", pytest.param("utf-16-be", id="big endian")]
)
def test_encodings_of_windows(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "labels.txt"
    mark = codecs.BOM_UTF16_BE if encoding == "utf-16-be" else b""
    path.write_bytes(mark + "ä ö.webp\ttench\r\na.png\t1\r\n".encode(encoding))
    assert read_labels(path, FISH, FILES)[0] == {"ä ö.webp": 0, "a.png": 1}
    assert read_lines(path) == ["ä ö.webp\ttench", "a.png\t1", ""]


def test_characters_that_only_look_like_line_ends(tmp_path: Path) -> None:
    files = ("a\x0cb.png", "c\u2028d.png", "e\x85f.png")
    lines = "\n".join(f"{name} 1" for name in files)
    assert read(tmp_path, lines, files=files) == dict.fromkeys(files, 1)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C",), exclude_characters="/\\"))


@given(st.lists(NAMES.filter(lambda name: name == name.strip()), max_size=5), st.integers(0, 3))
@pytest.mark.parametrize("form", ['"{}",{}', '"{}"\t{}', '"{}" {}'])
def test_any_name_can_be_written_in_quotes(
    tmp_path_factory: pytest.TempPathFactory, form: str, stems: list[str], label: int
) -> None:
    files = tuple(f"{stem}.png" for stem in stems)
    quoted = (name.replace('"', '""') for name in files)
    text = "\n".join(form.format(name, label) for name in quoted)
    folder = tmp_path_factory.mktemp("labels")
    assert read(folder, text, files=files) == dict.fromkeys(files, label)


@given(st.from_regex(r"[\w ,;()-]{1,20}", fullmatch=True), st.sampled_from(" \t,;"))
def test_a_name_ends_with_its_suffix(
    tmp_path_factory: pytest.TempPathFactory, stem: str, separator: str
) -> None:
    name = f"{stem.strip()}.png"
    folder = tmp_path_factory.mktemp("labels")
    assert read(folder, f"{name}{separator}tench", files=(name,)) == {name: 0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.png", "'a.png' is not a line of file name and class"),
        ("a bird.png", "'a bird.png' is not a line of file name and class"),
        ('"a bird.png"', "is not a line of file name and class"),
        ("a.png,", "is not a line of file name and class"),
        ("0 a.png", "'0 a.png' is not a line of file name and class"),
        ("a.png 4", "a.png has class 4; the classes are 0 to 3"),
        (f"a.png {'9' * 9}", "the classes are 0 to 3"),
        ("a.png 1\na.png 2", "gives a.png two classes, 1 and 2"),
        ("train/a.png 1\nval/a.png 2", "gives a.png two classes, 1 and 2"),
        ("a.png unicorn", r"No class in .* \(unicorn\) is one of the 4 classes of fish"),
    ],
)
def test_what_cannot_be_understood_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_number_that_names_another_class_is_refused(tmp_path: Path) -> None:
    digits = ClassSet("digits", ("0", "1", "10", "2"))
    assert read(tmp_path, "a.png 0\nbird 1.png 10\n", digits, FILES) == {
        "a.png": 0,
        "bird 1.png": 2,
    }
    with pytest.raises(UserError, match=r"'a.png 2' has two meanings, 'a.png' of class 2 or"):
        read(tmp_path, "a.png 2", digits)


def test_a_line_that_can_be_split_in_two_ways_is_refused(tmp_path: Path) -> None:
    odd = ClassSet("odd", ("x", "b.png x"))
    files = ("a.png", "a.png b.png")
    with pytest.raises(UserError, match="has two meanings"):
        read(tmp_path, "a.png b.png x", odd, files)
    assert read(tmp_path, '"a.png b.png" x', odd, files) == {"a.png b.png": 0}
    assert read(tmp_path, "a.png b.png x", odd, files[1:]) == {"a.png b.png": 0}
    assert read(tmp_path, "a.png b.png x", odd, files[:1]) == {"a.png": 1}


def test_lines_that_name_no_image_are_passed_over(tmp_path: Path) -> None:
    text = "# made by hand\nfile name\tclass\n\n   \nnotes.txt 2\ngone.png 3\na.png 1\na.png 1\n"
    assert read(tmp_path, text) == {"a.png": 1}


def test_unknown_classes_are_counted_and_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("a.png unicorn\na bird.png tench\nbird 1.png 3\n")
    known, notes = read_labels(path, FISH, FILES)
    assert known == {"a bird.png": 0, "bird 1.png": 3}
    assert notes == ("1 of 3 classes are unknown to fish: unicorn.",)


@pytest.mark.parametrize("content", [b"a.png \xe4", b"\xff\xfea"])
def test_another_encoding_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read as text"):
        read_lines(path)


def test_a_folder_of_images_with_spaces_is_evaluated(tmp_path: Path) -> None:
    for name in ("a bird.png", "b, c.JPEG"):
        (tmp_path / name).touch()
    (tmp_path / "labels.txt").write_text("a bird.png great white shark\nb, c.JPEG 0\n")
    found = read_labelled(str(tmp_path), FISH)
    assert [(s.name, s.label) for s in found.samples] == [("b, c.JPEG", 0), ("a bird.png", 1)]
    assert found.notes == ()


def test_names_may_lack_their_ending(tmp_path: Path) -> None:
    files = ("ILSVRC2012_val_00000001.JPEG", "a.b.png", "twice.png", "twice.jpg")
    text = "ImageId,Prediction\nILSVRC2012_val_00000001,n2\na.b,1\ntwice,1\nimages/a.b 1\n"
    assert read(tmp_path, text, files=files) == {files[0]: 1, files[1]: 1}


def test_accents_in_either_form_name_the_same_image(tmp_path: Path) -> None:
    for written, stored in (("Cafe\u0301.png", "Café.png"), ("Café.png", "Cafe\u0301.png")):
        assert read(tmp_path, f"{written} 1", files=(stored,)) == {stored: 1}


def test_labels_that_are_counted_from_1_are_told_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="count from 0, not from 1"):
        read(tmp_path, "a.png 1\na bird.png 4\n")


@pytest.mark.parametrize("text", ["x" * 5000, f"a.png {'y' * 5000}", f"a.png 1 {'z' * 5000}.png"])
def test_long_lines_give_short_sentences(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text)
    assert len(str(caught.value)) <= 300
