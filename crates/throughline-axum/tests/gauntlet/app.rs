//! The gauntlet's application: handlers over a map in memory, because the contract is what is tried here.

use std::{collections::BTreeMap, sync::Mutex};

use http::request::Parts;
use throughline::{
    Created, Cx, Fault, Identify, Int64, NoContent, Page, Public, Result, Timestamp,
};

use crate::contract::{
    shelves::{FillShelf, Shelf, ShelfByName, ShelfError, Shelves},
    *,
};

#[derive(Default)]
pub struct App {
    gadgets: Mutex<BTreeMap<GadgetId, Gadget>>,
    shelves: Mutex<BTreeMap<String, Vec<GadgetId>>>,
}

/// A bearer `keeper:NAME` or `known:NAME` stands for a real lookup.
impl Identify<Person> for App {
    async fn identify(&self, request: &Parts) -> std::result::Result<Option<Person>, Fault> {
        let Some(value) =
            request.headers.get("authorization").and_then(|value| value.to_str().ok())
        else {
            return Ok(None);
        };
        let Some((role, name)) =
            value.strip_prefix("Bearer ").and_then(|token| token.split_once(':'))
        else {
            return Ok(None);
        };
        Ok(Some(Person { name: name.to_owned(), keeper: role == "keeper" }))
    }
}

impl App {
    fn find(&self, id: GadgetId) -> std::result::Result<Gadget, GadgetError> {
        let gadgets = self.gadgets.lock().expect("no handler panics under the lock");
        gadgets.get(&id).cloned().ok_or(GadgetError::NotFound { id })
    }

    fn store(&self, gadget: Gadget) -> std::result::Result<Gadget, GadgetError> {
        let mut gadgets = self.gadgets.lock().expect("no handler panics under the lock");
        if let Some(other) =
            gadgets.values().find(|other| other.name == gadget.name && other.id != gadget.id)
        {
            return Err(GadgetError::NameTaken { name: gadget.name, by: other.id });
        }
        gadgets.insert(gadget.id, gadget.clone());
        Ok(gadget)
    }
}

impl Gadgets for App {
    async fn list(&self, cx: Cx<MaybeKnown>, input: ListGadgets) -> Result<Page<Gadget>> {
        let filter = (&input.condition, &input.name);
        let after: Option<GadgetId> =
            input.cursor.as_ref().map(|cursor| cursor.open(&filter)).transpose()?;
        let known = cx.person.is_some();
        let rows = self.gadgets.lock().expect("no handler panics under the lock");
        let rows = rows.values().filter(|gadget| after.is_none_or(|after| gadget.id > after));
        let rows = rows.filter(|gadget| {
            input.condition.is_empty() || input.condition.contains(&gadget.condition)
        });
        let rows =
            rows.filter(|gadget| input.name.as_ref().is_none_or(|name| *name == gadget.name));
        // Only those who are known see notes.
        let rows =
            rows.cloned().map(|gadget| Gadget { note: gadget.note.filter(|_| known), ..gadget });
        let rows: Vec<Gadget> = rows.take(input.limit.get() as usize + 1).collect();
        Page::from_rows(rows, input.limit.get(), &filter, |gadget| gadget.id)
            .map_err(|error| Fault::internal(error).into())
    }

    async fn get(&self, _: Cx<Public>, input: GadgetById) -> Result<Gadget, GadgetError> {
        Ok(self.find(input.id)?)
    }

    async fn put(&self, cx: Cx<Known>, input: PutGadget) -> Result<Created<Gadget>, GadgetError> {
        let stored = self.find(input.id).ok();
        let current = stored.as_ref().map_or(Int64(0), |gadget| gadget.serial);
        if input.if_serial.is_some_and(|expected| expected != current) {
            return Err(GadgetError::Stale { current }.into());
        }
        let gadget = Gadget {
            id: input.id,
            name: input.name,
            condition: input.condition,
            serial: input.serial,
            parts: input.parts,
            note: Some(cx.person.name.clone()),
            seen_at: cx.now(),
        };
        if input.dry_run != Some(true) {
            self.store(gadget.clone())?;
        }
        Ok(match stored {
            None => Created::at::<procedures::Get>(&GadgetById { id: input.id }, gadget),
            Some(_) => Created::again(gadget),
        })
    }

