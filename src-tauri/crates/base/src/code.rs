//! The codes of failures: one list, from which everything that depends on a code is made.
//!
//! The text that scripts match on, whether trying again helps, the exit status of the command line,
//! the lines of `docs/errors.md` and the type of the page all come from here.
//! A code that a run may have stored is never reused for something else and never taken away.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::failure::Retry;

/// How the command line ends with a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It failed: 1.
    Failed,
    /// The request makes no sense as it was typed: 2.
    Usage,
    /// Done in part; the rest is for a person: 3.
    Partial,
    /// Not done, since it would do harm or what was seen is out of date: 4.
    Refused,
    /// A person stopped it: 130.
    Cancelled,
}

/// Makes [`Code`] from the list below; [`with_codes`] hands the same list to another macro.
macro_rules! codes {
    ($($section:literal: $(#[doc = $meaning:literal] $name:ident = $text:literal, $retry:ident, $exit:ident, $remedy:literal;)+)+) => {
        /// What went wrong, in one word that never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $meaning] $name,)+)+
        }

        impl Code {
            /// Every code, in the order of the documents.
            pub const ALL: &[Self] = &[$($(Self::$name,)+)+];

            /// The text that is stored, printed and matched on, for instance `wrong_password`.
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$name => $text,)+)+ }
            }

            /// Whether trying again may help, where the failure itself does not say otherwise.
            pub fn retry(self) -> Retry {
                match self { $($(Self::$name => Retry::$retry,)+)+ }
            }

            /// How the command line ends.
            pub fn exit(self) -> Exit {
                match self { $($(Self::$name => Exit::$exit,)+)+ }
            }

            /// The section of `docs/errors.md` that explains it.
            pub fn section(self) -> &'static str {
                match self { $($(Self::$name => $section,)+)+ }
            }

            /// What it means, for `docs/errors.md`.
            pub fn meaning(self) -> &'static str {
                match self { $($(Self::$name => $meaning.trim_ascii(),)+)+ }
            }

            /// What a person does about it, for `docs/errors.md`.
            pub fn remedy(self) -> &'static str {
                match self { $($(Self::$name => $remedy,)+)+ }
            }
        }

        /// Calls a macro with every code: `Name = "text",`.
        #[macro_export]
        macro_rules! with_codes {
            ($callback:path) => { $callback! { $($($name = $text,)+)+ } };
        }
    };
}

