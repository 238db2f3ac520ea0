//! Opening a profile, and shutting it down.

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::archive::Archive;
use crate::at_work::{ChannelsAtWork, Looks, SlotsAtWork};
use crate::engine::Engine;
use crate::picked::Picked;
use crate::profile::Profile;
use base::disk;
use base::failure::Failure;
use base::secret::{Derivation, Place, Secret, SecretError, Secrets};
use ledger::audit::{Origin, Recorder};
use ledger::catalog::{Catalog, CatalogError};
use ledger::job::{JobRunner, ProcessLock, Trigger};
use postgres::tools::SearchRoots;

/// After this long without a byte or a row a job is ended as stalled.
const STALL_LIMIT: Duration = Duration::from_mins(5);
/// A lock that another session holds longer than this is a reason to say so.
const LOCK_WAIT: Duration = Duration::from_mins(2);
/// Older data is read again by backups, a bit at most this often.
const READ_OLDER_AFTER: Duration = Duration::from_hours(1);
/// A platform that says the same for so long does nothing any more.
const PLATFORM_STANDING: Duration = Duration::from_mins(30);

/// How to open a profile.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// The directory of the profile.
    pub home: Utf8PathBuf,
    /// Where secrets rest; absent means what the profile was set to, at first the keychain.
    pub secrets: Option<Place>,
    /// Opens the sealed file, where secrets rest in one.
    pub passphrase: Option<Secret>,
    /// How long the keychain is waited for; absent means 30 s.
    pub keychain_wait: Option<Duration>,
    /// How much work a passphrase or key takes on a sealed file or a vault that is made here.
    pub derivation: Derivation,
    /// From where jobs are started and acts recorded here; who it is, and on which computer, the system says.
    pub trigger: Trigger,
    /// Where Postgres tools are looked for.
    pub tool_roots: SearchRoots,
    /// How long a job may stand still; absent means five minutes.
    pub stall_limit: Option<Duration>,
    /// How long a dump may wait for a lock that another session holds; absent means two minutes.
    pub lock_wait: Option<Duration>,
    /// How long older data lies unread before a backup reads a bit of it again; absent means an hour.
    pub read_older_after: Option<Duration>,
    /// How long a platform may say the same of what goes on there; absent means half an hour.
    pub platform_standing: Option<Duration>,
    /// Where a stand-in of a platform with the sample shop runs, so that the sample can be pulled as well.
    pub sample_platform: Option<String>,
}

impl Engine {
    /// Opens or creates the profile. Jobs of dead processes become `interrupted`, and their leftovers on this
    /// computer are removed.
    ///
    /// # Errors
    /// When the profile's folder cannot be used, its catalogue is of a newer version, or the passphrase
    /// of the sealed file is wrong. That this file is missing is said by whatever needs a secret of it.
    #[crate::boxed]
    pub async fn open(options: EngineOptions) -> Result<Self, Failure> {
        let io = |source| CatalogError::Io { path: options.home.clone(), source };
        disk::create_private_dir(&options.home)
            .and_then(|()| disk::make_private(&options.home))
            .map_err(io)?;
        let catalog = Catalog::open(&options.home.join("catalog.db")).await?;
        let place = match options.secrets {
            Some(place) => place,
            None => crate::settings::secrets_place(&catalog).await?,
        };
        let secrets = Arc::new(Secrets::new(place.clone(), options.keychain_wait, options.derivation));
        if let (Place::File(path), Some(passphrase)) = (place, options.passphrase) {
            match secrets.unlock(path, passphrase, crate::settings::absent(&catalog).await?).await {
                // What needs none of them goes on, and a vault is opened with its kit.
                Err(SecretError::FileMissing { .. }) => {}
                unlocked => unlocked?,
            }
        }
        let process = ProcessLock::take(&options.home).map_err(io)?;
        let stall_limit = options.stall_limit.unwrap_or(STALL_LIMIT);
        let audit = Recorder::new(catalog.clone(), &options.home, Origin::of_this_process(options.trigger));
        let jobs = JobRunner::new(
            catalog.clone(),
            audit.clone(),
            options.home.clone(),
            process,
            options.trigger,
            stall_limit,
        );
        let archive =
            Arc::new(Archive::new(catalog.clone(), Arc::clone(&secrets), audit.clone(), options.derivation));
        let profile = Profile {
            home: options.home,
            catalog,
            secrets,
            archive,
            audit,
            jobs,
            roots: options.tool_roots,
            tools: std::sync::Mutex::default(),
            lock_wait: options.lock_wait.unwrap_or(LOCK_WAIT),
            read_older_after: options.read_older_after.unwrap_or(READ_OLDER_AFTER),
            platform_standing: options.platform_standing.unwrap_or(PLATFORM_STANDING),
            slots_at_work: SlotsAtWork::default(),
            sample_platform: options.sample_platform,
        };
        let engine = Self {
            profile: Arc::new(profile),
            drafts: Arc::default(),
            sample: Arc::default(),
            looks: Looks::default(),
            picked: Picked::default(),
            at_work: ChannelsAtWork::default(),
        };
        engine.profile.jobs.recover().await?;
        engine.end_dead_drills().await?;
        engine.sweep_scratches().await?;
        engine.sweep_lent_later().await?;
        engine.sweep_intake().await?;
        Ok(engine)
    }

    /// Ends all jobs of this process, and waits for them for `wait` at most.
    #[crate::boxed]
    pub async fn shut_down(&self, wait: Duration) {
        self.profile.jobs.shut_down(wait).await;
        self.rest_sample().await;
    }
}
