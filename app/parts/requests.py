"""How the states of a request for a retry are shown."""

STATES = {
    "running": ":material/play_arrow: running",
    "queued": ":material/hourglass_empty: queued",
    "completed": ":material/check: completed",
    "failed": ":material/error: failed",
    "cancelled": ":material/block: cancelled",
}
UNDER_WAY = ("running", "queued")
