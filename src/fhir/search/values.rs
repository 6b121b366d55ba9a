//! What a resource answers to a search: its codes and dates, extracted once at import.

use std::cmp::Reverse;
use std::sync::Arc;

use serde_json::Value;

use super::dates::Span;
use super::params::{Param, ParamType, Source, rules_of};
use super::tokens::canonical_system;
use crate::domain::ids::ResourceId;
use crate::fhir::{FhirRelease, ResourceType};

/// How long a time interval lasts, beside its start or end.
const DURATION: &str = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Duration";

/// One value of a search parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SearchValue {
    /// A code; the system in its canonical spelling.
    Token {
        /// The code system; `None` for an element of FHIR type `code`.
        system: Option<Arc<str>>,
        /// The code.
        code: Option<Arc<str>>,
    },
    /// A date, an instant or a period.
    Date(Span),
}

impl SearchValue {
    pub(super) fn token(system: Option<&str>, code: Option<&str>) -> Self {
        Self::Token { system: system.map(|system| Arc::from(canonical_system(system))), code: code.map(Arc::from) }
    }
}

/// The search values of one resource, in a stable order; stored sealed, beside its release facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchValues(Vec<(Param, SearchValue)>);

impl SearchValues {
    /// Nothing to search by: such a resource answers only a search without conditions.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &(Param, SearchValue)> {
        self.0.iter()
    }

    /// The values of one parameter.
    pub fn of(&self, param: Param) -> impl Iterator<Item = &SearchValue> {
        self.0.iter().filter(move |(own, _)| *own == param).map(|(_, value)| value)
    }
}

