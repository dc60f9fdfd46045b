"""
/metrics: names, units and labels as Prometheus has them. No label tells of a person, and each
has few values that are known beforehand.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from mailbot.cases.letter_status import PROMISED, UNDERWAY, Paused, Status
from mailbot.cases.obligation import ObligationState
from mailbot.cases.states import State
from mailbot.cases.wording.promise_words import PROMISES
from mailbot.health.facts import Memory, Waiting, at_work, clocks, holder, part
from mailbot.health.reasons import Reason
from mailbot.health.told import FOLDERS, PARTS
from mailbot.mail.message import Kind
from mailbot.monitoring.counted import Measured

#: What becomes of an attempt to deliver; what is rarer appears when it happens.
_OUTCOMES = (Status.SENT, Status.DEFERRED, Status.UNCERTAIN, Status.REFUSED, Status.EXPIRED)

_SECONDS_A_DAY = 86_400


def exposed(measured: Measured, accept: str) -> tuple[bytes, str]:
    """
    The metrics in the form that is liked best, and the name of that form.
    """
    registry = CollectorRegistry()
    registry.register(_Taken(measured))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Taken(Collector):
    """
    Measured already: whoever collects waits for nothing.
    """

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def collect(self) -> Iterator[Metric]:
        return families(self._measured)


def families(measured: Measured) -> Iterator[Metric]:
    """
    All of ours. What only the database could tell is missing where it cannot be asked.
    """
    yield InfoMetricFamily(
        "mailbot_build",
        "Which mailbot this is, and whether anything leaves it.",
        {"version": measured.version, "send": measured.send},
    )
    yield from _health(measured)
    yield from _since_start(measured)
    if memory := measured.facts.memory:
        yield from _workers(memory, measured.facts.now)
        yield from _waiting(memory, measured.facts.now)
        yield from _in_work(measured)


def _health(measured: Measured) -> Iterator[Metric]:
    facts = measured.facts
    here = {each.reason for each in measured.troubles}
    yield _gauge("mailbot_healthy", "1 while nobody has to do anything, else 0.", not here)
    yield _gauges(
        "mailbot_reason",
        "1 for each reason for which somebody has to do something; the README has the remedies.",
        "reason",
        {each.value: each in here for each in Reason},
    )
    yield _gauge("mailbot_database_up", "1 while the database can be asked.", bool(facts.memory))
    if facts.free_space is not None:
        told = "Octets that are free on the disk of the database."
        yield _gauge("mailbot_database_free_bytes", told, facts.free_space)
    if facts.ending:
        yield _gauges(
            "mailbot_credentials_remaining_seconds",
            "Until what lets mailbot into the mail servers ends; less than 0 once it has.",
            "key",
            {each.key: each.days * _SECONDS_A_DAY for each in facts.ending},
        )


def _since_start(measured: Measured) -> Iterator[Metric]:
    done = measured.since_start
    yield _counters(
        "mailbot_messages_recorded",
        "Messages that became ours, by what they are.",
        "kind",
        {each.value: 0 for each in Kind} | dict(done.messages),
    )
    failed = CounterMetricFamily(
        "mailbot_message_attempts_failed", "Attempts to read a message that a defect ended."
    )
    failed.add_metric([], done.failed)
    yield failed
    sent = dict.fromkeys(sorted(PROMISED), 0)
    outcomes = {each.value: 0 for each in _OUTCOMES}
    for (template, status), count in done.letters.items():
        outcomes[status] = outcomes.get(status, 0) + count
        if status == Status.SENT:
            sent[template] = sent.get(template, 0) + count
    told = "Letters that the next hop accepted, by template."
    yield _counters("mailbot_letters_sent", told, "template", sent)
    told = "Attempts to deliver a letter, by what became of it."
    yield _counters("mailbot_deliveries", told, "outcome", outcomes)


def _workers(memory: Memory, now: datetime) -> Iterator[Metric]:
    yield _gauge("mailbot_workers", "Workers that were heard of lately.", len(at_work(memory, now)))
    told = "1 while one of the workers takes mail in."
    yield _gauge("mailbot_mailbox_held", told, holder(memory, now) is not None)
    parts = {name: part(memory, name, now) for name in (*PARTS, *FOLDERS)}
    yield _gauges(
        "mailbot_part_up",
        "0 from the first fault of a part to its next whole round, else 1.",
        "part",
        {name: each.broken_since is None for name, each in parts.items()},
    )
    yield _gauges(
        "mailbot_last_round_timestamp_seconds",
        "When the last round of a part came to its end.",
        "part",
        {name: at.timestamp() for name in PARTS if (at := parts[name].last_round_at)},
    )
    if memory.recorded_at:
        told = "When the last message was recorded."
        yield _gauge(
            "mailbot_last_recorded_timestamp_seconds", told, memory.recorded_at.timestamp()
        )
    told = "1 while the machine's clock is not believed, and no deadline strikes."
    yield _gauge("mailbot_clock_doubted", told, memory.doubted is not None)
    yield _gauges(
        "mailbot_clock_ahead_seconds",
        "By how much the machine's clock is ahead of others; less than 0: behind.",
        "of",
        dict(clocks(memory, now)),
    )
    yield _gauges(
        "mailbot_paused",
        "1 for what operations have stopped: automatic mail to customers, or all mail.",
        "mail",
        {each.value: memory.paused is each for each in Paused if each},
    )


def _waiting(memory: Memory, now: datetime) -> Iterator[Metric]:
    its = holder(memory, now)
    oldest = its.told.oldest_waiting_at if its else None
    if its and its.told.space_share is not None:
        told = "How much of the mailbox's space is left, from 0 to 1."
        yield _gauge("mailbot_mailbox_space_left_ratio", told, its.told.space_share)
    told = "For how long the oldest message has lain in the mailbox unrecorded; 0 = none does."
    yield _gauge("mailbot_oldest_waiting_seconds", told, _age(oldest, now))
    for name, what, waiting in (
        (
            "unsent_promised",
            "Letters that customers are owed and that have not left",
            memory.promised,
        ),
        ("held", "Messages that wait for a person", memory.held),
        ("set_aside", "Messages that the mail server does not hand out", memory.set_aside),
    ):
        yield from _waits(name, what, waiting, now)
    if memory.next_due_at:
        told = "When the next deadline strikes."
        yield _gauge("mailbot_next_due_timestamp_seconds", told, memory.next_due_at.timestamp())
    told = "For how long the next deadline has been due and has not been seen to; 0 = it is not."
    yield _gauge("mailbot_deadline_lag_seconds", told, _age(memory.next_due_at, now))


def _waits(name: str, what: str, waiting: Waiting, now: datetime) -> Iterator[Metric]:
    yield _gauge(f"mailbot_{name}", f"{what}.", waiting.count)
    told = f"{what}: for how long the first of them has waited; 0 = none does."
    yield _gauge(f"mailbot_oldest_{name}_seconds", told, _age(waiting.since, now))


def _in_work(measured: Measured) -> Iterator[Metric]:
    work = measured.in_work
    yield _gauges(
        "mailbot_cases",
        "Cases in work, by state.",
        "state",
        {each.value: work.cases.get(each, 0) for each in (State.OPEN, State.AWAITING_CONFIRMATION)},
    )
    promises = GaugeMetricFamily(
        "mailbot_promises",
        "Promises of the cases in work, by what became of them.",
        labels=["promise", "state"],
    )
    for promise in PROMISES:
        for state in ObligationState:
            promises.add_metric([promise, state], work.promises.get((promise, state), 0))
    yield promises
    yield _gauges(
        "mailbot_promises_overdue",
        "Open promises whose last instant is past.",
        "promise",
        {each: work.overdue.get(each, 0) for each in PROMISES},
    )
    yield _gauges(
        "mailbot_outbox",
        "Letters that have not left and will be tried, by status.",
        "status",
        {each.value: work.letters.get(each, 0) for each in UNDERWAY},
    )


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=float(value))


def _gauges(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    return _labelled(GaugeMetricFamily(name, told, labels=[label]), values.items())


def _counters(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    return _labelled(CounterMetricFamily(name, told, labels=[label]), values.items())


def _labelled(
    family: GaugeMetricFamily | CounterMetricFamily, values: Iterable[tuple[str, float]]
) -> Metric:
    for name, value in values:
        family.add_metric([name], float(value))
    return family
