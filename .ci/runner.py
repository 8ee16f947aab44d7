# Copyright: Contributors to the netops.cloud_vpn collection
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run steps: each with a log of its own under .work/logs and one line at its end."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Mapping, Optional, TextIO

TAIL = 60
LIMIT = 1500.0  # seconds for one command


class StepFailed(Exception):
    """A step did not do what it should; the text says what."""


@dataclass
class Job:
    """One run of a step: what its function gets to work with."""

    name: str
    log: TextIO
    echo: bool
    secrets: re.Pattern[str] = re.compile(r"(?!)")

    def say(self, text: str) -> None:
        text = self.secrets.sub("(package index)", text)
        self.log.write(text)
        self.log.flush()
        if self.echo:
            sys.stdout.write(text)
            sys.stdout.flush()

    def run(
        self,
        command: list[str],
        *,
        env: Mapping[str, str],
        cwd: Optional[Path] = None,
        ok: Iterable[int] = (0,),
        limit: float = LIMIT,
    ) -> str:
        """Run ``command``, log what it prints, and return that; raise StepFailed on any other exit code than ``ok``."""
        self.log.write(f"$ {shlex.join(command)}\n")
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert process.stdout is not None
        timer = threading.Timer(limit, stop, [process])
        timer.start()
        lines = []
        try:
            for line in process.stdout:
                lines.append(line)
                self.say(line)
            code = process.wait()
        finally:
            timer.cancel()
            stop(process)
        if code not in ok:
            raise StepFailed(f"{Path(command[0]).name} ended with exit code {code}")
        return "".join(lines)


def stop(process: subprocess.Popen[str]) -> None:
    """End a command and all it started (a simulator that it forgot, say)."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM if process.poll() is None else signal.SIGKILL)


@dataclass
class Step:
    """A named check: ``action`` returns a few words on what it counted, and raises StepFailed."""

    name: str
    action: Callable[[Job], str]
    help: str
    needs: tuple[str, ...] = ()  # virtual environments


@dataclass
class Report:
    """What came out; lines are printed as steps end."""

    logs: Path
    secrets: re.Pattern[str]
    echo: bool = False
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, step: Step) -> bool:
        """Run one step, print its line and, if it failed, the end of its log."""
        path = self.logs / f"{step.name}.log"
        start = time.monotonic()
        with path.open("w", encoding="utf-8") as log:
            job = Job(step.name, log, self.echo, self.secrets)
            try:
                note, good = step.action(job), True
            except StepFailed as problem:
                note, good = str(problem), False
            except (OSError, subprocess.SubprocessError, StopIteration) as problem:
                note, good = f"{type(problem).__name__}: {problem}", False
            log.write(f"# {note}\n")
        took = time.monotonic() - start
        with self.lock:
            (self.passed if good else self.failed).append(step.name)
            print(f"{'pass' if good else 'FAIL'}  {step.name:<12} {took:7.1f} s  {note}", flush=True)
            if not good and not self.echo:
                tail = path.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
                print(f"      the last {len(tail)} lines of .work/logs/{path.name}:")
                print("\n".join(f"      | {line}" for line in tail), flush=True)
        return good

    def lanes(self, lanes: list[list[Step]]) -> None:
        """Run lanes side by side; the steps of one lane after each other."""
        threads = [threading.Thread(target=lambda lane=lane: [self.play(step) for step in lane]) for lane in lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
