//! A small reader of HTML forms: enough to press the buttons of interface.md §5, no more.
//!
//! It scans tags in order, skips comments, scripts and styles, and collects what a browser would send. Foreign
//! bytes never make it panic; the number of forms and controls is bounded.

/// The most controls of one page that are read.
const CONTROL_LIMIT: usize = 5_000;
/// The longest entity that is resolved, in bytes with its semicolon: keeps reading linear.
const ENTITY_LIMIT: usize = 12;

/// A form of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// The `action`; `None`: the page's own address.
    pub action: Option<String>,
    /// Whether the form is sent with POST.
    pub post: bool,
    controls: Vec<Control>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Control {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Text, hidden and the like: always sent.
    Text,
    /// Checkbox or radio button: sent when ticked.
    Tick { ticked: bool },
    /// A select with its options.
    Choice { options: Vec<String> },
    /// A submit button: sent when pressed.
    Button,
}

/// The page lacks what it should have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// No form has this button.
    #[error("no form has a button {name} = {value}")]
    NoButton {
        /// The button's name.
        name: String,
        /// The button's value.
        value: String,
    },
    /// The form has no such field.
    #[error("the form has no field {0}")]
    NoField(String),
    /// A select or checkbox does not offer the value that was to be chosen.
    #[error("the field {0} does not offer what was to be chosen")]
    NoChoice(String),
}

impl Form {
    /// Has the form a field with this name (a button does not count)?
    pub fn has_field(&self, name: &str) -> bool {
        self.controls.iter().any(|control| control.name == name && control.kind != Kind::Button)
    }

    /// Has the form a button with this name and value?
    pub fn has_button(&self, name: &str, value: &str) -> bool {
        self.buttons().any(|button| button == (name, value))
    }

    /// Names and values of the buttons in the page's order.
    pub fn buttons(&self) -> impl Iterator<Item = (&str, &str)> {
        let buttons = self.controls.iter().filter(|control| control.kind == Kind::Button);
        buttons.map(|control| (control.name.as_str(), control.value.as_str()))
    }

    /// Is any checkbox or radio button ticked beforehand?
    pub fn is_preset(&self, name: &str) -> bool {
        self.controls.iter().any(|control| control.name == name && control.kind == Kind::Tick { ticked: true })
    }

    /// What a browser sends when these fields are filled in and this button is pressed.
    ///
    /// # Errors
    /// [`FormError`] when a field or the button is not there, or a value is not offered.
    pub fn press(&self, button: (&str, &str), fill: &[(&str, &str)]) -> Result<Vec<(String, String)>, FormError> {
        if !self.has_button(button.0, button.1) {
            return Err(FormError::NoButton { name: button.0.to_owned(), value: button.1.to_owned() });
        }
        for (name, value) in fill {
            self.check_fill(name, value)?;
        }
        let filled = |name: &str| fill.iter().find(|(field, _)| *field == name).map(|(_, value)| *value);
        let mut sent = Vec::new();
        for control in &self.controls {
            let chosen = filled(&control.name);
            let value = match &control.kind {
                Kind::Text | Kind::Choice { .. } => Some(chosen.unwrap_or(&control.value)),
                Kind::Tick { ticked } => {
                    let ticked = chosen.map_or(*ticked, |chosen| chosen == control.value);
                    ticked.then_some(control.value.as_str())
                }
                Kind::Button => (button == (control.name.as_str(), control.value.as_str())).then_some(button.1),
            };
            sent.extend(value.map(|value| (control.name.clone(), value.to_owned())));
        }
        sent.retain(|(name, _)| !name.is_empty());
        Ok(sent)
    }

