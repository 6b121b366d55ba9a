//! Promises of the reader as a whole: every code with a good and a bad case, and the shared example files.

mod samples;
mod samples_two;
mod schemas;
mod shared;
mod table;
mod two;
