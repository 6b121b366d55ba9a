//! Reading the members of an object: mandatory or not, by which rule, and what is left over.
//!
//! A reader asks for its members one by one and gets `None` for what is missing or wrong; every such place has
//! then been reported, so all faults of a record come out together. Members nobody asked for are reported by
//! [`Fields::close`].

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::finding::{Code, Finding, Severity, is_quotable};
use super::header::Format;
use super::json::{Object, Value};
use crate::domain::time::Timestamp;

/// More findings than this on one line help nobody and could fill the memory.
const MAX_FINDINGS: usize = 64;

/// The outcome of checking one value.
pub(super) type Checked<T> = Result<T, Code>;

/// What is known while one line is read, and what was found in it so far.
#[derive(Debug)]
pub(super) struct Reading<'f> {
    /// The present instant; `None` where nothing is checked against it.
    pub(super) now: Option<Timestamp>,
    /// The numbers of the loaded NHG table 45, if one is loaded.
    pub(super) nhg45: Option<&'f HashSet<String>>,
    /// The line comes from our own store: it was checked against clock and tables when it was delivered.
    pub(super) is_stored: bool,
    /// The version of the format that the line is read by.
    format: Cell<Format>,
    /// The line has something that only `dvza-his-2` has.
    uses_two: Cell<bool>,
    found: RefCell<Vec<(Code, Option<String>)>>,
    is_refused: Cell<bool>,
    /// Every member that was asked for: the tests hold the schemas against it.
    #[cfg(test)]
    pub(super) asked: RefCell<std::collections::BTreeSet<String>>,
}

impl<'f> Reading<'f> {
    /// Starts reading a delivered record.
    pub(super) fn delivered(format: Format, now: Timestamp, nhg45: Option<&'f HashSet<String>>) -> Self {
        Self { now: Some(now), nhg45, ..Self::start(format, false) }
    }

    /// Starts reading a record of our own store, which says itself when it is of `dvza-his-2`.
    pub(super) fn stored() -> Self {
        Self::start(Format::One, true)
    }

    /// Starts reading a header or footer.
    pub(super) fn envelope() -> Self {
        Self::start(Format::One, false)
    }

    fn start(format: Format, is_stored: bool) -> Self {
        Self {
            now: None,
            nhg45: None,
            is_stored,
            format: Cell::new(format),
            uses_two: Cell::default(),
            found: RefCell::default(),
            is_refused: Cell::default(),
            #[cfg(test)]
            asked: RefCell::default(),
        }
    }

    /// Is the line read by `dvza-his-2`?
    pub(super) fn reads_two(&self) -> bool {
        self.format.get() == Format::Two
    }

    /// Reads the rest of the line by `dvza-his-2`.
    pub(super) fn read_by_two(&self) {
        self.format.set(Format::Two);
    }

    /// Notes that the line has something that only `dvza-his-2` has.
    pub(super) fn note_two(&self) {
        self.uses_two.set(true);
    }

    /// Has the line something that only `dvza-his-2` has?
    pub(super) fn uses_two(&self) -> bool {
        self.uses_two.get()
    }

    /// Reports something about the place at `path`.
    pub(super) fn report(&self, code: Code, path: &Path<'_>) {
        let mut found = self.found.borrow_mut();
        // Whatever the number of warnings, a refused record says why.
        let is_first_refusal = code.severity() >= Severity::Record && !self.is_refused.get();
        if is_first_refusal || found.len() < MAX_FINDINGS {
            found.push((code, path.pointer()));
        }
        self.is_refused.set(self.is_refused.get() || is_first_refusal);
    }

    /// Was anything found that refuses the record?
    pub(super) fn refuses(&self) -> bool {
        self.is_refused.get()
    }

    /// The findings, with what they all share.
    pub(super) fn into_findings(self, line: u64, t: Option<&str>, id: Option<&str>) -> Vec<Finding> {
        let finding =
            |(code, path)| Finding { code, line: Some(line), t: t.map(str::to_owned), id: id.map(str::to_owned), path };
        self.found.into_inner().into_iter().map(finding).collect()
    }
}

