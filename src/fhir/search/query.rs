//! One search request: parsed against what the data service offers, matched against search values, echoed as links.
//!
//! Lenient where FHIR lets us (an unknown parameter is ignored and left out of the self link), strict where it
//! protects the patient: nothing in a request may choose one, and a parameter that is offered but cannot be read
//! is an error, never a wider result. Requirements: fhir-data-services §1.1, §1.2, §1.5; release-rules §3.3, §15.19.

use super::dates::DateFilter;
use super::includes::{Include, Node, Nodes};
use super::params::{Param, ParamType};
use super::part::Part;
use super::tokens::{TokenFilter, alternatives};
use super::values::{SearchValue, SearchValues};
use crate::domain::ids::ResourceId;
use crate::fhir::catalogue::{Request, Service};
use crate::fhir::outcome::{IssueCode, OperationOutcome};
use crate::fhir::{FhirRelease, ResourceType};

/// The parameter that carries the sealed page cursor; only in links we made ourselves.
pub const CURSOR: &str = "_cursor";

/// Most name-value pairs in one request, and most alternatives in one parameter: bounds the work of a search.
const MOST: usize = 100;

/// Parameters that choose a patient in some resource type (the token does that here).
const PATIENT_PARAMS: &[&str] = &["patient", "subject", "beneficiary", "individual"];

/// How the naming system of the BSN is written, without scheme.
const BSN_SYSTEMS: &[&str] = &["fhir.nl/fhir/NamingSystem/bsn", "2.16.840.1.113883.2.4.6.3"];

/// Why a search is refused, in words for the client; always HTTP 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum Reason {
    #[error("the patient follows from the access token and cannot be a search parameter")]
    Patient,
    #[error("the value is empty")]
    Empty,
    #[error("the value is not a token of the form code, system|code, system| or |code")]
    Token,
    #[error("the value is not a date with one of the prefixes eq, ne, gt, lt, ge, le, sa, eb")]
    Date,
    #[error("the value is not a whole number")]
    Count,
    #[error("the value is not of the form Type:parameter or Type:parameter:TargetType")]
    Include,
    #[error("the value is not one of count, true, false, text, data")]
    Summary,
    #[error("the parameter may be given once")]
    Repeated,
    #[error("this modifier is not supported")]
    Modifier,
    #[error("chained parameters are not supported")]
    Chained,
    #[error("there are too many values")]
    TooMany,
}

/// A search that is refused. Names the parameter and the reason, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("search parameter '{param}': {reason}")]
pub struct QueryFault {
    /// The parameter, without modifier; shortened to what a parameter name can hold.
    pub param: String,
    /// What is wrong.
    pub reason: Reason,
}

impl QueryFault {
    /// `name` comes from the client: digits and anything unusual are dropped, so no number of a person gets out.
    fn new(name: &str, reason: Reason) -> Self {
        let plain = |c: &char| c.is_ascii_alphabetic() || matches!(c, '_' | '-');
        Self { param: name.chars().take_while(plain).take(32).collect(), reason }
    }

    /// The body of the 400 answer (fhir-data-services §1.5: malformed search).
    pub fn outcome(&self) -> OperationOutcome {
        OperationOutcome::error(IssueCode::Invalid, &self.to_string())
    }
}

/// Does the client want the resources, or only their number?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summary {
    /// The resources.
    Full,
    /// `_summary=count` (or `_count=0`): only the total.
    Count,
}

/// One condition value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Of a token parameter.
    Token(TokenFilter),
    /// Of a date parameter.
    Date(DateFilter),
}

impl Test {
    fn hits(&self, value: &SearchValue) -> bool {
        match (self, value) {
            (Self::Token(filter), value) => filter.hits(value),
            (Self::Date(filter), SearchValue::Date(span)) => filter.hits(*span),
            (Self::Date(_), SearchValue::Token { .. }) => false,
        }
    }
}

/// One parameter of a search: some value of the resource must answer one of the alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The parameter.
    pub param: Param,
    /// The alternatives, at least one.
    pub any: Vec<Test>,
    /// The reference to follow first: the parameter is then one of what it leads to.
    pub via: Option<Include>,
}

impl Filter {
    /// Reads `parameter=value` of the catalogue, as a condition on a type.
    pub(crate) fn parse(release: FhirRelease, kind: ResourceType, text: &str) -> Option<Self> {
        let (name, value) = text.split_once('=')?;
        let param = Param::find(release, kind, name)?;
        let parts = alternatives(value);
        check_alternatives(&parts).ok()?;
        Some(Self { param, any: tests((release, kind), param, &parts).ok()?, via: None })
    }

