"""`make` that is told to stop, alone, still stops what it started."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from ops.env import REPOSITORY
from tests.ops.helpers import until

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
    pytest.mark.skipif(not shutil.which("make"), reason="there is no make"),
]

CHILD = """
import sys, time
from ops import made_by
made_by.follow()
print("up", flush=True)
try:
    time.sleep(1000)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_make_alone_reaches_its_child(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "child.py").write_text(CHILD)
    (tmp_path / "Makefile").write_text(f'run:\n\t@exec "{sys.executable}" child.py\n')
    make = subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A shell that runs this in the background has it ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with make:
        assert make.stdout
        assert make.stdout.readline() == b"up\n"
        child = until(lambda: psutil.Process(make.pid).children())[0]
        make.send_signal(number)
        until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
