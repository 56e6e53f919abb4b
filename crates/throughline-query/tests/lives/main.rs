//! Random lives of a whole client on bad days: functions that fail, panic, wait to be told or come back to
//! the client, also in the middle of a change; a network that goes, a disk that does not write, a cache that
//! becomes somebody else's, a world that ends. Once there is a network again and every function has
//! answered, everybody who waits has been answered, once, and every stream shows the last state.

mod command;
mod defined;
mod disk;
mod life;
mod listening;
mod op;
mod waiting;
mod watch;
mod world;

use proptest::prelude::*;

use crate::life::Life;
use crate::listening::{Listening, PANICS};
use crate::op::{Op, op};
use crate::waiting::lock;
use crate::world::Shared;

/// Lives a life. Gives all that was seen of it.
fn live(ops: Vec<Op>, ends_well: bool, world_first: bool) -> Vec<String> {
    let _listening = Listening::begin();
    let mut life = Life { shared: Shared::new(), watches: Vec::new() };
    for op in ops {
        life.run(op);
    }
    if ends_well {
        life.end_well();
    }
    life.end(world_first);
    let panics = PANICS.take().unwrap_or_default();
    assert!(panics.is_empty(), "what does not panic did: {panics:?}");
    std::mem::take(&mut *lock(&life.shared.log))
}

fn config(cases: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn nobody_waits_for_ever(ops in prop::collection::vec(op(0), 1..80), ends_well: bool, world_first: bool) {
        live(ops, ends_well, world_first);
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn nobody_waits_for_ever_for_files(
        ops in prop::collection::vec(op(14), 1..60), ends_well: bool, world_first: bool,
    ) {
        live(ops, ends_well, world_first);
    }
}

proptest! {
    #![proptest_config(config(30))]

    #[test]
    fn a_life_goes_the_same_way_again(
        ops in prop::collection::vec(op(1), 1..60), ends_well: bool, world_first: bool,
    ) {
        let once = live(ops.clone(), ends_well, world_first);
        prop_assert_eq!(once, live(ops, ends_well, world_first));
    }
}
