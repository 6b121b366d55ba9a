//! FHIRPath (normative release 2.0.0) with FHIR's additions, as the official definitions and TestScripts need it.
//!
//! Types are those of the tree, so `is(Coding)` asks the definitions. Where official scripts lean on the reference
//! implementation rather than on the text of the standard, that is followed and said so: type names ignore case, several
//! items count as true, a string function on several items has no value (testscript-runner §4). What is not
//! implemented or cannot be decided is a [`Failure`], never an answer.

mod ast;
mod eval;
mod functions;
pub mod moment;
pub mod number;
mod operators;
mod parse;
mod strings;
#[cfg(test)]
mod tests;
mod value;

use crate::tree::links::Links;
use crate::tree::{NodeId, Tree};

pub use parse::SyntaxError;
pub use value::Value;

/// An expression that can be evaluated any number of times.
#[derive(Debug)]
pub struct Expression {
    expr: ast::Expr,
    source: String,
}

/// Why an expression has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A function, variable or combination of types that is not implemented.
    #[error("FHIRPath: {0} is not supported")]
    Unsupported(String),
    /// The definitions at hand cannot decide it.
    #[error("FHIRPath: {0} cannot be decided")]
    Undecided(String),
    /// It takes more steps than are granted.
    #[error("FHIRPath: the evaluation takes too many steps")]
    TooLong,
}

/// Reads an expression.
///
/// # Errors
/// [`SyntaxError`] with the place.
pub fn parse(source: &str) -> Result<Expression, SyntaxError> {
    Ok(Expression { expr: parse::parse(source)?, source: source.to_owned() })
}

/// Answers questions that the tree cannot.
pub trait Terminology {
    /// Is the element in the value set? `None` when it cannot be told.
    fn member_of(&self, tree: &Tree<'_>, node: NodeId, value_set: &str) -> Option<bool>;
}

/// What an expression is evaluated on.
#[derive(Clone, Copy)]
pub struct Context<'c, 's> {
    /// The tree.
    pub tree: &'c Tree<'s>,
    /// Where its references lead.
    pub links: &'c Links,
    /// For `memberOf`.
    pub terminology: Option<&'c dyn Terminology>,
    /// The instant that `now()` and `today()` give, as a dateTime.
    pub now: Option<&'c str>,
}

impl Expression {
    /// Its text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates on an element.
    ///
    /// # Errors
    /// [`Failure`] when it has no answer.
    pub fn evaluate(&self, context: Context<'_, '_>, on: NodeId) -> Result<Vec<Value>, Failure> {
        eval::Evaluation::new(context, on).run(&self.expr)
    }

    /// Evaluates as a condition: `None` when the result is empty.
    ///
    /// # Errors
    /// [`Failure`] when it has no answer.
    pub fn holds(&self, context: Context<'_, '_>, on: NodeId) -> Result<Option<bool>, Failure> {
        let found = self.evaluate(context, on)?;
        Ok(operators::truth(context.tree, &found))
    }
}
