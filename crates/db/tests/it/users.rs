//! The questions about people.

use db::users::{self, Filter};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use testing::TestDatabase;
use throughline::{Timestamp, Transactional};
use throughline_auth::{Role, UserId, users as accounts};

use crate::people::{at, person};

async fn set(db: &TestDatabase, id: UserId, column: accounts::Column, value: Expr) {
    let update = accounts::Entity::update_many().filter(accounts::Column::Id.eq(id));
    update.col_expr(column, value).exec(db.writer()).await.unwrap();
}

async fn names(db: &TestDatabase, filter: Filter, now: Timestamp) -> Vec<String> {
    let page = users::page(&**db, &filter, 100, None, now).await.unwrap();
    let mut names: Vec<String> = page.items.into_iter().map(|row| row.name.into_string()).collect();
    names.sort();
    names
}

testing::on_both! {
    async fn a_ban_counts_until_it_ends(db: TestDatabase) {
        let (ada, bob) = (person(&db, "ada").await, person(&db, "bob").await);
        person(&db, "eve").await;
        for id in [ada, bob] {
            set(&db, id, accounts::Column::BannedAt, Expr::val(at(0))).await;
        }
        set(&db, ada, accounts::Column::BanExpiresAt, Expr::val(at(10))).await;
        let banned = |banned| Filter { banned: Some(banned), ..Filter::default() };
        assert_eq!(names(&db, banned(true), at(9)).await, ["ada", "bob"]);
        assert_eq!(names(&db, banned(false), at(9)).await, ["eve"]);
        assert_eq!(names(&db, banned(true), at(10)).await, ["bob"]);
        assert_eq!(names(&db, banned(false), at(10)).await, ["ada", "eve"]);
    }

    async fn filters_are_joined(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        person(&db, "adam").await;
        set(&db, ada, accounts::Column::Role, Expr::val(Role::Admin)).await;
        let text = Some("ADA".parse().unwrap());
        let both = Filter {
            text: text.clone(),
            role: Some(Role::Admin),
            banned: Some(false),
            email: Some("ADA@example.org".parse().unwrap()),
        };
        assert_eq!(names(&db, both, at(0)).await, ["ada"]);
        assert_eq!(names(&db, Filter { text, ..Filter::default() }, at(0)).await, ["ada", "adam"]);
    }

    async fn one_address_is_one_person(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        person(&db, "bada").await;
        let of = |email: &str| Filter { email: Some(email.parse().unwrap()), ..Filter::default() };
        assert_eq!(names(&db, of("Ada@EXAMPLE.org."), at(0)).await, ["ada"]);
        assert_eq!(names(&db, of("nobody@example.org"), at(0)).await, [""; 0]);
        let banned = Filter { banned: Some(true), ..of("ada@example.org") };
        assert_eq!(names(&db, banned.clone(), at(0)).await, [""; 0]);
        set(&db, ada, accounts::Column::BannedAt, Expr::val(at(0))).await;
        assert_eq!(names(&db, banned, at(0)).await, ["ada"]);
    }

    async fn what_somebody_says_of_themselves_goes_with_them(db: TestDatabase) {
        let ada = person(&db, "ada").await;
        for bio in [Some("one"), Some("two"), None] {
            let tx = db.begin().await.unwrap();
            let bio = bio.map(|bio| bio.parse().unwrap());
            users::put_bio(&tx, ada, bio.clone(), at(0)).await.unwrap();
            db.commit(tx).await.unwrap();
            assert_eq!(users::with_profile(&*db, ada).await.unwrap().unwrap().bio, bio);
        }
        accounts::Entity::delete_by_id(ada).exec(db.writer()).await.unwrap();
        assert_eq!(users::with_profile(&*db, ada).await.unwrap(), None);
        assert_eq!(users::Entity::find().one(&*db).await.unwrap(), None);
    }
}
