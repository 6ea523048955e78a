//! Whether concurrent calls can be explained by a serial order: each call has its whole effect at one moment between its
//! start and its answer (Wing and Gong, 1993; with the memory of Lowe, 2017).

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

/// What calls do, one after the other.
pub trait Model: Clone + Eq + Hash {
    /// A call.
    type Call: Debug;
    /// Its answer.
    type Answer: PartialEq + Debug;

    /// The effect of a call, and its answer.
    fn apply(&mut self, call: &Self::Call) -> Self::Answer;
}

/// A call that was made and answered.
#[derive(Debug, Clone)]
pub struct Happened<M: Model> {
    /// What was asked.
    pub call: M::Call,
    /// What was answered.
    pub answer: M::Answer,
    /// When it was asked, by a counter that all share.
    pub from: u64,
    /// When the answer was there.
    pub until: u64,
}

/// A serial order of the calls, by their places, that gives the same answers and keeps what was over before another
/// began; none if there is none. At most 64 calls.
///
/// # Panics
/// When there are more.
pub fn serial_order<M: Model>(start: &M, history: &[Happened<M>]) -> Option<Vec<usize>> {
    assert!(history.len() <= 64, "a set of calls is a number of 64 bits");
    let mut order = Vec::new();
    search(start, history, 0, &mut order, &mut HashSet::new()).then_some(order)
}

fn search<M: Model>(
    state: &M,
    history: &[Happened<M>],
    done: u64,
    order: &mut Vec<usize>,
    seen: &mut HashSet<(u64, M)>,
) -> bool {
    if order.len() == history.len() {
        return true;
    }
    if !seen.insert((done, state.clone())) {
        return false;
    }
    let open = || history.iter().enumerate().filter(|(place, _)| done >> place & 1 == 0);
    let first_end = open().map(|(_, happened)| happened.until).min().unwrap_or(u64::MAX);
    for (place, happened) in open().filter(|(_, happened)| happened.from < first_end) {
        let mut after = state.clone();
        if after.apply(&happened.call) == happened.answer {
            order.push(place);
            if search(&after, history, done | 1 << place, order, seen) {
                return true;
            }
            order.pop();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that calls raise; the answer is what it was before.
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Counter(i64);

    impl Model for Counter {
        type Call = i64;
        type Answer = i64;

        fn apply(&mut self, call: &i64) -> i64 {
            let before = self.0;
            self.0 += call;
            before
        }
    }

    fn order(calls: &[(i64, i64, u64, u64)]) -> Option<Vec<usize>> {
        let happened = |&(call, answer, from, until)| Happened { call, answer, from, until };
        serial_order(&Counter(0), &calls.iter().map(happened).collect::<Vec<_>>())
    }

    #[test]
    fn overlapping_calls_may_have_happened_in_either_order() {
        assert_eq!(order(&[(5, 2, 0, 9), (2, 0, 1, 8)]), Some(vec![1, 0]));
    }

    #[test]
    fn what_was_over_happened_before() {
        assert_eq!(order(&[(5, 2, 0, 1), (2, 0, 2, 3)]), None);
    }

    #[test]
    fn a_lost_update_has_no_order() {
        assert_eq!(order(&[(5, 0, 0, 9), (2, 0, 1, 8)]), None);
        assert_eq!(order(&[(5, 0, 0, 9), (2, 5, 1, 8), (0, 5, 10, 11)]), None);
    }
}
