//! The application over real HTTP, on both databases.
#![allow(clippy::unwrap_used, reason = "tests fail by panic")]

mod document;
mod flows;
mod health;
mod permissions;
mod samples;
mod serving;
mod tasks;
mod users;
mod walk;

use serving::Server;

testing::on_both! {
    async fn every_operation_answers_what_the_document_declares(db: TestDatabase) {
        walk::every_operation_answers_what_the_document_declares(&Server::start(&db).await).await;
    }
    async fn a_list_is_the_owners_own_newest_first_without_descriptions(db: TestDatabase) {
        tasks::a_list_is_the_owners_own_newest_first_without_descriptions(&Server::start(&db).await).await;
    }
    async fn pages_hold_each_row_once(db: TestDatabase) {
        tasks::pages_hold_each_row_once(&Server::start(&db).await).await;
    }
    async fn lists_are_filtered(db: TestDatabase) {
        tasks::lists_are_filtered(&Server::start(&db).await).await;
    }
    async fn the_same_create_again_makes_no_second_task(db: TestDatabase) {
        tasks::the_same_create_again_makes_no_second_task(&Server::start(&db).await).await;
    }
    async fn put_makes_or_replaces(db: TestDatabase) {
        tasks::put_makes_or_replaces(&Server::start(&db).await).await;
    }
    async fn an_update_keeps_what_it_does_not_name(db: TestDatabase) {
        tasks::an_update_keeps_what_it_does_not_name(&Server::start(&db).await).await;
    }
    async fn concurrent_updates_all_count(db: TestDatabase) {
        tasks::concurrent_updates_all_count(&Server::start(&db).await).await;
    }
    async fn each_caller_is_answered_as_the_table_says(db: TestDatabase) {
        permissions::each_caller_is_answered_as_the_table_says(&Server::start(&db).await).await;
    }
    async fn a_list_of_flows_is_the_owners_own_newest_first(db: TestDatabase) {
        flows::a_list_of_flows_is_the_owners_own_newest_first(&Server::start(&db).await).await;
    }
    async fn flows_are_found_by_title_and_content(db: TestDatabase) {
        flows::flows_are_found_by_title_and_content(&Server::start(&db).await).await;
    }
    async fn a_flow_is_its_owners_from_create_to_delete(db: TestDatabase) {
        flows::a_flow_is_its_owners_from_create_to_delete(&Server::start(&db).await).await;
    }
    async fn limits_of_flows_are_inclusive(db: TestDatabase) {
        flows::limits_of_flows_are_inclusive(&Server::start(&db).await).await;
    }
    async fn people_are_listed_searched_and_filtered(db: TestDatabase) {
        users::people_are_listed_searched_and_filtered(&Server::start(&db).await).await;
    }
    async fn a_profile_shows_nothing_private(db: TestDatabase) {
        users::a_profile_shows_nothing_private(&Server::start(&db).await).await;
    }
    async fn ones_own_profile_keeps_what_an_update_does_not_name(db: TestDatabase) {
        users::ones_own_profile_keeps_what_an_update_does_not_name(&Server::start(&db).await).await;
    }
    async fn admins_set_roles_and_bans_and_keep_one_admin(db: TestDatabase) {
        users::admins_set_roles_and_bans_and_keep_one_admin(&Server::start(&db).await).await;
    }
    async fn the_document_is_served_with_swagger_ui(db: TestDatabase) {
        document::the_document_is_served_with_swagger_ui(&Server::start(&db).await).await;
    }
    async fn health_follows_the_database_and_the_signal_to_stop(db: TestDatabase) {
        health::health_follows_the_database_and_the_signal_to_stop(&db).await;
    }
}
