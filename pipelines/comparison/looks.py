"""What each network says of an image, where it looks, and how alike its map is, as a table."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipelines.comparison.agreement import Agreement
from pipelines.comparison.rows import Row
from saliencnn.findings.map_places import Spot
from saliencnn.findings.wrong_place import find_spot

BESIDE: Mapping[Spot | None, str] = {
    Spot.SAME: "yes",
    Spot.PARTLY: "partly",
    Spot.DIFFERENT: "elsewhere",
    None: "cannot be said",
}
"""How far a wrong network looks where a right one does -> the table's words."""


def list_looks(
    rows: Sequence[Row], classes: Sequence[str], found: Agreement, threshold: float
) -> dict[str, list[str]]:
    """Return columns with an entry for each network that has a map.

    Args:
        rows: of many networks on one image.
        classes: names of the classes.
        found: how alike the networks' maps are.
        threshold: fraction of a map's maximum from which on a cell is in its region, 0 to 1.

    Returns:
        Columns network, says, looks at, region (of the image), as right ones (whether a wrong
        network looks where a right one does, where any is right), and the mean of the numbers in
        its row of the matrix.
    """
    by_id = {row.request.info.run_id: row for row in rows}
    known = [by_id[run_id] for run_id in found.run_ids]
    places, means = found.locate(threshold), found.to_others.means
    correct = [n for n, row in enumerate(known) if row.correct]
    columns = {
        "network": list(found.names),
        "says": [f"{'✓' if row.correct else '✗'} {classes[row.predicted]}" for row in known],
        "looks at": [places.name_place(n) for n in range(len(known))],
        "region": [f"{size:.0%}" for size in places.sizes],
        "as right ones": [
            "" if row.correct else BESIDE[find_spot(places, n, correct)]
            for n, row in enumerate(known)
        ],
        f"mean {found.measure.label}": [f"{one:.2f}" if np.isfinite(one) else "" for one in means],
    }
    if len(correct) in (0, len(known)):
        del columns["as right ones"]
    return columns
