"""`python -S weigh.py REPORT command ...`: run a command, then write what it used into REPORT.

A process of its own, and a small one, because Linux counts the memory of whoever starts a program as memory
of that program: started by the benchmark itself, every command would weigh at least as much as the benchmark.
"""

import json
import os
import resource
import sys

if __name__ == "__main__":
    report, *command = sys.argv[1:]
    status = os.spawnvp(os.P_WAIT, command[0], command)  # noqa: S606 (a shell would be counted too)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(report, "w") as out:
        json.dump({"cpu_seconds": used.ru_utime + used.ru_stime, "megabytes": used.ru_maxrss / 1024}, out)
    sys.exit(status)