    fn check_fill(&self, name: &str, value: &str) -> Result<(), FormError> {
        let mut fields = self.controls.iter().filter(|control| control.name == name).peekable();
        if fields.peek().is_none() {
            return Err(FormError::NoField(name.to_owned()));
        }
        let offers = |control: &Control| match &control.kind {
            Kind::Text => true,
            Kind::Tick { .. } => control.value == value,
            Kind::Choice { options } => options.iter().any(|option| option == value),
            Kind::Button => false,
        };
        if fields.any(offers) { Ok(()) } else { Err(FormError::NoChoice(name.to_owned())) }
    }
}

/// The forms of a page in its order.
pub fn read_forms(html: &str) -> Vec<Form> {
    let mut reader = Reader::default();
    let mut tags = Tags { rest: html };
    while let Some(tag) = tags.next_tag() {
        if reader.controls >= CONTROL_LIMIT {
            break;
        }
        reader.take(&tag);
    }
    reader.forms
}

/// The text of the page's `title`, without surrounding space; empty when there is none.
pub fn read_title(html: &str) -> String {
    let mut tags = Tags { rest: html };
    while let Some(tag) = tags.next_tag() {
        if tag.name == "title" && !tag.closing {
            let text = tags.rest.split('<').next().unwrap_or_default();
            return unescape(text.trim()).chars().filter(|c| !c.is_control()).take(100).collect();
        }
    }
    String::new()
}

#[derive(Default)]
struct Reader {
    forms: Vec<Form>,
    open: bool,
    in_select: bool,
    controls: usize,
}

impl Reader {
    fn take(&mut self, tag: &Tag) {
        match (tag.name.as_str(), tag.closing) {
            ("form", false) => {
                self.controls += 1;
                self.open = true;
                let post = tag.attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
                let action = tag.attribute("action").filter(|action| !action.is_empty()).map(str::to_owned);
                self.forms.push(Form { action, post, controls: Vec::new() });
            }
            ("form", true) => self.open = false,
            ("select", true) => self.in_select = false,
            ("input" | "button" | "select" | "textarea", false) if tag.attribute("disabled").is_none() => {
                self.in_select = tag.name == "select";
                self.push(control(tag));
            }
            ("option", false) if self.in_select => self.option(tag),
            _ => {}
        }
    }

    fn push(&mut self, control: Option<Control>) {
        let form = self.forms.last_mut().filter(|_| self.open);
        if let (Some(form), Some(control)) = (form, control) {
            self.controls += 1;
            form.controls.push(control);
        }
    }

    fn option(&mut self, tag: &Tag) {
        self.controls += 1;
        let select = self.forms.last_mut().filter(|_| self.open).and_then(|form| form.controls.last_mut());
        let Some(Control { value, kind: Kind::Choice { options }, .. }) = select else { return };
        let own = tag.attribute("value").unwrap_or_default().to_owned();
        if options.is_empty() || tag.attribute("selected").is_some() {
            value.clone_from(&own);
        }
        options.push(own);
    }
}

fn control(tag: &Tag) -> Option<Control> {
    let name = tag.attribute("name").unwrap_or_default().to_owned();
    let value = tag.attribute("value").map(str::to_owned);
    let kind = tag.attribute("type").unwrap_or_default().to_ascii_lowercase();
    let kind = match (tag.name.as_str(), kind.as_str()) {
        ("select", _) => Kind::Choice { options: Vec::new() },
        ("button", "" | "submit") | ("input", "submit" | "image") => Kind::Button,
        ("button", _) | ("input", "button" | "reset" | "file") => return None,
        ("input", "checkbox" | "radio") => {
            let ticked = tag.attribute("checked").is_some();
            return Some(Control {
                name,
                value: value.unwrap_or_else(|| "on".to_owned()),
                kind: Kind::Tick { ticked },
            });
        }
        _ => Kind::Text,
    };
    Some(Control { name, value: value.unwrap_or_default(), kind })
}

struct Tag {
    name: String,
    closing: bool,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

struct Tags<'a> {
    rest: &'a str,
}

