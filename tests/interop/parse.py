"""Everything that was collected, read by an R4 client that others wrote (the package fhirclient): its classes refuse unknown
members, wrong types and missing mandatory elements.

usage: parse.py FOLDER     with the Bundles of `dvza pgo collect --out` below it
"""
import collections
import json
import pathlib
import sys

from fhirclient.models import fhirelementfactory
from fhirclient.models.fhirabstractbase import FHIRValidationError


def parse(resource, place):
    """One resource, strictly; its type. A Bundle is read whole, with what is in it."""
    kind = resource["resourceType"]
    try:
        read = fhirelementfactory.FHIRElementFactory.instantiate(kind, resource)
    except FHIRValidationError as error:
        sys.exit(f"FAIL  {place}: {error}")
    if read.resource_type != kind:
        sys.exit(f"FAIL  {place}: fhirclient has no class for {kind}")
    if kind == "Bundle":
        return [entry.resource.resource_type for entry in read.entry or []]
    return [kind]


def main():
    files, types = 0, collections.Counter()
    for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if "resourceType" not in document:
            continue
        files += 1
        types.update(parse(document, path.relative_to(sys.argv[1])))
    for kind, count in sorted(types.items()):
        print(f"      {count:6} {kind}")
    print(f"ok    {sum(types.values())} resources of {len(types)} types in {files} files, all read by fhirclient")


main()