codes! {
    "Requests":
    /// the request is not valid
    InvalidRequest = "invalid_request", AfterFix, Usage, "correct the value that the message names";
    /// the command line cannot be parsed
    WrongUsage = "wrong_usage", AfterFix, Usage, "see `holdfast --help`";
    /// the typed confirmation does not match
    NotConfirmed = "not_confirmed", Never, Refused, "type exactly what the hint shows";
    /// no project has this id or name
    ProjectNotFound = "project_not_found", AfterFix, Failed, "take one from `holdfast project list`";
    /// no backup has this id, or the project has none yet
    BackupNotFound = "backup_not_found", AfterFix, Failed, "take one from `holdfast backup list`, or make one";
    /// no run has this id
    JobNotFound = "job_not_found", AfterFix, Failed, "take one from `holdfast job list`";
    /// no scratch cluster has this id
    ScratchNotFound = "scratch_not_found", AfterFix, Failed, "take one from `holdfast scratch list`";
    /// this profile has no such plan
    PlanNotFound = "plan_not_found", AfterFix, Failed, "plan the restore again";
    /// no drill has this id; cancelled drills are not kept
    DrillNotFound = "drill_not_found", AfterFix, Failed, "take one from `holdfast drill list`";
    /// the project has no schedule, or none of this name
    ScheduleNotFound = "schedule_not_found", AfterFix, Failed, "take one from `holdfast schedule show`";
    /// the project has no component of this name
    ComponentNotFound = "component_not_found", AfterFix, Failed, "take one from `holdfast component list PROJECT`";
    /// the backup does not hold this component
    ComponentNotInBackup = "component_not_in_backup", AfterFix, Failed, "`holdfast backup show` lists what a backup holds; take another backup";
    /// a folder, file or table that a component is read from cannot be read
    SourceUnreadable = "source_unreadable", AfterFix, Failed, "do what the message says, then `holdfast component test PROJECT`";
    /// the object store cannot be reached, broke off, or answers with what it should not
    BucketUnreachable = "bucket_unreachable", Now, Failed, "check endpoint and network, then `holdfast component test PROJECT`";
    /// the object store refuses: the key, the bucket, or the right to list and read it
    BucketRefused = "bucket_refused", AfterFix, Failed, "do what the message says, then `holdfast component test PROJECT`";
    /// the Redis server cannot be reached, or broke off
    RedisUnreachable = "redis_unreachable", Now, Failed, "check its address and that it runs, then `holdfast component test PROJECT`";
    /// the Redis server refuses the account or its password
    RedisSignIn = "redis_sign_in", AfterFix, Failed, "enter the password again: `holdfast component add` with the same name";
    /// the Redis server does not let the account do what a backup or a restore needs
    RedisRefused = "redis_refused", AfterFix, Failed, "give the account the rights that the message names";
    /// no channel of notifications has this id or name
    ChannelNotFound = "channel_not_found", AfterFix, Failed, "take one from `holdfast notify list`";
    /// a test message was not delivered; the message quotes the peer's answer
    NotificationFailed = "notification_failed", Now, Failed, "correct what it names, then `holdfast notify test NAME`";
    /// the last scheduled verification or drill did not pass
    ScheduledCheckFailed = "scheduled_check_failed", AfterFix, Failed, "open its run, verify again, or make a new backup; acknowledge it once it is resolved";
    /// the newest backup holds no table with rows that could be restored as a sample
    NothingToSample = "nothing_to_sample", AfterFix, Failed, "verify it in full: `holdfast schedule set PROJECT --kind verify-full …`";
    /// the project has no assertion of this name
    AssertionNotFound = "assertion_not_found", AfterFix, Failed, "take one from `holdfast drill assert list PROJECT`";
    /// the project already has an assertion of this name
    AssertionExists = "assertion_exists", Never, Refused, "choose another name, or remove that one first";
    /// the backup holds no rows of a table that the sample selects
    TableNotInBackup = "table_not_in_backup", AfterFix, Failed, "take one from `holdfast backup show`; of a partitioned table name the partitions";
    /// assertions, programs and the SQL of recovery steps can start other programs, so the window may not add or change them
    CommandLineOnly = "command_line_only", Never, Refused, "use `holdfast drill` or `holdfast steps` on the command line";
    /// the program for a drill does not exist
    ProgramNotFound = "program_not_found", AfterFix, Failed, "give the path of an executable program";
    /// the project has no verified backup before the given moment
    NoBackupBefore = "no_backup_before", AfterFix, Failed, "give a later moment; `holdfast backup list` shows what there is";
    /// the project has no contact of this name
    ContactNotFound = "contact_not_found", AfterFix, Failed, "take one from `holdfast recovery-plan contacts list`";
    /// the result of a search for a clean backup is no longer in the catalogue
    CleanCheckLost = "clean_check_lost", AfterFix, Failed, "start the search again";
    /// the id prefix matches more than one drill
    AmbiguousDrill = "ambiguous_drill", AfterFix, Failed, "give more characters of the id";
    /// the id prefix matches more than one backup
    AmbiguousBackup = "ambiguous_backup", AfterFix, Failed, "give more characters of the id";
    /// the id prefix matches more than one run
    AmbiguousJob = "ambiguous_job", AfterFix, Failed, "give more characters of the id";
    /// the text is not a connection string
    BadConnectionString = "bad_connection_string", AfterFix, Usage, "give `postgresql://user@host:5432/database`, or key=value pairs";
    /// the URL on the command line holds a password
    PasswordInArgv = "password_in_argv", AfterFix, Usage, "take it out, give it with `--password-stdin` or `--password-file`, and change it if the computer is shared";
    /// there is no terminal to ask for a secret
    NoTerminal = "no_terminal", AfterFix, Failed, "use a file or standard input";
    /// the vault's key was not given
    KeyMissing = "key_missing", AfterFix, Failed, "`--key-file FILE` or `--key-stdin`";
    /// the two passphrases differ
    PassphrasesDiffer = "passphrases_differ", AfterFix, Failed, "type them again";
    /// a file of the command line cannot be read
    FileUnreadable = "file_unreadable", AfterFix, Failed, "check its path and permissions";
    /// the output file for the plan, the kit or the export exists and is not of that kind; or the output file of a backup's export exists
    FileExists = "file_exists", Never, Refused, "choose another file; for a backup also `--replace`";
    /// the file is not a plan
    PlanUnreadable = "plan_unreadable", AfterFix, Failed, "give the file that `restore plan` wrote";
    /// no directory for the profile is known
    NoHome = "no_home", AfterFix, Failed, "`--home DIR` or `HOLDFAST_HOME`";
    "Projects and backups":
    /// another project has this name
    NameTaken = "name_taken", AfterFix, Failed, "choose another name";
    /// the project is archived and no longer backed up
    ProjectArchived = "project_archived", Never, Refused, "add it again; its old backups stay";
    /// a run of the project is queued or active, so that neither the project nor one of its backups can be removed
    ProjectBusy = "project_busy", Never, Refused, "wait for its end, or cancel it";
    /// there is a sample project already
    SampleExists = "sample_exists", Never, Refused, "use it, or remove it first";
    /// the sample's private server is gone
    SampleGone = "sample_gone", AfterFix, Failed, "remove the sample, and create it again";
    /// the sample's database cannot be made
    SampleFailed = "sample_failed", AfterFix, Failed, "remove the sample, and try it again";
    /// this is the newest verified backup of its project
    NewestVerified = "newest_verified", Never, Refused, "make and verify a newer one, or remove the whole project";
    /// the floor: three verified backups always stay, or the number in the project's policy
    BelowFloor = "below_floor", Never, Refused, "make more, or remove the whole project";
    /// a person holds this backup, with a reason
    BackupHeld = "backup_held", Never, Refused, "release it first";
    /// another backup depends on this one, as a platform's incremental depends on its full backup
    BackupNeeded = "backup_needed", Never, Refused, "delete that one first, or keep both";
    /// the project has no policy of retention: everything is kept
    NoPolicy = "no_policy", Never, Refused, "set one";
    /// no backups arrive: the last two runs failed, or the newest verified backup is older than its goal; or the newest restored backup failed its restore; or a verified one is dated more than an hour in the future, by this computer's clock or its server's
    RetentionPaused = "retention_paused", Never, Refused, "do what the message names: make a backup that is verified, drill a newer one, or delete the one that is dated in the future; then review the plan again";
    /// the backup read back differs from what was written
    VerificationFailed = "verification_failed", AfterFix, Failed, "do not rely on it; make a new one, check the vault and its disk";
    /// a backup's manifest cannot be read
    ManifestUnreadable = "manifest_unreadable", AfterFix, Failed, "`holdfast vault check --read-data`; other backups are not affected";
    /// a newer Holdfast made this backup
    ManifestTooNew = "manifest_too_new", AfterFix, Failed, "install it";
    "Runs":
    /// a user cancelled the run
    Cancelled = "cancelled", Now, Cancelled, "start it again when you want to";
    /// the run's process ended
    Interrupted = "interrupted", AfterFix, Failed, "start it again; data already in the vault is reused; after a restore, `holdfast restore show` prints the state of its target and what to do";
    /// the project's server or role changed without a new password
    PasswordForNewServer = "password_for_new_server", AfterFix, Failed, "enter the password again; the stored one is never sent to another server";
    /// the completely restored database could not be renamed
    RenameFailed = "rename_failed", AfterFix, Failed, "plan again with another name";
    /// no progress for five minutes
    Stalled = "stalled", Now, Failed, "look for a lock or a stuck connection on the server, then start it again";
    /// the run has already ended
    JobOver = "job_over", Never, Refused, "look at it with `holdfast job show`";
    /// only a pull can be paused, and only while it fetches
    NotPausable = "not_pausable", Never, Refused, "let it finish, or cancel it with `holdfast job cancel`";
    /// the run cannot be resumed: it was not a pull, everything is already here, or another pull of the project is running
    NotResumable = "not_resumable", Never, Refused, "look at it with `holdfast job show`; `holdfast pull PROJECT` fetches what is not here yet";
    /// the run waits for no answer, waits at another step by now, or was answered already
    JobNotWaiting = "job_not_waiting", Never, Refused, "look at it with `holdfast job show`";
    /// the stored reason can no longer be read
    UnknownFailure = "unknown_failure", Now, Failed, "look at its log";
    /// a bug in Holdfast; nothing was marked as done
    Internal = "internal", AfterFix, Failed, "report it with the id and the log";
    "The vault":
    /// this profile has no vault
    NoVault = "no_vault", AfterFix, Failed, "`holdfast vault init --path DIR --kit FILE`, or `vault open`";
    /// this profile already has a vault, or its key is already in the keychain
    VaultExists = "vault_exists", Never, Refused, "use it, or another profile";
    /// there is no vault in this folder
    NoRepository = "no_repository", AfterFix, Failed, "check the folder, connect its disk";
    /// a new vault or replica needs an empty folder
    FolderNotEmpty = "folder_not_empty", Never, Refused, "choose another, or open the vault in it";
    /// this folder holds another vault
    OtherVault = "other_vault", Never, Refused, "connect the right disk";
    /// the vault has no replica
    NoReplica = "no_replica", AfterFix, Failed, "`holdfast store add PATH`";
    /// there is no replica of this name
    ReplicaNotFound = "replica_not_found", AfterFix, Failed, "`holdfast store list`";
    /// a replica's disk is not connected; nothing is written to the folder in its place
    ReplicaGone = "replica_gone", Now, Failed, "connect it, then copy again";
    /// a part of a replica is damaged when read back, also after it was copied again
    ReplicaDamaged = "replica_damaged", AfterFix, Failed, "check the vault with `holdfast vault check --read-data`";
    /// a copy to the replicas is already running
    CopyRunning = "copy_running", Now, Failed, "wait for its end";
    /// the key does not open this vault
    WrongKey = "wrong_key", AfterFix, Failed, "type it as the kit shows it; case and dashes do not matter";
    /// this process has no such draft of a vault
    NoDraft = "no_draft", AfterFix, Failed, "begin again, and save the new kit";
    /// the recovery kit was not saved
    KitNotSaved = "kit_not_saved", AfterFix, Refused, "save it first";
    /// the key is the last one, or the one with which this computer opens the vault
    KeyNeeded = "key_needed", Never, Refused, "add another one first, with `--use-here` for this computer";
    /// no key of the vault has this id prefix, or several do
    KeyNotFound = "key_not_found", AfterFix, Failed, "take its id from `holdfast vault key list`";
    /// this is not the last group of the key
    WrongGroup = "wrong_group", AfterFix, Failed, "read it from the saved copy";
    /// a recovery plan was not updated because the vault could not be read; the existing page has more content
    VaultUnreadable = "vault_unreadable", AfterFix, Failed, "connect the vault; the update is retried";
    /// a file cannot be written
    WriteFailed = "write_failed", AfterFix, Failed, "check folder, rights and free space";
    /// the vault's folder does not exist
    VaultGone = "vault_gone", Now, Failed, "connect the disk, mount the folder";
    /// access to the vault's folder hangs, as on a share whose server is gone
    VaultSilent = "vault_silent", Now, Failed, "check whether its disk or share responds, then try again";
    /// another program or run uses the vault, and one of the two needs exclusive access
    VaultLocked = "vault_locked", Now, Failed, "wait; the lock of a dead program is recognised after 30 minutes";
    /// the vault cannot be written to
    VaultReadOnly = "vault_read_only", AfterFix, Failed, "give this account the right, mount it writable";
    /// something in the vault is missing or damaged
    VaultDamaged = "vault_damaged", AfterFix, Failed, "`holdfast vault check --read-data`, then `holdfast vault repair` where it says so; delete nothing before";
    /// the vault has another version of the format
    VaultVersion = "vault_version", AfterFix, Failed, "use a newer Holdfast, or restic";
    /// the vault's disk does not answer
    VaultIo = "vault_io", Now, Failed, "check the disk, try again";
    /// no space left on the disk of the vault or of the exported file
    DiskFull = "disk_full", AfterFix, Failed, "free some space, start again; data written to the vault is reused, elsewhere nothing is left";
    /// the data to be stored could not be read
    SourceFailed = "source_failed", AfterFix, Failed, "see the log of the run";
    "Downloads":
    /// another download is writing into the same folder
    DownloadRunning = "download_running", Now, Failed, "wait for it, or cancel it";
    /// the server refuses the link, even a new one
    DownloadRefused = "download_refused", AfterFix, Failed, "check whether the backup is still on its platform";
    /// the server reports another length than promised
    DownloadLengthDiffers = "download_length_differs", AfterFix, Failed, "make a new backup on the platform; do not rely on this one";
    /// the SHA-256 does not match the promised one
    DownloadHashDiffers = "download_hash_differs", Now, Failed, "pull again; if it still differs, make a new backup";
    /// the file changes during the download
    DownloadKeepsChanging = "download_keeps_changing", Now, Failed, "wait until the platform has finished it";
    /// the server cannot resume downloads, and none completed
    DownloadKeepsEnding = "download_keeps_ending", Now, Failed, "use a more stable connection";
    /// no data arrived for longer than the limit
    DownloadStalled = "download_stalled", Now, Failed, "check the network, pull again; received data is kept";
    /// the server asks for a longer wait than the limit
    DownloadPostponed = "download_postponed", Now, Failed, "pull again later; received data is kept";
    /// the server's answer is not valid HTTP for this download
    DownloadOdd = "download_odd", Now, Failed, "pull again; look for a proxy that alters answers";
    /// the link leads to an address without TLS
    DownloadInsecure = "download_insecure", Never, Failed, "correct the address of the files on the platform";
    /// the link redirects in a loop
    DownloadRedirects = "download_redirects", AfterFix, Failed, "correct the address of the files on the platform";
    /// the server's certificate is not trusted
    DownloadUntrusted = "download_untrusted", AfterFix, Failed, "check clock, certificate, authorities of the system";
    /// too little space for the download
    DownloadDiskFull = "download_disk_full", AfterFix, Failed, "free some space; received data is kept";
    /// an operation on the disk failed
    DownloadDisk = "download_disk", AfterFix, Failed, "check disk and permissions";
    /// this computer cannot make encrypted connections
    DownloadNoClient = "download_no_client", AfterFix, Failed, "install the certificates of the usual authorities";
    "The catalogue and settings":
    /// a newer Holdfast made the catalogue
    CatalogTooNew = "catalog_too_new", AfterFix, Failed, "install that version, or rebuild in another profile";
    /// its file cannot be used
    CatalogIo = "catalog_io", AfterFix, Failed, "check folder, rights, free space";
    /// the catalogue holds an unknown value
    CatalogDamaged = "catalog_damaged", AfterFix, Failed, "`holdfast vault rebuild-catalog`";
    /// an SQLite statement failed
    CatalogFailed = "catalog_failed", AfterFix, Failed, "check free space; else move `catalog.db` away and rebuild";
    /// the settings cannot be read
    SettingsDamaged = "settings_damaged", AfterFix, Failed, "set them again";
    /// the act could not be recorded in the audit log, so it was not done; if the error occurs after an act, the act is done and its outcome is not recorded
    AuditFailed = "audit_failed", AfterFix, Failed, "check free space and the rights of the profile's folder";
    /// the audit log cannot be read
    AuditUnreadable = "audit_unreadable", AfterFix, Failed, "keep a copy of the profile's folder, then look at `catalog.db` with the tools of SQLite";
    "Secrets":
    /// no keychain is available on this computer
    KeychainUnavailable = "keychain_unavailable", AfterFix, Failed, "start a Secret Service, or `HOLDFAST_SECRETS=file:PATH`";
    /// the keychain does not answer and is probably locked
    KeychainLocked = "keychain_locked", Now, Failed, "unlock it, try again";
    /// the keychain reported an error
    KeychainFailed = "keychain_failed", Now, Failed, "check whether it works in another program";
    /// a password or key is not stored on this computer
    SecretMissing = "secret_missing", AfterFix, Failed, "enter it again";
    /// the sealed file needs its passphrase
    SecretsFileLocked = "secrets_file_locked", AfterFix, Failed, "enter it, or set `HOLDFAST_PASSPHRASE_FILE`";
    /// the sealed file is missing, and it contains the key of this profile's vault; no new file is created
    SealedFileMissing = "sealed_file_missing", AfterFix, Failed, "connect its disk, correct `HOLDFAST_SECRETS`, or restore a copy; if it is lost, `holdfast vault open` with the recovery kit makes a new one";
    /// the passphrase does not open the sealed file
    WrongPassphrase = "wrong_passphrase", AfterFix, Failed, "try again; without it the secrets in it are lost, and the kit opens the vault";
    /// the sealed file is damaged or of another kind
    SecretsFileDamaged = "secrets_file_damaged", AfterFix, Failed, "restore a copy, or enter the secrets again";
    /// the sealed file cannot be used
    SecretsFileIo = "secrets_file_io", AfterFix, Failed, "check folder, rights, free space";
    /// the system provides no random numbers
    NoRandomNumbers = "no_random_numbers", AfterFix, Failed, "restart the computer";
    "Reaching a server":
    /// the host name does not resolve
    UnknownHost = "unknown_host", AfterFix, Failed, "check the name, the network, the VPN";
    /// the network has no route to the host
    NoRoute = "no_route", AfterFix, Failed, "check the network; a VPN may be needed";
    /// the host has only an IPv6 address, and this network has no IPv6
    NoRouteIpv6 = "no_route_ipv6", AfterFix, Failed, "use an IPv4 address, such as the session pooler";
    /// nothing listens on that port
    ConnectionRefused = "connection_refused", AfterFix, Failed, "check the port, and that the server runs";
    /// no server listens on that socket
    NoSocket = "no_socket", AfterFix, Failed, "check the directory, and that the server runs";
    /// no answer within 10 s
    NoAnswer = "no_answer", AfterFix, Failed, "look for a firewall";
    /// the peer closed the connection
    ConnectionDropped = "connection_dropped", AfterFix, Failed, "check that the port is Postgres's own";
    /// TLS is required, and the server does not offer it
    TlsNotOffered = "tls_not_offered", AfterFix, Failed, "enable it on the server";
    /// the handshake failed
    TlsRejected = "tls_rejected", AfterFix, Failed, "TLS 1.2 or newer is needed";
    /// the certificate is not valid
    TlsCertificate = "tls_certificate", AfterFix, Failed, "give the file of the right certificate authority";
    /// there are no trusted root certificates
    TlsNoAuthority = "tls_no_authority", AfterFix, Failed, "choose a PEM file";
    /// the host is not a valid name in a certificate
    TlsName = "tls_name", AfterFix, Failed, "use the name in the certificate";
    /// the password is wrong
    WrongPassword = "wrong_password", AfterFix, Failed, "enter it again";
    /// the server asks for one
    PasswordMissing = "password_missing", AfterFix, Failed, "enter it";
    /// the server has no such database
    UnknownDatabase = "unknown_database", AfterFix, Failed, "check the name; capital letters count";
    /// the server has no such role
    UnknownRole = "unknown_role", AfterFix, Failed, "check the name";
    /// the server does not admit this computer
    NotAdmitted = "not_admitted", AfterFix, Failed, "add a line to `pg_hba.conf`, or the address to the provider's allow list";
    /// no connection is free
    TooManyConnections = "too_many_connections", AfterFix, Failed, "wait, or end idle sessions";
    /// the server does not accept connections yet
    ServerStarting = "server_starting", AfterFix, Failed, "wait";
    /// the server reported another error
    ServerRefused = "server_refused", AfterFix, Failed, "see the log, and Postgres's table of error codes";
    /// a transaction pooler may give each transaction another server connection: it cannot hold a snapshot, and session settings would leak to other clients
    TransactionPooler = "transaction_pooler", AfterFix, Failed, "use the session pooler or the direct address";
    "Reaching a server by SSH":
    /// the SSH server does not answer, or its name does not resolve
    SshUnreachable = "ssh_unreachable", Now, Failed, "check its name and port, the network, the VPN";
    /// nobody accepted the SSH server's key yet
    SshHostUnknown = "ssh_host_unknown", AfterFix, Refused, "compare the fingerprint with the server's, then accept it";
    /// the SSH server shows another key than the accepted one; nothing was sent
    SshHostChanged = "ssh_host_changed", AfterFix, Refused, "ask whoever runs the server before you accept the new one";
    /// the private key cannot be read, opened or used
    SshKeyUnusable = "ssh_key_unusable", AfterFix, Failed, "enter its passphrase, use an agent, or choose another key";
    /// the SSH server does not let the account in
    SshNotAdmitted = "ssh_not_admitted", AfterFix, Failed, "check the account, its key or its password";
    /// the SSH server gives the account no files by SFTP
    SshNoSftp = "ssh_no_sftp", AfterFix, Failed, "set `Subsystem sftp internal-sftp` in the server's `sshd_config`";
    /// the SSH server runs no programs for the account
    SshRunRefused = "ssh_run_refused", AfterFix, Failed, "look for a `ForceCommand` or a `command` in `authorized_keys`";
    /// there is no such running container, or the account may not use its engine
    ContainerUnreachable = "container_unreachable", AfterFix, Failed, "look at `docker ps` there, and whether the account may use it";
    /// the SSH server forwards nothing, or reaches nothing there
    SshForwardRefused = "ssh_forward_refused", AfterFix, Failed, "check the host and port as seen from there, and `AllowTcpForwarding`";
    /// the connection to the SSH server broke
    SshLost = "ssh_lost", Now, Failed, "try again";
    /// what answers does not speak SSH, or nothing was prepared to reach it
    SshFailed = "ssh_failed", AfterFix, Failed, "check that the port is SSH's own";
    "Backing up":
    /// a Postgres program is not on this computer
    ToolsMissing = "tools_missing", AfterFix, Failed, "install the package that the hint names";
    /// the newest one here is older than the server or the archive
    ToolsTooOld = "tools_too_old", AfterFix, Failed, "install the client tools of the server's major version or newer";
    /// a drill needs a Postgres server of at least the backup's version on this computer, and there is none
    NoServerPrograms = "no_server_programs", Never, Refused, "install the package that the hint names, or name a server: `--on PROJECT`";
    /// neither Docker nor Podman is installed
    ContainerProgramMissing = "container_program_missing", AfterFix, Failed, "install Docker or Podman, or leave `--image` out";
    /// the container image is not on this computer, or what was given is not the name of one
    ImageMissing = "image_missing", AfterFix, Failed, "add `--pull`, or fetch it with `docker pull`";
    /// the container could not be made, or its server did not start
    ContainerFailed = "container_failed", AfterFix, Failed, "start Docker or Podman; try another image";
    /// a Postgres program cannot be run
    ToolFailed = "tool_failed", AfterFix, Failed, "install the tools again, or choose their folder";
    /// the server did not export a snapshot
    NoSnapshot = "no_snapshot", AfterFix, Failed, "connect directly to the server";
    /// the server's catalogue cannot be read
    FactsUnreadable = "facts_unreadable", Now, Failed, "check the role's rights";
    /// the role may not read a table
    NoRight = "no_right", AfterFix, Failed, "`grant pg_read_all_data`, or another role";
    /// row security hides rows from the role
    RowSecurity = "row_security", AfterFix, Failed, "a role with BYPASSRLS";
    /// another session holds a table that is to be backed up or replaced, and is named; nothing was changed
    LockTimeout = "lock_timeout", AfterFix, Failed, "wait for its end";
    /// server or network went away in the middle
    ServerGone = "server_gone", Now, Failed, "start it again; what is in the vault is used";
    /// a table was truncated or rewritten between the backup's moment and its locks, so that the dump would contain it empty
    TableRewritten = "table_rewritten", Now, Failed, "start it again";
    /// the server cannot read the rows of a table, and reports why
    TableUnreadable = "table_unreadable", AfterFix, Failed, "look at that table on the server";
    /// the server, or a time limit of the role, ended the session
    Terminated = "terminated", AfterFix, Failed, "start it again";
    /// `pg_dump` could not sign in
    SignInFailed = "sign_in_failed", AfterFix, Failed, "test the connection";
    /// `pg_dump` failed for another reason
    DumpFailed = "dump_failed", AfterFix, Failed, "see the log; nothing is left that looks like a backup";
    "Restoring":
    /// the plan has a blocker
    PlanBlocked = "plan_blocked", Never, Refused, "remove what the plan names, plan again";
    /// the private server lacks an extension that the backup needs; the drill is inconclusive
    ExtensionMissing = "extension_missing", AfterFix, Failed, "install it, or drill on a server that has it: `--on PROJECT`";
    /// the report of a drill can no longer be read
    ReportUnreadable = "report_unreadable", AfterFix, Failed, "make another drill";
    /// the plan ran out, was applied, or its target, the vault that was to be pruned, the project's recovery steps, or the platform or database that the project points to changed; also if the target changed while the run was queued, during the steps before or during the safety backup, or if the name of a database to be dropped or swapped now belongs to another database
    PlanStale = "plan_stale", Never, Refused, "plan again, and review the plan";
    /// a critical recovery step before the restore failed, or a person stopped there; nothing was restored, and the steps marked for this case were run
    StepFailed = "step_failed", AfterFix, Failed, "correct what the message names, plan again";
    /// **the database is restored**; a critical recovery step after it failed, or the run was cancelled there
    StepFailedAfterRestore = "step_failed_after_restore", AfterFix, Partial, "do by hand what the hint names; `holdfast restore show` prints how to undo the restore";
    /// somebody is connected to a database that has to be renamed
    ConnectionsOpen = "connections_open", Never, Refused, "disconnect them, or apply with `--end-connections`";
    /// a safety backup was declined without a reason
    ReasonNeeded = "reason_needed", Never, Refused, "say why";
    /// the restored data differs from the manifest; nothing was changed
    ChecksFailed = "checks_failed", AfterFix, Failed, "restore into a new database, and look there";
    /// the new database could not be compared completely with the manifest; nothing was changed
    ChecksInconclusive = "checks_inconclusive", AfterFix, Failed, "restore into a new database, and look there";
    /// the databases could not be renamed; nothing was changed
    SwapFailed = "swap_failed", AfterFix, Failed, "stop other connections, plan again";
    /// the connection broke during the commit
    OutcomeUnknown = "outcome_unknown", AfterFix, Failed, "`holdfast restore show` asks the server";
    /// the connection broke before the commit; the server rolls everything back
    ConnectionLost = "connection_lost", AfterFix, Failed, "look at the server, plan again";
    /// the backup holds no rows of that table
    TableNotFound = "table_not_found", AfterFix, Failed, "see what it holds: `holdfast backup show`";
    /// a statement that creates a table, loads its rows or sets a sequence does not have the form that `pg_dump` writes; it was not run
    TableNotUnderstood = "table_not_understood", AfterFix, Failed, "restore to look inside, and copy the table from there; have a foreign file reviewed";
    /// the backup has an encoding in which a quote may be the second byte of a character, and would be written into a database in use
    EncodingAmbiguous = "encoding_ambiguous", Never, Failed, "restore into a new database";
    /// a table has no primary key, so missing rows cannot be determined
    NoKey = "no_key", AfterFix, Failed, "restore it beside the old one";
    /// there is no other database to connect to while one is renamed
    NoMaintenanceDatabase = "no_maintenance_database", AfterFix, Failed, "restore in place";
    /// no restore, or several, have that id prefix
    RestoreNotFound = "restore_not_found", AfterFix, Failed, "`holdfast restore list`";
    /// no restore, or several, have that id prefix
    AmbiguousRestore = "ambiguous_restore", AfterFix, Failed, "`holdfast restore list`";
    /// a newer version recorded that restore
    RestoreUnreadable = "restore_unreadable", AfterFix, Failed, "use that version";
    /// the restore was undone, left nothing, or kept nothing
    NothingToUndo = "nothing_to_undo", Never, Refused, "see `restore show`";
    /// the restore was undone, left nothing, or kept nothing
    NothingToDiscard = "nothing_to_discard", Never, Refused, "see `restore show`";
    /// the server did not create the database
    CreateFailed = "create_failed", AfterFix, Failed, "use another name or server; install the locale that it names";
    /// the dump could not be read from the vault
    RestoreReadFailed = "restore_read_failed", AfterFix, Failed, "verify the backup";
    /// the server or `pg_restore` reported an error
    RestoreRefused = "restore_refused", AfterFix, Failed, "see the log; the incomplete database was dropped";
    /// the number of loaded rows differs from the dump
    RestoreRowCount = "restore_row_count", AfterFix, Failed, "verify the backup, try another new database";
    /// the comparison could not be run
    CheckFailed = "check_failed", AfterFix, Failed, "try again";
    /// a private server cannot run as root without the user `postgres`
    NoServerUser = "no_server_user", AfterFix, Failed, "run as an ordinary user, or install the package postgresql";
    /// the profile's path is too long for a socket
    SocketPath = "socket_path", AfterFix, Failed, "`--home DIR` with a shorter path";
    /// a private server's folder cannot be made
    ClusterIo = "cluster_io", AfterFix, Failed, "check rights and free space";
    /// the sandbox of a private server could not be set up although the system supports it; the server was not started
    WallFailed = "wall_failed", AfterFix, Failed, "run Holdfast outside of other sandboxes";
    /// a private server does not start
    ClusterFailed = "cluster_failed", AfterFix, Failed, "check space and memory; see the log";
    /// the private server was removed from outside
    ClusterGone = "cluster_gone", AfterFix, Failed, "remove it from the list";
    /// the private server does not stop, or stays behind
    ClusterNotRemoved = "cluster_not_removed", AfterFix, Failed, "stop the processes that use the folder, remove it again";
    "Exporting":
    /// the backup has no such part
    PartNotFound = "part_not_found", AfterFix, Failed, "use one that the hint lists";
    /// the backup holds something that a tar of files cannot represent
    ExportImpossible = "export_impossible", AfterFix, Failed, "restore the snapshot with restic";
    /// the file read back from the disk differs from what was written; it was removed
    ExportCheckFailed = "export_check_failed", AfterFix, Failed, "choose another disk";
    "Platforms":
    /// the project is on no platform
    NoPlatform = "no_platform", Never, Failed, "back it up with `holdfast backup run`, or add the platform";
    /// the project has no connection to its database
    NoConnection = "no_connection", Never, Failed, "pull from its platform, import a file, or add the connection";
    /// the platform's credentials are not stored on this computer
    CredentialsMissing = "credentials_missing", AfterFix, Failed, "enter them in the project's connection";
    /// the platform does not accept the credentials
    PlatformSignIn = "platform_sign_in", AfterFix, Failed, "enter them again; fetched data is kept";
    /// the account lacks the permission
    PlatformForbidden = "platform_forbidden", AfterFix, Failed, "use an account that has it";
    /// the platform does not support it, or not for this account
    PlatformCannot = "platform_cannot", Never, Failed, "see the reason in the message and on the project's page";
    /// the platform reports success, but the result is missing
    PlatformClaim = "platform_claim", Never, Failed, "do not rely on it; start another one";
    /// the platform reports a failure
    PlatformFailed = "platform_failed", AfterFix, Failed, "the hint names the likely cause";
    /// there is no more progress at the platform
    PlatformStuck = "platform_stuck", Now, Failed, "the hint names the likely cause and where to look";
    /// too many calls
    PlatformBusy = "platform_busy", Now, Failed, "wait as long as the platform asks";
    /// the platform has no such object
    PlatformNotFound = "platform_not_found", AfterFix, Failed, "list what it has";
    /// the platform does not answer
    PlatformUnreachable = "platform_unreachable", Now, Failed, "check address and network; try again";
    /// the platform does not answer
    PlatformSilent = "platform_silent", Now, Failed, "check address and network; try again";
    /// the answer is not one of this kind of platform
    PlatformUnintelligible = "platform_unintelligible", AfterFix, Failed, "check the address";
    /// a local file to be sent cannot be read
    PlatformFileUnreadable = "platform_file_unreadable", AfterFix, Failed, "check that it exists and is readable";
    /// the backup was not made of one file
    NoArtifact = "no_artifact", Never, Failed, "export it, and give that file to the platform";
    /// the project has no bot with a chat
    NoChat = "no_chat", Never, Failed, "name both in its connection";
    /// no single sent file has this id
    BundleNotFound = "bundle_not_found", AfterFix, Failed, "`holdfast bundle sent PROJECT`";
    /// the file is neither a receipt nor the manifest of a file that was sent
    ReceiptUnreadable = "receipt_unreadable", AfterFix, Failed, "give the receipt, or the document from the chat whose name ends in `.manifest`";
    /// the file was sent by another bot than the project's; its ids are not valid for this bot
    OtherBot = "other_bot", Never, Failed, "set that bot's token in the project's connection";
    /// the backup was not yet proven on this computer
    NotProven = "not_proven", Never, Failed, "verify it, or drill it";
    "Foreign files":
    /// the file cannot be read, or is not a file
    ArchiveUnreadable = "archive_unreadable", AfterFix, Failed, "check path and permissions";
    /// the file cannot be read, or is not a file
    ArchiveNotAFile = "archive_not_a_file", AfterFix, Failed, "check path and permissions";
    /// some of several backups were not pulled; the others are here, and count
    PullIncomplete = "pull_incomplete", AfterFix, Partial, "the message names each missing one, and why; the next pull retries them";
    /// the file is encrypted; also for pulled files, and for backups that a schedule would have made; fetched data is kept
    ArchivePassphraseNeeded = "archive_passphrase_needed", AfterFix, Failed, "`--passphrase-file FILE`; for unattended pulls `holdfast platform passphrase PROJECT --file FILE`";
    /// the passphrase does not decrypt the file
    ArchivePassphraseWrong = "archive_passphrase_wrong", AfterFix, Failed, "type it again";
    /// the file is encrypted for a key
    ArchiveKeyNeeded = "archive_key_needed", AfterFix, Failed, "decrypt it with the key first";
    /// the file is truncated or damaged
    ArchiveTruncated = "archive_truncated", AfterFix, Failed, "get it again from its source";
    /// the file is truncated or damaged
    ArchiveDamaged = "archive_damaged", AfterFix, Failed, "get it again from its source";
    /// the archive holds a path that leads outside, a link or a device, which no backup contains
    ArchiveHostile = "archive_hostile", Never, Failed, "check its origin; nothing was unpacked";
    /// it decompresses to more than any real backup
    ArchiveTooLarge = "archive_too_large", Never, Failed, "nothing of it was kept";
    /// the format is not recognised
    ArchiveUnknown = "archive_unknown", Never, Failed, "unpack it with the program that made it";
    /// a part could not be stored
    ArchiveNotKept = "archive_not_kept", AfterFix, Failed, "see the message";
    /// a component does not match its checksum
    ChecksumMismatch = "checksum_mismatch", Never, Failed, "do not restore it; a pulled file is moved to the quarantine folder";
    /// the file changed while it was being read
    FileChanged = "file_changed", AfterFix, Failed, "wait until nothing writes to it";
    /// a script contains a statement that no dump contains, or is in an encoding that Holdfast cannot read; the message names it
    ScriptRefused = "script_refused", Never, Failed, "nothing of it was run";
    /// a script changed the session's encoding or quoting without its reader noticing, or gained privileges
    ScriptChangedSession = "script_changed_session", Never, Failed, "nothing after that was run; check its origin";
    /// a script fills several databases
    SeveralDatabases = "several_databases", Never, Failed, "dump each separately";
    /// the loaded rows differ from the file
    RowsDiffer = "rows_differ", AfterFix, Failed, "load it by hand and compare";
    /// the backup holds no database
    NoDatabase = "no_database", Never, Failed, "save its files, or choose another backup";
    "Portable bundles with Telegram":
    /// a file of this computer cannot be read or written
    BundleFile = "bundle_file", AfterFix, Failed, "check the path, its rights and the free space";
    /// the output file of the bundle exists already
    BundleExists = "bundle_exists", Never, Failed, "choose another path; nothing was overwritten";
    /// the passphrase or key does not decrypt the bundle
    BundleKey = "bundle_key", AfterFix, Failed, "enter the one that it was sealed with";
    /// a part is missing, changed or in the wrong place
    BundleDamaged = "bundle_damaged", Never, Failed, "use another copy, and send this bundle again";
    /// it has more parts than a manifest can list
    BundleTooLarge = "bundle_too_large", Never, Failed, "keep it in a vault or a bucket";
    /// it was not sent completely, and some of its messages could not be deleted
    BundleLeftBehind = "bundle_left_behind", AfterFix, Failed, "delete the named messages by hand";
    /// sealing failed: no memory, no random numbers
    BundleSealing = "bundle_sealing", Now, Failed, "close other programs, and try again";
    "Databases that follow WedSync's design":
    /// this part of the design is not in the database, or has another shape
    WedsyncNotThere = "wedsync_not_there", AfterFix, Failed, "apply the design's SQL, or leave this part switched off";
    /// the database refused a statement
    WedsyncRefused = "wedsync_refused", AfterFix, Failed, "grant the privilege to the role, or use another role";
    /// a statement took too long, and was stopped
    WedsyncSlow = "wedsync_slow", Now, Failed, "try again when the database is less busy";
    /// an answer does not have the design's shape
    WedsyncOdd = "wedsync_odd", AfterFix, Failed, "compare the tables with the design";
    /// a function reports success, and its row says otherwise
    WedsyncClaim = "wedsync_claim", Never, Failed, "do not rely on it; check the function";
    "In the window only":
    /// the window lost the answer to a command
    WindowFailed = "window_failed", AfterFix, Failed, "try again";
    /// the system did not change the login items, and reports why
    LoginStart = "login_start", AfterFix, Failed, "add Holdfast by hand, with `--hidden`";
}

impl Code {
    /// The code with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no code of this version")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_has_a_text_of_its_own_that_reads_back() {
        let texts: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            let stored = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<Code>(&stored).unwrap(), *code);
        }
        assert!(serde_json::from_str::<Code>("\"of_a_version_to_come\"").is_err());
    }
}
