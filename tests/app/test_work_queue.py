"""The queue for heavy work: fair turns, a place that is told, an end for what is cancelled or takes long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from ae.errors import Cancelled
from app import work_queue
from app.work_queue import Job, QueueFullError, WorkQueue
from tests.app.documents_lab import wait_until


class Diary:
    """Jobs that write down who worked, one step after the other, and wait at a gate."""

    def __init__(self, queue: WorkQueue) -> None:
        self.queue, self.lines = queue, []
        self.gate = threading.Event()

    def submit(self, owner: str, steps: int = 1) -> Job:
        def work(job: Job) -> None:
            self.gate.wait(10)
            for _ in range(steps):
                if job.should_stop():
                    return
                self.lines.append(owner)
                self.queue.give_way(job)

        return self.queue.submit(owner, work)


@pytest.fixture
def diary(monkeypatch: pytest.MonkeyPatch) -> Diary:
    monkeypatch.setattr(work_queue, "_SLICE", 0.0)
    return Diary(WorkQueue(1, most=20))


def finish(*jobs: Job) -> None:
    wait_until(lambda: all(job.is_over for job in jobs), 10)


def until_running(job: Job) -> None:
    wait_until(lambda: job.is_running, 10)


def test_owners_take_turns_however_many_jobs_each_has(diary: Diary) -> None:
    first = diary.submit("a")
    until_running(first)
    jobs = [diary.submit(owner) for owner in "aaabbc"]
    diary.gate.set()
    finish(first, *jobs)
    assert "".join(diary.lines) == "abcabaa"


def test_a_long_job_gives_way_between_its_steps(diary: Diary) -> None:
    long = diary.submit("long", steps=6)
    until_running(long)
    short = [diary.submit("b"), diary.submit("c", steps=2)]
    diary.gate.set()
    finish(long, *short)
    assert diary.lines[:5] == ["long", "b", "c", "long", "c"]
    assert diary.lines.count("long") == 6


def test_a_job_keeps_its_turn_while_nobody_else_waits(diary: Diary) -> None:
    job = diary.submit("a", steps=3)
    until_running(job)
    other = diary.submit("a")
    diary.gate.set()
    finish(job, other)
    assert job.number < other.number
    assert diary.lines == ["a"] * 4


def test_a_turn_lasts_a_while_before_it_is_given_away() -> None:
    diary = Diary(WorkQueue(1))
    first = diary.submit("a", steps=3)
    until_running(first)
    second = diary.submit("b")
    diary.gate.set()
    finish(first, second)
    assert diary.lines == ["a", "a", "a", "b"]  # three steps take less than a turn


def test_the_place_is_the_order_in_which_turns_come(diary: Diary) -> None:
    first = diary.submit("a")
    until_running(first)
    jobs = {name: diary.submit(name[0]) for name in ("a2", "a3", "b1", "c1", "b2")}
    places = {name: diary.queue.place(job) for name, job in jobs.items()}
    assert diary.queue.place(first) == 0
    assert places == {"b1": 1, "c1": 2, "a2": 3, "b2": 4, "a3": 5}
    diary.gate.set()
    finish(*jobs.values())
    assert {diary.queue.place(job) for job in jobs.values()} == {0}


def test_who_is_alone_is_at_work_at_once(diary: Diary) -> None:
    job = diary.submit("a")  # nothing waits for the thread that will do it
    assert job.is_running
    assert diary.queue.place(job) == 0
    diary.gate.set()
    finish(job)


def test_a_job_that_waits_is_cancelled_at_once_and_the_others_move_up(diary: Diary) -> None:
    first = diary.submit("a")
    until_running(first)
    second, third = diary.submit("b"), diary.submit("c")
    assert diary.queue.place(third) == 2
    diary.queue.cancel(second)
    finish(second)
    assert diary.queue.place(third) == 1
    diary.gate.set()
    finish(first, third)
    assert diary.lines == ["a", "c"]


def test_a_job_at_work_is_told_to_stop(diary: Diary) -> None:
    job = diary.submit("a", steps=1000)
    until_running(job)
    diary.queue.cancel(job)
    diary.gate.set()
    finish(job)
    assert diary.lines == []


def test_an_owner_who_leaves_takes_all_jobs_along(diary: Diary) -> None:
    first = diary.submit("a")
    until_running(first)
    jobs = [diary.submit("b"), diary.submit("b"), diary.submit("c")]
    diary.queue.cancel_all("b")
    finish(*jobs[:2])
    diary.gate.set()
    finish(first, jobs[2])
    assert diary.lines == ["a", "c"]


def test_a_full_queue_says_so_and_takes_work_again_later(diary: Diary) -> None:
    diary.queue.most = 2
    first = diary.submit("a")
    until_running(first)
    jobs = [diary.submit("b"), diary.submit("c")]
    with pytest.raises(QueueFullError, match=r"2 others wait already; try again"):
        diary.submit("d")
    diary.gate.set()
    finish(first, *jobs)
    finish(diary.submit("d"))
    assert diary.lines[-1] == "d"


def test_a_job_that_raises_frees_its_place(diary: Diary) -> None:
    def fail(_job: Job) -> None:
        raise ValueError("odd")

    job = diary.queue.submit("a", fail)
    diary.gate.set()
    finish(job, diary.submit("b"))
    assert isinstance(job.error, ValueError)
    assert diary.lines == ["b"]
    figures = diary.queue.figures
    assert (figures.running, figures.waiting) == (0, 0)


def test_work_ends_at_its_limit_and_time_in_the_queue_does_not_count() -> None:
    queue = WorkQueue(1, seconds=0.3)

    def work(job: Job) -> None:
        while not job.should_stop():
            time.sleep(0.005)

    first, second = queue.submit("a", work), queue.submit("b", work)
    finish(first, second)
    for job in (first, second):
        assert job.is_overdue
        assert not job.cancelled.is_set()
        assert 0.3 <= job.worked < 2


def test_only_so_many_work_at_a_time() -> None:
    queue, gate = WorkQueue(2), threading.Event()
    jobs = [queue.submit(owner, lambda _job: gate.wait(10)) for owner in "aab"]
    wait_until(lambda: queue.figures.running == 2, 10)
    assert sum(job.is_running for job in jobs) == 2
    assert queue.figures.waiting == 1
    gate.set()
    finish(*jobs)


def test_work_in_the_own_thread_waits_for_its_turn(diary: Diary) -> None:
    first = diary.submit("a")
    until_running(first)
    threading.Timer(0.1, diary.gate.set).start()
    with diary.queue.turn("b") as job:
        assert job.is_running
        diary.lines.append("b")
    assert diary.lines == ["a", "b"]
    finish(first)
    assert diary.queue.figures.running == 0


def test_work_in_the_own_thread_is_not_begun_when_it_was_cancelled(diary: Diary) -> None:
    first = diary.submit("a")
    until_running(first)
    threading.Timer(0.1, diary.queue.cancel_all, ["b"]).start()
    with pytest.raises(Cancelled), diary.queue.turn("b"):
        diary.lines.append("b")
    diary.gate.set()
    finish(first)
    assert diary.lines == ["a"]


def test_everybody_is_served_when_many_come_at_once() -> None:
    queue = WorkQueue(3, most=200)
    counts: dict[int, int] = {}
    lock = threading.Lock()

    def work_of(owner: int) -> Callable[[Job], None]:
        def work(job: Job) -> None:
            for _ in range(3):
                with lock:
                    counts[owner] = counts.get(owner, 0) + 1
                queue.give_way(job)

        return work

    jobs = [queue.submit(number % 20, work_of(number % 20)) for number in range(100)]
    finish(*jobs)
    assert counts == dict.fromkeys(range(20), 15)
    assert queue._served == {}
