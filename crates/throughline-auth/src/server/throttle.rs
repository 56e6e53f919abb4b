//! Attempts to get in: counted in the database, so that they are on every server, and made to wait longer and longer.
//!
//! Each attempt is counted before its password is looked at, so that many at a time gain nothing. Nothing is ever locked:
//! the longest wait is bounded, and who waits is let in after it however often others try.

use std::{net::IpAddr, time::Duration};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseConnection, DbErr, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use sha2::{Digest, Sha256};
use throughline::{Failure, Fault, Timestamp, faults};

use crate::{Email, ThrottleError, UserId, attempts};

/// How attempts of one kind are made to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many attempts are free.
    pub free: u32,
    /// How long the first one after them makes the next one wait; each further one doubles that.
    pub first: Duration,
    /// The longest wait.
    pub longest: Duration,
    /// After how long without an attempt all are forgotten.
    pub forget: Duration,
}

/// How attempts to get in are made to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Signing in to one account, from anywhere. A success forgets them. Default: 5 free, then 1 s to 15 min.
    ///
    /// Somebody who signs in from an address where the account has a session does not wait for what others did
    /// elsewhere: only for what was done from this address.
    pub account: Pace,
    /// Signing in from one address, to any account. A success does not count, and forgets nothing. Default: 20 free,
    /// then 1 s to 15 min.
    pub address: Pace,
    /// Opening accounts from one address, successes too. Default: 30 free, then 2 s to 15 min.
    pub sign_up: Pace,
}

impl Default for Throttle {
    fn default() -> Self {
        const LONGEST: Duration = Duration::from_secs(15 * 60);
        const FORGET: Duration = Duration::from_secs(60 * 60);
        let pace = |free, first| Pace {
            free,
            first: Duration::from_secs(first),
            longest: LONGEST,
            forget: FORGET,
        };
        Self { account: pace(5, 1), address: pace(20, 1), sign_up: pace(30, 2) }
    }
}

impl Throttle {
    /// After how long a row decides nothing any more.
    pub(super) fn forget(&self) -> Duration {
        self.account.forget.max(self.address.forget).max(self.sign_up.forget)
    }
}

/// What was tried how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    count: i64,
    last_at: Timestamp,
    blocked_until: Timestamp,
}

impl Pace {
    /// How long the `count`th attempt makes the next one wait.
    fn delay(&self, count: i64) -> Duration {
        let beyond = count.saturating_sub(i64::from(self.free));
        if beyond <= 0 {
            return Duration::ZERO;
        }
        let doublings = u32::try_from(beyond - 1).unwrap_or(u32::MAX);
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }

    /// What one more attempt makes of the count.
    ///
    /// # Errors
    /// How long to wait.
    fn next(&self, so_far: Option<Count>, now: Timestamp) -> Result<Count, Duration> {
        let so_far = so_far.filter(|so_far| now.since(so_far.last_at) < self.forget);
        let count = match so_far {
            None => 1,
            Some(Count { count, blocked_until, .. }) => {
                let wait = blocked_until.since(now);
                // A longer wait than the longest is a clock that was put back: nobody waits for that.
                if !wait.is_zero() && wait <= self.longest {
                    return Err(wait);
                }
                count.saturating_add(1)
            }
        };
        Ok(Count { count, last_at: now, blocked_until: now.plus(self.delay(count)) })
    }
}

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket(String);

/// How many buckets there are of each kind: that many rows the table has at most.
const BUCKETS: u32 = 1 << 18;

impl Bucket {
    /// Signing in to the account under this address, whether there is one or not.
    pub(super) fn account(email: &Email) -> Self {
        Self::of("sign_in.account", email.canonical().as_bytes())
    }

    /// Signing in from this address.
    pub(super) fn address(address: IpAddr) -> Self {
        Self::of("sign_in.address", &network(address))
    }

    /// Opening accounts from this address.
    pub(super) fn sign_up(address: IpAddr) -> Self {
        Self::of("sign_up.address", &network(address))
    }

    /// Guessing at the password of somebody whose session one has. Apart from signing in, so that nobody outside keeps
    /// somebody who is signed in from changing their password.
    pub(super) fn password(user: UserId) -> Self {
        Self::of("password.account", user.uuid().as_bytes())
    }

