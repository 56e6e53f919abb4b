//! The return type is no `throughline::Result`.
use throughline::{Cx, Public, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> String;
    //~^* E0277: a procedure returns `throughline::Result<T>` or `throughline::Result<T, E>`, found `String`
    //~^^ E0271: expected `impl Future<Output = String> + Send` to be a future that resolves to `Result<_, Failure<_>>`, but it resolves to `String`
}

fn main() {}
