"""
A worker stays as small as its work, for months.
"""

import platform
import subprocess
import sys

import pytest

_PRINTS = """
import sys
from mailbot.memory import give_back_what_is_free
from mailbot.letters.paper import Letterhead, letter

def resident():
    with open("/proc/self/statm") as said:
        return int(said.read().split()[1]) * 4096

give_back_what_is_free()
head = Letterhead(name="F", telephone="1", telephone_hours="2", number="3", registered_office="4")
for number in range(100):
    words = "\\n".join(f"Line {number} {each} of a letter that is long enough." for each in range(30))
    letter(f"Dear Jane,\\n\\n{words}\\n", company=head, recipient=("Jane",), date_words="d", reference="r")
    if number == 40:
        before = resident()
print(resident() - before)
"""

_THREADS = """
import sys
from threading import Thread
from mailbot.memory import give_back_what_is_free, let_go

def resident():
    with open("/proc/self/statm") as said:
        return int(said.read().split()[1]) * 4096

kept = []

def work():
    taken = [bytes(3000) for _ in range(10_000)]
    kept.append(taken[-1])

give_back_what_is_free()
before = resident()
for _ in range(4):
    thread = Thread(target=work)
    thread.start()
    thread.join()
let_go()
print(resident() - before)
"""

glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the allocator is not glibc's")


@glibc
def test_what_a_thread_leaves_behind_keeps_nothing_that_is_free() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _THREADS], capture_output=True, text=True, check=True
    )
    # Thirty megabytes were taken, and one piece of them is kept four times.
    assert int(said.stdout) < 3_000_000


@glibc
def test_a_worker_that_prints_letters_does_not_grow_with_each() -> None:
    said = subprocess.run(
        [sys.executable, "-c", _PRINTS], capture_output=True, text=True, check=True
    )
    # It was a quarter of a megabyte a letter.
    assert int(said.stdout) < 60 * 60_000
