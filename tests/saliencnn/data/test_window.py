import pytest

from saliencnn.common.errors import UserError
from saliencnn.data.window import Window, WindowChoice, parse_choice

FORMS = {
    "auto": WindowChoice("auto"),
    "full": WindowChoice("full"),
    "0:4080": WindowChoice("values", 0, 4080),
    "-1000:400": WindowChoice("values", -1000, 400),
    "-0.5:1e3": WindowChoice("values", -0.5, 1000),
    "1%:99%": WindowChoice("percentiles", 1, 99),
    "0%:99.5%": WindowChoice("percentiles", 0, 99.5),
}


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    assert parse_choice(text) == FORMS[text]


@pytest.mark.parametrize(
    "wrong",
    [
        "", "AUTO", "4080", "4080:0", "5:5", "1%:99", "1:99%", "-1%:99%", "0%:101%", "99%:1%",
        "nan:1", "0:inf", "1e400:1e401", "-1e308:1e308", "1.2.3:4", "0:1:2", "0:1\n", "٣:٤", "--",
        "1" * 5000 + ":2", "0:" + "9" * 400,
    ],
)  # fmt: skip
def test_everything_else_is_one_sentence(wrong: str) -> None:
    with pytest.raises(UserError, match="--window is") as caught:
        parse_choice(wrong)
    assert len(str(caught.value)) <= 300
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("window", "text", "words"),
    [
        (Window(0, 4080), "0:4080", "0 to 4,080"),
        (Window(-1000.0, 1040.0), "-1000:1040", "-1,000 to 1,040"),
        (Window(0.1, 1 / 3), "0.1:0.3333333333333333", "0.1 to 0.333333"),
        (Window(1e-30, 1e300), "1e-30:1e+300", "1e-30 to 1e+300"),
    ],
)
def test_a_window_as_text_is_the_same_again(window: Window, text: str, words: str) -> None:
    assert (window.text, window.words) == (text, words)
    choice = parse_choice(text)
    assert (choice.low, choice.high) == (window.low, window.high)