    async fn import(&self, _: Cx<Known>, input: ImportGadgets) -> Result<Vec<Gadget>, GadgetError> {
        let gadgets = input.gadgets.into_iter().map(|new| Gadget {
            id: GadgetId::new(),
            name: new.name,
            condition: new.condition.unwrap_or(Condition::BrandNew),
            serial: new.serial,
            parts: BTreeMap::new(),
            note: None,
            seen_at: Timestamp::now(),
        });
        let mut made = Vec::new();
        for gadget in gadgets {
            made.push(self.store(gadget)?);
        }
        Ok(made)
    }

    async fn happen(&self, _: Cx<Known>, input: HappenTo) -> Result<Condition, GadgetError> {
        let mut gadget = self.find(input.gadget)?;
        match input.happening {
            Happening::Fell { meters } => {
                gadget.condition = if meters > 10 { Condition::Broken } else { Condition::Worn };
            }
            Happening::Renamed { name } => gadget.name = name,
            Happening::Rested => {}
        }
        Ok(self.store(gadget)?.condition)
    }

    async fn search(&self, _: Cx<Public>, input: SearchGadgets) -> Result<Vec<Gadget>> {
        let gadgets = self.gadgets.lock().expect("no handler panics under the lock");
        let range =
            input.nested.map_or(Int64(i64::MIN)..=Int64(i64::MAX), |range| range.from..=range.to);
        let found = gadgets
            .values()
            .filter(|gadget| input.names.contains(&gadget.name) && range.contains(&gadget.serial));
        Ok(found.cloned().collect())
    }

    async fn update(&self, _: Cx<Known>, input: ChangeGadget) -> Result<Gadget, GadgetError> {
        let mut gadget = self.find(input.id)?;
        input.name.apply(&mut gadget.name);
        input.note.apply(&mut gadget.note);
        input.condition.apply(&mut gadget.condition);
        Ok(self.store(gadget)?)
    }

    async fn delete(&self, cx: Cx<Keeper>, input: GadgetById) -> Result<NoContent, GadgetError> {
        assert!(cx.person.keeper);
        self.find(input.id)?;
        self.gadgets.lock().expect("no handler panics under the lock").remove(&input.id);
        Ok(NoContent)
    }

    async fn condition(&self, _: Cx<Public>, input: GadgetById) -> Result<Condition, GadgetError> {
        Ok(self.find(input.id)?.condition)
    }

    async fn panic(&self, _: Cx<Public>) -> Result<NoContent> {
        panic!("the secret of the panic");
    }
}

impl Shelves for App {
    async fn list(&self, _: Cx<Public>) -> Result<Vec<Shelf>> {
        let shelves = self.shelves.lock().expect("no handler panics under the lock");
        Ok(shelves
            .iter()
            .map(|(name, gadgets)| Shelf { name: name.clone(), gadgets: gadgets.clone() })
            .collect())
    }

    async fn get(&self, _: Cx<Public>, input: ShelfByName) -> Result<Option<Shelf>> {
        let shelves = self.shelves.lock().expect("no handler panics under the lock");
        Ok(shelves
            .get(&input.name)
            .map(|gadgets| Shelf { name: input.name, gadgets: gadgets.clone() }))
    }

    async fn fill(&self, _: Cx<Known>, input: FillShelf) -> Result<Shelf, ShelfError> {
        let gadget = self.find(input.gadget).map_err(ShelfError::from)?;
        let mut shelves = self.shelves.lock().expect("no handler panics under the lock");
        let shelf = shelves.entry(input.name.clone()).or_default();
        if shelf.len() == 2 {
            return Err(ShelfError::Full { name: input.name, room: 2 }.into());
        }
        shelf.push(gadget.id);
        Ok(Shelf { name: input.name, gadgets: shelf.clone() })
    }
}