    /// Do these search values answer it?
    pub(super) fn hits(&self, values: &SearchValues) -> bool {
        values.of(self.param).any(|value| self.any.iter().any(|test| test.hits(value)))
    }

    /// Does this resource answer it, itself or by what its reference leads to among what is shown?
    ///
    /// A target that is not shown answers nothing, so that a chain cannot tell what is withheld.
    fn holds(&self, node: Node<'_>, shown: &impl Nodes, part: &Part) -> bool {
        let Some(via) = &self.via else { return self.hits(node.search) };
        let is_shown = |id: &ResourceId| shown.place_of(id).is_some();
        let followed = node.links.iter().filter(|link| via.follows(node.kind, link) && link.holds(is_shown));
        let mut targets = followed.filter_map(|link| shown.node(shown.place_of(&link.target)?));
        targets.any(|target| part.holds(target.kind, target.search) && self.hits(target.search))
    }
}

/// A chained parameter that a request offers, such as `medication.code`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The reference it follows, with the type it leads to.
    pub via: Include,
    /// The parameter of that type.
    pub param: Param,
}

impl Chain {
    /// Its name in a request.
    pub fn name(&self) -> String {
        format!("{}.{}", self.via.name, self.param.as_str())
    }
}

impl std::str::FromStr for Chain {
    type Err = super::includes::UnknownInclude;

    /// Reads `Type:parameter:TargetType.parameter`. Whether the target has that parameter depends on the release.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (via, param) = text.split_once('.').ok_or(super::includes::UnknownInclude)?;
        let via: Include = via.parse()?;
        if via.target.is_none() {
            return Err(super::includes::UnknownInclude);
        }
        let param = Param::of_name(param).ok_or(super::includes::UnknownInclude)?;
        Ok(Self { via, param })
    }
}

impl<'de> serde::Deserialize<'de> for Chain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A search request that has been understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    release: FhirRelease,
    kind: ResourceType,
    ids: Vec<Vec<ResourceId>>,
    filters: Vec<Filter>,
    includes: Vec<Include>,
    iterates: Vec<Include>,
    brings: Vec<ResourceType>,
    brings_back: Vec<Include>,
    part: std::sync::Arc<Part>,
    last: Option<u32>,
    count: Option<u32>,
    cursor: Option<String>,
    summary: Summary,
    honoured: Vec<(String, String)>,
}

impl Query {
    /// Reads the decoded name-value pairs of a search on one type of a data service.
    ///
    /// Parameters and includes the request does not offer are ignored. `_format` and `_pretty` belong to
    /// [`negotiate`](crate::fhir::negotiate) and are skipped.
    ///
    /// # Errors
    /// [`QueryFault`] on anything that could choose a patient, on chaining, and on a malformed value or an
    /// unsupported modifier of a parameter that is offered.
    pub fn parse(service: &Service, request: &Request, pairs: &[(String, String)]) -> Result<Self, QueryFault> {
        Self::read(service, request, pairs, None)
    }

    /// Reads the parameters of `$lastn`: those of a search, and `max`, the number per code (1 when absent).
    ///
    /// # Errors
    /// As [`Query::parse`], and when `max` is not a number from 1.
    pub fn parse_last(service: &Service, request: &Request, pairs: &[(String, String)]) -> Result<Self, QueryFault> {
        Self::read(service, request, pairs, Some(1))
    }

    fn read(
        service: &Service,
        request: &Request,
        pairs: &[(String, String)],
        last: Option<u32>,
    ) -> Result<Self, QueryFault> {
        let mut query = Self {
            release: service.fhir,
            kind: request.kind,
            ids: Vec::new(),
            filters: Vec::new(),
            includes: Vec::new(),
            iterates: Vec::new(),
            brings: service.brings.iter().chain(&request.brings).copied().collect(),
            brings_back: request.brings_back.clone(),
            part: service.part(),
            last,
            count: None,
            cursor: None,
            summary: Summary::Full,
            honoured: Vec::new(),
        };
        if let Some((name, _)) = pairs.get(MOST) {
            return Err(QueryFault::new(name, Reason::TooMany));
        }
        for (name, value) in pairs {
            let taken = query.take(request, name, value).map_err(|reason| QueryFault::new(name, reason))?;
            if taken {
                query.honoured.push((name.clone(), value.clone()));
            }
        }
        Ok(query)
    }

    /// The type that is searched.
    pub fn kind(&self) -> ResourceType {
        self.kind
    }