    /// Two things may share a bucket. Who wants to fill somebody's bucket could as well try that account itself.
    fn of(kind: &str, what: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(kind).chain_update([0]).chain_update(what).finalize();
        let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) % BUCKETS;
        Self(format!("{kind}/{number}"))
    }
}

/// The network that stands for an address: of IPv6 the first 64 bits, of which one client has all.
fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

/// An attempt that has been counted.
#[derive(Debug)]
pub(super) struct Counted {
    bucket: Bucket,
    before: Option<Count>,
    version: i64,
}

/// How often a row is read again when somebody else changed it meanwhile. Each time the attempts of others have come
/// closer to where everybody waits.
const TRIES: usize = 32;

/// Counts an attempt.
///
/// # Errors
/// [`ThrottleError::TooManyAttempts`] when it has to wait; it is not counted then.
pub(super) async fn attempt(
    db: &DatabaseConnection,
    pace: &Pace,
    bucket: &Bucket,
    now: Timestamp,
) -> throughline::Result<Counted, ThrottleError> {
    for _ in 0..TRIES {
        let row = find(db, bucket).await.map_err(Fault::from)?;
        let before = row.as_ref().map(count_of);
        let next = pace.next(before, now).map_err(|wait| Failure::Declared(too_many(wait)))?;
        let version = row.map(|row| row.version);
        if let Some(version) = put(db, bucket, version, next).await.map_err(Fault::from)? {
            return Ok(Counted { bucket: bucket.clone(), before, version });
        }
    }
    let busy = "too many attempts at this moment: try again in a few seconds";
    Err(Fault::new(&faults::UNAVAILABLE).detail(busy).into())
}

impl Counted {
    /// Takes the attempt back: it was a success, or nothing came of it.
    pub(super) async fn undo(self, db: &DatabaseConnection) -> Result<(), DbErr> {
        let mut expected = Some(self.version);
        for _ in 0..TRIES {
            let Some(row) = find(db, &self.bucket).await? else { return Ok(()) };
            // When nobody has tried since, all is as it was before. Else one attempt less counts, and the wait that the
            // others have earned stays.
            let less = match self.before {
                Some(before) if expected == Some(row.version) => before,
                _ => Count { count: row.count.saturating_sub(1), ..count_of(&row) },
            };
            if put(db, &self.bucket, Some(row.version), less).await?.is_some() {
                return Ok(());
            }
            expected = None;
        }
        Ok(())
    }

    /// Forgets all attempts in this bucket.
    pub(super) async fn forget(self, db: &DatabaseConnection) -> Result<(), DbErr> {
        forget(db, &self.bucket).await
    }
}

/// Forgets all attempts in this bucket.
pub(super) async fn forget(db: &DatabaseConnection, bucket: &Bucket) -> Result<(), DbErr> {
    attempts::Entity::delete_by_id(bucket.0.clone()).exec(db).await?;
    Ok(())
}

/// Deletes the rows that decide nothing any more; says how many.
pub(super) async fn sweep(db: &DatabaseConnection, before: Timestamp) -> Result<u64, DbErr> {
    let old = attempts::Entity::delete_many().filter(attempts::Column::LastAt.lt(before));
    Ok(old.exec(db).await?.rows_affected)
}

fn too_many(wait: Duration) -> ThrottleError {
    // Rounded up: who waits that long is let in.
    ThrottleError::TooManyAttempts { retry_after: wait.as_millis().div_ceil(1000).max(1) as u64 }
}

async fn find(db: &DatabaseConnection, bucket: &Bucket) -> Result<Option<attempts::Model>, DbErr> {
    // From the connections that write: the others may be a moment behind.
    attempts::Entity::find_by_id(bucket.0.clone()).one(db).await
}

