//! A plan that a person confirmed: the one thing that may do harm.
//!
//! It is made of a plan and of the catalogue's word that the plan was taken, which the catalogue gives once.
//! So a plan that was only shown, or is applied for the second time, does not compile into an act.

use ledger::catalog::TakenPlan;
use std::ops::Deref;

/// A plan that was shown, confirmed, found fresh, and taken once.
#[derive(Debug)]
pub(crate) struct Confirmed<P>(P);

impl<P> Confirmed<P> {
    /// The plan that was taken. What it says is what was shown: nothing changes it from here on.
    pub(crate) fn new(plan: P, _taken: TakenPlan) -> Self {
        Self(plan)
    }
}

impl<P> Deref for Confirmed<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0
    }
}
