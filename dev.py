#!/usr/bin/env python3
"""Everything a contributor does with this tree, with nothing but Python 3.11 installed beforehand.

    python3 dev.py demo                  make a sample catalogue in demo/, ask it, write a report
    python3 dev.py test [--slow] [ARG…]  check the imports and run the tests; ARGs go to pytest
    python3 dev.py lint [--fix]          style, types, imports and house rules
    python3 dev.py bench [NAME…]         run benchmarks/NAME.py, or all of them
    python3 dev.py hook                  check with `lint` before every commit
    python3 dev.py lock [--upgrade]      remake the two lock files

The environment is made in .venv at first use (LINEAGE_VENV names another folder) and left alone until the lock changes.
Exit codes: those of what was run; 2 used wrongly; 3 the environment cannot be made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("LINEAGE_VENV") or ROOT / ".venv").absolute()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
TOOLS = VENV / "tools"
STAMP = VENV / "usage-cycle.stamp"

RUNTIME_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"
UV = "uv>=0.9,<1"

OLDEST = (3, 11)
USED_WRONGLY = 2
NO_ENVIRONMENT = 3

DEMO = "demo"
DEMO_DATABASE = "lineage.db"
DEMO_CATALOG = f"sqlite:///{DEMO}/{DEMO_DATABASE}"
DEMO_QUESTION = ("email-discounts", "discount.customer_email", "--for", "DirectMarketing")
DEMO_DAY = ("--at", "2026-11-22")  # the sample is a snapshot: it tells its story on this day
DEMO_REPORT = f"{DEMO}/report.html"

HOOK_MARK = "written by dev.py hook"
HOOK = f"""#!/bin/sh
# {HOOK_MARK}
exec python3 dev.py lint
"""


class Stop(Exception):
    """Ends the script with a sentence and an exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


# --- The environment ---


def environment() -> None:
    """Make .venv hold exactly what the lock says, and this project; do nothing when it already does."""
    remove_other_version()
    state = wanted_state()
    if STAMP.is_file() and PYTHON.exists() and STAMP.read_text(encoding="utf-8") == state:
        return
    say(f"Setting up {shown(VENV)} (once; again when the lock changes)")
    STAMP.unlink(missing_ok=True)
    uv = find_uv()
    if not PYTHON.exists():
        make_venv(uv)
    uv = uv or install_uv()
    python = ("--python", str(PYTHON))
    must([uv, "pip", "sync", "--quiet", *python, "--require-hashes", DEV_LOCK])
    must([uv, "pip", "install", "--quiet", *python, "--no-deps", "--no-build-isolation", "-e", "."])
    run([str(PYTHON), "-m", "compileall", "-q", "-j", "0", site_packages()], quiet=True)
    STAMP.write_text(state, encoding="utf-8")


def remove_other_version() -> None:
    """Remove an environment that was made for another version of Python or another place, or whose Python is gone."""
    if not (VENV / "pyvenv.cfg").is_file():
        if VENV.exists() and any(VENV.iterdir()):
            raise Stop(f"{shown(VENV)} is no Python environment; move it away.", NO_ENVIRONMENT)
        return
    place = STAMP.read_text(encoding="utf-8").splitlines()[-1] if STAMP.is_file() else str(VENV)
    if PYTHON.exists() and venv_version() == sys.version_info[:2] and place == str(VENV):
        return
    if "LINEAGE_VENV" in os.environ:
        raise Stop(f"{VENV} was made for another Python or place; remove it or unset LINEAGE_VENV.", NO_ENVIRONMENT)
    say(f"{shown(VENV)} was made for another Python or place; making it again")
    shutil.rmtree(VENV)


