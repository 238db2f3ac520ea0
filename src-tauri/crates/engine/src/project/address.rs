//! Where the database of a project is, as its platform says, so that a person enters the password alone.

use std::time::Duration;

use super::Account;
use crate::engine::Engine;
use base::failure::Failure;
use ledger::catalog::ProjectRecord;
use postgres::ladder::{Fix, Rung, Suggestion};
use remote::platform::{self, DatabaseAddresses};

/// So long a platform is asked for another address while somebody waits for the end of a test.
const ASK_WAIT: Duration = Duration::from_secs(20);
/// The rung's code where the host has an IPv6 address alone.
const IPV6_ONLY: &str = "HF-NET-006";

impl Engine {
    /// Where the database of a project is, as the platform that is named says. Nothing is sent there.
    ///
    /// # Errors
    /// `invalid_request`, `credentials_missing`, or why the platform does not say.
    #[crate::boxed]
    pub async fn database_addresses(&self, account: Account) -> Result<DatabaseAddresses, Failure> {
        let (settings, credentials) = self.account(account).await?;
        platform::check(&settings)?;
        Ok(platform::open(&settings, &credentials)?.database_addresses().await?)
    }

    /// Names the session pooler of a project whose database cannot be reached from here over IPv6. A platform that does
    /// not say where that is leaves the rung as it is.
    pub(super) async fn name_session_pooler(&self, project: &ProjectRecord, rungs: &mut [Rung]) {
        let Some(rung) = rungs.iter_mut().find(|rung| rung.code == Some(IPV6_ONLY)) else { return };
        if project.platform.is_none() {
            return;
        }
        let asked = async { Ok::<_, Failure>(self.platform_of(project).await?.database_addresses().await?) };
        let found = match tokio::time::timeout(ASK_WAIT, asked).await {
            Ok(Ok(found)) => found,
            Ok(Err(failure)) => return tracing::info!(%failure, "where the session pooler is, is not known"),
            Err(_) => return tracing::info!("the platform does not say where the session pooler is"),
        };
        if let Some(pooler) = found.session_pooler {
            rung.fix = Some(Fix {
                title: "Use the session pooler, which answers on IPv4".into(),
                detail: format!("{}:{}, user {}, same password.", pooler.host, pooler.port, pooler.user),
                suggestion: Some(Suggestion::Settings(Box::new(pooler))),
            });
        }
    }
}
