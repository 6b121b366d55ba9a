use super::*;
use crate::tree::Form;
use crate::tree::tests::schema;

const BUNDLE: &str = r##"{
  "resourceType": "Bundle", "type": "searchset", "total": 2,
  "link": [{"relation": "self", "url": "https://x.test/fhir/Observation?code=1"}],
  "entry": [
    {"fullUrl": "https://x.test/fhir/Observation/o1", "resource": {
      "resourceType": "Observation", "id": "o1", "meta": {"profile": ["http://p.test/o"]}, "status": "final",
      "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "d"}], "text": "t"},
      "subject": {"reference": "Patient/p", "display": "x"}, "effectiveDateTime": "2024-03-01T10:00:00+01:00",
      "issued": "2024-03-01T09:30:00Z",
      "valueQuantity": {"value": 5.90, "unit": "mm[Hg]"},
      "component": [{"code": {"text": "a"}, "valueString": "s"}, {"code": {"text": "b"}, "valueInteger": 3}]}},
    {"fullUrl": "https://x.test/fhir/Patient/p", "resource": {
      "resourceType": "Patient", "id": "p", "birthDate": "1970-05-01", "active": false,
      "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn",
        "_value": {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}}],
      "name": [{"use": "official", "family": "f", "given": ["a", "b"]}],
      "telecom": [{"use": "home", "value": "1"}, {"use": "home", "value": "2"}],
      "managingOrganization": {"reference": "#o"}, "contained": [{"resourceType": "Organization", "id": "o", "name": "n"}],
      "extension": [{"url": "http://x.y/e", "valuePeriod": {"start": "2020"}}]}}]
}"##;

fn evaluate(source: &str) -> Result<Vec<String>, Failure> {
    let tree = Tree::read(schema().unwrap(), Form::Json, BUNDLE.as_bytes()).unwrap();
    assert_eq!(tree.issues(), []);
    let links = Links::of(&tree);
    let context = Context { tree: &tree, links: &links, terminology: None, now: Some("2024-06-01T12:00:00+02:00") };
    let found = parse(source).unwrap_or_else(|error| panic!("{source}: {error}")).evaluate(context, tree.root())?;
    let written = |value: &Value| match value {
        Value::Node(node) if tree.value(*node).is_none() => tree.ty(*node).name.clone(),
        value => value.written(&tree).unwrap_or_default(),
    };
    Ok(found.iter().map(written).collect())
}

