"""Job processes as an operator starts them, and what they say."""

import subprocess
import sys
import threading
from pathlib import Path

from tests.infrastructure.application import ROOT, Environment, clean_environment

WITHIN = 60.0  # seconds until a process that says nothing is ended and its test fails
LEASE_SECONDS = 2


class JobProcess:
    """One `flask jobs run`; `hear` waits for what it says, and never for the clock."""

    def __init__(self, settings: Environment) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "run"]
        command += ["--lease-seconds", str(LEASE_SECONDS)]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=clean_environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def hear(self, words: str) -> None:
        """Return once the process has said `words` after what was heard before."""
        watchdog = threading.Timer(WITHIN, self.process.kill)
        watchdog.start()
        try:
            assert self.process.stderr is not None
            for line in self.process.stderr:
                self.said.append(line)
                if words in line:
                    return
        finally:
            watchdog.cancel()
        raise AssertionError(f"never said {words!r}:\n{''.join(self.said)}")

    def cut_off(self) -> None:
        """End it as a power cut would: no handler runs."""
        self.process.kill()
        self._end()

    def stop(self) -> int:
        """Ask it to stop, as an operator does; gives its exit code."""
        self.process.terminate()
        return self._end()

    def _end(self) -> int:
        _, rest = self.process.communicate(timeout=WITHIN)
        self.said.append(rest or "")
        return self.process.returncode


def cut_off_at_commit(settings: Environment, job: str, number: int) -> int:
    """Run one job in a process that is killed as it sends its commit `number`; its exit code."""
    command = [sys.executable, str(Path(__file__).with_name("power_cut.py")), job, str(number)]
    answer = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(settings | {"PYTHONPATH": str(ROOT)}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=WITHIN,
    )
    return answer.returncode
