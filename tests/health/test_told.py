"""
What a worker says of itself: kept from its first fault to its next whole round, and the same
once it is written down.
"""

import json
from datetime import timedelta

from mailbot.health.told import NOTHING, Part, Told, read, written
from mailbot.workers.vitals import Vitals
from tests.health.house import NOW, ago

LATER = NOW + timedelta(minutes=3)


def test_what_was_written_down_is_read_as_it_was() -> None:
    told = Told(
        parts={"imap": Part(last_round_at=ago(hours=1), broken_since=NOW, fault="lost; 'ö'")},
        oldest_waiting_at=ago(days=1),
        lasting={"people_not_read": NOW},
        space_share=0.03,
        space_octets=3 * 1024**2,
        clocks={"database": -3600},
        works_by={"code.toml": "0a1b"},
    )

    assert read(written(told)) == told
    assert read(written(NOTHING)) == NOTHING


def test_a_worker_of_an_earlier_version_is_understood() -> None:
    said = json.loads(written(NOTHING))
    for name in ("space_share", "space_octets", "clocks", "works_by"):
        del said[name]
    assert read(json.dumps(said)) == NOTHING


def test_a_part_is_broken_since_its_first_fault_and_until_its_next_round() -> None:
    vitals = Vitals()
    vitals.ended_round("smtp", ago(minutes=1))
    vitals.broke("smtp", "refused", NOW)
    vitals.broke("smtp", "no route", LATER)

    broken = vitals.told().parts["smtp"]
    vitals.ended_round("smtp", LATER)

    assert broken == Part(last_round_at=ago(minutes=1), broken_since=NOW, fault="no route")
    assert vitals.told().parts["smtp"] == Part(last_round_at=LATER)


def test_what_lasts_has_one_beginning() -> None:
    vitals = Vitals()
    for at in (NOW, LATER):
        vitals.lasts("people_not_read", at, is_so=True)
        vitals.follow("sent_folder", "full", at)

    told = vitals.told()
    vitals.lasts("people_not_read", LATER, is_so=False)
    vitals.follow("sent_folder", "", LATER)

    assert told.lasting == {"people_not_read": NOW}
    assert told.parts["sent_folder"].broken_since == NOW
    assert vitals.told() == NOTHING


def test_only_what_begins_or_ends_is_news() -> None:
    vitals = Vitals()
    states = [vitals.told().state]
    vitals.ended_round("imap", NOW)
    states.append(vitals.told().state)
    vitals.ended_round("imap", LATER)
    states.append(vitals.told().state)
    vitals.broke("imap", "lost", LATER)
    states.append(vitals.told().state)
    vitals.broke("imap", "refused", LATER)
    states.append(vitals.told().state)

    assert states[1] == states[2]
    assert states[3] == states[4]
    assert len(set(states)) == 3
