"""Writes stu3.txt, the elements of FHIR STU3, in the form of r4.txt.

Two descriptions that others made of the official definitions are laid side by side: the Rust crate fhir-model has the order of
elements, how many, their types and the codes of closed lists, but says `String` for every text; the Python package fhir.resources
says which text it is (uri, code, id, markdown, oid). Where the two disagree this ends with the disagreement and writes nothing.

usage: python3 -m venv V && V/bin/pip install fhir.resources==8.3.0
       python3 stu3.py ~/.cargo/registry/src/*/fhir-model-0.13.0 V/lib/python3*/site-packages >stu3.txt
"""
import ast
import pathlib
import re
import sys

# Rust's types where FHIR has no other name for them; texts have several.
PRIMITIVES = {
    "bool": "boolean", "i32": "integer", "u32": "unsignedInt", "NonZeroU32": "positiveInt", "f64": "decimal",
    "Base64Binary": "base64Binary", "Date": "date", "DateTime": "dateTime", "Instant": "instant", "Time": "time",
}
# Kinds of Quantity are types of their own that add no element.
QUANTITIES = ("Age", "Count", "Distance", "Duration", "Money")
# What types begin with, by the type they are made from.
BASES = {
    "Element": ["id 01 string", "extension 0* Extension"],
    "BackboneElement": ["modifierExtension 0* Extension"],
    "Resource": ["id 01 id", "meta 01 Meta", "implicitRules 01 uri", "language 01 code"],
    "DomainResource": [
        "text 01 Narrative", "contained 0* Resource", "extension 0* Extension", "modifierExtension 0* Extension",
    ],
}
ABOVE = {"BackboneElement": "Element", "DomainResource": "Resource"}
# More codes than these are not worth a table, as in r4.txt.
MOST_CODES = 60
# Closed lists that only fhir.resources names in full, by the element.
LISTED = {
    "Condition.clinicalStatus": "condition-clinical", "Coverage.status": "fm-status", "Immunization.status": "immunization-status",
    "Timing.repeat.durationUnit": "units-of-time", "Timing.repeat.periodUnit": "units-of-time",
}
# Types that are one for us.
ALIKE = {"SimpleQuantity": "Quantity"}


def fail(reason):
    sys.exit(f"FAIL  {reason}")


def capitalised(name):
    return name[:1].upper() + name[1:]


def bare(kind):
    """A type of Rust without how often it is there."""
    while (wrapped := re.fullmatch(r"(?:Vec|Option|Box)<(.*)>", kind)) is not None:
        kind = wrapped[1]
    return kind


class Crate:
    """Structs, choices and closed lists as fhir-model has them."""

    def __init__(self, folder):
        source = "".join((folder / part / "generated.rs").read_text() for part in ("types", "resources"))
        plain = re.sub(r"/\*\*.*?\*/", "", source, flags=re.S)
        plain = re.sub(r",\s+>", ">", re.sub(r"<\s+", "<", plain))
        plain = re.sub(r"#\[cfg_attr\((?:[^\[\]]|\[[^\]]*\])*?\)\]\n", "", plain)
        self.structs = {
            match[1]: self.fields(match[2]) for match in re.finditer(r"\npub struct (\w+) \{\n(.*?)\n\}", plain, re.S)
        }
        self.choices = {
            match[1]: re.findall(r'rename = "(\w+)"\)\]\s+\w+\(([\w:]+)\)', match[2])
            for match in re.finditer(r"\npub enum (\w+) \{\n(.*?)\n\}", plain, re.S)
        }
        types = re.search(r"\npub enum ResourceType \{\n(.*?)\n\}", plain, re.S)
        self.resources = re.findall(r"^    (\w+),$", types[1], re.M)
        self.lists = self.closed_lists((folder / "codes/generated.rs").read_text())

    @staticmethod
    def fields(body):
        """Name in FHIR (none for a choice), name in Rust, type, and whether it may be absent."""
        found = []
        for match in re.finditer(r"((?:\s+#\[.*\]\n|\s+///.*\n|\s*\n)*)\s+pub ([\w#]+): (.*),", body + "\n"):
            attributes, name, kind = match[1], match[2].removeprefix("r#"), match[3]
            if name.endswith("_ext"):
                continue
            fhir = re.search(r'serde\(rename = "(\w+)"\)', attributes)
            found.append((fhir and fhir[1], name, kind, "serde(default" in attributes))
        return found

    @staticmethod
    def closed_lists(source):
        """By the name of the enum: the name of the value set and its codes; lists that allow others are none."""
        found = {}
        form = r"\*\*\[\w+\]\((\S+?)\)\*\*[^\n]*\n(?:#\[[^\n]*\n)*pub enum (\w+) \{"
        form += r".*?fn as_ref\(&self\) -> &str \{\n(.*?)\n    \}\n"
        for match in re.finditer(form, source, re.S):
            codes = re.findall(r'Self::\w+ => "(.*?)",', match[3])
            is_plain = not any(set(code) & set(" ,|") for code in codes)
            if "_Custom" not in match[3] and len(codes) <= MOST_CODES and is_plain:
                found[match[2]] = (match[1].rsplit("/", 1)[1], codes)
        return found


