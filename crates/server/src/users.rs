//! People: what admins do with them, what everybody sees of them, and one's own profile.

use contract::{
    levels::{Admin, InPerson, SignedIn},
    users::{
        AccountError, Ban, BanUser, ListUsers, ManageError, OwnProfile, Profile, SetRole,
        UpdateProfile, User, UserById, UserError, Users,
    },
};
use db::users::{self, Filter, WithProfile};
use throughline::{Cx, Fault, Page, Patch, Public, Result, Timestamp, faults};
use throughline_auth::server::{self as accounts, AccountChanges, Actor};

use crate::App;

impl Users for App {
    async fn list(&self, cx: Cx<Admin>, input: ListUsers) -> Result<Page<User>> {
        let filter =
            Filter { text: input.text, email: input.email, role: input.role, banned: input.banned };
        let (limit, cursor) = (input.limit.get(), input.cursor.as_ref());
        let page = users::page(&self.db, &filter, limit, cursor, cx.now()).await?;
        Ok(page.map(|row| user(row, cx.now())))
    }

    async fn get(&self, cx: Cx<Admin>, input: UserById) -> Result<User, UserError> {
        let row = users::find(&self.db, input.id).await?;
        Ok(user(row.ok_or(UserError::NotFound { id: input.id })?, cx.now()))
    }

    async fn set_role(&self, cx: Cx<Admin>, input: SetRole) -> Result<User, ManageError> {
        let actor = Actor::user(&cx, cx.user.id);
        cx.transact(&self.db, async |tx| {
            let row = accounts::set_role(tx, &actor, input.id, input.role).await?;
            Ok(user(row, cx.now()))
        })
        .await
    }

    async fn ban(&self, cx: Cx<Admin>, input: BanUser) -> Result<User, ManageError> {
        let actor = Actor::user(&cx, cx.user.id);
        cx.transact(&self.db, async |tx| {
            let reason = input.reason.clone();
            let row = accounts::ban(tx, &actor, input.id, reason, input.until).await?;
            Ok(user(row, cx.now()))
        })
        .await
    }

    async fn unban(&self, cx: Cx<Admin>, input: UserById) -> Result<User, ManageError> {
        let actor = Actor::user(&cx, cx.user.id);
        cx.transact(&self.db, async |tx| {
            let row = accounts::unban(tx, &actor, input.id).await?;
            Ok(user(row, cx.now()))
        })
        .await
    }

    async fn profile(&self, _: Cx<Public>, input: UserById) -> Result<Profile, UserError> {
        let found = users::with_profile(&self.db, input.id).await?;
        Ok(profile(found.ok_or(UserError::NotFound { id: input.id })?))
    }

    async fn me(&self, cx: Cx<SignedIn>) -> Result<OwnProfile> {
        let found = users::with_profile(&self.db, cx.user.id).await?;
        Ok(own_profile(found.ok_or_else(nobody)?))
    }

    async fn update_me(
        &self,
        cx: Cx<InPerson>,
        input: UpdateProfile,
    ) -> Result<OwnProfile, AccountError> {
        let (id, actor) = (cx.user.id, Actor::user(&cx, cx.user.id));
        let changes = AccountChanges { email: input.email, name: input.name };
        cx.transact(&self.db, async |tx| {
            accounts::change(tx, &actor, id, changes.clone()).await?;
            if let Patch::Set(bio) = &input.bio {
                users::put_bio(tx, id, bio.clone(), cx.now()).await?;
            }
            let found = users::with_profile(tx, id).await?;
            Ok(own_profile(found.ok_or_else(nobody)?))
        })
        .await
    }
}

/// Somebody who was deleted while they asked is nobody.
fn nobody() -> Fault {
    Fault::new(&faults::UNAUTHENTICATED)
}

fn user(row: users::User, now: Timestamp) -> User {
    let banned = row.is_banned(now);
    let ban = match row.banned_at {
        Some(since) if banned => {
            Some(Ban { since, reason: row.ban_reason, until: row.ban_expires_at })
        }
        // One that has ended is none.
        _ => None,
    };
    User {
        id: row.id,
        email: row.email,
        name: row.name,
        role: row.role,
        ban,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn profile(found: WithProfile) -> Profile {
    let WithProfile { user, bio } = found;
    Profile { id: user.id, name: user.name, bio, created_at: user.created_at }
}

fn own_profile(found: WithProfile) -> OwnProfile {
    let WithProfile { user, bio } = found;
    OwnProfile {
        id: user.id,
        email: user.email,
        name: user.name,
        bio,
        role: user.role,
        created_at: user.created_at,
    }
}
