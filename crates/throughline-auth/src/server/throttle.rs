//! Attempts to get in: counted in the database, so that they are on every server, and made to wait longer and longer.
//!
//! Each attempt is counted before its password is looked at, so that many at a time gain nothing. Nothing is ever locked:
//! the longest wait is bounded, those who are refused do not prolong it, and attempts are forgotten one by one however
//! many go on, so that an address behind which many people are is not worn out by what a few of them mistype.

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
    /// How long it takes until one attempt is forgotten; the next one after that is forgotten as long after it.
    pub forget: Duration,
}

/// How attempts to get in are made to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Signing in to one account, from anywhere. A success forgets them. Default: 5 free, then 1 s to 15 min; one is
    /// forgotten every 15 min.
    ///
    /// Somebody who signs in from a network where the account has a session does not wait for what others did
    /// elsewhere, nor for what others did there with other accounts: only when both have to wait does the person.
    pub account: Pace,
    /// Signing in from one address, to any account. A success does not count, and forgets nothing. Default: 20 free,
    /// then 1 s to 15 min; one is forgotten every 2 min.
    pub address: Pace,
    /// Opening accounts from one address, successes too. Default: 30 free, then 2 s to 15 min; one is forgotten every
    /// 2 min.
    pub sign_up: Pace,
}

impl Default for Throttle {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let pace = |free, first, forget| Pace {
            free,
            first: Duration::from_secs(first),
            longest: minutes(15),
            forget: minutes(forget),
        };
        Self { account: pace(5, 1, 15), address: pace(20, 1, 2), sign_up: pace(30, 2, 2) }
    }
}

/// How far the clocks of two servers may be apart. A wait that is longer than the longest by more than that comes from a
/// clock that was put back.
const SKEW: Duration = Duration::from_secs(60);

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tried {
    /// When the last attempt will be forgotten. So all that count are one number, which time itself makes smaller.
    forgotten_at: Timestamp,
    blocked_until: Timestamp,
}

impl Pace {
    /// How long the `count`th attempt makes the next one wait.
    fn delay(&self, count: u32) -> Duration {
        let Some(beyond) = count.checked_sub(self.free).filter(|beyond| *beyond > 0) else {
            return Duration::ZERO;
        };
        let factor = 2_u32.checked_pow(beyond - 1).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }

    /// How many attempts count at most: as many as lead to the longest wait. Beyond them there is nothing to remember.
    fn most(&self) -> u32 {
        let doublings = (0..u32::BITS)
            .take_while(|doublings| self.first.saturating_mul(1 << doublings) < self.longest);
        self.free.saturating_add(doublings.count() as u32).saturating_add(1)
    }

    /// How long it takes until one attempt is forgotten: never no time.
    fn forget(&self) -> Duration {
        self.forget.max(Duration::from_millis(1))
    }

    /// What one more attempt makes of those so far.
    ///
    /// # Errors
    /// How long to wait.
    fn next(&self, so_far: Option<Tried>, now: Timestamp) -> Result<Tried, Duration> {
        let mut remembered = Duration::ZERO;
        let all = self.forget().saturating_mul(self.most());
        if let Some(so_far) = so_far {
            let wait = so_far.blocked_until.since(now);
            if !wait.is_zero() && wait <= self.longest + SKEW {
                return Err(wait);
            }
            remembered = so_far.forgotten_at.since(now);
        }
        let remembered = remembered.saturating_add(self.forget()).min(all);
        let count = remembered.as_micros().div_ceil(self.forget().as_micros());
        let delay = self.delay(u32::try_from(count).unwrap_or(u32::MAX));
        // Without a delay not even until now: an attempt that came earlier, or to a server whose clock is behind, would wait.
        let blocked_until = if delay.is_zero() { long_ago() } else { now.plus(delay) };
        Ok(Tried { forgotten_at: now.plus(remembered), blocked_until })
    }

    /// What one attempt less makes of those so far; the wait that the others have earned stays.
    fn less(&self, so_far: Tried) -> Tried {
        let forget = i64::try_from(self.forget().as_micros()).unwrap_or(i64::MAX);
        let micros = so_far.forgotten_at.unix_micros().saturating_sub(forget);
        let forgotten_at = Timestamp::from_unix_micros(micros).unwrap_or(so_far.forgotten_at);
        Tried { forgotten_at, ..so_far }
    }
}

/// When nobody waits any more.
fn long_ago() -> Timestamp {
    Timestamp::from_unix_micros(0).expect("1970 is a point in time")
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
pub(super) fn network(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    }
}

