"""Judges every PDF of a folder as PDF/A-2b, with pdf-oxide; one line for each, and the exit code says whether all are as they should be."""

import pathlib
import sys

from pdf_oxide import PdfDocument


def errors(path):
    """What the validator has against the file; a file that it cannot read is not PDF/A either."""
    try:
        said = PdfDocument(str(path)).validate_pdf_a("2b")
    except Exception as error:
        return [f"unreadable: {error}"]
    found = [str(error) for error in said["errors"]]
    return found if found or said["valid"] else ["not valid"]


wrong = 0
files = sorted(pathlib.Path(sys.argv[1]).glob("*.pdf"))
for path in files:
    found = errors(path)
    should_pass = path.name.startswith("good-")
    as_it_should = bool(found) != should_pass
    wrong += not as_it_should
    print("ok  " if as_it_should else "FAIL", path.name, "; ".join(found) or "PDF/A-2b")
print(f"{len(files) - wrong} of {len(files)} files judged as they should be")
sys.exit(wrong > 0 or not files)
