//! Measures the pipeline on rows with human labels: suites of rows, a measure
//! of each, figures with intervals, a comparison with earlier ones, a card.
//!
//! Beside the flow and above it: it calls the pipeline as any caller does, and
//! nothing but the command line calls it. It reads and writes files of data,
//! results and state; it prints nothing, loads no model and knows no terminal.

pub mod bench;
pub mod card;
pub mod compare;
pub mod data;
pub mod error;
pub mod figures;
pub mod grow;
pub mod report;
pub mod rouge;
pub mod run;
pub mod state;
pub mod statistics;
pub mod suites;
pub mod table;
