//! The contract `auth`, served in process, and what a browser would see of it.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use axum::{Router, body::Body};
use http_body_util::BodyExt;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::{Value, json};
use testing::TestDatabase;
use throughline::Served;
use throughline_auth::{
    Accounts, AccountsOptions, AuthContract, audit, server::HashingCost, sessions,
};
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
    pub retry_after: Option<u64>,
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
        let method = if body.is_none() && path == "me" { "GET" } else { "POST" };
        self.request(None, method, path, headers, body).await
    }

    /// Sends a request from this address.
    pub async fn request(
        &self,
        address: Option<&str>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(format!("/api/auth/{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(address) = address {
            let peer = SocketAddr::new(address.parse().unwrap(), 1);
            request = request.extension(ConnectInfo(peer));
        }
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER).cloned();
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.parse().ok());
        let set_cookie = response
            .headers()
            .get(header::SET_COOKIE)
            .map(|cookie| cookie.to_str().unwrap().to_owned());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Reply { status, set_cookie, retry_after, body }
    }

    /// A request of a person, by their session.
    pub async fn by(&self, id: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.request(None, method, path, &[("cookie", &cookie(id))], body).await
    }

    /// A request of a service, by its token.
    pub async fn service(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Reply {
        let bearer = format!("Bearer {token}");
        self.request(None, method, path, &[("authorization", &bearer)], body).await
    }

    /// A new token of somebody's, with its id and its secret.
    pub async fn token(&self, id: &str, scopes: &[&str]) -> (String, String) {
        let body = json!({ "name": "a service", "scopes": scopes });
        let made = self.by(id, "POST", "tokens", Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// The acts of the audit, oldest first, of those that have this target if one is told.
    pub async fn acts(&self, db: &TestDatabase) -> Vec<audit::Model> {
        let rows = audit::Entity::find().order_by_asc(audit::Column::At);
        rows.order_by_asc(audit::Column::Id).all(&**db).await.unwrap()
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
