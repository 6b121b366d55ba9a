//! Pages made of blocks: headings, tables, forms with their fields. One template draws them all, so that labels, hints and faults
//! stand where assistive techniques look for them.

use askama::Template;

use super::Lang;
use super::views::Idle;

/// A part of a page.
#[derive(Debug, Clone, Template)]
#[template(path = "console/block.html")]
pub enum Block {
    /// A heading below the title.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// Something to notice; announced by assistive techniques.
    Notice(String),
    /// What went wrong.
    Fault(String),
    /// Names with values.
    Facts(Vec<(String, String)>),
    /// A list of links.
    Links(Vec<Link>),
    /// A table.
    Table(Table),
    /// A form.
    Form(Form),
    /// A form that a file goes along with.
    Upload(Form),
    /// A hidden field: name and value.
    Hidden(&'static str, String),
    /// A tick box.
    Check(Check),
    /// A field of one line.
    Input(Input),
    /// A field of several lines.
    Area(Input),
    /// A choice.
    Select(Select),
    /// Fields that belong together, under a name.
    Group(String, Vec<Block>),
    /// More, for who opens it.
    More(String, Vec<Block>),
}

/// A link.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where to.
    pub href: String,
    /// Its words.
    pub text: String,
}

/// A table; on a narrow screen every row becomes a list of labelled values.
#[derive(Debug, Clone)]
pub struct Table {
    /// What it holds.
    pub caption: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// The name of a column.
    pub fn label(&self, column: &usize) -> &str {
        self.head.get(*column).map(String::as_str).unwrap_or_default()
    }
}

/// A cell of a table.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Words.
    Text(String),
    /// Words on several lines.
    Lines(Vec<String>),
    /// A link.
    Link(Link),
    /// A tick box.
    Check(Check),
    /// A button of the form around the table.
    Button(Button),
}

/// A form; its token proves that it is ours.
#[derive(Debug, Clone)]
pub struct Form {
    /// Path it goes to.
    pub action: String,
    /// Name for tests and links.
    pub id: Option<&'static str>,
    /// The token.
    pub csrf: String,
    /// Fields and what stands between them.
    pub parts: Vec<Block>,
    /// Buttons, the main one first.
    pub buttons: Vec<Button>,
}

/// A button.
#[derive(Debug, Clone)]
pub struct Button {
    /// Name of the field.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Its words.
    pub label: String,
}

impl Button {
    /// A button of the usual name `action`.
    pub fn action(value: &str, label: impl Into<String>) -> Self {
        Self { name: "action", value: value.to_owned(), label: label.into() }
    }
}

/// A tick box.
#[derive(Debug, Clone)]
pub struct Check {
    /// Name of the field.
    pub name: &'static str,
    /// Value when ticked.
    pub value: String,
    /// Its words.
    pub label: String,
    /// Ticked at first.
    pub checked: bool,
    /// Which form of the page it is of; set when the page is put together.
    pub scope: usize,
}

impl Check {
    /// The id of the element.
    pub fn id(&self) -> String {
        id_of(self.scope, self.name, &self.value)
    }
}

/// A field to type in.
#[derive(Debug, Clone, Default)]
pub struct Input {
    /// Name of the field.
    pub name: String,
    /// Its words.
    pub label: String,
    /// `type` of the element; `text` when empty.
    pub kind: &'static str,
    /// What stands in it.
    pub value: String,
    /// What it wants.
    pub hint: Option<String>,
    /// What is wrong with what was sent.
    pub fault: Option<String>,
    /// Which form of the page it is of; set when the page is put together.
    pub scope: usize,
}