class Package:
    """The kinds of text and what else fhir.resources says of an element, by class and name."""

    def __init__(self, folder):
        self.fields = {}
        for path in sorted(folder.glob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef):
                    self.read(node)

    def read(self, node):
        fields = self.fields.setdefault(node.name, {})
        for item in node.body:
            if not isinstance(item, ast.AnnAssign) or not isinstance(item.value, ast.Call):
                continue
            if item.target.id.endswith("__ext"):
                continue
            options = {option.arg: option.value for option in item.value.keywords}
            extra = ast.literal_eval(options.get("json_schema_extra", ast.Constant({})))
            annotation = ast.unparse(item.annotation)
            kind = re.search(r"fhirtypes\.(\w+)Type\b|\bbool\b", annotation)
            required = ast.unparse(options.get("default", ast.Constant(None))) == "..."
            fields[ast.literal_eval(options["alias"])] = {
                "kind": (kind and kind[1]) or "Boolean",
                "is_list": "List[" in annotation,
                "is_required": required or extra.get("element_required", extra.get("one_of_many_required", False)),
                "codes": extra.get("enum_values", ["+"]),
            }


def base_of(names, sort):
    """What a type with these elements is made from."""
    if sort == "resource":
        return "DomainResource" if "contained" in names else "Resource"
    return "BackboneElement" if "modifierExtension" in names else "Element"


