//! The return type is the standard library's `Result`.
use throughline::{Cx, Public, contract};

/// Things.
#[contract(path = "/things")]
pub trait Things {
    #[get]
    async fn list(&self, cx: Cx<Public>) -> Result<u64, std::io::Error>;
    //~^* E0277: a procedure returns `throughline::Result<T>` or `throughline::Result<T, E>`, found `Result<u64, std::io::Error>`
    //~^^ E0271: expected `impl Future<Output = Result<u64, Error>> + Send` to be a future that resolves to `Result<_, Failure<_>>`, but it resolves to `Result<u64, Error>`
}

fn main() {}