    /// The conditions beside `_id`; all must hold.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// `_include`: followed from the matches.
    pub fn includes(&self) -> &[Include] {
        &self.includes
    }

    /// `_include:iterate`: followed from everything in the Bundle.
    pub fn iterates(&self) -> &[Include] {
        &self.iterates
    }

    /// Types the service brings along wherever something in the Bundle refers to them.
    pub fn brings(&self) -> &[ResourceType] {
        &self.brings
    }

    /// References by which the service brings along what points to something in the Bundle.
    pub fn brings_back(&self) -> &[Include] {
        &self.brings_back
    }

    /// The part of the dossier that belongs to the data service.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// `$lastn`: how many of each code, newest first; `None` for an ordinary search.
    pub fn last(&self) -> Option<u32> {
        self.last
    }

    /// `_count`: the page size the client asks for; `None` is everything in one Bundle.
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// The sealed cursor of a next link, as it came.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Resources or only their number.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Does a resource of the searched type match, among everything that is shown?
    pub fn matches(&self, node: Node<'_>, shown: &impl Nodes) -> bool {
        node.kind == self.kind
            && self.part.holds(node.kind, node.search)
            && self.ids.iter().all(|ids| ids.contains(&node.id))
            && self.filters.iter().all(|filter| filter.holds(node, shown, &self.part))
    }

