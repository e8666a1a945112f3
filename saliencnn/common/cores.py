"""How many cores this process may use."""


def usable_cores() -> int:
    """Return the cores that this process may use, at least 1.

    That is fewer than the machine has where it is bound to some of them (``taskset``) or a
    container has a share of them (``docker run --cpus``).
    """
    from joblib import cpu_count  # a quarter of a second, and few need it

    return int(cpu_count())
