//! Contract of the store: every function on every engine, with two practices that share a patient.

mod audit;
mod authorization;
mod console;
mod imports;
mod letters;
mod office;
mod patients;
mod plans;
mod practices;
mod quarantine;
mod roll;
mod sealing;
mod shelves;
mod transactions;
