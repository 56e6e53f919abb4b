//! The gauntlet's server on a real socket, and raw requests to it.

use std::time::Duration;

use testing::wire::{Answer, Request, send_raw};
use throughline::Served;
use throughline_axum::{Mount, MountOptions};
use tokio::net::TcpListener;

use crate::{
    app::App,
    contract::{GadgetsContract, shelves::ShelvesContract},
};

/// A server of the gauntlet; it ends with the test's runtime.
pub struct Server {
    pub address: std::net::SocketAddr,
}

impl Server {
    pub async fn start() -> Self {
        let options = MountOptions {
            body_limit: 4096,
            body_timeout: Duration::from_millis(300),
            ..MountOptions::default()
        };
        let served = Served::new(App::default());
        let router = Mount::new(options)
            .contract(GadgetsContract, served.clone())
            .contract(ShelvesContract, served)
            .document("{}")
            .build()
            .expect("no route twice");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a request as written, byte for byte.
    pub async fn raw(&self, request: impl AsRef<[u8]>) -> Answer {
        send_raw(self.address, request.as_ref()).await
    }

    /// Sends a request; `headers` are whole lines.
    pub async fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        Request { method, path, headers, body }.send(self.address).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    /// A write in JSON by somebody who is known.
    pub async fn json(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(
            method,
            path,
            &["authorization: Bearer known:ada", "content-type: application/json"],
            body.as_bytes(),
        )
        .await
    }
}