class Table:
    """The lines of stu3.txt."""

    def __init__(self, crate, package):
        self.crate, self.package = crate, package
        self.lines, self.codes, self.paths = [], {}, {}

    def write(self):
        datatypes = [name.removesuffix("Inner") for name in self.crate.structs if name.endswith("Inner")]
        datatypes = [name for name in datatypes if name not in [*self.crate.resources, "SimpleQuantity"]]
        for name in sorted([*datatypes, "Element", "BackboneElement"]):
            self.whole(name, "type")
        for name in sorted([*self.crate.resources, "Resource", "DomainResource"]):
            self.whole(name, "resource")
        codes = [" ".join(["codes", name, *codes]) for name, codes in sorted(self.codes.items())]
        return "".join(f"{line}\n" for line in codes + self.lines)

    def whole(self, name, sort):
        if name in BASES:
            self.lines.append(" ".join([sort, name, *filter(None, [ABOVE.get(name)])]))
            self.lines.extend(f" {line}" for line in BASES[name])
        elif name in QUANTITIES:
            self.lines.append(f"{sort} {name} Quantity")
        else:
            self.below(name, name, f"{name}Inner", sort)

    def below(self, path, own, struct, sort):
        """A type, then those that only it has."""
        fields = self.crate.structs[struct]
        base = base_of({fhir for fhir, *_ in fields}, sort)
        self.lines.append(f"{sort} {path} {base}")
        if path == own:
            self.find_paths(path, own, struct)
        inherited = {line.split()[0] for kind in (base, ABOVE.get(base)) for line in BASES.get(kind, [])}
        inner, known = [], set(self.package.fields[own]) - inherited - {"resource_type", "fhir_comments"}
        for fhir, rust, kind, is_optional in fields:
            if fhir not in inherited and (fhir, rust) != (None, "resource_type"):
                inner += self.element(path, own, (fhir, rust, kind, is_optional), known)
        if known:
            fail(f"{path}: fhir-model does not have {', '.join(sorted(known))}")
        for step in inner:
            self.below(*step, "type")

    def find_paths(self, path, name, struct):
        """Where the elements with elements of their own stand; others may refer to them from anywhere in the type."""
        for fhir, _, kind, _ in self.crate.structs[struct]:
            kind = bare(kind)
            if fhir is not None and kind == name + capitalised(fhir) and kind in self.crate.structs:
                self.paths[kind] = f"{path}.{fhir}"
                self.find_paths(f"{path}.{fhir}", kind, kind)

    def element(self, path, own, field, known):
        fhir, rust, kind, is_optional = field
        count = f"{'0' if is_optional else '1'}{'*' if kind.startswith('Vec<') else '1'}"
        kind = bare(kind)
        if fhir is None:
            return self.choice(path, own, rust, kind, count, known)
        said = self.said(path, own, fhir, count, known)
        place = f"{path}.{fhir}"
        if kind in self.paths:
            self.lines.append(f" {fhir} {count} @{self.paths[kind]}")
            return [(place, kind, kind)] if self.paths[kind] == place else []
        codes = self.package.fields[own][fhir]["codes"]
        self.lines.append(f" {fhir} {count} {self.type_of(place, kind, said, codes)}")
        return []

    def type_of(self, place, kind, said, codes):
        if kind.startswith("codes::"):
            if said != "Code":
                fail(f"{place} is a code for fhir-model, {said} for fhir.resources")
            return self.coded(*self.crate.lists.get(kind.removeprefix("codes::"), (None, [])))
        if place in LISTED:
            return self.coded(LISTED[place], codes)
        if kind == "String":
            return "xhtml" if place == "Narrative.div" else text(place, said)
        name = PRIMITIVES.get(kind, ALIKE.get(kind, kind))
        if ALIKE.get(said, said).lower() != name.lower():
            fail(f"{place} is a {kind} for fhir-model, {said} for fhir.resources")
        return name

    def coded(self, name, codes):
        if name is None:
            return "code"
        if "+" in codes or self.codes.setdefault(name, codes) != codes:
            fail(f"the list {name} is not closed, or there are two")
        return f"code={name}"

    def choice(self, path, own, rust, kind, count, known):
        members = self.crate.choices[kind]
        names = [member for member, _ in members]
        start = re.sub(r"_(\w)", lambda match: match[1].upper(), rust)
        types = []
        for member, of in members:
            said = self.said(path, own, member, count, known)
            suffix = member.removeprefix(start)
            is_primitive = of in PRIMITIVES or of == "String"
            found = suffix[:1].lower() + suffix[1:] if is_primitive else suffix
            if of == "String" and text(f"{path}.{member}", said) != found:
                fail(f"{path}.{member} is {said} for fhir.resources")
            types.append(found)
        if len(set(types)) != len(names) or not all(name.startswith(start) for name in names):
            fail(f"{path}.{start}: the choices are {names}")
        self.lines.append(f" {start}[x] {count} {'|'.join(types)}")
        return []

    def said(self, path, own, fhir, count, known):
        """The type by fhir.resources, which must agree on everything else."""
        found = self.package.fields[own].get(fhir)
        if found is None:
            fail(f"{path}.{fhir} is not in fhir.resources")
        known.discard(fhir)
        if found["is_list"] != count.endswith("*") or found["is_required"] != count.startswith("1"):
            fail(f"{path}.{fhir} is {count} for fhir-model, {found} for fhir.resources")
        return found["kind"]


def text(place, said):
    kinds = {"String": "string", "Uri": "uri", "Url": "uri", "Code": "code", "Id": "id", "Markdown": "markdown", "Oid": "oid",
             "Uuid": "uuid"}
    return kinds.get(said) or fail(f"{place} is a text for fhir-model, {said} for fhir.resources")


def main():
    crate, package = map(pathlib.Path, sys.argv[1:])
    table = Table(Crate(crate / "src/stu3"), Package(package / "fhir/resources/STU3"))
    sys.stdout.write(table.write())


main()
