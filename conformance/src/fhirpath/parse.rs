//! Reading an expression: grammar and precedence of FHIRPath (normative release 2.0.0, chapter 11).

use regex::Regex;

use super::ast::{Call, Expr, Literal, Operator};
use super::moment::Moment;
use super::number::Decimal;

/// Expressions may be nested this deep.
const DEPTH: usize = 100;
/// Operators in a row, and steps of a path, at most.
const LENGTH: usize = 400;

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the FHIRPath expression cannot be read at character {at}: {reason}")]
pub struct SyntaxError {
    /// Place in the expression, in bytes.
    pub at: usize,
    /// What is wrong.
    pub reason: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    /// A name in backquotes: never a keyword.
    Quoted(String),
    Text(String),
    Number(String),
    Moment(String),
    External(String),
    Dollar(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 23] = [
    "!=", "!~", "<=", ">=", "<", ">", "=", "~", "|", "&", "+", "-", "*", "/", ".", ",", "(", ")", "[", "]", "{", "}",
    "?",
];

/// Reads a whole expression.
pub(super) fn parse(source: &str) -> Result<Expr, SyntaxError> {
    let tokens = tokens(source)?;
    let mut parser = Parser { tokens, at: 0, end: source.len(), depth: DEPTH };
    let expr = parser.binary(0)?;
    if parser.at < parser.tokens.len() {
        return Err(parser.error("something follows the expression"));
    }
    Ok(expr)
}

fn tokens(source: &str) -> Result<Vec<(usize, Token)>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = source[at..].chars().next() {
        let rest = &source[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            at += rest.find("*/").ok_or(SyntaxError { at, reason: "a comment does not end" })? + 2;
            continue;
        }
        let (token, length) = token(rest, c).map_err(|reason| SyntaxError { at, reason })?;
        tokens.push((at, token));
        at += length;
    }
    Ok(tokens)
}

fn token(rest: &str, first: char) -> Result<(Token, usize), &'static str> {
    let while_is = |start: usize, is: &dyn Fn(char) -> bool| {
        rest[start..].find(|c: char| !is(c)).map_or(rest.len(), |length| start + length)
    };
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match first {
        '\'' | '"' => quoted(rest, first).map(|(text, length)| (Token::Text(text), length)),
        '`' => quoted(rest, first).map(|(text, length)| (Token::Quoted(text), length)),
        '0'..='9' => {
            let mut end = while_is(0, &|c| c.is_ascii_digit());
            let is_part = rest[end..].starts_with('.') && rest[end + 1..].starts_with(|c: char| c.is_ascii_digit());
            if is_part {
                end = while_is(end + 1, &|c| c.is_ascii_digit());
            }
            Ok((Token::Number(rest[..end].to_owned()), end))
        }
        '@' => {
            let end = while_is(1, &|c| c.is_ascii_digit() || matches!(c, '-' | ':' | '+' | 'T' | 'Z' | '.'));
            Ok((Token::Moment(rest[1..end].to_owned()), end))
        }
        '%' => match rest[1..].chars().next() {
            Some(quote @ ('\'' | '"' | '`')) => {
                let (text, length) = quoted(&rest[1..], quote)?;
                Ok((Token::External(text), length + 1))
            }
            _ => {
                let end = while_is(1, &|c| is_word(c) || c == '-');
                Ok((Token::External(rest[1..end].to_owned()), end))
            }
        },
        '$' => {
            let end = while_is(1, &is_word);
            Ok((Token::Dollar(rest[1..end].to_owned()), end))
        }
        c if c.is_ascii_alphabetic() || c == '_' => {
            let end = while_is(0, &is_word);
            Ok((Token::Name(rest[..end].to_owned()), end))
        }
        _ => {
            let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
            symbol.map(|symbol| (Token::Symbol(symbol), symbol.len())).ok_or("an unknown character")
        }
    }
}

/// A text in quotes, with its length in the source.
fn quoted(rest: &str, quote: char) -> Result<(String, usize), &'static str> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Ok((text, at + 1));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some((at, escaped)) = chars.next() else { break };
        match escaped {
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'f' => text.push('\u{c}'),
            '\\' | '\'' | '"' | '`' | '/' => text.push(escaped),
            'u' => {
                let code = rest.get(at + 1..at + 5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                text.push(code.and_then(char::from_u32).ok_or("four hexadecimal digits are expected")?);
                for _ in 0..4 {
                    chars.next();
                }
            }
            // Not in the grammar, but met where a regular expression was written with single backslashes.
            other => text.extend(['\\', other]),
        }
    }
    Err("a text does not end")
}

