"""A disk without room: what commands say, what still works, and that all goes on once there is room again."""

from __future__ import annotations

import io
import os
import resource
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from lineage.cli.main import run
from lineage.store.database import Database
from tests.faults.invariants import broken, requests_of
from tests.faults.work import shop
from tests.journeys.shop import NOW

SIZE = 3_000_000
ROOM = 600_000
"""Bytes there are besides the catalogue as it was made."""

USE = ("slot-planning", "customer.phone_number", "--for", "AgreeDeliverySlot")
RECORD = ("outcome", "record", *USE, "--key", "q9", "--request", "q9")
READING = (
    ("check", "--fail-on", "never"),
    ("element", "list"),
    ("query", "may", "parcel-dispatch", "customer.phone_number", "--for", "DeliveryOfGoods"),
    ("verify", "log"),
)


def on_a_small_disk(folder: str) -> dict[str, Any]:
    """Fill a disk of three megabytes or so, then make it larger."""

    def work(disk: Path) -> dict[str, Any]:
        url = shop(disk)
        left = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        _resize(disk, SIZE - left + ROOM)
        return fill(url, Path(folder), lambda: _resize(disk, 4 * SIZE))

    return _mounted(Path(folder) / "disk", work)


def without_a_byte(folder: str) -> dict[str, Any]:
    """Let others take every byte beside a catalogue that nobody has open."""

    def work(disk: Path) -> dict[str, Any]:
        _speak_to(shop(disk))
        _take_the_rest(disk)
        assert not list(disk.glob("*.db-*"))
        for words in READING:
            code, out, err = command(*words)
            assert (code, bool(out)) == (0, True), (words, code, out, err)
        said = [command(*RECORD) for _ in range(2)]
        (disk / "others").unlink()
        assert [code for code, _, _ in (*said, command(*RECORD))] == [3, 3, 0]
        return {"read": len(READING), "said": [err for _, _, err in said]}

    return _mounted(Path(folder) / "disk", work)


def _mounted(disk: Path, work: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """Work on a small disk. Gives "not permitted" where nothing may be mounted."""
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "catalogue", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"not permitted": done.stderr.strip()}
    try:
        return work(disk)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _take_the_rest(disk: Path) -> None:
    """Let somebody else's file take every byte there is."""
    with suppress(OSError), (disk / "others").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)


def _resize(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True, capture_output=True)


def with_small_files(folder: str) -> dict[str, Any]:
    """Let no file grow beyond a limit, as some systems do for their users; then lift it."""
    url = shop(Path(folder))
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = (Path(folder) / "lineage.db").stat().st_size + ROOM // 4
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    return fill(url, Path(folder), lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (before, most)))


def fill(url: str, folder: Path, enlarge: Callable[[], None]) -> dict[str, Any]:
    """Apply one file after the other until there is no room; read; make room; go on where it stopped."""
    _speak_to(url)
    done: list[str] = []
    while (number := len(done)) < 400:
        code, _, err = apply(folder, number)
        if code:
            break
        done.append(f"file-{number}")
    said = [err, *(apply(folder, number + further)[2] for further in range(3))]
    for words in READING:
        code, out, err = command(*words)
        assert (code, bool(out)) == (0, True), (words, code, out, err)
    enlarge()
    for again in range(number, number + 4):
        code, _, err = apply(folder, again)
        assert code == 0, err
        done.append(f"file-{again}")
    database = Database(url)
    assert broken(database) == []
    assert [name for name in requests_of(database) if name.startswith("file-")] == done
    code, out, err = command("verify", "log")
    assert code == 0, out + err
    return {"before": number, "after": len(done) - number, "said": said, "read": len(READING)}


def _speak_to(url: str) -> None:
    os.environ.update({"LINEAGE_CATALOG": url, "LINEAGE_USER": "rina", "SOURCE_DATE_EPOCH": str(NOW)})


def apply(folder: Path, number: int) -> tuple[int, str, str]:
    """Declare twenty more elements."""
    text = "x" * 900
    entries = "".join(f"- {{key: more.e{number}.n{n}, title: {text}}}\n" for n in range(20))
    file = Path(folder) / f"declared-{number}.yaml"
    file.write_text(f"elements:\n{entries}", encoding="utf-8")
    return command("apply", str(file), "--yes", "--request", f"file-{number}")


def command(*words: str) -> tuple[int, str, str]:
    """Type a command; give exit code, answer and notes."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(list(words))
    assert "Traceback" not in err.getvalue()
    assert "mistake in the program" not in err.getvalue(), err.getvalue()
    return code, out.getvalue(), err.getvalue()
