//! The contract `auth`, served in process, and what a browser would see of it.

use axum::http::{Request, StatusCode, header};
use axum::{Router, body::Body};
use http_body_util::BodyExt;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use testing::TestDatabase;
use throughline::Served;
use throughline_auth::{Accounts, AccountsOptions, AuthContract, server::HashingCost, sessions};
use throughline_axum::{Mount, MountOptions};
use tower::ServiceExt;

pub const EMAIL: &str = "ada@example.org";
pub const PASSWORD: &str = "correct horse";

/// A served application over a database.
pub struct App {
    pub accounts: Accounts,
    router: Router,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub set_cookie: Option<String>,
    pub body: Value,
}

impl Reply {
    /// The id in the cookie that was set.
    pub fn id(&self) -> String {
        let cookie = self.set_cookie.as_deref().unwrap_or_else(|| panic!("no cookie in {self:?}"));
        cookie.strip_prefix("session=").unwrap().split(';').next().unwrap().to_owned()
    }

    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// Options under which hashing takes no time.
pub fn cheap() -> AccountsOptions {
    AccountsOptions {
        hashing: HashingCost::new(64, 1, 1, None).unwrap(),
        ..AccountsOptions::default()
    }
}

impl App {
    pub fn over(db: &TestDatabase) -> Self {
        Self::with(db, cheap())
    }

    pub fn with(db: &TestDatabase, options: AccountsOptions) -> Self {
        let accounts = Accounts::new(db.reader().clone(), db.writer().clone(), options);
        let layer = accounts.layer();
        let router = Mount::new(MountOptions::default())
            .contract_with(AuthContract, Served::new(accounts.clone()), |route| {
                route.layer(layer.clone())
            })
            .build()
            .unwrap();
        Self { accounts, router }
    }

    /// Sends a request with these headers; a body makes it a POST.
    pub async fn send(&self, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Reply {
        let mut request = Request::builder().uri(format!("/api/auth/{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None if path == "me" => request.body(Body::empty()),
            None => request.method("POST").body(Body::empty()),
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status();
        let set_cookie = response
            .headers()
            .get(header::SET_COOKIE)
            .map(|cookie| cookie.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Reply { status, set_cookie, body }
    }

    pub async fn sign_up(&self, email: &str) -> Reply {
        let body = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
        self.send("sign-up", &[], Some(body)).await
    }

    pub async fn sign_in(&self, headers: &[(&str, &str)], email: &str, password: &str) -> Reply {
        self.send("sign-in", headers, Some(json!({ "email": email, "password": password }))).await
    }

    /// The status of `me` with this cookie.
    pub async fn me(&self, id: &str) -> StatusCode {
        self.send("me", &[("cookie", &cookie(id))], None).await.status
    }
}

pub fn cookie(id: &str) -> String {
    format!("session={id}")
}

/// How many sessions there are.
pub async fn count(db: &TestDatabase) -> u64 {
    sessions::Entity::find().count(&**db).await.unwrap()
}