/// Operators by precedence, weakest first; each level binds to the left.
const LEVELS: [&[(&str, Operator)]; 10] = [
    &[("implies", Operator::Implies)],
    &[("or", Operator::Or), ("xor", Operator::Xor)],
    &[("and", Operator::And)],
    &[("in", Operator::In), ("contains", Operator::Contains)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual), ("~", Operator::Equivalent), ("!~", Operator::NotEquivalent)],
    &[("<=", Operator::LessOrEqual), ("<", Operator::Less), (">=", Operator::GreaterOrEqual), (">", Operator::Greater)],
    &[("|", Operator::Union)],
    // `is` and `as` stand here; their right side is a type.
    &[],
    &[("+", Operator::Add), ("-", Operator::Subtract), ("&", Operator::Concatenate)],
    &[("*", Operator::Multiply), ("/", Operator::Divide), ("div", Operator::DivideWhole), ("mod", Operator::Remainder)],
];
/// The level of `is` and `as`.
const TYPES: usize = 7;

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser {
    fn error(&self, reason: &'static str) -> SyntaxError {
        SyntaxError { at: self.tokens.get(self.at).map_or(self.end, |(at, _)| *at), reason }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Some(Token::Symbol(own)) if *own == symbol)
    }

    fn take(&mut self, symbol: &str) -> bool {
        let is_it = self.is_symbol(symbol);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, symbol: &str, reason: &'static str) -> Result<(), SyntaxError> {
        if self.take(symbol) { Ok(()) } else { Err(self.error(reason)) }
    }

    /// The operator that comes next, and its level.
    fn operator(&self) -> Option<(usize, Operator)> {
        let word = match self.peek()? {
            Token::Name(name) => name.as_str(),
            Token::Symbol(symbol) => symbol,
            _ => return None,
        };
        let levels = LEVELS.iter().enumerate();
        levels
            .flat_map(|(level, all)| all.iter().map(move |one| (level, one)))
            .find_map(|(level, (own, operator))| (*own == word).then_some((level, *operator)))
    }

    /// Operators of this level and of those that bind stronger.
    fn binary(&mut self, weakest: usize) -> Result<Expr, SyntaxError> {
        self.depth = self.depth.checked_sub(1).ok_or_else(|| self.error("nested too deep"))?;
        let mut left = self.unary()?;
        // A chain of operators nests to the left, so its length is bounded like depth.
        for _ in 0..LENGTH {
            if let Some(is_as) = self.type_operator().filter(|_| weakest <= TYPES) {
                self.at += 1;
                let (name, operand) = (self.type_name()?, Box::new(left));
                left = if is_as { Expr::As(operand, name) } else { Expr::Is(operand, name) };
                continue;
            }
            let Some((level, operator)) = self.operator().filter(|(level, _)| *level >= weakest) else {
                self.depth += 1;
                return Ok(left);
            };
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        Err(self.error("too long"))
    }

    /// `is` (false) or `as` (true).
    fn type_operator(&self) -> Option<bool> {
        match self.peek()? {
            Token::Name(name) if name == "is" => Some(false),
            Token::Name(name) if name == "as" => Some(true),
            _ => None,
        }
    }

    /// A type, with or without the name of its model before it.
    fn type_name(&mut self) -> Result<String, SyntaxError> {
        let mut name = self.name()?;
        while self.take(".") {
            let last = self.name()?;
            name = if name == "System" { format!("System.{last}") } else { last };
        }
        Ok(name)
    }

    fn name(&mut self) -> Result<String, SyntaxError> {
        let (Some(Token::Name(name)) | Some(Token::Quoted(name))) = self.peek() else {
            return Err(self.error("a name is expected"));
        };
        let name = name.clone();
        self.at += 1;
        Ok(name)
    }

    fn unary(&mut self) -> Result<Expr, SyntaxError> {
        let is_negative = self.is_symbol("-");
        if !is_negative && !self.is_symbol("+") {
            return self.path();
        }
        self.at += 1;
        self.depth = self.depth.checked_sub(1).ok_or_else(|| self.error("nested too deep"))?;
        let operand = self.unary()?;
        self.depth += 1;
        Ok(if is_negative { Expr::Negate(Box::new(operand)) } else { operand })
    }

    fn path(&mut self) -> Result<Expr, SyntaxError> {
        let mut expr = self.term()?;
        for _ in 0..LENGTH {
            if self.take(".") {
                expr = self.invocation(Some(expr))?;
            } else if self.take("[") {
                let index = self.binary(0)?;
                self.expect("]", "] is expected")?;
                expr = Expr::Index(Box::new(expr), Box::new(index));
            } else {
                return Ok(expr);
            }
        }
        Err(self.error("too long"))
    }

    fn term(&mut self) -> Result<Expr, SyntaxError> {
        if self.take("(") {
            let inner = self.binary(0)?;
            self.expect(")", ") is expected")?;
            return Ok(inner);
        }
        if self.take("{") {
            return self.set();
        }
        let literal = match self.peek() {
            Some(Token::Text(text)) => Literal::Text(text.as_str().into()),
            Some(Token::Number(digits)) => {
                let digits = digits.clone();
                self.at += 1;
                return self.number(&digits);
            }
            Some(Token::Moment(text)) => Literal::Moment(moment(text).ok_or_else(|| self.error("no date or time"))?),
            Some(Token::Name(name)) if !self.is_call() && name == "true" => Literal::Boolean(true),
            Some(Token::Name(name)) if !self.is_call() && name == "false" => Literal::Boolean(false),
            Some(Token::External(name)) => {
                let expr = Expr::External(name.clone());
                self.at += 1;
                return Ok(expr);
            }
            Some(Token::Dollar(name)) => {
                let expr = match name.as_str() {
                    "this" => Expr::This,
                    "index" => Expr::Position,
                    _ => return Err(self.error("an unknown variable")),
                };
                self.at += 1;
                return Ok(expr);
            }
            _ => return self.invocation(None),
        };
        self.at += 1;
        Ok(Expr::Literal(literal))
    }

    fn is_call(&self) -> bool {
        matches!(self.tokens.get(self.at + 1), Some((_, Token::Symbol("("))))
    }

    /// `{}`, and a list of literals as one official invariant writes it.
    fn set(&mut self) -> Result<Expr, SyntaxError> {
        if self.take("}") {
            return Ok(Expr::Empty);
        }
        let mut set = self.binary(0)?;
        while self.take(",") {
            let next = self.binary(0)?;
            set = Expr::Binary(Operator::Union, Box::new(set), Box::new(next));
        }
        self.expect("}", "} is expected")?;
        Ok(set)
    }

    /// A number, or a quantity when a unit follows.
    fn number(&mut self, digits: &str) -> Result<Expr, SyntaxError> {
        let number = Decimal::parse(digits).ok_or_else(|| self.error("too many digits"))?;
        let unit = match self.peek() {
            Some(Token::Text(unit)) => Some(unit.clone()),
            Some(Token::Name(name)) if is_calendar_unit(name) => Some(name.clone()),
            _ => None,
        };
        if let Some(unit) = unit {
            self.at += 1;
            return Ok(Expr::Literal(Literal::Quantity(number, unit.into())));
        }
        Ok(Expr::Literal(match number.whole() {
            Some(whole) if !digits.contains('.') => Literal::Integer(whole),
            _ => Literal::Decimal(number),
        }))
    }

    fn invocation(&mut self, target: Option<Expr>) -> Result<Expr, SyntaxError> {
        let target = target.map(Box::new);
        if let Some(Token::Dollar(name)) = self.peek() {
            // `entry.all($this.x)` needs no such thing, but `x.$this` is in the grammar.
            if name == "this" && target.is_some() {
                self.at += 1;
                return Ok(*target.unwrap_or_else(|| Box::new(Expr::This)));
            }
        }
        let name = self.name()?;
        if !self.take("(") {
            return Ok(Expr::Member(target, name));
        }
        if matches!(name.as_str(), "is" | "as" | "ofType") {
            let type_name = self.type_name()?;
            self.expect(")", ") is expected")?;
            let target = target.unwrap_or_else(|| Box::new(Expr::This));
            return Ok(if name == "is" { Expr::Is(target, type_name) } else { Expr::As(target, type_name) });
        }
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.binary(0)?);
                if self.take(")") {
                    break;
                }
                self.expect(",", ", or ) is expected")?;
            }
        }
        let pattern = match (name.as_str(), arguments.first()) {
            ("matches" | "replaceMatches", Some(Expr::Literal(Literal::Text(pattern)))) => {
                Some(Regex::new(pattern).map_err(|_| self.error("the regular expression cannot be read"))?)
            }
            _ => None,
        };
        Ok(Expr::Call(Call { target, name, arguments, pattern }))
    }
}

fn moment(text: &str) -> Option<Moment> {
    match text.strip_prefix('T') {
        Some(time) => Moment::parse_time(time),
        None => Moment::parse(text),
    }
}

fn is_calendar_unit(name: &str) -> bool {
    let name = name.strip_suffix('s').unwrap_or(name);
    matches!(name, "year" | "month" | "week" | "day" | "hour" | "minute" | "second" | "millisecond")
}
