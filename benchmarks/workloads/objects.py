"""An object program: jobs pass messages under a scheduler; every method is profiled.

Many short methods call one another through attributes, as in programs built of small classes. Calls
of profiled functions outnumber loops. `size` is the number of scheduler ticks.
"""

from __future__ import annotations

from benchmarks.injected import profile


class Message:
    @profile
    def __init__(self, sender: Job, value: int) -> None:
        self.sender = sender
        self.value = value

    @profile
    def weight(self) -> int:
        return self.value & 15


class Mailbox:
    @profile
    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._head = 0

    @profile
    def put(self, message: Message) -> None:
        self._messages.append(message)

    @profile
    def empty(self) -> bool:
        return self._head == len(self._messages)

    @profile
    def get(self) -> Message:
        message = self._messages[self._head]
        self._head += 1
        if self._head > 64:
            self._compact()
        return message

    @profile
    def _compact(self) -> None:
        del self._messages[: self._head]
        self._head = 0


class Job:
    """Something that can be given a turn; subclasses say what they do with it."""

    @profile
    def __init__(self, name: str, priority: int) -> None:
        self.name = name
        self.priority = priority
        self.mailbox = Mailbox()
        self.turns = 0
        self.done = 0

    @profile
    def ready(self) -> bool:
        return not self.mailbox.empty()

    @profile
    def send(self, other: Job, value: int) -> None:
        other.mailbox.put(Message(self, value))

    @profile
    def turn(self, scheduler: Scheduler) -> None:
        self.turns += 1
        self.act(scheduler)

    def act(self, scheduler: Scheduler) -> None:
        raise NotImplementedError


class Source(Job):
    @profile
    def __init__(self, name: str, seed: int) -> None:
        super().__init__(name, 0)
        self.state = seed

    @profile
    def ready(self) -> bool:
        return True

    @profile
    def draw(self) -> int:
        self.state = (self.state * 69069 + 1) & 0xFFFFFFFF
        return self.state >> 16

    @profile
    def act(self, scheduler: Scheduler) -> None:
        value = self.draw()
        self.send(scheduler.pick(value), value)
        self.done += 1


class Filter(Job):
    @profile
    def act(self, scheduler: Scheduler) -> None:
        message = self.mailbox.get()
        if self.wanted(message):
            self.send(scheduler.sink, message.value)
            self.done += 1

    @profile
    def wanted(self, message: Message) -> bool:
        return message.weight() > self.priority


class Sink(Job):
    @profile
    def __init__(self, name: str) -> None:
        super().__init__(name, 9)
        self.total = 0

    @profile
    def act(self, scheduler: Scheduler) -> None:
        while self.ready():
            self.total += self.mailbox.get().weight()
            self.done += 1


class Scheduler:
    @profile
    def __init__(self, filters: int, sources: int) -> None:
        self.sink = Sink("sink")
        self.filters = [Filter(f"filter{n}", n) for n in range(filters)]
        self.jobs: list[Job] = [Source(f"source{n}", n + 1) for n in range(sources)]
        self.jobs += self.filters
        self.jobs.append(self.sink)

    @profile
    def pick(self, value: int) -> Job:
        return self.filters[value % len(self.filters)]

    @profile
    def tick(self) -> None:
        for job in self.jobs:
            if job.ready():
                job.turn(self)

    @profile
    def checksum(self) -> int:
        result = self.sink.total
        for job in self.jobs:
            result = (result * 31 + job.turns + job.done) & 0xFFFFFFFF
        return result


def run(size: int) -> int:
    scheduler = Scheduler(filters=6, sources=4)
    for _ in range(size):
        scheduler.tick()
    return scheduler.checksum()
