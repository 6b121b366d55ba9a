"""What was served, as it lies in a folder: Bundles (*.json) and resources, one a line (*.ndjson), anywhere below it."""
import json


def documents(folder):
    """Every JSON document below the folder, and where it stands."""
    for path in sorted(folder.rglob("*.json")):
        yield str(path.relative_to(folder)), json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(folder.rglob("*.ndjson")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{path.relative_to(folder)}:{number}", json.loads(line)
