//! The judge over the official material: its examples, damage done to them, its scripts with their fixtures.

mod damage;
mod definitions;
mod examples;
mod scripts;
mod support;
mod sweeps;
