//! Health checks.

use testing::TestDatabase;

use crate::serving::Server;

pub async fn health_follows_the_database_and_the_signal_to_stop(db: &TestDatabase) {
    let server = Server::start(db).await;
    let status = async |path: &str| server.send("GET", path, None, None, None, &[]).await.status;
    assert_eq!((status("/livez").await, status("/readyz").await), (200, 200));
    server.readiness.stop();
    assert_eq!((status("/livez").await, status("/readyz").await), (200, 503));

    let other = Server::start(db).await;
    let status = async |path: &str| other.send("GET", path, None, None, None, &[]).await.status;
    assert_eq!(status("/readyz").await, 200);
    (**db).clone().close().await.expect("closes");
    assert_eq!((status("/livez").await, status("/readyz").await), (200, 503));
}
