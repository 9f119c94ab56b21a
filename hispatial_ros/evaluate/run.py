"""Asks the questions of a benchmark that have no answer yet."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.evaluate.backends import Asker, RefusedError
from hispatial_ros.evaluate.chat import Judge
from hispatial_ros.evaluate.journal import Entry, Journal
from hispatial_ros.evaluate.question import Question

Progress = Callable[[Question, Entry], None]


def ask_all(
    questions: Sequence[Question],
    asker: Asker,
    journal: Journal,
    judge: Judge | None = None,
    progress: Progress = lambda question, entry: None,
) -> None:
    """Ask what the journal has no entry of; as many at once as the backend likes.

    Args:
        questions: their order is kept, so that those about one image come together.
        asker: the backend.
        journal: gets an entry of each question as soon as there is one.
        judge: reads the lengths in answers.
        progress: told of each new entry.

    Raises:
        SpatialError: the backend is at fault, or an image cannot be read. What has an entry by
            then keeps it; what was under way is waited for.
    """
    under_way: dict[Future[Entry], Question] = {}

    def settle(most: int) -> None:
        """Wait until at most so many are under way; keep all that is done."""
        while len(under_way) > most:
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            keep(done)

    def keep(done: set[Future[Entry]]) -> None:
        failed: BaseException | None = None
        for future in done:
            question = under_way.pop(future)
            if (error := future.exception()) is not None:
                failed = failed or error
                continue
            journal.add(future.result())
            progress(question, future.result())
        if failed is not None:
            raise failed

    with ThreadPoolExecutor(asker.at_once, thread_name_prefix="asking") as pool:
        try:
            for question in questions:
                if question.id in journal.entries:
                    continue
                try:
                    prepared = asker.prepare(question)
                except RefusedError as refused:
                    entry = Entry(question.id, "", str(refused) or "refused")
                    journal.add(entry)
                    progress(question, entry)
                    continue
                under_way[pool.submit(_ask, question, prepared, asker, judge)] = question
                settle(asker.at_once - 1)
            settle(0)
        except BaseException:
            # Answers that were paid for are kept.
            wait(under_way)
            for future, question in under_way.items():
                if not future.exception() and question.id not in journal.entries:
                    journal.add(future.result())
            raise


def _ask(question: Question, prepared: object, asker: Asker, judge: Judge | None) -> Entry:
    start = time.monotonic()
    try:
        answer = asker.ask(question, prepared)
    except RefusedError as refused:
        return Entry(question.id, "", str(refused) or "refused", _since(start))
    judged = judge.read(question.text, question.truth, answer) if judge is not None else None
    return Entry(question.id, answer, "", _since(start), judged)


def _since(start: float) -> float:
    return round(time.monotonic() - start, 4)


def check_ids(questions: Sequence[Question]) -> None:
    """Raises SpatialError BAD_REQUEST if two questions have the same id."""
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise SpatialError(
                ErrorCode.BAD_REQUEST,
                f"the question {question.id} occurs twice: are there two versions of a file in "
                "the folder? Name one",
            )
        seen.add(question.id)
