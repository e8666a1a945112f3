"""What the tests of the explanation methods share."""

from tests.threads import one_thread

__all__ = ["one_thread"]
