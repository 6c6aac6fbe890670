"""The wheel that customers install holds the arithmetic alone."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from config.environment import BASE_DIR


def test_the_wheel_holds_rollcall_alone_and_all_of_it(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shutil.copytree(BASE_DIR / "rollcall", source / "rollcall", ignore=shutil.ignore_patterns("__pycache__"))
    for app in ("ground", "billing"):
        shutil.copytree(BASE_DIR / app / "models", source / app)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(BASE_DIR / name, source / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"rollcall"}
    ours = {str(path.relative_to(source)) for path in (source / "rollcall").rglob("*") if path.is_file()}
    assert ours <= set(names)