impl Input {
    /// A field of one line of text.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self { name: name.into(), label: label.into(), kind: "text", ..Self::default() }
    }

    /// With what stands in it.
    #[must_use]
    pub fn holding(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// With what it wants.
    #[must_use]
    pub fn hinting(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Of this `type`.
    #[must_use]
    pub fn of(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    /// The id of the element.
    pub fn id(&self) -> String {
        id_of(self.scope, "field", &self.name)
    }

    /// The ids of hint and fault.
    pub fn described_by(&self) -> String {
        let id = self.id();
        let parts =
            [self.hint.as_ref().map(|_| format!("{id}-hint")), self.fault.as_ref().map(|_| format!("{id}-fault"))];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// A choice of one.
#[derive(Debug, Clone)]
pub struct Select {
    /// Name of the field.
    pub name: String,
    /// Its words.
    pub label: String,
    /// The chosen value.
    pub value: String,
    /// Values and their words.
    pub options: Vec<(String, String)>,
    /// Which form of the page it is of; set when the page is put together.
    pub scope: usize,
}

impl Select {
    /// The id of the element.
    pub fn id(&self) -> String {
        id_of(self.scope, "field", &self.name)
    }
}

/// Letters and digits only, so that it is an id whatever the value holds; of its own in each form of a page.
fn id_of(scope: usize, name: &str, value: &str) -> String {
    let plain = |text: &str| text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
    format!("{}-{}-{scope}", plain(name), plain(value))
}

/// Numbers the forms of a page, so that no two fields share an id.
fn number_forms(blocks: &mut [Block], forms: &mut usize, scope: usize) {
    for block in blocks {
        match block {
            Block::Form(form) | Block::Upload(form) => {
                *forms += 1;
                let own = *forms;
                number_forms(&mut form.parts, forms, own);
            }
            Block::Group(_, parts) | Block::More(_, parts) => number_forms(parts, forms, scope),
            Block::Check(check) => check.scope = scope,
            Block::Input(input) | Block::Area(input) => input.scope = scope,
            Block::Select(select) => select.scope = scope,
            Block::Table(table) => {
                for cell in table.rows.iter_mut().flatten() {
                    if let Cell::Check(check) = cell {
                        check.scope = scope;
                    }
                }
            }
            _ => {}
        }
    }
}

/// A page of the console.
#[derive(Debug, Template)]
#[template(path = "console/page.html")]
pub struct BlockPage {
    /// Language.
    pub lang: Lang,
    /// Title.
    pub title: String,
    /// Name of the practice, once one is known.
    pub practice: Option<String>,
    /// Name of who is logged in.
    pub employee: Option<String>,
    /// Token of the form that logs out.
    pub csrf: String,
    /// How long the session may be idle; `None` where nobody is logged in.
    pub idle: Option<Idle>,
    /// The menu.
    pub nav: Vec<Link>,
    /// The address of the page's entry in the menu.
    pub here: &'static str,
    /// What stands on it.
    pub blocks: Vec<Block>,
}

impl BlockPage {
    /// With these blocks, each field of which gets an id of its own.
    #[must_use]
    pub fn holding(mut self, mut blocks: Vec<Block>) -> Self {
        number_forms(&mut blocks, &mut 0, 0);
        self.blocks = blocks;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_fields_are_labelled() {
        let input = Input { fault: Some("te lang".into()), ..Input::text("naam", "Naam").holding("<b>\"") };
        let html = Block::Input(input).render().unwrap();
        assert!(!html.contains("<b>"), "{html}");
        assert!(html.contains("for=\"field-naam-0\"") && html.contains("aria-invalid"), "{html}");
    }

    #[test]
    fn two_forms_of_a_page_share_no_id() {
        let form = || {
            Block::Form(Form {
                action: "/x".into(),
                id: None,
                csrf: String::new(),
                parts: vec![Block::Group("g".into(), vec![Block::Area(Input::text("reason", "Reden"))])],
                buttons: Vec::new(),
            })
        };
        let mut blocks = vec![form(), Block::More("m".into(), vec![form()])];
        number_forms(&mut blocks, &mut 0, 0);
        let html: String = blocks.iter().map(|block| block.render().unwrap()).collect();
        assert!(html.contains("id=\"field-reason-1\"") && html.contains("id=\"field-reason-2\""), "{html}");
    }

    #[test]
    fn a_form_draws_its_parts_and_its_token() {
        let check = Check { name: "show", value: "episode:e1".into(), label: "Toon".into(), checked: true, scope: 0 };
        let form = Form {
            action: "/x".into(),
            id: None,
            csrf: "tok".into(),
            parts: vec![Block::Group("Episodes".into(), vec![Block::Check(check)])],
            buttons: vec![Button::action("release", "Vrijgeven")],
        };
        let html = Block::Form(form).render().unwrap();
        for part in ["value=\"tok\"", "<legend>Episodes</legend>", "id=\"show-episode-e1-0\"", "checked", "Vrijgeven"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }
}
