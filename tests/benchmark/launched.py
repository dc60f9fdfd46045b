"""
Starts one program, waits for it, and writes down what it took.

A process of its own, and a small one: Linux lets a child begin with the peak of memory
of whoever started it.
"""

import json
import os
import sys
import time


def main() -> int:
    report, *command = sys.argv[1:]
    began = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    # With what its own children took, of those that it has waited for; the peak is the
    # one of the largest of them all.
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - began
    taken = {
        "wall": wall,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss / 1024,
        "status": os.waitstatus_to_exitcode(status),
    }
    with open(report, "w") as file:  # noqa: PTH123 - started without a library path
        json.dump(taken, file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
