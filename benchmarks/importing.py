"""Speed and memory of an import beside the least that it could cost: the same rows in bare SQLite.

``python -m benchmarks.importing [--json] [--rows N]``. A semicolon-separated file in Windows-1252, as Swedish
spreadsheets write it, with texts of the project's own topics, is taken in by the real command in a process of
its own; the bare peer reads it with Python's csv module and writes each row once, in one transaction.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.encoding import shipped_texts

HEADER = ("Id", "Typ", "Beskrivning", "Kommun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Whole-process figures; ``ratio``: seconds against the bare peer's."""

    n_rows: int
    file_mib: float
    import_s: float
    rows_per_s: float
    bare_s: float
    ratio: float
    again_s: float
    peak_memory_mib: float | None


def write_file(path: Path, n_rows: int) -> None:
    """Write the rows; what Windows-1252 lacks is left out."""
    with path.open("w", encoding="cp1252", errors="ignore", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(HEADER)
        for number, text in enumerate(shipped_texts(n_rows)):
            rows.writerow((number, "behov", text, "2482"))


def bare_seconds(path: Path, folder: Path) -> float:
    """Read the file and write its rows to a table, nothing else."""
    began = time.perf_counter()
    database = sqlite3.connect(folder / "bare.db")
    with path.open(encoding="cp1252", newline="") as file, database:
        database.execute("CREATE TABLE rows (id TEXT PRIMARY KEY, kind TEXT, text TEXT, place TEXT)")
        rows = csv.reader(file, delimiter=";")
        next(rows)
        database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
    database.close()
    return time.perf_counter() - began


def import_file(path: Path, folder: Path) -> float:
    """Take the file in by the command line; return the seconds of the whole process."""
    environment = {**os.environ, "MATCHER_DATA_DIR": str(folder), "MATCHER_DATABASE_URL": ""}
    command = [sys.executable, "-m", "matcher.cli"]
    subprocess.run([*command, "init"], check=True, env=environment, stdout=subprocess.DEVNULL)
    began = time.perf_counter()
    subprocess.run([*command, "import", str(path)], check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def peak_of_children() -> float | None:
    """Return the largest memory of a finished process, in MiB; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def run(n_rows: int) -> Result:
    """Write a file, take it in twice, and do the bare work."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "behov.csv"
        write_file(path, n_rows)
        bare = bare_seconds(path, folder)
        taken, again = import_file(path, folder), import_file(path, folder)
        return Result(
            n_rows=n_rows,
            file_mib=path.stat().st_size / (1 << 20),
            import_s=taken,
            rows_per_s=n_rows / taken,
            bare_s=bare,
            ratio=taken / bare,
            again_s=again,
            peak_memory_mib=peak_of_children(),
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.importing", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args(arguments)
    result = asdict(run(options.rows))
    if options.json:
        sys.stdout.write(json.dumps(result, indent=2) + "\n")
        return 0
    sys.stdout.write("| import | figure |\n|---|---|\n")
    for name, value in result.items():
        shown = "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
        sys.stdout.write(f"| {name} | {shown} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
