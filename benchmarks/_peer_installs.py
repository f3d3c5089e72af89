"""An environment for the engines we compare ourselves with, beside ours: none of them is a dependency of the product.

Each package is pinned, and after installing asked where it says it comes from: several have namesakes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

HOME = Path(sys.prefix) / "bench" / "peers"
PYTHON = HOME / ("Scripts" if sys.platform == "win32" else "bin") / "python"
ASIDE = HOME / "aside"


class Package(NamedTuple):
    """A package, its version and the project it must name as its own. ``aside``: its metadata refuses this Python.

    Such a package is pure Python around a library of its own, and is unpacked into a folder instead.
    """

    name: str
    version: str
    project: str
    aside: str = ""


PACKAGES = (
    Package("cedarpy", "4.12.2", "k9securityio/cedar-py"),
    Package("hobofan-regorus", "0.2.5", "microsoft/regorus"),
    Package("pycasbin", "2.8.0", "casbin/pycasbin"),
    Package("opa-golib-python-bindings", "0.4.4", "phi1010/opa-golib-python-bindings", aside="3.14"),
)
ASK = """
import sys; sys.path.insert(0, sys.argv[3])
from importlib.metadata import metadata
found = metadata(sys.argv[1])
said = " ".join([*(found.get_all("Project-URL") or ()), found.get("Home-page") or "", found.get_payload() or ""])
sys.exit(0 if sys.argv[2] in said else 1)
"""


def install() -> dict[str, str]:
    """Install what is missing; give, for each package that cannot be had, why."""
    if not PYTHON.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(HOME)], capture_output=True, text=True, check=False)
        if made.returncode:
            return {package.name: "no environment could be made for it" for package in PACKAGES}
    return {package.name: why for package in PACKAGES if (why := _install(package))}


def _install(package: Package) -> str:
    if _is_there(package):
        return ""
    verb = ["download", "--no-deps", "--python-version", package.aside] if package.aside else ["install"]
    named = f"{package.name}=={package.version}"
    with tempfile.TemporaryDirectory() as folder:
        command = [str(PYTHON), "-m", "pip", *verb, "--quiet", "--only-binary", ":all:", named]
        command += ["--dest", folder] if package.aside else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return (errors or ["it could not be installed"])[-1].removeprefix("ERROR: ")
        for wheel in Path(folder).glob("*.whl"):
            with ZipFile(wheel) as packed:
                packed.extractall(ASIDE)
    return "" if _is_there(package) else f"what was installed does not say that it comes from {package.project}"


def _is_there(package: Package) -> bool:
    command = [str(PYTHON), "-c", ASK, package.name, package.project, str(ASIDE)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
