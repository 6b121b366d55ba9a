//! Evaluation: what each form of expression means.

use std::cell::Cell;
use std::rc::Rc;

use super::ast::{Call, Expr, Literal, Operator};
use super::value::Value;
use super::{Context, Failure, operators};
use crate::schema::{Kind, TypeDef};
use crate::tree::NodeId;

/// Steps that one evaluation may take.
const STEPS: u64 = 200_000_000;

pub(super) type Found = Result<Vec<Value>, Failure>;

/// One evaluation: where it started and what `$this` is now.
#[derive(Clone)]
pub(super) struct Evaluation<'c, 's> {
    pub context: Context<'c, 's>,
    /// `%context`, from which `%resource` follows.
    start: NodeId,
    /// What a path without a target begins with.
    pub focus: Vec<Value>,
    /// `$index`.
    pub position: usize,
    steps: Rc<Cell<u64>>,
}

impl<'c, 's> Evaluation<'c, 's> {
    pub fn new(context: Context<'c, 's>, on: NodeId) -> Self {
        let focus = vec![Value::Node(on)];
        Self { context, start: on, focus, position: 0, steps: Rc::new(Cell::new(STEPS)) }
    }

    /// The same evaluation with one item in focus.
    pub fn on(&self, item: &Value, position: usize) -> Self {
        Self { focus: vec![item.clone()], position, ..self.clone() }
    }

    /// The same evaluation with these items in focus.
    pub fn with_focus(&self, focus: Vec<Value>) -> Self {
        Self { focus, ..self.clone() }
    }

    pub fn step(&self, count: usize) -> Result<(), Failure> {
        let left = self.steps.get().checked_sub(count as u64).ok_or(Failure::TooLong)?;
        self.steps.set(left);
        Ok(())
    }

    pub fn run(&self, expr: &Expr) -> Found {
        self.step(1)?;
        match expr {
            Expr::Empty => Ok(Vec::new()),
            Expr::This => Ok(self.focus.clone()),
            Expr::Position => Ok(vec![Value::Integer(i64::try_from(self.position).unwrap_or(i64::MAX))]),
            Expr::Literal(literal) => Ok(vec![value(literal)]),
            Expr::External(name) => self.external(name),
            Expr::Member(None, name) => self.first_member(name),
            Expr::Member(Some(target), name) => self.members(&self.run(target)?, name),
            Expr::Call(call) => self.call(call),
            Expr::Index(target, index) => self.index(target, index),
            Expr::Negate(operand) => operators::negate(self.context.tree, &self.run(operand)?),
            Expr::Is(target, name) => {
                let found = self.run(target)?;
                match &found[..] {
                    [] => Ok(Vec::new()),
                    [item] => Ok(vec![Value::Boolean(self.is(item, name)?)]),
                    _ => Err(Failure::Unsupported("`is` on several items".into())),
                }
            }
            // Official scripts filter whole collections with `as`, which the text of the standard calls an error.
            Expr::As(target, name) => {
                let mut kept = Vec::new();
                for item in self.run(target)? {
                    if self.is(&item, name)? {
                        kept.push(item);
                    }
                }
                Ok(kept)
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right),
        }
    }

    fn binary(&self, operator: Operator, left: &Expr, right: &Expr) -> Found {
        let tree = self.context.tree;
        if !matches!(operator, Operator::And | Operator::Or | Operator::Xor | Operator::Implies) {
            let (left, right) = (self.run(left)?, self.run(right)?);
            self.step(left.len().saturating_mul(right.len()))?;
            return operators::apply(tree, operator, left, right);
        }
        let left = self.run(left).map(|found| operators::truth(tree, &found));
        // What the left side decides alone needs no right side, and must not fail because of it.
        let decided = match (operator, &left) {
            (Operator::And, Ok(Some(false))) => Some(false),
            (Operator::Or, Ok(Some(true))) | (Operator::Implies, Ok(Some(false))) => Some(true),
            _ => None,
        };
        if let Some(decided) = decided {
            return Ok(vec![Value::Boolean(decided)]);
        }
        let right = self.run(right).map(|found| operators::truth(tree, &found));
        let decided = match (operator, &right) {
            (Operator::And, Ok(Some(false))) => Some(false),
            (Operator::Or | Operator::Implies, Ok(Some(true))) => Some(true),
            _ => None,
        };
        if let Some(decided) = decided {
            return Ok(vec![Value::Boolean(decided)]);
        }
        Ok(operators::logic(operator, left?, right?).map(Value::Boolean).into_iter().collect())
    }