/// A place in a line; written out only when there is something to report.
#[derive(Debug, Clone, Copy)]
pub(super) enum Path<'p> {
    /// The line itself.
    Line,
    /// A member of the object at this place.
    Member(&'p Path<'p>, &'p str),
    /// An item of the array at this place.
    Item(&'p Path<'p>, usize),
    /// What a JSON Pointer of FHIR's own names leads to, from the object at this place.
    Below(&'p Path<'p>, &'p str),
}

impl Path<'_> {
    /// The JSON Pointer with `*` for every place in an array.
    #[cfg(test)]
    fn general(&self) -> String {
        match self {
            Self::Line => String::new(),
            Self::Member(parent, key) => parent.general() + "/" + key,
            Self::Item(parent, _) => parent.general() + "/*",
            Self::Below(parent, pointer) => parent.general() + pointer,
        }
    }

    /// The JSON Pointer; `None` for the line itself. A key that could hold anything but a name is not written:
    /// the object that has it is named instead.
    fn pointer(&self) -> Option<String> {
        match self {
            Self::Line => None,
            Self::Member(parent, key) if !is_quotable(key) => parent.pointer(),
            Self::Member(parent, key) => Some(parent.pointer().unwrap_or_default() + "/" + key),
            Self::Below(parent, pointer) => Some(parent.pointer().unwrap_or_default() + pointer),
            Self::Item(parent, place) => {
                let mut pointer = parent.pointer().unwrap_or_default();
                // Writing to a String cannot fail.
                let _ = write!(pointer, "/{place}");
                Some(pointer)
            }
        }
    }
}

/// The members of one object, while they are read.
pub(super) struct Fields<'a> {
    object: &'a Object<'a>,
    path: Path<'a>,
    reading: &'a Reading<'a>,
    is_read: Vec<bool>,
}

impl<'a> Fields<'a> {
    /// Starts reading the object at `path`.
    pub(super) fn new(object: &'a Object<'a>, path: Path<'a>, reading: &'a Reading<'a>) -> Self {
        Self { object, path, reading, is_read: vec![false; object.members().len()] }
    }

    /// What is known while reading.
    pub(super) fn reading(&self) -> &'a Reading<'a> {
        self.reading
    }

