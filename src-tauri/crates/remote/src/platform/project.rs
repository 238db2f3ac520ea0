//! Projects of an account there: those it has, and one that is to be made.

use std::collections::BTreeSet;

use base::secret::Secret;

/// A project there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteProject {
    /// What it is called in calls.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// What the platform says of its state: a claim.
    pub status: Option<String>,
    /// Region, where there is one.
    pub region: Option<String>,
    /// Postgres version, where it says.
    pub server_version: Option<String>,
}

/// A project that is to be made there.
#[derive(Debug, Clone)]
pub struct NewRemoteProject {
    /// Its name, unique in the account.
    pub name: String,
    /// The organisation that pays for it; absent means that of the project which asks.
    pub organization: Option<String>,
    /// Where it runs, in the platform's words; absent means where the project runs which asks.
    pub region: Option<String>,
    /// How large its server is, in the platform's words; absent means the platform's smallest.
    pub size: Option<String>,
    /// What its database's owner will sign in with.
    pub password: Secret,
}

/// A project that is to be made, and what the account has already.
#[derive(Debug, Clone)]
pub struct PreparedProject {
    /// What is asked for, with organisation and region.
    pub asked: NewRemoteProject,
    /// A project of that name, which is there already.
    pub there: Option<RemoteProject>,
    /// References of every project that is there.
    pub known: BTreeSet<String>,
}
