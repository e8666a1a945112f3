"""How a network is said to be wrong beside others."""

import pytest

from pipelines.report.ranking import say_of


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("It reads the background", "a reads the background."),
        (
            "As far as its maps tell, it looks beside",
            "a: as far as its maps tell, it looks beside.",
        ),
    ],
)
def test_a_claim_is_said_of_a_network_by_its_name(claim: str, said: str) -> None:
    assert say_of("a", claim) == said
