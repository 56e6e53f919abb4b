//! After a switch nothing of the old partition is seen or sent, whatever was going on.

#![allow(clippy::unwrap_used, reason = "in a test an unwrap that fails is the failure")]

use std::sync::Arc;

use serde_json::{Value, json};
use throughline_query::outbox::{NewEntry, OutboxError, Outcome};
use throughline_query::partition::{PartitionError, PartitionOptions, Partitions};
use throughline_query::persist::{PersistError, Persister, SaveOptions, Saver};
use throughline_query::{
    Abilities, Combine, Config, Data, Effect, Event, Fetcher, Fields, Filters, Key, Machine,
    MutationOptions, ObserverResult, Placeholder, QueryOptions, RefetchHow, Settled, Status,
};

const SECRET: &str = "the old one's";

fn options() -> Arc<QueryOptions> {
    Arc::new(QueryOptions {
        fetcher: Fetcher::Call(Data::new(())).into(),
        abilities: Arc::new(Abilities::json::<Value>()).into(),
        placeholder: Placeholder::KeepPrevious.into(),
        ..QueryOptions::default()
    })
}

fn text(data: Option<&Data>) -> Option<String> {
    Some(data?.downcast_ref::<Value>()?.to_string())
}

fn shows_nothing(result: &ObserverResult) {
    assert_eq!(text(result.data.as_ref()), None, "{result:?}");
    assert_eq!(result.status, Status::Pending);
    assert!(!result.is_placeholder_data && result.error.is_none());
}

/// Everything a driver is told must be free of the old one's data.
fn hears_nothing(effects: &[Effect]) {
    for effect in effects {
        match effect {
            Effect::Emit(_, result) => shows_nothing(result),
            Effect::EmitGroup(_, group) => {
                group.results.iter().for_each(shows_nothing);
                assert_eq!(text(group.combined.as_ref()), None);
            }
            Effect::EmitMutation(_, state) => assert!(state.variables.is_none()),
            Effect::Settle(_, outcome) => {
                let is_cancelled = outcome.as_ref().err().is_some_and(|f| f.is_cancelled());
                let is_empty = matches!(outcome, Ok(Settled::Done));
                assert!(is_cancelled || is_empty, "{outcome:?}");
            }
            Effect::Abort(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn observers_see_nothing_of_the_old_one() {
    let mut machine = Machine::new(Config { events: false, ..Config::default() }, 1_000);
    let (seen, combined) = (Key::from("seen"), Key::from("combined"));
    let secret = Data::new(json!(SECRET));
    machine.set(&seen, secret.clone(), Some(999));
    machine.set(&combined, secret.clone(), Some(999));
    let observer = machine.observe(&seen, &options(), false);
    machine.subscribe(observer);
    let combine = Combine {
        run: Arc::new(|results: &[ObserverResult]| results[0].data.clone()),
        reads: Fields::ALL,
        equal: None,
    };
    let group = machine
        .observe_group(&[(combined.clone(), options()), (seen.clone(), options())], Some(combine));
    machine.subscribe_group(group);
    // One that was removed while it was observed, and goes on showing what it showed.
    let removed = Key::from("removed");
    machine.set(&removed, secret.clone(), Some(999));
    let orphan = machine.observe(&removed, &options(), false);
    machine.subscribe(orphan);
    machine.remove_queries(&Filters::exact(removed.clone()));
    // Fetches on their way: one that nobody has answered, one whose answer is not told yet, one
    // that waits for its next attempt.
    machine.fetch_query(&Key::from("asked"), &options(), false, 1);
    machine.fetch_query(&Key::from("answered"), &options(), false, 2);
    machine.refetch(&Filters::default(), RefetchHow::default(), 3);
    machine.settle();
    let calls: Vec<_> = machine
        .take_effects()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Fetch(call) => Some(call),
            _ => None,
        })
        .collect();
    assert_eq!(calls.len(), 7, "{calls:?}");
    let answered = calls.iter().find(|call| call.key == Key::from("answered")).unwrap();
    machine.take(Event::Fetched(answered.run, Some(secret.clone())));

    machine.forget();
    machine.settle();
    hears_nothing(&machine.take_effects());
    // What the old fetches bring now is nobody's.
    for call in &calls {
        machine.take(Event::Fetched(call.run, Some(secret.clone())));
        machine.settle();
    }
    machine.set_now(2_000_000);
    machine.take(Event::Tick);
    machine.settle();
    hears_nothing(&machine.take_effects());
    for id in [observer, orphan] {
        shows_nothing(machine.result(id).unwrap());
    }
    let result = machine.group_result(group).unwrap();
    assert!(result.combined.is_none());
    result.results.iter().for_each(shows_nothing);

    // Nobody was lost: the observers fetch, and see what the new one has.
    machine.look_again();
    machine.settle();
    let effects = machine.take_effects();
    let runs: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Fetch(call) => Some((call.key.clone(), call.run)),
            _ => None,
        })
        .collect();
    assert_eq!(runs.len(), 3, "{runs:?}");
    for (_, run) in runs {
        machine.take(Event::Fetched(run, Some(Data::new(json!("new")))));
    }
    machine.settle();
    for id in [observer, orphan] {
        assert_eq!(text(machine.result(id).unwrap().data.as_ref()).as_deref(), Some("\"new\""));
    }
    let result = machine.group_result(group).unwrap();
    assert_eq!(text(result.combined.as_ref()).as_deref(), Some("\"new\""));
}