    /// The URL of this search below the service's base: the parameters that were honoured and nothing else, with
    /// their values as the client wrote them, in its order.
    pub fn self_link(&self, base: &str) -> String {
        self.link(base, self.honoured.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The URL of the page that starts at `cursor`.
    pub fn next_link(&self, base: &str, cursor: &str) -> String {
        let criteria = self.honoured.iter().filter(|(name, _)| name != CURSOR);
        let pairs = criteria.map(|(name, value)| (name.as_str(), value.as_str()));
        self.link(base, pairs.chain([(CURSOR, cursor)]))
    }

    /// What the search asks, without page size and cursor: equal for all pages of one search, so that a cursor can
    /// be bound to it.
    pub fn criteria(&self) -> String {
        let pairs = self.honoured.iter().filter(|(name, _)| name != CURSOR && name != "_count");
        self.link("", pairs.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    fn link<'a>(&self, base: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let operation = if self.last.is_some() { "/$lastn" } else { "" };
        let mut url = format!("{}/{}{operation}", base.trim_end_matches('/'), self.kind);
        for (i, (name, value)) in pairs.enumerate() {
            url.push(if i == 0 { '?' } else { '&' });
            push_encoded(name, &mut url);
            url.push('=');
            push_encoded(value, &mut url);
        }
        url
    }

    /// Takes one parameter; true when it was honoured, false when it is ignored.
    fn take(&mut self, request: &Request, name: &str, value: &str) -> Result<bool, Reason> {
        let (base, modifier) = match name.find([':', '.']) {
            Some(at) => name.split_at(at),
            None => (name, ""),
        };
        if chooses_a_patient(name, base, value) {
            return Err(Reason::Patient);
        }
        if let Some(chain) = request.chains.iter().find(|chain| chain.name() == name) {
            return self.take_chain(chain, value);
        }
        if base == "_has" || modifier.contains('.') {
            return Err(Reason::Chained);
        }
        match name {
            "max" if self.last.is_some() => self.take_max(value),
            "_count" => self.take_count(value),
            "_summary" => self.take_summary(value),
            "_id" => self.take_ids(value),
            CURSOR => self.take_cursor(value),
            "_include" => Ok(take_include(request, value)?.map(|include| self.includes.push(include)).is_some()),
            "_include:iterate" | "_include:recurse" => {
                Ok(take_include(request, value)?.map(|include| self.iterates.push(include)).is_some())
            }
            _ => self.take_filter(request, base, modifier, value),
        }
    }

    fn take_count(&mut self, value: &str) -> Result<bool, Reason> {
        if self.count.is_some() {
            return Err(Reason::Repeated);
        }
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Reason::Count);
        }
        // A number beyond u32 asks for more than there will ever be.
        let count = value.parse().unwrap_or(u32::MAX);
        self.count = Some(count);
        if count == 0 {
            self.summary = Summary::Count;
        }
        Ok(true)
    }

    fn take_max(&mut self, value: &str) -> Result<bool, Reason> {
        let max = value.parse().ok().filter(|max| *max > 0).ok_or(Reason::Count)?;
        self.last = Some(max);
        Ok(true)
    }

    fn take_chain(&mut self, chain: &Chain, value: &str) -> Result<bool, Reason> {
        let target = chain.via.target.ok_or(Reason::Chained)?;
        let parts = alternatives(value);
        check_alternatives(&parts)?;
        let any = tests((self.release, target), chain.param, &parts)?;
        self.filters.push(Filter { param: chain.param, any, via: Some(chain.via) });
        Ok(true)
    }

    fn take_summary(&mut self, value: &str) -> Result<bool, Reason> {
        match value {
            "count" => self.summary = Summary::Count,
            "false" => {}
            // A server may return more than the summary; then it must not claim otherwise.
            "true" | "text" | "data" => return Ok(false),
            _ => return Err(Reason::Summary),
        }
        Ok(true)
    }

    /// An id that is none of ours matches nothing, as FHIR wants of an unknown id.
    fn take_ids(&mut self, value: &str) -> Result<bool, Reason> {
        let parts: Vec<&str> = value.split(',').collect();
        check_alternatives(&parts)?;
        self.ids.push(parts.iter().filter_map(|id| id.parse().ok()).collect());
        Ok(true)
    }

    fn take_cursor(&mut self, value: &str) -> Result<bool, Reason> {
        if value.is_empty() {
            return Err(Reason::Empty);
        }
        match self.cursor.replace(value.to_owned()) {
            Some(_) => Err(Reason::Repeated),
            None => Ok(true),
        }
    }

    fn take_filter(&mut self, request: &Request, name: &str, modifier: &str, value: &str) -> Result<bool, Reason> {
        let param = Param::find(self.release, self.kind, name);
        let Some(param) = param.filter(|param| request.params.contains(param)) else { return Ok(false) };
        if !modifier.is_empty() {
            return Err(Reason::Modifier);
        }
        let parts = alternatives(value);
        check_alternatives(&parts)?;
        self.filters.push(Filter { param, any: tests((self.release, self.kind), param, &parts)?, via: None });
        Ok(true)
    }
}

/// The conditions that the alternatives of a parameter's value stand for.
fn tests(of: (FhirRelease, ResourceType), param: Param, parts: &[&str]) -> Result<Vec<Test>, Reason> {
    match param.kind() {
        ParamType::Token => token_tests(of, param, parts),
        ParamType::Date => {
            parts.iter().map(|part| DateFilter::parse(part).map(Test::Date).ok_or(Reason::Date)).collect()
        }
    }
}

fn token_tests(
    (release, kind): (FhirRelease, ResourceType),
    param: Param,
    parts: &[&str],
) -> Result<Vec<Test>, Reason> {
    let implied = param.implied_system(release, kind);
    let mut tests = Vec::with_capacity(parts.len());
    for part in parts {
        let filter = TokenFilter::parse(part, implied).ok_or(Reason::Token)?;
        if param == Param::Category {
            tests.extend(filter.synonyms().into_iter().map(Test::Token));
        }
        tests.push(Test::Token(filter));
    }
    Ok(tests)
}

/// Reads an include; `None` when it is not offered and so ignored.
fn take_include(request: &Request, value: &str) -> Result<Option<Include>, Reason> {
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let parts = value.split(':').count();
    let well_formed = (2..=3).contains(&parts) && value.split(':').all(word);
    if value != "*" && !well_formed {
        return Err(Reason::Include);
    }
    let known = value.parse::<Include>().ok();
    Ok(known.filter(|include| request.includes.iter().any(|offered| include.is_a(offered))))
}

fn check_alternatives(parts: &[&str]) -> Result<(), Reason> {
    if parts.iter().any(|part| part.is_empty()) {
        return Err(Reason::Empty);
    }
    if parts.len() > MOST { Err(Reason::TooMany) } else { Ok(()) }
}

/// Anything that selects by patient, or carries the naming system of the BSN, wherever it stands.
fn chooses_a_patient(name: &str, base: &str, value: &str) -> bool {
    let names_bsn = |text: &str| {
        let text = text.to_ascii_lowercase();
        BSN_SYSTEMS.iter().any(|system| text.contains(&system.to_ascii_lowercase()))
    };
    let by_reference = value.starts_with("Patient/") || value.contains("/Patient/");
    PATIENT_PARAMS.contains(&base) || names_bsn(name) || names_bsn(value) || by_reference
}

/// Percent-encodes all but the unreserved characters of RFC 3986 and `:`, `/`.
fn push_encoded(text: &str, url: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte) {
            url.push(char::from(byte));
            continue;
        }
        url.push('%');
        url.push(char::from(HEX[usize::from(byte >> 4)]));
        url.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests;
