//! Who may call: what a level does not yield, what is no level, and a server that cannot tell who calls.
use throughline::{Cx, Level, Public, Refusal, Result, Security, Serve, Served, contract};

pub struct SignedIn {
    pub user: u64,
}

impl Level for SignedIn {
    type Identity = u64;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<u64>) -> std::result::Result<Self, Refusal> {
        who.map(|user| Self { user }).ok_or(Refusal::Unauthenticated)
    }
}

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get("/public")]
    async fn public(&self, cx: Cx<Public>) -> Result<u64>;
    #[get("/own")]
    async fn own(&self, cx: Cx<SignedIn>) -> Result<u64>;
}

struct App;

impl Things for App {
    async fn public(&self, cx: Cx<Public>) -> Result<u64> {
        Ok(cx.user)
        //~^ E0609: no field `user` on type `Cx<throughline::Public>`
    }
    async fn own(&self, cx: Cx<SignedIn>) -> Result<u64> {
        Ok(cx.user)
    }
}

fn mount<S: Serve<ThingsContract>>(_: S) {}

fn main() {
    mount(Served::new(App));
    //~^ E0277: `App` cannot tell who calls: it has no `Identify<u64>`
}