#[test]
fn expressions_find_what_the_standard_says() {
    if schema().is_none() {
        return;
    }
    let cases: &[(&str, &[&str])] = &[
        // Paths, types and choices.
        ("Bundle.type", &["searchset"]),
        ("Patient.name", &[]),
        ("entry.resource.where(is(Patient)).name.given", &["a", "b"]),
        ("Bundle.entry.resource.select($this as Observation).value.value", &["5.90"]),
        ("entry[0].resource.value is Quantity", &["true"]),
        ("entry[0].resource.value.is(quantity)", &["true"]),
        ("entry[0].resource.component.where(value is string).code.text", &["a"]),
        ("entry[0].resource.component.value.ofType(integer)", &["3"]),
        ("entry[0].resource.status.is(string) and entry[0].resource.status.is(code)", &["true"]),
        ("entry[0].resource.is(DomainResource)", &["true"]),
        ("Bundle.descendants().where($this.is(coding)).code", &["8480-6"]),
        ("Bundle.descendants().where($this is Reference).count()", &["2"]),
        ("entry[1].resource.extension.value.where($this is Period).start", &["2020"]),
        ("entry[1].resource.extension('http://x.y/e').value.start", &["2020"]),
        ("entry[5].resource", &[]),
        // Logic of three values; what is no boolean counts as true, and so do several items.
        ("{} and false", &["false"]),
        ("{} or true", &["true"]),
        ("{} implies true", &["true"]),
        ("{} and true", &[]),
        ("{}.not()", &[]),
        ("true xor false", &["true"]),
        ("true or false and false", &["true"]),
        ("entry.resource.identifier.where(system and value).count()", &["1"]),
        ("entry.resource.where(telecom.where(use = 'home')).id", &["p"]),
        ("entry.resource.where(active).id", &[]),
        ("false implies unknown()", &["true"]),
        // Primitives without a value.
        ("entry.resource.identifier.value.exists()", &["true"]),
        ("entry.resource.identifier.value.hasValue()", &["false"]),
        ("entry.resource.identifier.value.extension.value", &["masked"]),
        ("entry.resource.birthDate.where(value = '1970-05-01').exists()", &["true"]),
        // Numbers, dates and texts.
        ("entry[0].resource.value.value = 5.9", &["true"]),
        ("1 + 2 * 3 = 7 and 7 div 2 = 3 and 7 mod 2 = 1 and 1 / 2 = 0.5", &["true"]),
        ("-1 < 0", &["true"]),
        ("entry[0].resource.issued < entry[0].resource.effective", &["false"]),
        ("entry[0].resource.effective <= entry[0].resource.issued", &["true"]),
        ("entry[0].resource.effective > @2024-02-29", &["true"]),
        ("entry[0].resource.effective > @2024-03", &[]),
        ("entry[1].resource.birthDate = '1970-05-01'", &["true"]),
        ("today()", &["2024-06-01"]),
        ("'a' + 'b' & {}", &["ab"]),
        ("link.url.matches('\\\\?code=\\\\d$')", &["true"]),
        ("link.where(relation='self').url.replaceMatches('Observation[/?].*$','')", &["https://x.test/fhir/"]),
        ("entry.fullUrl.contains('x')", &[]),
        ("'abc'.substring(1, 1) + 'abc'.length().toString()", &["b3"]),
        ("'a,b'.split(',').join('-')", &["a-b"]),
        ("'12'.toInteger() + 1", &["13"]),
        ("'x'.toInteger()", &[]),
        ("'x'.convertsToInteger() or '2024-02-30'.convertsToDate()", &["false"]),
        ("'12:30:00'.toTime() < @T13:00", &["true"]),
        // Collections.
        ("(1 | 2 | 1).count()", &["2"]),
        ("('a' | 'b' | 'a')", &["a", "b"]),
        ("('3' | 3 | '3').count()", &["2"]),
        ("entry.select(fullUrl & 'x').isDistinct()", &["true"]),
        ("entry.select('x').isDistinct()", &["false"]),
        ("entry.count() in (1 | 2)", &["true"]),
        ("(1 | 2) contains 3", &["false"]),
        ("(1 | 2) in (1 | 2 | 3)", &["true"]),
        ("(1 | 4) in (1 | 2 | 3)", &["false"]),
        ("entry.all(fullUrl.endsWith(resource.id))", &["true"]),
        ("entry.all(resource.is(Patient))", &["false"]),
        ("{}.all(false)", &["true"]),
        ("entry.resource.telecom.use.isDistinct()", &["false"]),
        ("entry.resource.name.given.first() | entry.resource.name.given.last()", &["a", "b"]),
        ("entry.resource.name.given.tail()", &["b"]),
        ("entry.resource.name.given.where($index = 1)", &["b"]),
        ("('a' | 'b').subsetOf('a' | 'b' | 'c')", &["true"]),
        ("code.intersect({'11', '12'}).exists()", &["false"]),
        ("entry.resource.name.given.select($this + '!')", &["a!", "b!"]),
        ("iif(true, 1, unknown())", &["1"]),
        ("iif(false, unknown())", &[]),
        ("repeat(entry.resource.contained).name | entry.resource.repeat(contained).name", &["n"]),
        // References.
        ("entry.resource.subject.resolve().birthDate", &["1970-05-01"]),
        ("entry.resource.subject.reference.resolve().id", &["p"]),
        ("entry.resource.managingOrganization.resolve().name", &["n"]),
        ("%resource.type & %ucum", &["searchsethttp://unitsofmeasure.org"]),
        ("entry[0].resource.`value`.unit ~ 'MM[hg]' // a comment", &["true"]),
    ];
    for (source, expected) in cases {
        assert_eq!(evaluate(source).unwrap(), *expected, "{source}");
    }
}

#[test]
fn what_cannot_be_answered_fails() {
    if schema().is_none() {
        return;
    }
    let sources = [
        "unknown()",
        "%unknown",
        "entry.is(Patient)",
        "type.memberOf('http://x.y/v')",
        "1 + 'a'",
        "-'a'",
        "entry['a']",
    ];
    for source in sources {
        assert!(evaluate(source).is_err(), "{source}");
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    let deep = "(".repeat(5_000);
    let long = "not ".repeat(10) + &"a.".repeat(5_000);
    for source in
        ["", "a.", "a b", "(a", "a[", "'x", "a and", "$that", "1..2", "@20", "#", "a.matches('(')", &deep, &long]
    {
        assert!(parse(source).is_err(), "{source}");
    }
}

#[test]
fn random_expressions_never_panic() {
    let Some(schema) = schema() else { return };
    let tree = Tree::read(schema, Form::Json, BUNDLE.as_bytes()).unwrap();
    let links = Links::of(&tree);
    let context = Context { tree: &tree, links: &links, terminology: None, now: None };
    let words = [
        "entry",
        ".",
        "resource",
        "(",
        ")",
        "[",
        "]",
        "0",
        "1.5",
        "'é'",
        "=",
        "!=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "div",
        "|",
        "and",
        "or",
        "implies",
        "is",
        "as",
        "Patient",
        "where(",
        "all(",
        "$this",
        "%resource",
        "descendants()",
        "not()",
        "count()",
        ",",
        "substring(",
        "first()",
        "{}",
        "@2020-01-01",
        "in",
        "contains",
        "value",
        "toInteger()",
        "iif(",
        "&",
        "~",
    ];
    let mut seed = 5;
    for _ in 0..20_000 {
        let source: Vec<&str> =
            (0..crate::random(&mut seed, 12)).map(|_| words[crate::random(&mut seed, words.len())]).collect();
        if let Ok(expression) = parse(&source.join(" ")) {
            let _ = expression.evaluate(context, tree.root());
        }
    }
}