    /// The value of a member, which counts as read from now on.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a Value<'a>> {
        #[cfg(test)]
        self.reading.asked.borrow_mut().insert(Path::Member(&self.path, key).general());
        let (place, value) = self.object.find(key)?;
        if let Some(is_read) = self.is_read.get_mut(place) {
            *is_read = true;
        }
        Some(value)
    }

    /// Is the member there, whatever is in it? A blank text counts as absent.
    pub(super) fn has(&self, key: &str) -> bool {
        match self.object.get(key) {
            Some(Value::Text(text)) => !text.trim().is_empty(),
            Some(_) => true,
            None => false,
        }
    }

    /// Is one of these members there?
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// Reports something about the object itself.
    pub(super) fn report(&self, code: Code) {
        self.reading.report(code, &self.path);
    }

    /// Reports something about a member, there or not.
    pub(super) fn report_at(&self, code: Code, key: &str) {
        self.reading.report(code, &Path::Member(&self.path, key));
    }

    /// Reports something inside a member, at a JSON Pointer made of FHIR's own names.
    pub(super) fn report_below(&self, code: Code, key: &str, pointer: &str) {
        self.reading.report(code, &Path::Below(&Path::Member(&self.path, key), pointer));
    }

    /// Is the member an object?
    pub(super) fn is_object(&self, key: &str) -> bool {
        matches!(self.object.get(key), Some(Value::Object(_)))
    }

    /// Reports an end that lies before its start.
    pub(super) fn check_order<T: PartialOrd>(&self, start: Option<T>, end: Option<T>, end_key: &str) {
        if let (Some(start), Some(end)) = (start, end)
            && end < start
        {
            self.report_at(Code::EndBeforeStart, end_key);
        }
    }

    /// Reports a day after today.
    pub(super) fn check_not_future(&self, day: Option<Date>, key: &str) {
        if let (Some(day), Some(now)) = (day, self.reading.now)
            && day > now.local_date()
        {
            self.report_at(Code::InTheFuture, key);
        }
    }

    /// A member that must be there.
    pub(super) fn required<T>(&mut self, key: &str, rule: impl FnOnce(&Value<'_>) -> Checked<T>) -> Option<T> {
        let checked = self.take(key).map_or(Err(Code::Missing), rule);
        checked.map_err(|code| self.report_at(code, key)).ok()
    }

    /// A member that may be there. A blank text is as good as none.
    pub(super) fn optional<T>(&mut self, key: &str, rule: impl FnOnce(&Value<'_>) -> Checked<T>) -> Option<T> {
        match rule(self.take(key)?) {
            Ok(value) => Some(value),
            Err(Code::Missing) => None,
            Err(code) => {
                self.report_at(code, key);
                None
            }
        }
    }

    /// A yes or no that means no when absent.
    pub(super) fn is_set(&mut self, key: &str) -> bool {
        self.optional(key, super::values::flag).unwrap_or_default()
    }

    /// May a member be asked for that only `dvza-his-2` has? When it is there, the line is noted to use it.
    pub(super) fn admits_two(&self, key: &str) -> bool {
        if !self.reading.reads_two() {
            return false;
        }
        if self.object.get(key).is_some() {
            self.reading.note_two();
        }
        true
    }

    /// A member of `dvza-his-2` that may be there; in `dvza-his-1` nobody asks for it, so it is unknown there.
    pub(super) fn optional2<T>(&mut self, key: &str, rule: impl FnOnce(&Value<'_>) -> Checked<T>) -> Option<T> {
        if self.admits_two(key) { self.optional(key, rule) } else { None }
    }

    /// A yes or no of `dvza-his-2` that means no when absent.
    pub(super) fn is_set2(&mut self, key: &str) -> bool {
        self.admits_two(key) && self.is_set(key)
    }

    /// An array of values of `dvza-his-2`.
    pub(super) fn list2<T>(&mut self, key: &str, rule: impl Fn(&Value<'_>) -> Checked<T>) -> Vec<T> {
        if self.admits_two(key) { self.list(key, rule) } else { Vec::new() }
    }

    /// An object of `dvza-his-2` that may be there.
    pub(super) fn object2<T>(&mut self, key: &str, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Option<T> {
        if self.admits_two(key) { self.object(key, read) } else { None }
    }

    /// An array of objects of `dvza-his-2`.
    pub(super) fn objects2<T>(
        &mut self,
        key: &str,
        length: RangeInclusive<usize>,
        read: impl FnMut(usize, Fields<'_>) -> Option<T>,
    ) -> Vec<T> {
        if self.admits_two(key) { self.objects(key, length, read) } else { Vec::new() }
    }

    /// An array of values, none when absent.
    pub(super) fn list<T>(&mut self, key: &str, rule: impl Fn(&Value<'_>) -> Checked<T>) -> Vec<T> {
        let Some(items) = self.items(key, 0..=usize::MAX) else { return Vec::new() };
        let list = Path::Member(&self.path, key);
        let check = |(place, item)| {
            let report = |code| self.reading.report(code, &Path::Item(&list, place));
            rule(item).map_err(report).ok()
        };
        items.iter().enumerate().filter_map(check).collect()
    }

    /// An object that may be there.
    pub(super) fn object<T>(&mut self, key: &str, read: impl FnOnce(&mut Fields<'_>) -> Option<T>) -> Option<T> {
        let Value::Object(object) = self.take(key)? else {
            self.report_at(Code::WrongType, key);
            return None;
        };
        let mut fields = Fields::new(object, Path::Member(&self.path, key), self.reading);
        let value = read(&mut fields);
        fields.close();
        value
    }

    /// An object that must be there.
    pub(super) fn required_object<T>(
        &mut self,
        key: &str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        if self.object.get(key).is_none() {
            self.report_at(Code::Missing, key);
        }
        self.object(key, read)
    }

    /// An array of so many objects, none when absent; `read` gets the place of each, and closes it.
    pub(super) fn objects<T>(
        &mut self,
        key: &str,
        length: RangeInclusive<usize>,
        mut read: impl FnMut(usize, Fields<'_>) -> Option<T>,
    ) -> Vec<T> {
        let Some(items) = self.items(key, length) else { return Vec::new() };
        let list = Path::Member(&self.path, key);
        let mut values = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let path = Path::Item(&list, place);
            match item {
                Value::Object(object) => values.extend(read(place, Fields::new(object, path, self.reading))),
                _ => self.reading.report(Code::WrongType, &path),
            }
        }
        values
    }

    fn items(&mut self, key: &str, length: RangeInclusive<usize>) -> Option<&'a [Value<'a>]> {
        match self.take(key)? {
            Value::Array(items) if length.contains(&items.len()) => return Some(items),
            Value::Array(_) => self.report_at(Code::WrongLength, key),
            _ => self.report_at(Code::WrongType, key),
        }
        None
    }

    /// Reports every member that nobody asked for: unknown, and ignored for forward compatibility. Two kinds
    /// are not ignored. A work note is refused. A mark that would withhold, on a record that has no such mark in
    /// the format, is heeded: returns true then, and the caller hides what it read.
    pub(super) fn close(self) -> bool {
        let mut withholds = false;
        for ((key, value), is_read) in self.object.members().iter().zip(&self.is_read) {
            if *is_read {
                continue;
            }
            let is_work_note = key == "work_note" && *value != Value::Bool(false);
            self.report_at(if is_work_note { Code::NeverImported } else { Code::MemberUnknown }, key);
            withholds |= is_withholding_mark(key, value);
        }
        withholds
    }
}

fn is_withholding_mark(key: &str, value: &Value<'_>) -> bool {
    match key {
        "visible" => *value != Value::Bool(true),
        "third_party" | "sensitive" | "hidden_by_practice" => *value != Value::Bool(false),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::his::json::parse;
    use crate::his::values::{flag, text};

    /// Reads one object and gives `code path` of each finding.
    fn findings(line: &str, read: impl FnOnce(&mut Fields<'_>)) -> Vec<String> {
        let Value::Object(object) = parse(line.as_bytes()).unwrap() else { panic!("not an object") };
        let reading = Reading::delivered(Format::One, Timestamp::from_millis(0), None);
        let mut fields = Fields::new(&object, Path::Line, &reading);
        read(&mut fields);
        fields.close();
        let written = |f: Finding| format!("{} {}", f.code, f.path.unwrap_or_default());
        reading.into_findings(1, None, None).into_iter().map(written).collect()
    }

    #[test]
    fn places_are_json_pointers() {
        let found = findings(r#"{"d":{"lines":[{"text":1},2]}}"#, |line| {
            line.object("d", |d| {
                d.objects("lines", 1..=8, |_, mut each| each.required("text", text(4)).filter(|_| !each.close()));
                Some(())
            });
        });
        assert_eq!(found, ["E-VAL-002 /d/lines/0/text", "E-VAL-002 /d/lines/1"]);
    }

    #[test]
    fn a_key_that_could_hold_personal_data_is_not_quoted() {
        let found = findings(r#"{"d":{"Jan Jansen":1,"foo":2}}"#, |line| {
            line.object("d", |_| Some(()));
        });
        assert_eq!(found, ["W-FMT-007 /d", "W-FMT-007 /d/foo"]);
    }

    #[test]
    fn missing_and_blank_are_reported_where_something_must_be() {
        let found = findings(r#"{"a":"","b":" ","c":null}"#, |line| {
            assert_eq!(line.required("a", text(9)), None);
            assert_eq!(line.optional("b", text(9)), None);
            assert_eq!(line.optional("c", text(9)), None);
            assert_eq!(line.required("d", flag), None);
        });
        assert_eq!(found, ["E-VAL-001 /a", "E-VAL-002 /c", "E-VAL-001 /d"]);
    }

    #[test]
    fn findings_of_one_line_are_bounded() {
        let members: Vec<String> = (0..10_000).map(|n| format!("\"m{n}\":1")).collect();
        assert_eq!(findings(&format!("{{{}}}", members.join(",")), |_| {}).len(), MAX_FINDINGS);
    }

    #[test]
    fn no_number_of_warnings_hides_why_a_record_is_refused() {
        let members: Vec<String> = (0..100).map(|n| format!("\"m{n}\":1")).collect();
        let found = findings(&format!("{{\"d\":{{{}}},\"b\":1}}", members.join(",")), |line| {
            line.object("d", |_| Some(()));
            assert_eq!(line.optional("b", flag), None);
            assert!(line.reading().refuses());
        });
        assert_eq!(found.last().map(String::as_str), Some("E-VAL-002 /b"));
    }

    #[test]
    fn work_notes_are_refused_and_foreign_marks_heeded() {
        assert_eq!(findings(r#"{"work_note":true}"#, |_| {}), ["E-POL-001 /work_note"]);
        assert_eq!(findings(r#"{"work_note":false}"#, |_| {}), ["W-FMT-007 /work_note"]);
        let table = [
            (r#"{"visible":true}"#, false),
            (r#"{"visible":null}"#, true),
            (r#"{"third_party":true}"#, true),
            (r#"{"sensitive":false}"#, false),
            (r#"{"foo":true}"#, false),
        ];
        for (line, withholds) in table {
            let Value::Object(object) = parse(line.as_bytes()).unwrap() else { panic!("not an object") };
            let reading = Reading::stored();
            assert_eq!(Fields::new(&object, Path::Line, &reading).close(), withholds, "{line}");
        }
    }
}