/// An attempt that has been counted.
#[derive(Debug)]
pub(super) struct Counted {
    bucket: Bucket,
    pace: Pace,
    before: Option<Tried>,
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
        let before = row.as_ref().map(tried);
        let next = pace.next(before, now).map_err(|wait| Failure::Declared(too_many(wait)))?;
        let version = row.map(|row| row.version);
        if let Some(version) = put(db, bucket, version, next).await.map_err(Fault::from)? {
            return Ok(Counted { bucket: bucket.clone(), pace: *pace, before, version });
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
                _ => self.pace.less(tried(&row)),
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
pub(super) async fn sweep(db: &DatabaseConnection, now: Timestamp) -> Result<u64, DbErr> {
    let over = attempts::Column::ForgottenAt.lt(now).and(attempts::Column::BlockedUntil.lt(now));
    let old = attempts::Entity::delete_many().filter(over);
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
    Tried { forgotten_at, blocked_until }: Tried,
) -> Result<Option<i64>, DbErr> {
    let Some(version) = version else {
        let row = attempts::ActiveModel {
            bucket: Set(bucket.0.clone()),
            forgotten_at: Set(forgotten_at),
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
        .col_expr(attempts::Column::ForgottenAt, Expr::val(forgotten_at))
        .col_expr(attempts::Column::BlockedUntil, Expr::val(blocked_until))
        .col_expr(attempts::Column::Version, Expr::val(version + 1));
    Ok((update.exec(db).await?.rows_affected > 0).then_some(version + 1))
}

fn tried(row: &attempts::Model) -> Tried {
    Tried { forgotten_at: row.forgotten_at, blocked_until: row.blocked_until }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PACE: Pace = Pace {
        free: 3,
        first: Duration::from_secs(1),
        longest: Duration::from_secs(60),
        forget: Duration::from_secs(100),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(1_795_000_000_000_000 + seconds * 1_000_000).expect("a time")
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = (0..12).map(|count| PACE.delay(count).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(PACE.delay(u32::MAX), PACE.longest);
        assert_eq!(
            (PACE.most(), PACE.delay(10), PACE.delay(9)),
            (10, PACE.longest, at(32).since(at(0)))
        );
    }

    /// Tries whenever it may, `attempts` times; says when it was let in, in seconds.
    fn whenever_it_may(attempts: usize) -> Vec<i64> {
        let (mut so_far, mut now, mut let_in) = (None, 0, Vec::new());
        for _ in 0..attempts {
            if let Err(wait) = PACE.next(so_far, at(now)) {
                let ThrottleError::TooManyAttempts { retry_after } = too_many(wait);
                now += i64::try_from(retry_after).expect("a short wait");
            }
            so_far = Some(PACE.next(so_far, at(now)).expect("after the wait it is let in"));
            let_in.push(now);
        }
        let_in
    }

    #[test]
    fn who_waits_as_long_as_told_is_let_in() {
        assert_eq!(whenever_it_may(12), [0, 0, 0, 0, 1, 3, 7, 15, 31, 63, 123, 183]);
    }

    #[test]
    fn a_quiet_time_forgets_one_after_the_other() {
        let mut so_far = None;
        for second in whenever_it_may(10) {
            so_far = Some(PACE.next(so_far, at(second)).expect("let in"));
        }
        // Ten attempts by second 63; each hundred seconds one is forgotten.
        let wait = |now| {
            let next = PACE.next(so_far, at(now)).expect("let in");
            next.blocked_until.since(at(now)).as_secs()
        };
        assert!(PACE.next(so_far, at(64)).is_err());
        assert_eq!((wait(163), wait(263), wait(663), wait(763), wait(863)), (60, 32, 2, 1, 0));
        let after_all = PACE.next(so_far, at(5000)).expect("let in");
        assert_eq!(after_all.forgotten_at, at(5000).plus(PACE.forget));
    }

    #[test]
    fn attempts_that_are_spread_never_wait_however_many_they_are() {
        // An address behind which many people are: each quarter of a minute less than one is forgotten would be too many.
        let mut so_far = None;
        for number in 0..1000 {
            let next = PACE.next(so_far, at(number * 100)).expect("nobody waits");
            assert_eq!(next.blocked_until.since(at(number * 100)), Duration::ZERO, "{number}");
            so_far = Some(next);
        }
    }

    #[test]
    fn an_attempt_that_is_taken_back_counts_no_more() {
        let once = PACE.next(None, at(0)).expect("let in");
        let twice = PACE.next(Some(once), at(1)).expect("let in");
        assert_eq!(PACE.less(twice).forgotten_at, once.forgotten_at);
        let many = PACE.next(Some(Tried { forgotten_at: at(900), ..once }), at(0)).expect("let in");
        assert_eq!(PACE.less(many).blocked_until, many.blocked_until, "the wait stays");
    }

    #[test]
    fn a_clock_that_was_put_back_locks_nobody_out() {
        let tomorrow = Tried { forgotten_at: at(86_400), blocked_until: at(86_460) };
        let next = PACE.next(Some(tomorrow), at(0)).expect("let in");
        assert_eq!(next.forgotten_at, at(1000), "what counts at most");
    }

    #[test]
    fn free_attempts_do_not_wait_for_each_other_whichever_came_first() {
        let late = PACE.next(None, at(5)).expect("let in");
        let early =
            PACE.next(Some(late), at(0)).expect("let in: it came before, or the clock is behind");
        assert_eq!(early.forgotten_at, late.forgotten_at.plus(PACE.forget));
    }

    #[test]
    fn a_server_whose_clock_is_behind_lets_nobody_through() {
        let mut so_far = None;
        for second in whenever_it_may(10) {
            so_far = Some(PACE.next(so_far, at(second)).expect("let in"));
        }
        assert_eq!(so_far.expect("tried").blocked_until, at(123));
        for behind in [0, 1, 5, 60] {
            assert!(PACE.next(so_far, at(63 - behind)).is_err(), "{behind} s behind");
        }
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
            forgotten in -1_000_000_i64..1_000_000,
            until in -1_000_000_i64..1_000_000,
            now in -1_000_000_i64..1_000_000,
        ) {
            let so_far = Tried { forgotten_at: at(forgotten), blocked_until: at(until) };
            match PACE.next(Some(so_far), at(now)) {
                Err(wait) => {
                    prop_assert!(wait <= PACE.longest + SKEW);
                    prop_assert!(PACE.next(Some(so_far), at(now).plus(wait)).is_ok());
                }
                Ok(next) => {
                    prop_assert!(next.blocked_until.since(at(now)) <= PACE.longest);
                    let all = PACE.forget * PACE.most();
                    prop_assert!(next.forgotten_at > at(now) && next.forgotten_at <= at(now).plus(all));
                }
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
