//! A server of one test's own, which may die.

use std::process::Command;

use crate::server::Server;

impl Server {
    /// A server that only the calling test uses; `None`, loudly, on a computer without Postgres.
    pub fn doomed() -> Option<Self> {
        Self::start()
    }

    /// Ends all of its processes as a crash would: nothing is written any more, nobody is told why.
    pub fn crash(&self) {
        let lock = self.cluster.record().place.data().join("postmaster.pid");
        let text = std::fs::read_to_string(lock).unwrap();
        let pid = text.lines().next().unwrap().to_owned();
        let killed = Command::new("kill").args(["-QUIT", &pid]).status().unwrap();
        assert!(killed.success(), "the server could not be stopped");
    }

    /// Makes the first page of a file nonsense, as a failing disk does. The path is `pg_relation_filepath`'s.
    /// The server has to have written it, and to have forgotten it: it is started again.
    pub async fn damage(&self, path: &str) {
        self.cluster.stop().await.unwrap();
        let file = self.cluster.record().place.data().join(path);
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[..64].fill(0xAB);
        std::fs::write(&file, bytes).unwrap();
        self.cluster.start().await.unwrap();
    }
}
