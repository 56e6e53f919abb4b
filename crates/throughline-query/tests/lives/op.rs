//! What happens in a life.

use proptest::prelude::*;

use crate::defined::KEYS;

/// What a function of the user does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Answers,
    Fails,
    /// Until it is told what to do.
    Waits,
    Panics,
    PanicsLater,
    /// Does what is in the queue, with the client that it is handed.
    ComesBack,
    /// Waits for a query that waits for nothing.
    Asks,
    /// Reads the signal, and lets the tasks of the world run meanwhile.
    Runs,
}

/// What anybody may want of a client, from anywhere.
#[derive(Debug, Clone)]
pub enum Command {
    Fetch(u8),
    Ensure(u8),
    EnsureSoon(u8),
    Prefetch(u8),
    FetchPages(u8),
    Read(u8),
    Set(u8, u32),
    SetPages(u8),
    Update(u8, bool),
    UpdateAll(u8),
    Invalidate(Option<u8>),
    InvalidatePanicking,
    Refetch(Option<u8>),
    Reset(Option<u8>),
    Remove(Option<u8>),
    Cancel(Option<u8>, bool, bool),
    Clear,
    Resume,
    Online(bool),
    Focus(Option<bool>),
    Mount,
    Unmount,
    Mutate(u8),
    Layer(u8),
    EndLayer(u8, bool),
    Dehydrate,
    DehydrateSettled,
    Hydrate,
    ObserveBriefly(u8),
    Switch(u8),
    Leave,
    LookAgain,
    Persist,
    Flush,
    StopKeeping,
    Outbox,
    CloseOutbox,
    Written,
    Drained,
    Entries,
    Clone,
    DropClone(u8),
    /// Lets the tasks of the world run, even in the middle of a change.
    Run,
}

#[derive(Debug, Clone)]
pub enum Op {
    Do(Command),
    /// To be done by the next function that may: in the middle of a change, or told of one.
    Within(Command),
    Mood(Mood),
    Disk(u8),
    Open(u8, Mood),
    Observe(u8, u8),
    ObservePages(u8),
    ObserveMany(u8),
    Combine(u8, bool),
    ObserveMutation(u8),
    Events,
    Unobserve(u8),
    Options(u8, u8),
    Turn(u8, u8),
    Again(u8),
    Page(u8, bool),
    Poll(u8),
    Forget(u8),
    Run,
    Advance(u64),
    Clock(i64),
}

pub fn command() -> impl Strategy<Value = Command> {
    use Command as C;
    let key = || 0..KEYS;
    let some = || prop_oneof![3 => (0..KEYS).prop_map(Some), 1 => Just(None)];
    prop_oneof![
        6 => key().prop_map(C::Fetch),
        3 => key().prop_map(C::Ensure),
        1 => key().prop_map(C::EnsureSoon),
        2 => key().prop_map(C::Prefetch),
        2 => (0_u8..2).prop_map(C::FetchPages),
        1 => key().prop_map(C::Read),
        3 => (key(), 0_u32..5).prop_map(|(key, value)| C::Set(key, value)),
        1 => (0_u8..2).prop_map(C::SetPages),
        2 => (key(), any::<bool>()).prop_map(|(key, panics)| C::Update(key, panics)),
        1 => key().prop_map(C::UpdateAll),
        4 => some().prop_map(C::Invalidate),
        1 => Just(C::InvalidatePanicking),
        3 => some().prop_map(C::Refetch),
        2 => some().prop_map(C::Reset),
        2 => some().prop_map(C::Remove),
        3 => (some(), any::<bool>(), any::<bool>())
            .prop_map(|(key, revert, silent)| C::Cancel(key, revert, silent)),
        1 => Just(C::Clear),
        2 => Just(C::Resume),
        3 => any::<bool>().prop_map(C::Online),
        2 => any::<Option<bool>>().prop_map(C::Focus),
        1 => Just(C::Mount),
        1 => Just(C::Unmount),
        6 => (0_u8..8).prop_map(C::Mutate),
        2 => key().prop_map(C::Layer),
        2 => any::<(u8, bool)>().prop_map(|(layer, commits)| C::EndLayer(layer, commits)),
        1 => Just(C::Dehydrate),
        1 => Just(C::DehydrateSettled),
        2 => Just(C::Hydrate),
        2 => key().prop_map(C::ObserveBriefly),
        1 => Just(C::LookAgain),
        1 => Just(C::Persist),
        1 => Just(C::Flush),
        1 => Just(C::StopKeeping),
        1 => Just(C::Clone),
        1 => (0_u8..8).prop_map(C::DropClone),
        1 => Just(C::Run),
    ]
}

/// What writes to files.
pub fn lasting() -> impl Strategy<Value = Command> {
    use Command as C;
    prop_oneof![
        3 => (0_u8..2).prop_map(C::Switch),
        1 => Just(C::Leave),
        1 => Just(C::LookAgain),
        2 => Just(C::Outbox),
        1 => Just(C::CloseOutbox),
        1 => Just(C::Written),
        1 => Just(C::Drained),
        1 => Just(C::Entries),
        4 => (6_u8..8).prop_map(C::Mutate),
    ]
}

pub fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        3 => Just(Mood::Answers),
        2 => Just(Mood::Fails),
        4 => Just(Mood::Waits),
        1 => Just(Mood::Panics),
        1 => Just(Mood::PanicsLater),
        2 => Just(Mood::ComesBack),
        2 => Just(Mood::Asks),
        1 => Just(Mood::Runs),
    ]
}

pub fn op(files: u32) -> impl Strategy<Value = Op> {
    let which = any::<u8>;
    let commands = || prop_oneof![40 => command(), files => lasting()];
    prop_oneof![
        40 => commands().prop_map(Op::Do),
        8 => commands().prop_map(Op::Within),
        6 => mood().prop_map(Op::Mood),
        2 => (0_u8..4).prop_map(Op::Disk),
        8 => (which(), mood()).prop_map(|(which, mood)| Op::Open(which, mood)),
        5 => (0..KEYS, 0_u8..8).prop_map(|(key, shape)| Op::Observe(key, shape)),
        2 => (0_u8..2).prop_map(Op::ObservePages),
        1 => (0..KEYS).prop_map(Op::ObserveMany),
        1 => (0..KEYS, any::<bool>()).prop_map(|(key, panics)| Op::Combine(key, panics)),
        1 => (0_u8..6).prop_map(Op::ObserveMutation),
        1 => Just(Op::Events),
        3 => which().prop_map(Op::Unobserve),
        3 => (which(), 0_u8..8).prop_map(|(which, shape)| Op::Options(which, shape)),
        3 => (which(), 0..KEYS).prop_map(|(which, key)| Op::Turn(which, key)),
        5 => which().prop_map(Op::Again),
        4 => any::<(u8, bool)>().prop_map(|(which, back)| Op::Page(which, back)),
        5 => which().prop_map(Op::Poll),
        2 => which().prop_map(Op::Forget),
        12 => Just(Op::Run),
        8 => prop_oneof![0_u64..50, 900_u64..70_000, Just(400_000)].prop_map(Op::Advance),
        1 => prop_oneof![-5_000_i64..0, 0_i64..5_000].prop_map(Op::Clock),
    ]
}
