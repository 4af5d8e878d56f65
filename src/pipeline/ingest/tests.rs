//! Tests of the whole stage.

use super::*;

#[test]
fn nothing() {}
