"""One run at a time, whatever happens to the process that runs."""

import signal
import subprocess
import sys

import pytest

from dagster_app import lock

HOLD = "import sys, time; from pathlib import Path; from dagster_app import lock; lock.acquire(Path(sys.argv[1])); "


def start_holder(home):
    command = [sys.executable, "-c", HOLD + "print('held', flush=True); time.sleep(60)", str(home)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_runs(tmp_path):
    process = start_holder(tmp_path)
    try:
        with pytest.raises(lock.RunLockedError, match=rf"process {process.pid}.*wait until it ends"):
            lock.acquire(tmp_path)
    finally:
        process.kill()
        process.wait()


def test_a_killed_process_leaves_no_lock_behind(tmp_path):
    process = start_holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with lock.hold(tmp_path):
        pass


def test_the_same_process_may_take_it_again_and_gives_it_back_once(tmp_path):
    with lock.hold(tmp_path):
        lock.acquire(tmp_path)
    process = start_holder(tmp_path)
    process.kill()
    process.wait()


def test_the_outermost_block_gives_it_back(tmp_path):
    with lock.hold(tmp_path):
        with lock.hold(tmp_path):
            pass
        command = [sys.executable, "-c", HOLD, str(tmp_path)]
        assert b"RunLockedError" in subprocess.run(command, capture_output=True, check=False).stderr
