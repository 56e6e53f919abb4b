//! One server, called with the credentials that are kept for it.

use std::{collections::BTreeMap, env};

use client::{
    ApiError, BearerToken, CallError, Client, ConnectError, Cookie, Credentials, Http, HttpOptions,
    ServerUrl, auth::Account,
};

use crate::{
    config_dir,
    credentials::{Kept, KeptSession, Store},
    failure::{Failure, Hints},
};

/// The server when nobody names one.
const DEFAULT_SERVER: &str = "http://localhost:3000";

/// A server and what is kept for it.
#[derive(Debug)]
pub struct Session {
    /// The calls.
    pub api: Client,
    store: Store,
    server: ServerUrl,
    /// The cookies that the file has.
    kept: Vec<Cookie>,
    /// What to do when the server does not let one in.
    hints: Hints,
}

impl Session {
    /// The server that is named, else the one that was signed in to last, else the default.
    /// With a token it is called in place of the session that is kept.
    pub fn open(named: Option<ServerUrl>, token: Option<BearerToken>) -> Result<Self, Failure> {
        let folder = config_dir::find().ok_or_else(|| {
            Failure::new("client.credentials", "there is no folder for the configuration")
                .hint("set HOME, or name a folder with THROUGHLINE_CONFIG_DIR")
        })?;
        Self::within(Store::new(folder), named, token)
    }

    fn within(
        store: Store,
        named: Option<ServerUrl>,
        token: Option<BearerToken>,
    ) -> Result<Self, Failure> {
        let kept = store.load()?;
        let usual = kept.server.as_deref().unwrap_or(DEFAULT_SERVER);
        let usual = usual.parse::<ServerUrl>().map_err(|error| unusable(&error))?;
        let server = named.unwrap_or_else(|| usual.clone());
        let sign_in = match server == usual {
            true => "throughline sign-in".to_owned(),
            false => format!("throughline --server {server} sign-in"),
        };
        let cookies = kept.sessions.get(server.as_str()).map(|session| &session.cookies);
        let cookies = cookies.into_iter().flatten().map(|(name, value)| Cookie::new(name, value));
        let mut kept = cookies.collect::<Result<Vec<_>, _>>().map_err(|error| unusable(&error))?;
        let hints = Hints { sign_in, by_token: token.is_some() };
        let credentials = match token {
            Some(token) => {
                // What is kept stays as it is.
                kept.clear();
                Credentials::Bearer(token)
            }
            None => Credentials::Cookies(kept.clone()),
        };
        let options = HttpOptions { credentials, user_agent: USER_AGENT, ..HttpOptions::default() };
        let http = Http::new(server.clone(), options).map_err(|error| unusable(&error))?;
        Ok(Self { api: Client::over(http), store, server, kept, hints })
    }

    /// The server's address.
    pub fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// Says what became of a call.
    pub fn failure<E: ApiError>(&self, error: CallError<E>) -> Failure {
        Failure::of_call(error, &self.server, &self.hints)
    }

    /// Keeps the session of somebody who has just signed in, and this server as the usual one.
    ///
    /// # Errors
    /// When the server gave no session that could be kept, or the file cannot be written.
    pub fn begin(&self, account: &Account) -> Result<(), Failure> {
        let cookies = self.api.caller().cookies();
        if cookies.is_empty() {
            let text = format!("{} let you in, but gave no session that can be kept", self.server);
            return Err(Failure::new("client.no_session", text)
                .hint("a server may give sessions only over https: is that its address?"));
        }
        self.store.change(|kept| {
            kept.server = Some(self.server.to_string());
            let session =
                KeptSession { email: account.email.to_string(), cookies: by_name(cookies) };
            kept.sessions.insert(self.server.to_string(), session);
        })
    }

    /// Forgets the session on this server.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(&self) -> Result<(), Failure> {
        let known = |kept: &Kept| kept.sessions.contains_key(self.server.as_str());
        if !known(&self.store.load()?) {
            return Ok(());
        }
        self.store.change(|kept| {
            kept.sessions.remove(self.server.as_str());
        })
    }

    /// Keeps what the server changed about the session while it was called.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep(&self) -> Result<(), Failure> {
        let cookies = self.api.caller().cookies();
        if cookies == self.kept {
            return Ok(());
        }
        if cookies.is_empty() {
            return self.end();
        }
        self.store.change(|kept| {
            // Somebody who signed out meanwhile, in another process, stays signed out.
            if let Some(session) = kept.sessions.get_mut(self.server.as_str()) {
                session.cookies = by_name(cookies);
            }
        })
    }
}

/// The variable that holds an API token.
const TOKEN: &str = "THROUGHLINE_TOKEN";

/// The API token of the environment, if there is one.
///
/// # Errors
/// When it cannot be one.
pub fn token() -> Result<Option<BearerToken>, Failure> {
    let Some(text) = env::var_os(TOKEN).filter(|text| !text.is_empty()) else { return Ok(None) };
    let token = text.to_str().and_then(|text| BearerToken::new(text.trim()).ok());
    let refused = || {
        Failure::new("client.input", format!("{TOKEN} holds no token"))
            .hint("`throughline tokens create` makes one; unset it to use the session that is kept")
    };
    token.map(Some).ok_or_else(refused)
}

/// How this program calls itself.
const USER_AGENT: http::HeaderValue =
    http::HeaderValue::from_static(concat!("throughline-cli/", env!("CARGO_PKG_VERSION")));

fn by_name(cookies: Vec<Cookie>) -> BTreeMap<String, String> {
    let pair = |cookie: Cookie| (cookie.name().to_owned(), cookie.value().to_owned());
    cookies.into_iter().map(pair).collect()
}

fn unusable(error: &ConnectError) -> Failure {
    let failure = Failure::new("client.connect", error.to_string());
    match error {
        ConnectError::Certificates(_) => failure
            .hint("install the system's CA certificates, or name a file of them in SSL_CERT_FILE"),
        _ => failure.hint("delete credentials.json in the configuration folder, and sign in again"),
    }
}
