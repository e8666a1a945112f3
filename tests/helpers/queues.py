"""What a worker's death leaves in the queue, without the time that it takes."""

from sqlalchemy import create_engine, text

from pipelines.retry.studies import Queue


def age_heartbeats(queue: Queue) -> None:
    """Let every claim's last heartbeat be of long ago."""
    engine = create_engine(queue.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE trial_heartbeats SET heartbeat = '2001-01-01 00:00:00.0'"))
    engine.dispose()