impl FromIterator<(Param, SearchValue)> for SearchValues {
    fn from_iter<I: IntoIterator<Item = (Param, SearchValue)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Extracts the values of every search parameter of this type from a rendered resource.
///
/// A value of a form that cannot be searched (free text, a date that is none) is left out. Medication without a period of
/// use counts as open on both sides, so that no search for current medication misses it (fhir-data-services §2).
pub fn values_of(release: FhirRelease, kind: ResourceType, body: &Value) -> SearchValues {
    let mut found = Vec::new();
    for rule in rules_of(release, kind) {
        for source in rule.sources {
            each_value(body, source, &mut |value| read(rule.param, value, &mut found));
        }
    }
    let period_is_unknown =
        Param::PeriodOfUse.exists_on(release, kind) && !found.iter().any(|(param, _)| *param == Param::PeriodOfUse);
    if period_is_unknown {
        found.push((Param::PeriodOfUse, SearchValue::Date(Span::ALWAYS)));
    }
    SearchValues(found)
}

fn each_value<'v>(body: &'v Value, source: &Source, visit: &mut dyn FnMut(&'v Value)) {
    match source {
        Source::Path(path) => walk(body, path, visit),
        Source::Extension(url, member) => {
            let extensions = body.get("extension").and_then(Value::as_array).into_iter().flatten();
            let values = extensions.filter(|extension| extension["url"] == *url);
            values.filter_map(|extension| extension.get(member)).for_each(visit);
        }
    }
}

fn walk<'v>(value: &'v Value, path: &[&str], visit: &mut dyn FnMut(&'v Value)) {
    if let Value::Array(elements) = value {
        return elements.iter().for_each(|element| walk(element, path, visit));
    }
    match path.split_first() {
        None => visit(value),
        Some((name, rest)) => {
            if let Some(value) = value.get(name) {
                walk(value, rest, visit);
            }
        }
    }
}

fn read(param: Param, value: &Value, found: &mut Vec<(Param, SearchValue)>) {
    match param.kind() {
        ParamType::Date => found.extend(span(value).map(|span| (param, SearchValue::Date(span)))),
        ParamType::Token if matches!(param, Param::Identifier | Param::PharmaceuticalTreatmentIdentifier) => {
            found.extend(identifier(value).map(|token| (param, token)));
        }
        ParamType::Token => {
            let mut add = |token: Option<SearchValue>| found.extend(token.map(|token| (param, token)));
            match value.get("coding").and_then(Value::as_array) {
                Some(codings) => codings.iter().for_each(|coding| add(token(coding))),
                None => add(token(value)),
            }
        }
    }
}

/// A `code` or a Coding.
fn token(value: &Value) -> Option<SearchValue> {
    if let Value::String(code) = value {
        return Some(SearchValue::token(None, Some(code)));
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let (system, code) = (text("system"), text("code"));
    (system.is_some() || code.is_some()).then(|| SearchValue::token(system, code))
}

/// An Identifier with a value; a masked one has none.
fn identifier(value: &Value) -> Option<SearchValue> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    Some(SearchValue::token(text("system"), Some(text("value")?)))
}

/// A date or a Period; a Period without both ends says nothing.
///
/// Where one end is missing, the duration that zibs give beside it tells it (zib TimeInterval).
fn span(value: &Value) -> Option<Span> {
    if let Value::String(text) = value {
        return Span::parse(text);
    }
    let end = |name: &str| value.get(name).and_then(Value::as_str).and_then(Span::parse);
    let mut period = Span::between(end("start"), end("end"));
    if let Some(days) = duration_in_days(value) {
        period = period.lasting(days);
    }
    (period != Span::ALWAYS).then_some(period)
}

/// The duration of a time interval in whole days; none when it is given in months or years, which have no length.
fn duration_in_days(period: &Value) -> Option<i64> {
    let extensions = period.get("extension").and_then(Value::as_array)?;
    let duration = extensions.iter().find(|extension| extension["url"] == DURATION)?.get("valueDuration")?;
    let number = duration.get("value")?.as_f64()?;
    let days = match duration.get("code")?.as_str()? {
        "h" => number / 24.0,
        "d" => number,
        "wk" => number * 7.0,
        _ => return None,
    };
    // Within the years of a calendar this is exact; anything else is no duration of use.
    (days.is_finite() && (0.0..1e6).contains(&days)).then_some(days.ceil() as i64)
}

/// Orders a result: the resource's main date, newest first and undated last, then by id.
pub type SortKey = (Reverse<Option<i64>>, ResourceId);

/// The place of this resource among others of its type.
pub fn sort_key(kind: ResourceType, id: ResourceId, values: &SearchValues) -> SortKey {
    let dates = main_dates(kind).iter().flat_map(|param| values.of(*param));
    let mut instants = dates.filter_map(|value| match value {
        SearchValue::Date(span) => span.from.or(span.to),
        SearchValue::Token { .. } => None,
    });
    (Reverse(instants.next().map(|at| at.millis())), id)
}

const fn main_dates(kind: ResourceType) -> &'static [Param] {
    match kind {
        ResourceType::MedicationRequest => &[Param::AuthoredOn],
        ResourceType::MedicationDispense => &[Param::WhenHandedOver, Param::PeriodOfUse],
        ResourceType::MedicationStatement => &[Param::PeriodOfUse, Param::Effective],
        ResourceType::MedicationAdministration => &[Param::EffectiveTime],
        ResourceType::ServiceRequest | ResourceType::ProcedureRequest => &[Param::Authored, Param::Occurrence],
        ResourceType::NutritionOrder => &[Param::DateTime],
        ResourceType::Condition => &[Param::OnsetDate, Param::RecordedDate],
        _ => &[Param::Date],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const R4: FhirRelease = FhirRelease::R4;

    fn day(text: &str) -> SearchValue {
        SearchValue::Date(Span::parse(text).unwrap())
    }

    fn found(values: &SearchValues, param: Param) -> Vec<SearchValue> {
        values.of(param).cloned().collect()
    }

    #[test]
    fn an_observation_answers_code_category_status_and_date() {
        let body = json!({
            "status": "final",
            "category": [{"coding": [{"system": "http://hl7.org/fhir/observation-category", "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": "1-1"}, {"code": "x"}, {"display": "only"}], "text": "t"},
            "effectiveDateTime": "2026-06-15",
        });
        let values = values_of(R4, ResourceType::Observation, &body);
        assert_eq!(found(&values, Param::Status), [SearchValue::token(None, Some("final"))]);
        assert_eq!(
            found(&values, Param::Category),
            [SearchValue::token(
                Some("http://terminology.hl7.org/CodeSystem/observation-category"),
                Some("laboratory")
            )]
        );
        assert_eq!(
            found(&values, Param::Code),
            [SearchValue::token(Some("http://loinc.org"), Some("1-1")), SearchValue::token(None, Some("x"))]
        );
        assert_eq!(found(&values, Param::Date), [day("2026-06-15")]);
    }

    #[test]
    fn a_class_is_a_coding_and_a_period_has_open_ends() {
        let body = json!({"class": {"system": "http://s", "code": "AMB"}, "period": {"start": "2026-06-15"}});
        let values = values_of(R4, ResourceType::Encounter, &body);
        assert_eq!(found(&values, Param::Class), [SearchValue::token(Some("http://s"), Some("AMB"))]);
        let open = SearchValue::Date(Span::between(Span::parse("2026-06-15"), None));
        assert_eq!(found(&values, Param::Date), [open]);
    }

    #[test]
    fn a_prescription_without_period_of_use_is_open_on_both_sides() {
        let url = "http://nictiz.nl/fhir/StructureDefinition/ext-TimeInterval.Period";
        let with = json!({"extension": [{"url": "other"}, {"url": url, "valuePeriod": {"end": "2026-06-15"}}]});
        let until = SearchValue::Date(Span::between(None, Span::parse("2026-06-15")));
        assert_eq!(found(&values_of(R4, ResourceType::MedicationRequest, &with), Param::PeriodOfUse), [until]);
        for body in [json!({}), json!({"extension": [{"url": url, "valuePeriod": {}}]})] {
            let values = values_of(R4, ResourceType::MedicationRequest, &body);
            assert_eq!(found(&values, Param::PeriodOfUse), [SearchValue::Date(Span::ALWAYS)]);
        }
    }

    #[test]
    fn values_of_another_shape_are_left_out() {
        let body = json!({"status": 7, "code": {"text": "free"}, "effectiveDateTime": "soon", "category": "x"});
        let values = values_of(R4, ResourceType::Observation, &body);
        assert_eq!(found(&values, Param::Category), [SearchValue::token(None, Some("x"))]);
        assert_eq!(found(&values, Param::Status), []);
        assert_eq!(found(&values, Param::Date), []);
        assert!(values_of(R4, ResourceType::Observation, &json!([1, "a", null])).is_empty());
    }

    #[test]
    fn newest_first_undated_last_then_by_id() {
        let id = |n: u8| ResourceId::from_bytes([n; 16]);
        let key = |n: u8, date: &str| {
            sort_key(
                ResourceType::Composition,
                id(n),
                &values_of(R4, ResourceType::Composition, &json!({"date": date})),
            )
        };
        let mut keys = [key(4, ""), key(3, "2026-01-01"), key(2, "2026-06-15"), key(1, "2026-01-01")];
        keys.sort();
        assert_eq!(keys.map(|(_, id)| id), [id(2), id(1), id(3), id(4)]);
    }
}