/// Writes the count if the row still has this version; says the new version, or `None` when somebody was faster.
async fn put(
    db: &DatabaseConnection,
    bucket: &Bucket,
    version: Option<i64>,
    Count { count, last_at, blocked_until }: Count,
) -> Result<Option<i64>, DbErr> {
    let Some(version) = version else {
        let row = attempts::ActiveModel {
            bucket: Set(bucket.0.clone()),
            count: Set(count),
            last_at: Set(last_at),
            blocked_until: Set(blocked_until),
            version: Set(1),
        };
        let unless_there = OnConflict::column(attempts::Column::Bucket).do_nothing().to_owned();
        let rows = attempts::Entity::insert_many([row]).on_conflict(unless_there);
        return Ok((!rows.exec_with_returning(db).await?.is_empty()).then_some(1));
    };
    let update = attempts::Entity::update_many()
        .filter(
            attempts::Column::Bucket
                .eq(bucket.0.clone())
                .and(attempts::Column::Version.eq(version)),
        )
        .col_expr(attempts::Column::Count, Expr::val(count))
        .col_expr(attempts::Column::LastAt, Expr::val(last_at))
        .col_expr(attempts::Column::BlockedUntil, Expr::val(blocked_until))
        .col_expr(attempts::Column::Version, Expr::val(version + 1));
    Ok((update.exec(db).await?.rows_affected > 0).then_some(version + 1))
}

fn count_of(row: &attempts::Model) -> Count {
    Count { count: row.count, last_at: row.last_at, blocked_until: row.blocked_until }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACE: Pace = Pace {
        free: 3,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
        forget: Duration::from_secs(600),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(1_795_000_000_000_000 + seconds * 1_000_000).expect("a time")
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = (0..12).map(|count| PACE.delay(count).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        for count in [i64::MIN, -1, 40, 1 << 40, i64::MAX] {
            assert!(PACE.delay(count) <= PACE.longest, "{count}");
        }
    }

    #[test]
    fn who_waits_as_long_as_told_is_let_in() {
        let mut so_far = None;
        let mut now = 0;
        for _ in 0..50 {
            so_far = match PACE.next(so_far, at(now)) {
                Ok(next) => Some(next),
                Err(wait) => {
                    let ThrottleError::TooManyAttempts { retry_after } = too_many(wait);
                    now += i64::try_from(retry_after).expect("a short wait");
                    Some(PACE.next(so_far, at(now)).expect("after the wait it is let in"))
                }
            };
        }
        assert!(now > 60 * 30, "the waits are long by now: {now}");
    }

    #[test]
    fn a_quiet_time_forgets_all() {
        let many = Count { count: 1000, last_at: at(0), blocked_until: at(60) };
        assert!(PACE.next(Some(many), at(59)).is_err());
        assert_eq!(PACE.next(Some(many), at(61)).expect("let in").count, 1001);
        assert_eq!(PACE.next(Some(many), at(600)).expect("let in").count, 1);
    }

    #[test]
    fn a_clock_that_was_put_back_locks_nobody_out() {
        let tomorrow = Count { count: 1000, last_at: at(86_400), blocked_until: at(86_460) };
        assert!(PACE.next(Some(tomorrow), at(0)).is_ok());
    }

    #[test]
    fn a_networks_clients_share_a_bucket() {
        let of = |address: &str| Bucket::address(address.parse().expect("an address"));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        let email = |text: &str| Bucket::account(&text.parse().expect("an address"));
        assert_eq!(email("ADA@example.org"), email("ada@example.org"));
        assert!(email("ada@example.org").0.len() <= 40);
    }

    proptest! {
        #[test]
        fn no_history_makes_anybody_wait_longer_than_the_longest(
            count in any::<i64>(),
            last in -1_000_000_i64..1_000_000,
            until in -1_000_000_i64..1_000_000,
            now in -1_000_000_i64..1_000_000,
        ) {
            let so_far = Count { count, last_at: at(last), blocked_until: at(until) };
            match PACE.next(Some(so_far), at(now)) {
                Err(wait) => {
                    prop_assert!(wait <= PACE.longest);
                    prop_assert!(PACE.next(Some(so_far), at(now).plus(wait)).is_ok());
                }
                Ok(next) => prop_assert!(next.blocked_until.since(at(now)) <= PACE.longest),
            }
        }

        #[test]
        fn guesses_are_bounded_however_they_are_spread(gaps in prop::collection::vec(0_i64..30, 1..400)) {
            let (mut so_far, mut now, mut guesses) = (None, 0, 0_i64);
            for gap in gaps {
                now += gap;
                if let Ok(next) = PACE.next(so_far, at(now)) {
                    so_far = Some(next);
                    guesses += 1;
                }
            }
            // Free ones, the doublings, then one a minute.
            prop_assert!(guesses <= 3 + 7 + now / 60 + 1, "{guesses} guesses in {now} s");
        }
    }
}
