//! The application's contracts: routes, who may call, inputs, outputs, errors, cache effects.

pub mod levels;

pub mod flows;
pub mod tasks;
pub mod users;

pub use throughline_auth as auth;

throughline::api! {
    /// The whole application, as calls over any caller.
    pub struct Api {
        auth: auth::AuthClient,
        tasks: tasks::TasksClient,
        flows: flows::FlowsClient,
        users: users::UsersClient,
    }
}

/// Shows each contract of the application to a visitor: the one list that the document and the tests walk.
pub fn describe<V: throughline::Describe>(visitor: &mut V) {
    use throughline::Contract;
    auth::AuthContract::describe(visitor);
    tasks::TasksContract::describe(visitor);
    flows::FlowsContract::describe(visitor);
    users::UsersContract::describe(visitor);
}
