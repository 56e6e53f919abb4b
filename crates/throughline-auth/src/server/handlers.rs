//! The handlers of the contract `auth`.

use axum_login::AuthSession;
use http::header::USER_AGENT as USER_AGENT_HEADER;
use throughline::{Cx, Fault, NoContent, Public, Result};

use super::{
    Accounts, Credentials,
    credential::{Carrier, Credential},
    store::{USER_AGENT, session_fault},
};
use crate::{Account, Auth, AuthError, SignIn, SignUp, SignedIn, users};

impl Auth for Accounts {
    async fn sign_up(&self, cx: Cx<Public>, input: SignUp) -> Result<Account, AuthError> {
        let user = self.insert(input.email, input.password, input.name).await?;
        begin_session(session(&cx)?, &cx, &user).await?;
        Ok(user.into())
    }

    async fn sign_in(&self, cx: Cx<Public>, input: SignIn) -> Result<Account, AuthError> {
        let session = session(&cx)?;
        let credentials = Credentials { email: input.email, password: input.password };
        let user = session
            .authenticate(credentials)
            .await
            .map_err(fault)?
            .ok_or(AuthError::WrongCredentials)?;
        begin_session(session, &cx, &user).await?;
        Ok(user.into())
    }

    async fn sign_out(&self, cx: Cx<SignedIn>) -> Result<NoContent> {
        match Credential::of(&cx.request().headers) {
            Some(Credential { carrier: Carrier::Cookie, .. }) => {
                // Deletes the row and takes the cookie back.
                session(&cx)?.logout().await.map_err(fault)?;
            }
            Some(Credential { carrier: Carrier::Bearer, id }) => {
                axum_login::tower_sessions::SessionStore::delete(&self.0.sessions, &id)
                    .await
                    .map_err(|error| session_fault(error.into()))?;
            }
            // Whoever is signed in has shown one of the two.
            None => {}
        }
        Ok(NoContent)
    }

    async fn me(&self, cx: Cx<SignedIn>) -> Result<Account> {
        let user = cx.user.clone();
        Ok(Account { id: user.id, email: user.email, name: user.name })
    }
}

/// The request's session, which [`Accounts::layer`] has put there.
fn session<L: throughline::Level>(cx: &Cx<L>) -> std::result::Result<AuthSession<Accounts>, Fault> {
    let session = cx.request().extensions.get::<AuthSession<Accounts>>().cloned();
    session.ok_or_else(|| {
        Fault::internal(
            "no session layer: mount `AuthContract` with `Accounts::layer` around its routes",
        )
    })
}

/// Begins a session of `user` under an id that nobody has seen, also for somebody who was signed
/// in.
async fn begin_session<L: throughline::Level>(
    mut session: AuthSession<Accounts>,
    cx: &Cx<L>,
    user: &users::Model,
) -> std::result::Result<(), Fault> {
    let agent = cx.request().headers.get(USER_AGENT_HEADER).and_then(|agent| agent.to_str().ok());
    if let Some(agent) = agent {
        session.session.insert(USER_AGENT, agent).await.map_err(session_fault)?;
    }
    session.login(user).await.map_err(fault)?;
    // `login` gives a new id to those only who were not signed in.
    if session.session.id().is_some() {
        session.session.cycle_id().await.map_err(session_fault)?;
    }
    // The layer would save it after the answer, too late to say what went wrong.
    session.session.save().await.map_err(session_fault)
}

fn fault(error: axum_login::Error<Accounts>) -> Fault {
    match error {
        axum_login::Error::Session(error) => session_fault(error),
        axum_login::Error::Backend(fault) => fault,
    }
}