    fn external(&self, name: &str) -> Found {
        let tree = self.context.tree;
        Ok(vec![match name {
            "resource" => Value::Node(tree.resource(self.start)),
            "rootResource" => Value::Node(tree.root_resource(self.start)),
            "context" => Value::Node(self.start),
            "ucum" => Value::text("http://unitsofmeasure.org"),
            "sct" => Value::text("http://snomed.info/sct"),
            "loinc" => Value::text("http://loinc.org"),
            name => {
                if let Some(name) = name.strip_prefix("vs-") {
                    Value::Text(format!("http://hl7.org/fhir/ValueSet/{name}").into())
                } else if let Some(name) = name.strip_prefix("ext-") {
                    Value::Text(format!("{}{name}", crate::schema::CORE).into())
                } else {
                    return Err(Failure::Unsupported(format!("the variable %{name}")));
                }
            }
        }])
    }

    /// The first name of a path may be the type that the path is about.
    fn first_member(&self, name: &str) -> Found {
        if name.starts_with(|first: char| first.is_ascii_uppercase()) {
            let is_type = |item: &&Value| matches!(item, Value::Node(node) if self.context.tree.ty(*node).is(name));
            return Ok(self.focus.iter().filter(is_type).cloned().collect());
        }
        self.members(&self.focus, name)
    }

    pub fn members(&self, items: &[Value], name: &str) -> Found {
        let tree = self.context.tree;
        let mut found = Vec::new();
        for item in items {
            let Value::Node(node) = item else { continue };
            self.step(1)?;
            if name == "value" && tree.ty(*node).kind == Kind::Primitive {
                found.extend(item.plain(tree));
                continue;
            }
            found.extend(tree.named(*node, name).map(Value::Node));
        }
        self.step(found.len())?;
        Ok(found)
    }

    fn index(&self, target: &Expr, index: &Expr) -> Found {
        let items = self.run(target)?;
        let index = self.run(index)?;
        let place = match index.first().and_then(|index| index.plain(self.context.tree)) {
            Some(Value::Integer(place)) if index.len() == 1 => place,
            _ => return Err(Failure::Unsupported("an index that is no whole number".into())),
        };
        let item = usize::try_from(place).ok().and_then(|place| items.into_iter().nth(place));
        Ok(item.into_iter().collect())
    }

    /// Is the item of this type? Case does not matter (testscript-runner §4).
    pub fn is(&self, item: &Value, name: &str) -> Result<bool, Failure> {
        let (name, is_system) = match name.strip_prefix("System.") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let same = |other: &str| name.eq_ignore_ascii_case(other);
        Ok(match item {
            Value::Node(node) if is_system => {
                let plain = item.plain(self.context.tree);
                self.context.tree.ty(*node).kind == Kind::Primitive
                    && plain.is_some_and(|plain| self.is(&plain, name).unwrap_or(false))
            }
            Value::Node(node) => is_type(self.context.tree.ty(*node), name),
            Value::Text(_) => same("string"),
            Value::Integer(_) => same("integer"),
            Value::Decimal(_) => same("decimal"),
            Value::Boolean(_) => same("boolean"),
            Value::Moment(moment) if moment.is_time() => same("time"),
            Value::Moment(moment) if moment.is_date() => same("date"),
            Value::Moment(_) => same("dateTime"),
            Value::Quantity(..) => same("Quantity"),
        })
    }

    /// Evaluates an argument on one item, as a condition.
    pub fn condition(&self, argument: &Expr, item: &Value, position: usize) -> Result<Option<bool>, Failure> {
        let found = self.on(item, position).run(argument)?;
        Ok(operators::truth(self.context.tree, &found))
    }

    fn call(&self, call: &Call) -> Found {
        let target = match &call.target {
            Some(target) => self.run(target)?,
            None => self.focus.clone(),
        };
        self.step(target.len())?;
        self.function(call, target)
    }
}

/// `code` is a `string`, `Age` a `Quantity`; everything but a resource is an `Element`.
fn is_type(ty: &TypeDef, name: &str) -> bool {
    ty.is(name) || (ty.kind == Kind::Backbone && name.eq_ignore_ascii_case("BackboneElement"))
}

fn value(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::Text(text.clone()),
        Literal::Integer(value) => Value::Integer(*value),
        Literal::Decimal(value) => Value::Decimal(*value),
        Literal::Boolean(value) => Value::Boolean(*value),
        Literal::Moment(moment) => Value::Moment(moment.clone()),
        Literal::Quantity(value, unit) => Value::Quantity(*value, unit.clone()),
    }
}
