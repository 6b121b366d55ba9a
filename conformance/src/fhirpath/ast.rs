//! An expression as it was read.

use std::sync::Arc;

use regex::Regex;

use super::moment::Moment;
use super::number::Decimal;

#[derive(Debug)]
pub(super) enum Expr {
    Empty,
    This,
    Position,
    Literal(Literal),
    External(String),
    /// A member of the target, or of the focus.
    Member(Option<Box<Expr>>, String),
    Call(Call),
    Index(Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    Is(Box<Expr>, String),
    As(Box<Expr>, String),
    Binary(Operator, Box<Expr>, Box<Expr>),
}

#[derive(Debug)]
pub(super) struct Call {
    pub target: Option<Box<Expr>>,
    pub name: String,
    pub arguments: Vec<Expr>,
    /// The regular expression, when it is written in the expression.
    pub pattern: Option<Regex>,
}

#[derive(Debug, Clone)]
pub(super) enum Literal {
    Text(Arc<str>),
    Integer(i64),
    Decimal(Decimal),
    Boolean(bool),
    Moment(Moment),
    Quantity(Decimal, Arc<str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    LessOrEqual,
    Less,
    GreaterOrEqual,
    Greater,
    Union,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    DivideWhole,
    Remainder,
}
