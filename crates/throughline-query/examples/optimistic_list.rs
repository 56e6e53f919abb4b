//! An optimistic list: two changes are shown at once, each as a layer over what the server said. A
//! refetch puts new data below them; when one of them is refused, it goes and the other one stays.
//!
//! Layers belong to the [`Machine`], which is driven by hand here: it says what is to be run, and is
//! told what came of it. Nothing in it waits, so the order of events is the one that is written down.
//!
//! `cargo run -p throughline-query --example optimistic_list`

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use throughline_query::{
    Config, Data, Effect, Event, Failure, FetchCall, Fetcher, Filters, Key, LayerFn, LayerId,
    Machine, MutateCall, MutationOptions, QueryOptions, RefetchHow, Ticket,
};

type List = Vec<String>;

/// A server in this process. Of bread it has none.
struct Server {
    list: List,
}

impl Server {
    fn add(&mut self, what: &str) -> Result<(), Failure> {
        if what == "bread" {
            return Err(Failure::new("there is no bread"));
        }
        self.list.push(what.to_owned());
        Ok(())
    }
}

/// A layer that adds something to a list that does not have it yet.
fn adding(what: &str) -> LayerFn {
    let what = what.to_owned();
    Arc::new(move |data| {
        let mut list = data.downcast_ref::<List>()?.clone();
        (!list.contains(&what)).then(|| {
            list.push(what.clone());
            Data::new(list)
        })
    })
}

/// What drives the machine: its time, and what it has asked for.
struct Driver {
    machine: Machine,
    key: Key,
    now: i64,
    fetches: Vec<Box<FetchCall>>,
    mutations: HashMap<Ticket, Box<MutateCall>>,
    layers: HashMap<Ticket, LayerId>,
    tickets: Ticket,
}

impl Driver {
    fn new(key: Key) -> Self {
        Self {
            machine: Machine::new(Config::default(), 0),
            key,
            now: 0,
            fetches: Vec::new(),
            mutations: HashMap::new(),
            layers: HashMap::new(),
            tickets: 0,
        }
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        self.tickets
    }

    /// Carries out what the machine asks for. The calls stay here until somebody answers them.
    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Fetch(call) => self.fetches.push(call),
                // There is one mutation at a time on its way to here: the one just submitted.
                Effect::Mutate(call) => _ = self.mutations.insert(self.tickets, call),
                Effect::Settle(ticket, outcome) => self.settled(ticket, outcome.is_ok()),
                _ => {}
            }
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Machine)) {
        act(&mut self.machine);
        self.machine.settle();
        let effects = self.machine.take_effects();
        self.take(effects);
    }

    fn tell(&mut self, event: Event) {
        self.now += 10;
        let effects = self.machine.handle(event, self.now);
        self.take(effects);
    }

    /// Submits a mutation, and shows at once what it will do.
    fn submit(&mut self, what: &str) -> Ticket {
        let ticket = self.ticket();
        let layer = self.machine.add_layer(&self.key, adding(what));
        self.layers.insert(ticket, layer);
        let variables = Data::new(what.to_owned());
        let mutator = Data::new("add").into();
        let options = MutationOptions { mutator, ..MutationOptions::default() };
        self.act(|machine| {
            let observer = machine.observe_mutation(&options);
            machine.mutate(observer, Some(variables), None, ticket);
            machine.unobserve_mutation(observer);
        });
        ticket
    }

    /// A mutation is over: its layer becomes data, or goes alone.
    fn settled(&mut self, ticket: Ticket, has_succeeded: bool) {
        let Some(layer) = self.layers.remove(&ticket) else { return };
        if has_succeeded {
            self.machine.commit_layer(&self.key, layer);
        } else {
            self.machine.drop_layer(&self.key, layer);
        }
    }

    /// The server answers a mutation.
    fn answer(&mut self, ticket: Ticket, server: &mut Server) {
        let Some(call) = self.mutations.remove(&ticket) else { return };
        let what = call.variables.and_then(|data| data.downcast::<String>());
        match server.add(what.as_deref().map_or("", String::as_str)) {
            Ok(()) => self.tell(Event::Mutated(call.run, None)),
            Err(failure) => self.tell(Event::MutateFailed(call.run, failure)),
        }
    }

    /// The server answers all fetches.
    fn answer_fetches(&mut self, server: &Server) {
        for call in std::mem::take(&mut self.fetches) {
            self.tell(Event::Fetched(call.run, Some(Data::new(server.list.clone()))));
        }
    }

    fn refetch(&mut self, server: &Server) {
        let ticket = self.ticket();
        self.act(|machine| machine.refetch(&Filters::default(), RefetchHow::default(), ticket));
        self.answer_fetches(server);
    }

    fn shown(&self) -> String {
        let data = self.machine.data(&self.key);
        let list = data.as_ref().and_then(Data::downcast_ref::<List>);
        let list = list.map(|list| list.join(", ")).unwrap_or_default();
        format!("{list} ({} layers)", self.machine.layers(&self.key))
    }
}

/// What the example does; `say` gets its lines.
pub fn run(mut say: impl FnMut(String)) -> Result<(), Box<dyn Error>> {
    let mut server = Server { list: vec!["milk".to_owned()] };
    let key = Key::from("shopping");
    let mut driver = Driver::new(key.clone());

    let options = Arc::new(QueryOptions {
        fetcher: Fetcher::Call(Data::new("list")).into(),
        ..QueryOptions::default()
    });
    driver.act(|machine| {
        let observer = machine.observe(&key, &options, false);
        machine.subscribe(observer);
    });
    driver.answer_fetches(&server);
    say(format!("fetched: {}", driver.shown()));

    let bread = driver.submit("bread");
    let eggs = driver.submit("eggs");
    say(format!("shown at once: {}", driver.shown()));

    // Somebody else adds something; what is fetched lies below what is not confirmed yet.
    server.add("tea")?;
    driver.refetch(&server);
    say(format!("fetched again: {}", driver.shown()));

    driver.answer(bread, &mut server);
    say(format!("bread is refused: {}", driver.shown()));

    driver.answer(eggs, &mut server);
    say(format!("eggs are confirmed: {}", driver.shown()));

    driver.refetch(&server);
    say(format!("as the server has it: {}", driver.shown()));
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(|line| println!("{line}"))
}
