"""What is logged during a test, for those that ask and for the reports of those that fail.

Pytest's own plugin looks six times a test for loggers that keep to themselves what is logged, of
which libraries have a hundred; that takes as long as most tests.
"""

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import pytest


class Log(logging.Handler):
    """Keeps what is logged during one step of a test: as it is set up, called or torn down."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        record.getMessage()  # whoever logs what has no such form fails here
        self.records.append(record)

    @property
    def text(self) -> str:
        return "\n".join(map(self.format, self.records))

    @contextmanager
    def at_level(self, level: int, name: str = "") -> Iterator[None]:
        """Let a logger log from a level on, and keep nothing below it."""
        logger = logging.getLogger(name)
        before = logger.level, self.level
        logger.setLevel(level)
        self.setLevel(level)
        yield
        logger.setLevel(before[0])
        self.setLevel(before[1])


LOG = Log()


def listen() -> None:
    """Listen to all loggers that there are."""
    root = logging.getLogger()
    root.addHandler(LOG)
    for logger in [*root.manager.loggerDict.values()]:
        if isinstance(logger, logging.Logger) and not logger.propagate:
            logger.addHandler(LOG)


@pytest.fixture
def logs() -> Log:
    """What is logged while the test is called."""
    listen()
    return LOG


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a test that fails what was logged, and begin anew."""
    report = yield
    if report.failed and LOG.records:
        report.sections.append((f"Captured log {call.when}", LOG.text))
    LOG.records.clear()
    return report