impl Tags<'_> {
    fn next_tag(&mut self) -> Option<Tag> {
        loop {
            let start = self.rest.find('<')?;
            self.rest = &self.rest[start + 1..];
            if let Some(comment) = self.rest.strip_prefix("!--") {
                self.rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let closing = self.rest.starts_with('/');
            let name_at = usize::from(closing);
            if !self.rest[name_at..].starts_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            self.rest = &self.rest[name_at..];
            let name = self.take_while(|c| !c.is_whitespace() && c != '>' && c != '/').to_ascii_lowercase();
            let attributes = self.attributes();
            if !closing && matches!(name.as_str(), "script" | "style") {
                self.skip_raw(&name);
            }
            return Some(Tag { name, closing, attributes });
        }
    }

    /// Reads up to and including the tag's `>`.
    fn attributes(&mut self) -> Vec<(String, String)> {
        let mut attributes = Vec::new();
        loop {
            self.take_while(|c| c.is_whitespace() || c == '/');
            if self.rest.is_empty() {
                return attributes;
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                return attributes;
            }
            let name = self.take_while(|c| !c.is_whitespace() && !matches!(c, '=' | '>' | '/')).to_ascii_lowercase();
            self.take_while(char::is_whitespace);
            let value = match self.rest.strip_prefix('=') {
                None => String::new(),
                Some(rest) => {
                    self.rest = rest;
                    self.take_while(char::is_whitespace);
                    self.value()
                }
            };
            if attributes.len() < CONTROL_LIMIT {
                attributes.push((name, value));
            }
        }
    }

    fn value(&mut self) -> String {
        for quote in ['"', '\''] {
            if let Some(quoted) = self.rest.strip_prefix(quote) {
                let (value, rest) = quoted.split_once(quote).unwrap_or((quoted, ""));
                self.rest = rest;
                return unescape(value);
            }
        }
        unescape(self.take_while(|c| !c.is_whitespace() && c != '>'))
    }

    fn skip_raw(&mut self, name: &str) {
        let closes = |at: usize| {
            let after = self.rest.as_bytes().get(at + 2..at + 2 + name.len());
            after.is_some_and(|after| after.eq_ignore_ascii_case(name.as_bytes()))
        };
        let end = self.rest.match_indices("</").map(|(at, _)| at).find(|at| closes(*at));
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

/// Resolves numeric entities and the five names that templates write.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.bytes().take(ENTITY_LIMIT).position(|c| c == b';');
        match end.and_then(|end| Some((entity(&after[..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &after[end + 1..];
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out + rest
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let code = name.strip_prefix('#')?;
            let hex = code.strip_prefix(['x', 'X']);
            hex.map_or_else(|| number(code, 10), |digits| number(digits, 16))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONSENT: &str = r#"<!doctype html><html><head><title>Toestemming &amp; meer</title>
        <script>"<form><button name=decision value=trap></form>"</script></head><body>
        <!-- <form action="/trap"><button name="decision" value="give"></button></form> -->
        <form method=post action='/consent?a=1&amp;b=2'>
          <input type="hidden" name="csrf" value="a&#34;b&lt;">
          <input type="checkbox" name="indefinite" value="yes" id=i><label for=i>altijd</label>
          <SELECT name="level"><option value="basis">1<option value="midden" selected>2</select>
          <input name=bsn><input name="off" value="x" disabled>
          <button type="submit" name="decision" value="give">Ja</button>
          <button name="decision" value="refuse">Nee</button><button type=button name=decision value=none>x</button>
        </form></body></html>"#;

    fn form() -> Form {
        let mut forms = read_forms(CONSENT);
        assert_eq!(forms.len(), 1);
        forms.remove(0)
    }

    fn pairs(sent: &[(String, String)]) -> Vec<(&str, &str)> {
        sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    #[test]
    fn a_browser_would_send_the_same() {
        let form = form();
        assert!(form.post);
        assert_eq!(form.action.as_deref(), Some("/consent?a=1&b=2"));
        let sent = form.press(("decision", "give"), &[("bsn", "x y")]).unwrap();
        let expected = [("csrf", "a\"b<"), ("level", "midden"), ("bsn", "x y"), ("decision", "give")];
        assert_eq!(pairs(&sent), expected);
        let sent = form.press(("decision", "refuse"), &[("indefinite", "yes"), ("level", "basis")]).unwrap();
        let expected =
            [("csrf", "a\"b<"), ("indefinite", "yes"), ("level", "basis"), ("bsn", ""), ("decision", "refuse")];
        assert_eq!(pairs(&sent), expected);
    }

    #[test]
    fn scripts_comments_and_dead_buttons_do_not_count() {
        let form = form();
        assert_eq!(form.buttons().collect::<Vec<_>>(), [("decision", "give"), ("decision", "refuse")]);
        assert!(!form.has_field("off"));
        assert!(!form.is_preset("indefinite"));
        assert_eq!(read_title(CONSENT), "Toestemming & meer");
    }

    #[test]
    fn what_is_not_there_cannot_be_pressed_or_filled() {
        let form = form();
        let cases = [
            (form.press(("decision", "maybe"), &[]), "no form has a button decision = maybe"),
            (form.press(("decision", "give"), &[("nobody", "x")]), "the form has no field nobody"),
            (form.press(("decision", "give"), &[("level", "hoog")]), "the field level does not offer"),
            (form.press(("decision", "give"), &[("indefinite", "no")]), "the field indefinite does not offer"),
        ];
        for (result, part) in cases {
            let text = result.unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_ticked_box_is_seen_and_sent() {
        let forms =
            read_forms(r#"<form><input type=checkbox name=indefinite value=yes checked><button name=d value=g>"#);
        assert!(forms[0].is_preset("indefinite"));
        let sent = forms[0].press(("d", "g"), &[]).unwrap();
        assert_eq!(pairs(&sent), [("indefinite", "yes"), ("d", "g")]);
    }

    #[test]
    fn the_scanner_agrees_with_an_html_parser() {
        let selector = scraper::Selector::parse("form [name]").unwrap();
        let page = scraper::Html::parse_document(CONSENT);
        let alive = page
            .select(&selector)
            .filter(|node| node.attr("disabled").is_none() && node.attr("type") != Some("button"));
        let names: Vec<_> = alive.map(|node| node.attr("name").unwrap().to_owned()).collect();
        let own: Vec<_> = form().controls.into_iter().map(|control| control.name).collect();
        assert_eq!(own, names);
    }

    #[test]
    fn a_hostile_page_is_read_within_bounds() {
        let page = format!("<form>{}", "<input name=x>".repeat(100_000));
        assert!(read_forms(&page)[0].controls.len() <= CONTROL_LIMIT);
        for part in ["<script>", "<script></script>", "<a b='&&&&&&&&", "<!--", "</", "<a "] {
            assert!(read_forms(&part.repeat(50_000)).is_empty(), "{part}");
        }
    }

    proptest! {
        #[test]
        fn foreign_text_never_panics(html in ".{0,400}") {
            let _ = (read_forms(&html), read_title(&html));
        }

        #[test]
        fn text_like_html_never_panics(html in "[<>/='\"! a-c&#;é-]{0,200}(form|input|select|script|--)?[<>/='\" a]{0,20}") {
            let _ = (read_forms(&html), read_title(&html));
        }

        #[test]
        fn escaped_values_come_back(value in "[^\u{0}]{0,60}") {
            let escaped: String = value.chars().map(|c| format!("&#{};", u32::from(c))).collect();
            let forms = read_forms(&format!("<form><input name=v value=\"{escaped}\"><button name=b value=b>"));
            let sent = forms[0].press(("b", "b"), &[]).unwrap();
            prop_assert_eq!(&sent[0].1, &value);
        }
    }
}
