//! What a narrative may hold (R4, 2.4): a `div` with some text or image, and none of XHTML's active parts.

use roxmltree::Node;

use crate::tree::from_xml::document;

const XHTML: &str = "http://www.w3.org/1999/xhtml";
/// The elements of XHTML that R4 allows.
const ELEMENTS: [&str; 70] = [
    "p",
    "br",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "a",
    "span",
    "b",
    "em",
    "i",
    "strong",
    "small",
    "big",
    "tt",
    "dfn",
    "q",
    "var",
    "abbr",
    "acronym",
    "cite",
    "blockquote",
    "hr",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "pre",
    "table",
    "caption",
    "colgroup",
    "col",
    "thead",
    "tr",
    "tfoot",
    "tbody",
    "th",
    "td",
    "code",
    "samp",
    "img",
    "map",
    "area",
    "kbd",
    "sub",
    "sup",
    "ins",
    "del",
    "bdo",
    "address",
    "center",
    "font",
    "strike",
    "s",
    "u",
    "label",
    "article",
    "section",
    "header",
    "footer",
    "nav",
    "aside",
    "main",
    "figure",
    "figcaption",
];
/// Attributes that run something, or would.
const ACTIVE: [&str; 2] = ["javascript:", "vbscript:"];

/// Is this the text of a narrative's `div` as FHIR allows it?
pub fn is_allowed(div: &str) -> bool {
    let Ok(document) = document(div) else { return false };
    let root = document.root_element();
    let is_div = root.tag_name().name() == "div" && root.tag_name().namespace() == Some(XHTML);
    is_div && has_content(root) && root.descendants().filter(Node::is_element).all(is_allowed_element)
}

fn has_content(root: Node<'_, '_>) -> bool {
    let is_text = |node: Node<'_, '_>| node.is_text() && node.text().is_some_and(|text| !text.trim().is_empty());
    root.descendants().any(|node| is_text(node) || node.tag_name().name() == "img")
}

fn is_allowed_element(node: Node<'_, '_>) -> bool {
    let name = node.tag_name();
    let attributes = node.attributes().all(|attribute| {
        let value = attribute.value().trim().to_ascii_lowercase();
        !attribute.name().to_ascii_lowercase().starts_with("on") && !ACTIVE.iter().any(|start| value.starts_with(start))
    });
    name.namespace() == Some(XHTML) && ELEMENTS.contains(&name.name()) && attributes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrative_holds_text_and_nothing_that_runs() {
        let div = |inside: &str| format!("<div xmlns=\"{XHTML}\">{inside}</div>");
        assert!(is_allowed(&div("<p class=\"x\">text</p>")));
        assert!(is_allowed(&div("<img src=\"#a\" alt=\"x\"/>")));
        let refused = ["", "<p> </p>", "<script>x</script>", "<p onclick=\"x()\">x</p>", "<form>x</form>", "<p>x"];
        for inside in refused {
            assert!(!is_allowed(&div(inside)), "{inside}");
        }
        assert!(!is_allowed(&div("<a href=\" JavaScript:x\">x</a>")));
        assert!(!is_allowed("<div>x</div>"));
        assert!(!is_allowed("text"));
    }
}
