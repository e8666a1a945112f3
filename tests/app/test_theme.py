"""The colours of the charts: seen on their page, and told apart by all eyes."""

import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

import app
from app.parts.chart import GREY
from saliencnn.drawing.point_names import ink

ASSETS = Path(app.__path__[0]) / "assets"
THEME = tomllib.loads((Path(app.__path__[0]) / ".streamlit" / "config.toml").read_text())["theme"]
EYES = {
    "usual": np.eye(3),
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""What light the eyes of some people make of linear RGB (Machado, Oliveira and Fernandes 2009)."""
APART = 6
"""Least distance of two colours (CIEDE2000); 1 is just seen side by side."""


def linear(names: list[str]) -> np.ndarray:
    """Linear RGB, (N, 3) in 0..1."""
    shown = np.array([[*bytes.fromhex(name[1:])] for name in names]) / 255
    return np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    light = np.clip(light, 0, 1)
    shown = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return rgb2lab(shown[None])[0]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_runs_are_told_apart_by_color(theme: str) -> None:
    light = linear(THEME[theme]["chartCategoricalColors"])
    for eyes, seen in EYES.items():
        colors = lab(light @ np.transpose(seen))
        pairs = combinations(range(len(colors)), 2)
        assert min(deltaE_ciede2000(colors[i], colors[j]) for i, j in pairs) > APART, eyes


@pytest.mark.parametrize("pair", [(GREY[False], GREY[True]), (ink(False), ink(True))])
def test_words_of_a_chart_follow_the_page_to_another_theme(pair: tuple[str, str]) -> None:
    style = (ASSETS / "pages.css").read_text()
    light, dark = pair
    assert f'[fill="{light}"], [fill="{dark}"]) {{ fill: light-dark({light}, {dark}); }}' in style


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_color_is_seen_on_its_page(theme: str) -> None:
    names = [THEME[theme]["backgroundColor"], *THEME[theme]["chartCategoricalColors"]]
    page, *colors = linear(names) @ [0.2126, 0.7152, 0.0722] + 0.05
    assert all(max(color, page) / min(color, page) >= 3 for color in colors)
