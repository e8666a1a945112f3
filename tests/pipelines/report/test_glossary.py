"""Terms are explained where a reader first meets them, and only there."""

from pipelines.report.glossary import ANY_SHORTCUT, FOCUS, make_glossary, name_once


def test_a_term_is_explained_where_it_first_stands_and_only_there() -> None:
    words = make_glossary("the hue of a sticker", boxed=False)
    first = words.explain("It is right more often without the shortcut: on 9 of 10.")
    assert first == (
        "It is right more often without the shortcut (the hue of a sticker, which gives the class "
        "away): on 9 of 10."
    )
    assert words.explain("Without the shortcut on 9.") == "Without the shortcut on 9."
    told = words.explain("Its focus 0.54 is of Grad-CAM maps of the true class.")
    assert "focus (how much of a map lies on the object, 0 to 1) 0.54" in told
    assert told.endswith("maps of the true class (bright where the class's score comes from).")
    assert words.explain("focus, maps") == "focus, maps"


def test_a_shortcut_that_nobody_named_is_explained_as_such() -> None:
    words = make_glossary("", boxed=True)
    assert f"({ANY_SHORTCUT})" in words.explain("It relies on a shortcut.")
    assert "inside the object's box" in words.explain("focus 0.3")
    assert FOCUS


def test_a_shortcut_is_named_once_in_a_text() -> None:
    told = "Right without the shortcut (a sticker, which tells): b reads a colour, a sticker."
    once = "Right without the shortcut (a sticker, which tells): b reads a colour."
    assert name_once(told, "a sticker") == once
    assert name_once("b reads a colour, a sticker.", "a sticker") == "b reads a colour, a sticker."
    assert name_once(told, "") == told
