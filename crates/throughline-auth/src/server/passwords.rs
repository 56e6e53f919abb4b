//! Hashing of passwords: Argon2id on threads of its own, only so many at a time.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{
        self, PasswordHash as Phc, PasswordHasher, PasswordVerifier, SaltString, rand_core::OsRng,
    },
};
use throughline::{Fault, faults};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

use crate::{Password, users::PasswordHash};

/// Hashes and verifies passwords.
///
/// Each takes the memory and the core that the cost says, so without a bound signing in would be a
/// way to bring the server down.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    argon2: Argon2<'static>,
    /// No password's hash, at the current cost: what an unknown person's password is compared with.
    nobody: PasswordHash,
    hashers: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// What came of verifying a password.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    /// It is not the one.
    Wrong,
    /// It is.
    Right {
        /// Its hash at today's cost, if it was hashed at another.
        rehashed: Option<PasswordHash>,
    },
}

impl Passwords {
    pub(super) fn new(cost: Params, hashers: usize, waiting: usize) -> Self {
        let hashers = hashers.clamp(1, Semaphore::MAX_PERMITS / 2);
        let places = hashers + waiting.min(Semaphore::MAX_PERMITS / 2);
        Self {
            nobody: nobody(&cost),
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, cost),
            hashers: Arc::new(Semaphore::new(hashers)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// The hash under which the password is kept, with a new salt.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(super) async fn hash(&self, password: Password) -> Result<PasswordHash, Fault> {
        self.run(move |argon2| hash(argon2, &password)).await?.map_err(Fault::internal)
    }

    /// Compares the password with the hash, or with nobody's: that takes as long and is always
    /// wrong.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub(super) async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, Fault> {
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        self.run(move |argon2| verify(argon2, &password, &stored)).await?.map_err(Fault::internal)
    }

    /// Runs `work` on a thread that may block, when there is a place for it.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let busy = "too many people sign in at this moment: try again in a few seconds";
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Fault::new(&faults::UNAVAILABLE).detail(busy))?;
        let hasher = self.hashers.clone().acquire_owned().await.map_err(Fault::internal)?;
        let argon2 = self.argon2.clone();
        let job = move || {
            // Held by the thread: it goes on when the request is dropped, and so does what it
            // takes.
            let _held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, hasher);
            work(&argon2)
        };
        spawn_blocking(job).await.map_err(Fault::internal)
    }
}

fn hash(
    argon2: &Argon2<'static>,
    password: &Password,
) -> Result<PasswordHash, password_hash::Error> {
    let salt = SaltString::generate(&mut OsRng);
    Ok(PasswordHash(argon2.hash_password(password.as_str().as_bytes(), &salt)?.to_string()))
}

fn verify(
    argon2: &Argon2<'static>,
    password: &Password,
    stored: &PasswordHash,
) -> Result<Verdict, password_hash::Error> {
    let parsed = Phc::new(&stored.0)?;
    match argon2.verify_password(password.as_str().as_bytes(), &parsed) {
        Err(password_hash::Error::Password) => Ok(Verdict::Wrong),
        Err(error) => Err(error),
        Ok(()) if is_current(argon2, &parsed) => Ok(Verdict::Right { rehashed: None }),
        Ok(()) => Ok(Verdict::Right { rehashed: Some(hash(argon2, password)?) }),
    }
}

fn is_current(argon2: &Argon2<'static>, parsed: &Phc<'_>) -> bool {
    let cost = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
    parsed.algorithm == argon2::ARGON2ID_IDENT
        && parsed.version == Some(Version::V0x13.into())
        && Params::try_from(parsed).is_ok_and(|stored| cost(&stored) == cost(argon2.params()))
}

/// A hash that nobody knows a password for: the salt is fixed and the output all zero.
fn nobody(cost: &Params) -> PasswordHash {
    let (m, t, p) = (cost.m_cost(), cost.t_cost(), cost.p_cost());
    let (salt, output) = ("bm8gcGVyc29uJ3Mgc2FsdA", "A".repeat(43));
    PasswordHash(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(memory: u32, hashers: usize, waiting: usize) -> Passwords {
        Passwords::new(Params::new(memory, 1, 1, None).expect("a valid cost"), hashers, waiting)
    }

    fn password(text: &str) -> Password {
        Password::new(text).expect("a valid password")
    }

    #[tokio::test]
    async fn tells_right_from_wrong() {
        let passwords = passwords(64, 1, 0);
        let hash = passwords.hash(password("correct horse")).await.expect("hashes");
        assert!(hash.0.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.0);
        let verify = async |text, hash: &PasswordHash| {
            passwords.verify(password(text), Some(hash.clone())).await
        };
        assert_eq!(
            verify("correct horse", &hash).await.expect("verifies"),
            Verdict::Right { rehashed: None }
        );
        assert_eq!(verify("correct horsf", &hash).await.expect("verifies"), Verdict::Wrong);
        assert_eq!(
            passwords.verify(password("correct horse"), None).await.expect("verifies"),
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn an_old_cost_is_replaced() {
        let old = passwords(64, 1, 0).hash(password("correct horse")).await.expect("hashes");
        let verdict = passwords(128, 1, 0)
            .verify(password("correct horse"), Some(old))
            .await
            .expect("verifies");
        let Verdict::Right { rehashed: Some(new) } = verdict else { panic!("{verdict:?}") };
        assert!(new.0.contains("m=128"));
    }

    #[tokio::test]
    async fn nobody_takes_the_same_work() {
        let passwords = Passwords::new(Params::DEFAULT, 1, 0);
        let somebody = passwords.hash(password("correct horse")).await.expect("hashes");
        let shape = |hash: &PasswordHash| {
            let parsed = Phc::new(&hash.0).expect("a PHC string");
            let salt = parsed.salt.expect("a salt").as_str().len();
            (is_current(&passwords.argon2, &parsed), salt, parsed.hash.expect("an output").len())
        };
        assert_eq!(shape(&passwords.nobody), shape(&somebody));
        let verdict = passwords.verify(password("correct horse"), None).await.expect("verifies");
        assert_eq!(verdict, Verdict::Wrong);
    }

    #[tokio::test]
    async fn who_finds_no_place_in_the_queue_is_told_at_once() {
        let passwords = passwords(19 * 1024, 1, 1);
        let all = (0..8).map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.hash(password("correct horse")).await })
        });
        let mut refused = 0;
        for one in all.collect::<Vec<_>>() {
            if let Err(fault) = one.await.expect("no panic") {
                assert_eq!(*fault.kind(), faults::UNAVAILABLE);
                refused += 1;
            }
        }
        assert_eq!(refused, 6);
        passwords.hash(password("correct horse")).await.expect("there is a place again");
    }
}
