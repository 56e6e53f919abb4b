//! A list of more people than one page looks at.

use db::users::{self, Filter, User};
use sea_orm::{ConnectionTrait, Statement};
use testing::{Kind, TestDatabase};
use throughline::{Cursor, Page, Transactional};
use throughline_auth::Role;

use crate::{
    people::{at, person},
    plans::Explaining,
};

/// More than one page looks at, by so many.
const MORE: i64 = 30;

/// Somebody called `needle`, and after them 50 000 people and [`MORE`], of whom each hundredth is a moderator.
async fn crowd(db: &TestDatabase) {
    person(db, "needle").await;
    let (uuid, later, series) = match db.kind() {
        Kind::Sqlite => (
            "randomblob(16)",
            "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2036-11-20', '+' || n || ' seconds')",
            "WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < $1)",
        ),
        Kind::Postgres => (
            "gen_random_uuid()",
            "timestamptz '2036-11-20' + n * interval '1 second'",
            "WITH series AS (SELECT generate_series(1, $1) AS n)",
        ),
    };
    let sql = format!(
        "{series} INSERT INTO users
         (id, email, canonical_email, name, password_hash, epoch, role, created_at, updated_at)
         SELECT {uuid}, 'p' || n || '@example.org', 'p' || n || '@example.org', 'Person ' || n, 'none', {uuid},
         CASE n % 100 WHEN 0 THEN 'moderator' ELSE 'user' END, {later}, {later} FROM series"
    );
    let tx = db.begin().await.unwrap();
    let count = 50_000 + MORE;
    tx.execute_raw(Statement::from_sql_and_values(db.backend(), sql, [count.into()]))
        .await
        .unwrap();
    tx.execute_unprepared("ANALYZE").await.unwrap();
    db.commit(tx).await.unwrap();
}

async fn page(db: &impl ConnectionTrait, filter: &Filter, cursor: Option<&Cursor>) -> Page<User> {
    users::page(db, filter, 20, cursor, at(0)).await.unwrap()
}

testing::on_both! {
    async fn a_search_looks_at_so_many_people_a_page_and_goes_on_where_it_stopped(db: TestDatabase) {
        crowd(&db).await;
        let needle = Filter { text: Some("needle".parse().unwrap()), ..Filter::default() };
        let first = page(&*db, &needle, None).await;
        assert!(first.items.is_empty() && first.next.is_some(), "{first:?}");
        let second = page(&*db, &needle, first.next.as_ref()).await;
        assert_eq!(second.items.len(), 1);
        assert_eq!((second.items[0].name.as_str(), second.next), ("needle", None));

        // Where many are found a page is full, and all pages together are the whole list.
        let everybody = Filter { text: Some("example".parse().unwrap()), ..Filter::default() };
        let full = page(&*db, &everybody, None).await;
        assert_eq!(full.items.len(), 20);
        let few = Filter { text: Some("person 1".parse().unwrap()), ..Filter::default() };
        let (mut found, mut cursor) = (0, None);
        loop {
            let page = users::page(&*db, &few, 100, cursor.as_ref(), at(0)).await.unwrap();
            found += page.items.len();
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        // 1, 10 to 19, 100 to 199, and so on.
        assert_eq!(found, 1 + 10 + 100 + 1_000 + 10_000);

        // No index knows bans either.
        let banned = Filter { banned: Some(true), ..Filter::default() };
        let first = page(&*db, &banned, None).await;
        assert!(first.items.is_empty() && first.next.is_some());
        let second = page(&*db, &banned, first.next.as_ref()).await;
        assert!(second.items.is_empty() && second.next.is_none());
    }

    async fn people_are_looked_up_in_an_index_whatever_the_filter(db: TestDatabase) {
        crowd(&db).await;
        let text = Some("needle".parse().unwrap());
        let moderators = Filter { role: Some(Role::Moderator), ..Filter::default() };
        let filters = [
            (Filter::default(), "users_created_at_id"),
            (Filter { text: text.clone(), ..Filter::default() }, "users_created_at_id"),
            (Filter { banned: Some(true), ..Filter::default() }, "users_created_at_id"),
            (moderators.clone(), "users_role_created_at_id"),
            (Filter { text, ..moderators }, "users_role_created_at_id"),
        ];
        for (filter, index) in filters {
            let cursor = page(&*db, &filter, None).await.next;
            for cursor in [None, cursor] {
                let explaining = Explaining::over(&db);
                page(&explaining, &filter, cursor.as_ref()).await;
                let plan = explaining.into_plan();
                assert!(plan.contains(index), "{filter:?}: {plan}");
                let sorts = plan.to_lowercase().contains("sort") || plan.contains("TEMP B-TREE");
                // PostgreSQL guesses how many a text or a ban leaves, and may sort these; there are not more than are looked at.
                let bounded = filter.text.is_some() || filter.banned.is_some();
                let guessed = bounded && db.kind() == Kind::Postgres;
                assert!(guessed || !sorts && !plan.contains("Seq Scan"), "{filter:?}: {plan}");
            }
        }
        let one = Filter { email: Some("p7@example.org".parse().unwrap()), ..Filter::default() };
        let explaining = Explaining::over(&db);
        page(&explaining, &one, None).await;
        let plan = explaining.into_plan();
        assert!(plan.contains("users_canonical_email"), "{plan}");
    }
}
