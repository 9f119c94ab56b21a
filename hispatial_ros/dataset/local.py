"""The local engine: processes of this machine, each with its own models, one shard at a time.

A worker that dies takes one image with it: the one that it had begun. Its shard is made again
without that image by a new worker.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from hispatial_ros.dataset.build import Job, Listener, build_shard, unfinished
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.tools import Tools
from hispatial_ros.errors import ErrorCode, SpatialError


@dataclass
class _Worker:
    process: BaseProcess
    channel: Connection
    job: Job | None = None
    begun: str = ""  # key of the image it is at


def run_local(
    jobs: Iterator[Job], out: Path, settings: BuildSettings, workers: int, listener: Listener
) -> None:
    """Make every shard that is not there yet.

    Raises:
        SpatialError: what a worker's models raise; BAD_REQUEST if a shard cannot be written.
        KeyboardInterrupt: after the workers have ended.
    """
    context = multiprocessing.get_context("spawn")  # models and threads do not survive a fork
    pool: list[_Worker] = []
    again: list[Job] = []
    deadly: set[str] = set()
    waiting = unfinished(jobs, out, listener)
    try:
        while True:
            while len(pool) < workers and (job := again.pop() if again else next(waiting, None)):
                pool.append(_start(context, out, settings))
                _give(pool[-1], job, deadly)
            if not pool:
                return
            for ready in wait([w.channel for w in pool]):
                worker = next(w for w in pool if w.channel is ready)
                try:
                    what, value = worker.channel.recv()
                except (EOFError, ConnectionResetError):
                    pool.remove(worker)
                    worker.process.join()
                    assert worker.job is not None
                    _died(worker, deadly)
                    again.append(worker.job)
                    continue
                if what == "begun":
                    worker.begun = value
                elif what == "image":
                    listener("image", value)
                elif what == "error":
                    raise SpatialError(*value)
                else:
                    listener("shard", value)
                    worker.job, worker.begun = None, ""
                    job = again.pop() if again else next(waiting, None)
                    if job is None:
                        pool.remove(worker)
                        worker.channel.send(None)
                        worker.process.join()
                    else:
                        _give(worker, job, deadly)
    finally:
        for worker in pool:
            worker.process.terminate()
        for worker in pool:
            worker.process.join()


def _start(context, out: Path, settings: BuildSettings) -> _Worker:
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, out, settings), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _give(worker: _Worker, job: Job, deadly: set[str]) -> None:
    worker.job = job
    with suppress(BrokenPipeError):  # a worker that has died is noticed where it is listened to
        worker.channel.send((job, frozenset(deadly)))


def _died(worker: _Worker, deadly: set[str]) -> None:
    if not worker.begun:
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"a worker ended with status {worker.process.exitcode} before its first image: see "
            "what it printed; with little memory, use fewer --workers",
        )
    deadly.add(worker.begun)


def _work(channel: Connection, out: Path, settings: BuildSettings) -> None:
    """A worker's life."""
    try:
        tools = Tools.load(settings)
        while (given := channel.recv()) is not None:
            job, deadly = given
            manifest = build_shard(
                job,
                out,
                tools,
                deadly,
                progress=lambda key, pairs: channel.send(("image", pairs)),
                before=lambda key: channel.send(("begun", key)),
            )
            channel.send(("shard", manifest))
    except SpatialError as error:
        channel.send(("error", (error.code, str(error))))
    except OSError as error:
        text = f"{out} cannot be written: {error.strerror or error}; what is finished stays there"
        channel.send(("error", (ErrorCode.BAD_REQUEST, text)))
    except (KeyboardInterrupt, EOFError):
        pass  # the parent ends, or has ended
