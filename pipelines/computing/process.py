"""The process that computes, as whoever started it sees it."""

import signal
import subprocess
from contextlib import suppress

from pipelines.computing.frames import Frame, read_frame, write_frame
from saliencnn.common.errors import UserError
from saliencnn.common.process import own_command


class ComputerDied(UserError):
    """The process ended before it had the answer."""


class ComputingProcess:
    """A process that has been started, and ends with the one that started it."""

    def __init__(self) -> None:
        """Start it, and wait until it is ready.

        Raises:
            ComputerDied: it ended at once.
        """
        # In a session of its own, Ctrl-C at the terminal leaves it to end with this process.
        self._process = subprocess.Popen(
            own_command("compute"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.receive()

    @property
    def pid(self) -> int | None:
        """Its number; None once it has ended."""
        return self._process.pid if self._process.poll() is None else None

    def tell(self, frame: Frame) -> None:
        """Send it a message; whether it is still there, the next answer says."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            write_frame(self._process.stdin, frame)

    def receive(self) -> Frame:
        """Return its next message.

        Raises:
            ComputerDied: there is none any more.
        """
        assert self._process.stdout
        frame = read_frame(self._process.stdout)
        if frame:
            return frame
        killed = self._process.wait() == -signal.SIGKILL
        how = "was killed, perhaps because the memory was full," if killed else "ended"
        raise ComputerDied(
            f"The process that computes {how} before it was done: try again, which starts another."
        )

    def kill(self) -> None:
        """End it whatever it does."""
        self._process.kill()

    def end(self) -> None:
        """Let it end, and wait for that: it does once nobody can ask it any more."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream
            with suppress(BrokenPipeError):
                stream.close()
        self._process.wait()
