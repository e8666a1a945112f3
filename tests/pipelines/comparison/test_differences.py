"""What the table of differences says beside the sentence above it."""

from pipelines.comparison.differences import explain_differences, list_differences
from saliencnn.findings.map_errors import PERHAPS_CHANCE
from saliencnn.measures.groups import Estimate

NAN = float("nan")
SIZE, PLACE = "region size", "focus"


def test_the_table_says_no_difference_only_of_networks_whose_images_tell() -> None:
    shifts = {
        ("wide", SIZE): Estimate(0.1, -0.2, 0.3, 5, 30),
        ("wide", PLACE): Estimate(0.1, -0.1, 0.3, 5, 30),
        ("few", SIZE): Estimate(0.2, NAN, NAN, 1, 34),
        ("told", SIZE): Estimate(0.02, -0.03, 0.05, 15, 20),
        ("told", PLACE): Estimate(0.02, -0.25, 0.29, 15, 20),
        ("apart", SIZE): Estimate(0.3, 0.2, 0.4, 15, 20),
        ("apart", PLACE): Estimate(0.0, -0.1, 0.1, 15, 20),
    }
    rows = list_differences(shifts, dict.fromkeys(shifts, (0.3, 0.2)), 35)
    assert rows[0]["if missed"] == "0.30 (15/35)", "of all images: several networks share them"
    found = {(row["network"], row["number"]): row["missed ones"] for row in rows}
    assert found == {
        ("apart", SIZE): "higher",
        ("apart", PLACE): "no difference",
        ("told", SIZE): "no difference",
        ("told", PLACE): "too few to tell",
        ("few", SIZE): "too few missed",
        ("wide", SIZE): "too few to tell",
        ("wide", PLACE): "too few to tell",
    }
    assert [*found] == [
        ("apart", SIZE),
        ("told", SIZE),
        ("apart", PLACE),
        ("few", SIZE),
        ("wide", SIZE),
        ("wide", PLACE),
        ("told", PLACE),
    ]


def test_an_interval_beside_0_that_random_groups_reach_is_explained() -> None:
    chance = Estimate(0.2, 0.1, 0.3, 9, 9, beyond_chance=False)
    told, plain = (
        explain_differences({("a", SIZE): one}) for one in (chance, Estimate(0.2, -0.1, 0.3, 9, 9))
    )
    assert PERHAPS_CHANCE.capitalize() in told
    assert PERHAPS_CHANCE.capitalize() not in plain