#[test]
fn mutations_on_their_way_end() {
    let mut machine = Machine::new(Config::default(), 1_000);
    let options = |scope: Option<&str>| MutationOptions {
        mutator: Data::new(()).into(),
        on_mutate: Data::new(()).into(),
        on_success: Data::new(()).into(),
        scope: scope.map(Arc::from).map_or_else(Default::default, Into::into),
        ..MutationOptions::default()
    };
    let observers: Vec<_> = [None, Some("a"), Some("a"), None]
        .into_iter()
        .map(|scope| {
            let id = machine.observe_mutation(&options(scope));
            machine.subscribe_mutation(id);
            id
        })
        .collect();
    for (ticket, &id) in (1..).zip(&observers) {
        machine.mutate(id, Some(Data::new(json!(SECRET))), None, ticket);
    }
    machine.settle();
    // The first has run its callback and is sent; the others are still at theirs.
    let first = machine.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Call(call) => Some(call.run),
        _ => None,
    });
    machine.take(Event::Called(first.unwrap(), Ok(None)));
    machine.settle();
    let sent = machine.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Mutate(call) => Some(call.run),
        _ => None,
    });
    machine.forget();
    machine.settle();
    let effects = machine.take_effects();
    hears_nothing(&effects);
    let settled = effects.iter().filter(|effect| matches!(effect, Effect::Settle(..)));
    assert_eq!(settled.count(), 4, "everybody who waits hears of it");
    machine.take(Event::Mutated(sent.unwrap(), Some(Data::new(json!(SECRET)))));
    machine.settle();
    assert!(machine.take_effects().is_empty());
    assert!(machine.mutations_of(&Default::default()).is_empty());
    // A new one, which may get the place of an old one, runs as ever.
    machine.mutate(observers[1], Some(Data::new(json!(1))), None, 9);
    machine.settle();
    assert!(machine.take_effects().iter().any(|effect| matches!(effect, Effect::Call(_))));
}

#[test]
fn files_and_outboxes_are_apart() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path()).unwrap();
    let mut machine = Machine::new(Config::default(), 1_000);
    machine.set_query_defaults(&Key::default(), options().as_ref().clone());
    let enter = |machine: &mut Machine, id: &str| {
        let mut partition = partitions.switch(machine, id, PartitionOptions::default()).unwrap();
        let mut saver = Saver::new(SaveOptions::default());
        let report = saver.restore(machine, partition.persister.restore().unwrap());
        (partition, saver, report.queries)
    };
    let key = Key::from("me");

    let (mut ada, mut saver, restored) = enter(&mut machine, "ada");
    assert_eq!(restored, 0);
    machine.set(&key, Data::new(json!("Ada")), None);
    ada.outbox.enqueue(NewEntry::of("rename", "Ada").unwrap(), 1).unwrap();
    ada.outbox.enqueue(NewEntry::of("rename", "Ada L.").unwrap(), 1).unwrap();
    let sending = ada.outbox.next(2, |_| true).unwrap().unwrap();
    assert!(sending.may_be_sent());
    ada.persister.append(&saver.collect(&mut machine).entries).unwrap();

    let (mut bob, mut saver, restored) = enter(&mut machine, "bob");
    assert_eq!((restored, machine.len(), bob.outbox.entries().count()), (0, 0, 0));
    assert!(saver.collect(&mut machine).entries.is_empty(), "nor is it written as removed");
    // What is not sent yet is not sent; what was sent comes home.
    assert!(!sending.may_be_sent());
    assert!(ada.outbox.next(2, |_| true).unwrap().is_none());
    let refused = ada.outbox.enqueue(NewEntry::of("rename", "x").unwrap(), 3);
    assert!(matches!(refused, Err(OutboxError::NotCurrent)));
    let mixed_up = bob.outbox.finish(&sending, Outcome::Done, 3);
    assert!(matches!(mixed_up, Err(OutboxError::OtherOutbox)));
    ada.outbox.finish(&sending, Outcome::Done, 3).unwrap();
    // While it is open it cannot be opened again.
    let mut other = Machine::new(Config::default(), 0);
    let twice = Partitions::open(folder.path()).unwrap();
    let twice = twice.switch(&mut other, "ada", PartitionOptions::default());
    assert!(matches!(twice, Err(PartitionError::Persist(PersistError::Locked(_)))));
    drop(ada);

    let (ada, _, restored) = enter(&mut machine, "ada");
    assert_eq!((restored, ada.outbox.entries().count()), (1, 1));
    let me = machine.claim(&key, &Abilities::json::<Value>()).unwrap();
    assert_eq!(text(me.as_ref()).as_deref(), Some("\"Ada\""));
    assert!(matches!(partitions.erase("ada"), Err(PartitionError::Persist(_))), "it is in use");
    drop(ada);
    partitions.erase("ada").unwrap();
    assert_eq!(enter(&mut machine, "ada").2, 0);
}

#[test]
fn hostile_ids_stay_in_their_directory_and_apart() {
    let folder = tempfile::tempdir().unwrap();
    let partitions = Partitions::open(folder.path().join("p")).unwrap();
    let mut machine = Machine::new(Config::default(), 0);
    let long = "x".repeat(100_000);
    let ids = ["", ".", "..", "/", "../../x", "a\0b", "A", "a", "é", "e\u{301}", "con", &long];
    for id in ids {
        let partition = partitions.switch(&mut machine, id, PartitionOptions::default()).unwrap();
        assert_eq!(partition.directory().parent(), Some(folder.path().join("p").as_path()));
        assert_eq!(partition.id(), id);
    }
    assert_eq!(std::fs::read_dir(folder.path().join("p")).unwrap().count(), ids.len());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
        let directory = partitions.directory("a");
        assert_eq!(mode(&directory) & 0o777, 0o700);
        for file in std::fs::read_dir(&directory).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path) & 0o777, 0o600, "{}", path.display());
        }
    }
}
