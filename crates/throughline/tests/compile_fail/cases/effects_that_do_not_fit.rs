//! Effects whose fields, types or targets do not fit.
use throughline::{Cx, NoContent, Public, Result, contract, input, output};

#[input]
pub struct ById {
    #[path]
    pub id: u64,
}

#[input]
pub struct ByName {
    #[path]
    pub name: String,
}

#[input]
pub struct Change {
    #[path]
    pub id: u64,
    pub name: String,
}

#[output]
pub struct Thing {
    pub id: u64,
    pub name: String,
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/{id}")]
    async fn get(&self, cx: Cx<Public>, input: ById) -> Result<Thing>;
    #[get("/names/{name}")]
    async fn count(&self, cx: Cx<Public>, input: ByName) -> Result<u64>;
    #[get("/all")]
    #[invalidates(get)]
    //~^ error: a read changes nothing, so it has no effects on other reads
    async fn read_with_effect(&self, cx: Cx<Public>) -> Result<u64>;
    #[post("/search", read)]
    #[invalidates(get)]
    //~^ error: a read changes nothing, so it has no effects on other reads
    async fn search_with_effect(&self, cx: Cx<Public>) -> Result<u64>;

    #[put("/a/{id}")]
    #[invalidates(get(idd))]
    //~^ E0609: no field `idd` on type `&Change`
    //~^^ E0609: no field `idd` on type `&ById`
    async fn no_such_field(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/b/{id}")]
    #[invalidates(get(id = no))]
    //~^ E0609: no field `no` on type `&Change`
    async fn no_field_here(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/c/{id}")]
    #[invalidates(get(id = name))]
    //~^ E0308: expected `&String`, found `&u64`
    async fn another_type(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/d/{id}")]
    #[invalidates(get(id = output.id))]
    //~^ E0609: no field `id` on type `&()`
    async fn no_output(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/e/{id}")]
    #[sets(get(id) = output)]
    //~^ E0308: expected `&Thing`, found `&()`
    async fn sets_nothing(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/f/{id}")]
    #[sets(count(name) = output.id)]
    async fn right(&self, cx: Cx<Public>, input: Change) -> Result<Thing>;
    #[put("/g/{id}")]
    #[sets(count(name) = output.name)]
    //~^ E0308: expected `&u64`, found `&String`
    async fn sets_another_type(&self, cx: Cx<Public>, input: Change) -> Result<Thing>;
    #[put("/h/{id}")]
    #[invalidates(right)]
    //~^ E0277: `procedures::Right` changes state, it is not a read
    async fn on_a_write(&self, cx: Cx<Public>, input: Change) -> Result<NoContent>;
    #[put("/i/{id}")]
    #[invalidates(get(id = output))]
    //~^ error: write which field of the output: `output.id`
    async fn whole_output(&self, cx: Cx<Public>, input: Change) -> Result<u64>;
    #[put("/j/{id}")]
    #[invalidates(get(id = input.id))]
    //~^ error: a value is a field of the input (`task_id`) or of the output (`output.id`)
    async fn of_the_input(&self, cx: Cx<Public>, input: Change) -> Result<u64>;
}

fn main() {}
