"""A process that has everything imported and forks one child per `sverka` command: seconds less for each.

Reads orders from standard input, one JSON object a line: `arguments`, `home`, `stdout`, `stderr`. Answers each with the
child's process id and, when it has ended, its exit code, a line each. The child is a process like any other and can be
killed at any time.
"""

import json
import os
import sys

import dagster_dbt

from dagster_app import dbt_build
from ingest.cli import main


def run(order: dict) -> int:
    for path, descriptor in ((os.devnull, 0), (order["stdout"], 1), (order["stderr"], 2)):
        flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        os.dup2(os.open(path, flags, 0o644), descriptor)
    os.environ["SVERKA_HOME"] = order["home"]
    try:
        main(order["arguments"])
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    assert dagster_dbt
    dbt_build.manifest()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = run(json.loads(line))
            finally:
                os._exit(code)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
