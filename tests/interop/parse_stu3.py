"""Everything that was served in STU3, read by a model that others wrote (the package fhir.resources): its classes refuse unknown
members, wrong types, missing mandatory elements and second values. What it took otherwise than it was meant shows when it is
written back: that must say the same.

usage: parse_stu3.py FOLDER     with Bundles (*.json) and resources, one a line (*.ndjson), anywhere below it; a file called
                                bad-* must be refused
"""
import collections
import json
import pathlib
import re
import sys

from fhir.resources.STU3 import get_fhir_model_class
from pydantic import ValidationError
from served import documents

# It writes fractions of a second with six digits.
FRACTION = re.compile(r"(T\d\d:\d\d:\d\d)\.(\d*?)0*(Z|[+-]\d\d:\d\d)")


def fault(resource):
    """Why the model does not read this resource, or reads something else; `None` when all is well."""
    try:
        made = get_fhir_model_class(resource["resourceType"]).model_validate_json(json.dumps(resource))
    except KeyError:
        return "fhir.resources has no such type"
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    places = list(differences(resource, json.loads(made.model_dump_json()), resource["resourceType"]))
    return f"reads otherwise at {', '.join(places[:5])}" if places else None


def differences(given, written, at):
    """Where two documents do not say the same."""
    if isinstance(given, dict) and isinstance(written, dict):
        for name in sorted(set(given) | set(written)):
            yield from differences(given.get(name), written.get(name), f"{at}.{name}")
    elif isinstance(given, list) and isinstance(written, list) and len(given) == len(written):
        for place, (one, other) in enumerate(zip(given, written)):
            yield from differences(one, other, f"{at}[{place}]")
    elif plain(given) != plain(written):
        yield at


def plain(value):
    """A value with its sort, for comparison: `true` is not 1, and 7.40 is 7.4."""
    if isinstance(value, str):
        return "text", FRACTION.sub(r"\1.\2\3", value).replace(".Z", "Z").replace(".+", "+")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number", float(value)
    return type(value).__name__, value


def main():
    types, refused = collections.Counter(), 0
    for place, document in documents(pathlib.Path(sys.argv[1])):
        if "resourceType" not in document:
            continue
        found = fault(document)
        if pathlib.PurePath(place).name.startswith("bad-"):
            if found is None:
                sys.exit(f"FAIL  {place}: it is read, and should not be")
            refused += 1
            continue
        if found is not None:
            sys.exit(f"FAIL  {place}: {document['resourceType']}: {found}")
        inside = [entry["resource"]["resourceType"] for entry in document.get("entry", []) if "resource" in entry]
        types.update(inside if document["resourceType"] == "Bundle" else [document["resourceType"]])
    for kind, count in sorted(types.items()):
        print(f"      {count:6} {kind}")
    if not types:
        sys.exit("FAIL  there is nothing to read")
    if refused:
        print(f"ok    {refused} damaged ones refused")
    print(f"ok    {sum(types.values())} resources of {len(types)} types, all read by fhir.resources")


main()