def venv_version() -> tuple[int, ...]:
    """Read the version of Python that the environment was made for."""
    for line in (VENV / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip() in {"version", "version_info"}:
            return tuple(int(part) for part in value.strip().split(".")[:2] if part.isdigit())
    return ()


def wanted_state() -> str:
    """Say what the environment depends on: Python, the lock, pyproject.toml, the tree and where it lies itself."""
    digest = hashlib.sha256()
    for name in (DEV_LOCK, "pyproject.toml"):
        digest.update((ROOT / name).read_bytes() + b"\0")
    return f"{sys.implementation.cache_tag} {sys.version.split()[0]} {digest.hexdigest()}\n{ROOT}\n{VENV}\n"


def find_uv() -> str | None:
    """Find uv on PATH or where install_uv put it."""
    return shutil.which("uv") or shutil.which("uv", path=str(TOOLS / "bin"))


def make_venv(uv: str | None) -> None:
    """Make an empty environment for the Python that runs this script."""
    if uv:
        must([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise no_venv()
    if run([sys.executable, "-m", "venv", str(VENV)], quiet=True):
        shutil.rmtree(VENV, ignore_errors=True)
        raise no_venv()


def install_uv() -> str:
    """Install uv into the environment, for machines that have none; in a corner of it, as a sync removes strangers."""
    if run([str(PYTHON), "-m", "pip", "--version"], quiet=True) and run([str(PYTHON), "-m", "ensurepip"], quiet=True):
        raise no_venv()
    must([str(PYTHON), "-m", "pip", "install", "--quiet", "--target", str(TOOLS), UV])
    uv = find_uv()
    if uv is None:
        raise Stop("uv was installed but cannot be found.", NO_ENVIRONMENT)
    return uv


def no_venv() -> Stop:
    return Stop(
        "This Python cannot make environments. On Debian or Ubuntu: apt-get install python3-venv "
        "(elsewhere: install uv and put it on PATH).",
        NO_ENVIRONMENT,
    )


def site_packages() -> str:
    """Ask the environment where its packages lie."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return output_of([str(PYTHON), "-c", ask]).stdout.strip()


# --- Running things ---


def variables(**more: str) -> dict[str, str]:
    """Give the variables for what is run: the environment first on PATH, byte code kept for quick starts."""
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    path = os.pathsep.join([str(BIN), kept.get("PATH", os.defpath)])
    return {**kept, "VIRTUAL_ENV": str(VENV), "PATH": path, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


UNWANTED = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT", "__PYVENV_LAUNCHER__"}


def run(command: list[str], *, quiet: bool = False, **more: str) -> int:
    """Run a command in the root of the tree and return its exit code; whatever we printed before comes out before."""
    sys.stdout.flush()
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, cwd=ROOT, env=variables(**more), stdout=sink, stderr=sink, check=False).returncode


def output_of(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command whose output we read ourselves."""
    return subprocess.run(command, cwd=ROOT, env=variables(), text=True, capture_output=True, check=False)


def must(command: list[str]) -> None:
    """Run a step of the set-up; stop when it fails."""
    if run(command):
        raise Stop(f"This step failed: {' '.join(command)}", NO_ENVIRONMENT)


def tool(name: str, *arguments: str, **more: str) -> int:
    """Run a program of the environment."""
    return run([str(BIN / name), *arguments], **more)


def say(text: str) -> None:
    print(text, flush=True)


def shown(path: Path) -> Path:
    """Shorten a path for reading."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


# --- The commands ---


def demo(arguments: list[str]) -> int:
    """Make a sample catalogue, judge it, ask one question, write a report; its path is the last line."""
    take_flags(arguments)
    environment()
    clear_demo()
    no = "(Exit code 1 means no: the sample has uses whose cycle is still open, on purpose.)"
    steps: tuple[tuple[tuple[str, ...], set[int], str], ...] = (
        (("init", DEMO, "--sample"), {0}, ""),
        (("-C", DEMO_CATALOG, "check", *DEMO_DAY), {1}, no),
        (("-C", DEMO_CATALOG, "query", "may", *DEMO_QUESTION, *DEMO_DAY, "--format", "table"), {1}, ""),
        (("-C", DEMO_CATALOG, "report", *DEMO_DAY, "-o", DEMO_REPORT), {0}, ""),
    )
    settings = str(ROOT / DEMO / "settings")
    say(f"\n$ export XDG_CONFIG_HOME={settings}     # the demo's key stays with the demo")
    for command, expected, remark in steps:
        say(f"\n$ lineage {' '.join(command)}")
        code = tool("lineage", *command, XDG_CONFIG_HOME=settings)
        if code not in expected:
            raise Stop(f"lineage {command[0]} ended with exit code {code}.", code)
        if code and remark:
            say(remark)
    say(f"\n{ROOT / DEMO_REPORT}")
    return 0


def clear_demo() -> None:
    """Remove an earlier demo, and nothing else."""
    folder = ROOT / DEMO
    if not folder.exists():
        return
    if not (folder / DEMO_DATABASE).is_file():
        raise Stop(f"{DEMO}/ was not made by this command (it holds no {DEMO_DATABASE}); move it away.", USED_WRONGLY)
    shutil.rmtree(folder)


def test(arguments: list[str]) -> int:
    """Check the imports, then run the tests; pytest's closing line is the last."""
    slow = "--slow" in arguments
    rest = [argument for argument in arguments if argument != "--slow"]
    environment()
    imports = check_imports()
    selection = [] if slow else ["-m", "not slow"]
    tests = tool("pytest", "-n", "2", *selection, *rest, REQUIRE_POSTGRES="1", PROPERTY_TIMES="20" if slow else "1")
    return tests or imports


def check_imports() -> int:
    """Check who imports whom; say more than a line only when a contract is broken."""
    report = output_of([str(BIN / "lint-imports"), "--no-cache", "--no-logo"])
    if report.returncode:
        say(report.stdout + report.stderr)
    else:
        say("Imports: all contracts kept")
    return report.returncode


def lint(arguments: list[str]) -> int:
    """Check style, types, imports and house rules; all of them, even when the first fails."""
    fix = "--fix" in take_flags(arguments, "--fix")
    environment()
    checks = {
        "ruff check": lambda: tool("ruff", "check", "--quiet", *(["--fix"] if fix else [])),
        "ruff format": lambda: tool("ruff", "format", "--quiet", *([] if fix else ["--check"])),
        "mypy": lambda: tool("mypy"),
        "imports": check_imports,
        "house tests": lambda: tool("pytest", "-m", "not slow", "tests/house"),
    }
    failed = [name for name, check in checks.items() if check()]
    say(f"Not in order: {', '.join(failed)}" if failed else "In order")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Run the named benchmarks, or all."""
    scripts = {path.stem: path for path in sorted((ROOT / "benchmarks").glob("[!_]*.py"))}
    unknown = [name for name in arguments if name not in scripts]
    if unknown:
        raise Stop(f"No benchmark {', '.join(unknown)}; there are: {', '.join(scripts) or 'none'}.", USED_WRONGLY)
    environment()
    worst = 0
    for name in arguments or scripts:
        say(f"== {name}")
        worst = max(worst, run([str(PYTHON), str(scripts[name])]))
    return worst


def hook(arguments: list[str]) -> int:
    """Write a pre-commit hook that lints; never over somebody else's."""
    take_flags(arguments)
    asked = ["git", "rev-parse", "--git-path", "hooks"]
    if shutil.which("git") is None or run(asked, quiet=True):
        raise Stop("This is no git checkout.", USED_WRONGLY)
    answer = output_of(asked)
    path = ROOT / answer.stdout.strip() / "pre-commit"
    if path.exists() and HOOK_MARK not in path.read_text(encoding="utf-8", errors="replace"):
        raise Stop(f"{shown(path)} exists and is not ours; add `python3 dev.py lint` to it yourself.", USED_WRONGLY)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HOOK, encoding="utf-8")
    path.chmod(0o755)
    say(f"Wrote {shown(path)}")
    return 0


def lock(arguments: list[str]) -> int:
    """Remake both lock files: versions and hashes for every platform, and not where they came from."""
    upgrade = take_flags(arguments, "--upgrade")
    with tempfile.TemporaryDirectory() as folder:
        uv = find_uv() or uv_in(Path(folder))
        compile_lock(uv, RUNTIME_LOCK, *upgrade)
        compile_lock(uv, DEV_LOCK, "--extra", "dev", "--extra", "postgres", "--constraint", RUNTIME_LOCK, *upgrade)
    return 0


def uv_in(folder: Path) -> str:
    """Install uv in a folder that goes away again: the lock must be made without an environment that needs it."""
    if run([sys.executable, "-m", "venv", str(folder / "uv")], quiet=True):
        raise no_venv()
    programs = folder / "uv" / BIN.name
    must([str(programs / "python"), "-m", "pip", "install", "--quiet", UV])
    return str(programs / "uv")


def compile_lock(uv: str, name: str, *options: str) -> None:
    form = ("--universal", "--python-version", ".".join(map(str, OLDEST)), "--generate-hashes")
    silent = ("--no-emit-index-url", "--no-annotate", "--custom-compile-command", "python3 dev.py lock", "--quiet")
    must([uv, "pip", "compile", "pyproject.toml", *form, *silent, *options, "-o", name])
    say(f"Wrote {name}")


def take_flags(arguments: list[str], *known: str) -> list[str]:
    """Refuse what a command does not know."""
    for argument in arguments:
        if argument not in known:
            raise Stop(f"Cannot do anything with {argument}; see: python3 dev.py --help", USED_WRONGLY)
    return arguments


COMMANDS = {"demo": demo, "test": test, "lint": lint, "bench": bench, "hook": hook, "lock": lock}


def main(arguments: list[str]) -> int:
    if sys.version_info < OLDEST:
        wanted, found = ".".join(map(str, OLDEST)), sys.version.split()[0]
        print(f"Python {wanted} or newer is needed; this is {found}. Try: python{wanted} dev.py", file=sys.stderr)
        return NO_ENVIRONMENT
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print((__doc__ or "").strip())
        return 0 if arguments else USED_WRONGLY
    command = COMMANDS.get(arguments[0])
    if command is None:
        print(f"No command {arguments[0]}; there are: {', '.join(COMMANDS)}", file=sys.stderr)
        return USED_WRONGLY
    try:
        return command(arguments[1:])
    except Stop as stop:
        sys.stdout.flush()
        print(stop, file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
