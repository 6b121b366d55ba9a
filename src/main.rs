//! dvza
fn main() {}
