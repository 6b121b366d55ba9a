"""Everything that was served, read by an R4 client that others wrote (the package fhirclient): its classes refuse unknown
members, wrong types and missing mandatory elements.

usage: parse.py FOLDER     with Bundles (*.json) and resources, one a line (*.ndjson), anywhere below it
"""
import collections
import pathlib
import sys

from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from served import documents


def read(resource, place):
    """One resource, strictly; the types that were read. A Bundle is read whole, with what is in it."""
    kind = resource["resourceType"]
    try:
        made = FHIRElementFactory.instantiate(kind, resource)
    except FHIRValidationError as error:
        sys.exit(f"FAIL  {place}: {error}")
    if made.resource_type != kind:
        sys.exit(f"FAIL  {place}: fhirclient has no class for {kind}")
    return [entry.resource.resource_type for entry in made.entry or []] if kind == "Bundle" else [kind]


def main():
    types = collections.Counter()
    for place, document in documents(pathlib.Path(sys.argv[1])):
        types.update(read(document, place) if "resourceType" in document else [])
    for kind, count in sorted(types.items()):
        print(f"      {count:6} {kind}")
    if not types:
        sys.exit("FAIL  there is nothing to read")
    print(f"ok    {sum(types.values())} resources of {len(types)} types, all read by fhirclient")


main()
