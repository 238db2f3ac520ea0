//! Instructions by kind of loss. Each is a list of steps with exact command lines and the path through the
//! window; a test runs these commands unchanged.

use super::document::{level, short, verdict};
use super::facts::{Point, RunbookFacts};
use crate::paper::{PaperStep, Section, Tone};
use base::command::{
    About, BackupRun, BackupSave, BundleExport, Command, Packing, RestorePlan, RestoreTo, TableWay,
};
use base::words::{age_words, argument_words, bytes_words, span_words, zoned_words};

/// What all steps of a scenario are written with.
struct Words<'a> {
    facts: &'a RunbookFacts,
    newest: &'a Point,
    /// The project's name.
    project: String,
    /// The database's.
    database: String,
    /// The newest backup's id, short.
    backup: String,
}

/// All scenarios; without a backup there is nothing to do but to make one.
pub(super) fn all(facts: &RunbookFacts) -> Vec<Section> {
    let Some(newest) = &facts.newest else {
        return vec![Section::new("scenarios", "What to do").text(
            Tone::Bad,
            "There is no verified backup, so that no step here could bring anything back.",
        )];
    };
    let words = Words {
        facts,
        newest,
        project: facts.project.name.clone(),
        database: facts.database().unwrap_or_default(),
        backup: short(&newest.id).to_owned(),
    };
    if words.database.is_empty() {
        return vec![words.files(), words.laptop()];
    }
    let living = facts.project.connection.is_some();
    let mut sections = Vec::new();
    if living {
        sections.extend([words.deletion(), words.corruption()]);
    }
    sections.extend([words.server(), words.laptop(), words.ransomware()]);
    sections
}

impl Words<'_> {
    fn section(&self, id: &str, title: &str, lost: &str) -> Section {
        let who = self.facts.first_contact().map(|who| format!(" Call first: {who}.")).unwrap_or_default();
        Section::new(id, title).text(Tone::Plain, format!("{lost}{who}"))
    }

    /// How long the newest takes on a server that runs.
    fn takes(&self) -> String {
        let Some(estimate) = &self.facts.on_server else { return "not known".into() };
        let said =
            if estimate.is_guess { "guessed, nothing was measured" } else { "estimated from the last drill" };
        format!("about {} ({said})", span_words(estimate.ms))
    }

    fn lost_at_most(&self) -> String {
        let goal = self.facts.goals.rpo_ms.unwrap_or(ledger::point::RECOVERY_GOAL_MS);
        format!(
            "Lost is what was written after the backup that you choose: the newest is of {}, and the goal is at most {}.",
            zoned_words(self.newest.at_ms),
            age_words(goal)
        )
    }

    /// A plan and its application: two commands, with a look between them.
    fn restore(&self, title: &str, to: RestoreTo, file: &str, confirm: &str) -> PaperStep {
        let (backup, out) = (self.backup.clone(), file.to_owned());
        let plan = Command::RestorePlan(RestorePlan {
            backup,
            to,
            no_safety_because: None,
            lets_writers_write: false,
            after: None,
            out,
        });
        self.planned(PaperStep::new(title).command(plan), file, confirm)
    }

    /// What follows the command that plans.
    fn planned(&self, step: PaperStep, file: &str, confirm: &str) -> PaperStep {
        let (plan, confirm) = (file.to_owned(), confirm.to_owned());
        step.command(Command::RestoreApply { plan, confirm, end_connections: false })
            .note("The first line shows what would happen and changes nothing; read it before the second.")
            .time(self.takes())
            .who(self.facts.first_contact())
    }

    fn choose(&self, title: &str) -> PaperStep {
        PaperStep::new(title)
            .command(Command::about(About::BackupList, &self.project))
            .window(format!("{} → Backups: each with its moment and its proof.", self.facts.project.name))
            .note(format!(
                "The steps below name {}, of {}, which was the newest when this was written. If the damage is older, or this page is, put the id of the right backup in its place.",
                self.backup,
                zoned_words(self.newest.at_ms)
            ))
            .time("a minute")
    }

    fn deletion(&self) -> Section {
        let beside = format!("{}_recovered", self.database);
        let table = self.facts.example_table.clone();
        let mut steps = vec![
            PaperStep::new("Stop what deletes: the job, the person, the program. Leave the database as it is.").time("at once").who(self.facts.first_contact()),
            self.choose("Find the newest backup from before the deletion."),
            self.restore(
                "Bring that backup back into a database of its own, beside the living one, and look what is missing.",
                RestoreTo::NewDatabase { name: beside.clone(), on: None },
                "beside.json",
                &beside,
            )
            .window("the backup → Restore → Go back in time → a new database"),
        ];
        if let Some(table) = table {
            steps.push(
                self.restore(
                    &format!("Bring the deleted rows back into the living database. {table} stands for the tables concerned, with commas between them."),
                    RestoreTo::Tables { on: None, tables: vec![table.clone()], way: TableWay::MissingRows },
                    "rows.json",
                    &self.database,
                )
                .window("the backup → Restore → A table was damaged → choose the tables → only missing rows")
                .note("Rows whose key is missing come back, every row that is there stays. For wrong values instead of missing rows: --merge --after BACKUP in the place of --missing-rows, with a backup that was made after the damage; what people changed since stays. Without such a backup: --replace. Before each, Holdfast backs the database up; an undo is offered."),
            );
        }
        steps.push(
            PaperStep::new("Look at the application. If it is worse than before, undo.")
                .command("holdfast restore list")
                .note("holdfast restore undo RESTORE --out undo.json, with the id from the list, plans the way back; apply it as any plan.")
                .window("the restore's run → Undo"),
        );
        let lost = "Somebody or something deleted rows or tables; the server and the rest of the data are well. Lost is, of the tables concerned, what was written between the backup and the deletion.";
        self.section("deletion", "Scenario A: data was deleted by accident", lost).steps(steps)
    }

    fn corruption(&self) -> Section {
        let previous = self.facts.previous.as_ref().map(|point| short(&point.id).to_owned());
        let good = self.facts.restored.as_ref();
        let mut first = vec![
            PaperStep::new("Take the application out of service, so that nothing is built on wrong data.").time("at once").who(self.facts.first_contact()),
            self.choose("Find the last good backup: the newest from before the damage, best one that was brought back already."),
        ];
        if let Some(good) = good {
            first[1].notes.push(format!(
                "The newest that a restore has brought back is {}, of {}.",
                short(&good.id),
                zoned_words(good.at_ms)
            ));
        }
        if let Some(previous) = previous {
            first.push(
                PaperStep::new("Compare two backups: which tables changed, and by how many rows?")
                    .command(Command::BackupDiff { one: previous, other: self.backup.clone() })
                    .window("Backups → choose two → Compare")
                    .time("a minute"),
            );
        }
        first.push(
            PaperStep::new("Read that backup again, all of it.")
                .command(Command::verify(&self.backup))
                .window("the backup → Verify"),
        );
        first.push(
            PaperStep::new("Bring it back into a private Postgres on this computer, with every check.")
                .command(Command::drill(&self.backup))
                .window("the backup → Drill")
                .time(self.here()),
        );
        first.push(
            self.restore(
                "Restore it beside the database, and put it in its place once it is checked. The damaged one is kept under another name until somebody discards it.",
                RestoreTo::Swap { on: None, keep_days: None },
                "swap.json",
                &self.database,
            )
            .window("the backup → Restore → Go back in time → beside it, and in its place")
            .note("Where the server does not let databases be renamed (many hosted ones): --in-place in the place of --swap, which is one transaction. If sessions are in the way, the second line says so: --end-connections."),
        );
        first.push(
            PaperStep::new("Back up what runs now, and look at the application.")
                .command(self.backed_up("after the recovery")),
        );
        self.section("corruption", "Scenario B: the data is wrong", &self.lost_at_most()).steps(first)
    }

    fn server(&self) -> Section {
        let major = self
            .facts
            .major()
            .map_or_else(|| "the original's version".to_owned(), |major| format!("version {major}"));
        let extensions = self.facts.extensions();
        let mut make = PaperStep::new(format!("Get a new server with Postgres {major} or newer, and a role on it that may create databases."))
            .note("The role needs the rights of a superuser where the backup has extensions or event triggers that ask for them.")
            .who(self.facts.first_contact())
            .time("as long as your provider takes");
        if !extensions.is_empty() {
            make = make.note(format!("It needs these extensions installed: {extensions}."));
        }
        let mut steps = vec![make, Self::new_server()];
        if self.facts.manifest.as_ref().is_some_and(|manifest| manifest.roles.is_some()) {
            steps.push(
                PaperStep::new("Make the roles that own things. Read the file first: passwords are not in it, and some roles may not belong on the new server.")
                    .command(self.roles())
                    .command("psql --dbname \"$NEW_SERVER/postgres\" --file roles.sql")
                    .note("It says “already exists” of the roles that the new server has, and goes on. psql asks for the password.")
                    .window("the backup → Parts → roles → Save"),
            );
        }
        steps.push(self.on_new_server());
        steps.push(
            PaperStep::new("By hand: set the passwords of the roles, the addresses and the certificates; point the application to the new server; open the firewall to it.")
                .who(self.facts.first_contact()),
        );
        steps.push(
            PaperStep::new("Point Holdfast to the new server, and back it up.")
                // What the shell puts in for a variable is not known here.
                .command(format!(
                    "holdfast project edit {} --postgres \"$NEW_SERVER/{}\" --password-file \"$PASSWORD_FILE\"",
                    argument_words(&self.project),
                    self.database
                ))
                .command(self.backed_up("on the new server"))
                .window(format!("{} → Connection → Change", self.facts.project.name)),
        );
        self.section("server", "Scenario C: the server is lost", &self.lost_at_most()).steps(steps)
    }

    fn new_server() -> PaperStep {
        PaperStep::new("Tell the steps below where it is, and put the password of that role into a file that only you can read.")
            .command("export NEW_SERVER=postgresql://postgres@new-server.example:5432")
            .command("export PASSWORD_FILE=$PWD/password.txt")
            .note("In PowerShell: $NEW_SERVER = 'postgresql://…' and $PASSWORD_FILE = \"$PWD\\password.txt\". The other lines are the same.")
            .time("a minute")
    }

    fn on_new_server(&self) -> PaperStep {
        // What the shell puts in for a variable is not known here.
        let step = PaperStep::new(format!(
            "Restore onto it. Every table is compared with the backup at the end ({}).",
            self.facts.size_words()
        ))
        .command(format!(
            "holdfast restore plan {} --to-new-database {} --on-server \"$NEW_SERVER/postgres\" --password-file \"$PASSWORD_FILE\" --out server.json",
            self.backup,
            argument_words(&self.database)
        ));
        self.planned(step, "server.json", &self.database).window("the backup → Restore → New server")
    }

    fn backed_up(&self, reason: &str) -> Command {
        Command::BackupRun(BackupRun {
            project: self.project.clone(),
            reason: Some(reason.to_owned()),
            ..BackupRun::default()
        })
    }

    fn roles(&self) -> Command {
        Command::BackupSave(BackupSave {
            backup: self.backup.clone(),
            part: "roles".to_owned(),
            tables: Vec::new(),
            form: None,
            clean: false,
            no_owner: false,
            file: "roles.sql".to_owned(),
            packing: Packing::None,
            is_encrypted: false,
            replace: false,
        })
    }

    fn here(&self) -> String {
        let Some(estimate) = &self.facts.here else { return "not known".into() };
        format!("about {}{}", span_words(estimate.ms), if estimate.is_guess { " (guessed)" } else { "" })
    }

    fn laptop(&self) -> Section {
        let place = self.facts.contacts.kit_place.as_deref().unwrap_or("not written down");
        let folder = self.facts.vault.as_ref().map(|vault| vault.path.to_string()).unwrap_or_default();
        let tools = self.facts.major().map_or_else(String::new, |major| format!(", and the programs of Postgres {major} or newer (psql, pg_dump, pg_restore; for drills also the server)"));
        let mut steps = vec![
            PaperStep::new(format!("Take another computer. Install Holdfast{tools}.")).time("as long as that takes"),
            PaperStep::new(format!("Fetch the recovery kit ({place}) and the disk with the vault (it was at {folder}).")).who(self.facts.first_contact()),
            PaperStep::new("Tell the steps below where both are.")
                .command(format!("export VAULT={}", argument_words(&folder)))
                .command("export KIT=$PWD/kit.txt")
                .note("In PowerShell: $VAULT = '…' and $KIT = '…'. The kit may also be the key alone, typed into a file."),
            PaperStep::new("Open the vault. The list of projects and backups is made again from it.")
                .command("holdfast vault open --path \"$VAULT\" --key-file \"$KIT\"")
                .command("holdfast vault rebuild-catalog")
                .command(Command::about(About::BackupList, &self.project))
                .window("I have a vault")
                .time("minutes"),
        ];
        if self.facts.project.connection.is_some() {
            steps.push(
                PaperStep::new("Enter the password of the project's database again: it was in the keychain that is lost.")
                    .command("export PASSWORD_FILE=$PWD/password.txt")
                    .command(format!("holdfast project edit {} --password-file \"$PASSWORD_FILE\"", argument_words(&self.project)))
                    .window(format!("{} → Connection → Change", self.facts.project.name)),
            );
        }
        steps.push(
            PaperStep::new("See that a backup is whole, then go on with the scenario that fits.")
                .command(Command::verify(&self.backup))
                .window("the backup → Verify"),
        );
        steps.push(PaperStep::new("Set again what was on the lost computer alone: schedules, goals, retention, recovery steps, contacts. The person who found the laptop may have its keychain: change the passwords that were in it.").who(self.facts.first_contact()));
        let lost = "The computer that runs Holdfast is gone; the database may be well. Lost is nothing of the database.";
        let section =
            self.section("laptop", "Scenario D: the computer with Holdfast is lost", lost).steps(steps);
        let without = vec![
            PaperStep::new("Name vault and key. The key is on the kit, with its dashes; put it into a file that only you can read.")
                .command(format!("export REPOSITORY={}", argument_words(&folder)))
                .command("export KEY_FILE=$PWD/key.txt"),
            PaperStep::new("List the backups.").command("restic --repo \"$REPOSITORY\" --password-file \"$KEY_FILE\" snapshots"),
            self.without_holdfast(),
        ];
        section
            .text(Tone::Plain, "Without Holdfast: the vault is a repository of restic, 0.14 or newer. The documentation has all of it under “Recovery without Holdfast”; this is the shortest way.")
            .steps(without)
    }

    fn without_holdfast(&self) -> PaperStep {
        let path = self.facts.manifest.as_ref().and_then(|manifest| manifest.database.as_ref());
        let restic = "restic --repo \"$REPOSITORY\" --password-file \"$KEY_FILE\"";
        match path {
            Some(database) => PaperStep::new("Bring the database back onto the server that psql reaches (PGHOST, PGUSER, PGPASSWORD). It must not exist yet.")
                .command(format!("createdb --template=template0 {}", argument_words(&format!("{}_restic", self.database))))
                .command(format!(
                    "{restic} dump {} {} | pg_restore --no-owner --no-privileges --dbname={}",
                    self.backup,
                    argument_words(&database.part.path),
                    argument_words(&format!("{}_restic", self.database))
                )),
            None => PaperStep::new("Write all files into a folder.").command(format!("{restic} restore {} --target restored-files", self.backup)),
        }
    }

    fn ransomware(&self) -> Section {
        let last = self.facts.clean.as_ref().map(|clean| {
            format!(
                "Last looked at {}: {}. {}",
                zoned_words(clean.at_ms),
                verdict(clean.verdict),
                clean.reason
            )
        });
        let mut find = PaperStep::new("Find the newest backup before that moment, and look whether it is clean.")
            .command(format!("holdfast recovery-plan clean-before {} --before \"$BEFORE\"", argument_words(&self.project)))
            .window(format!("{} → Recovery plan → Find a clean backup", self.facts.project.name))
            .note("It reads every byte, and compares tables, rows, sizes and shares of changed rows with the backups before it; it prints the id of the backup. It says pass, fail or inconclusive, and what it did not look at. If it fails, name an earlier moment.")
            .time("as long as reading the backup and the two before it takes");
        find.notes.extend(last);
        let mut steps = vec![
            PaperStep::new("Take servers and computers off the network, and the disk with the vault off the computer. Pay nobody, delete nothing: it is evidence.").time("at once").who(self.facts.first_contact()),
            PaperStep::new("Find out since when: the first changed file, the first strange sign-in. In doubt, earlier. The table at the end lists the points of each day.")
                .command(format!("export BEFORE='{}'", iso(self.newest.at_ms + 60_000)))
                .note("The line holds an example: put the moment there. In PowerShell: $BEFORE = '…'."),
            PaperStep::new("On a clean computer, connect the vault so that nothing can write to it, and open it as in scenario D.").note("holdfast vault check --read-data shows whether the vault itself was touched: every block is authenticated, and nobody without the key can forge one."),
            find,
            PaperStep::new("Write your own assertions, bring that backup back on the clean computer, and look at it. Put the id that was found in the place of this one.")
                .command(Command::drill(&self.backup))
                .note("holdfast drill assert add PROJECT 'what has to be true' 'select …', before it.")
                .time(self.here()),
            Self::new_server(),
        ];
        let mut restore = self.on_new_server();
        restore.title = "Restore it onto a new server, never onto one that was reached. Put the id that was found in the place of this one.".into();
        steps.push(restore);
        steps.push(
            PaperStep::new("Change every password and token, also that of the database role that Holdfast uses. If the key of the vault may be known, make a new vault with a new key, and back up into that.").who(self.facts.first_contact()),
        );
        self.section("ransomware", "Scenario E: ransomware, or a break-in", &self.lost_at_most()).steps(steps)
    }

    fn files(&self) -> Section {
        let steps = vec![
            self.choose("Find the backup."),
            PaperStep::new("Take it out of the vault, as one file that other programs open.")
                .command(Command::BundleExport(BundleExport {
                    backup: self.backup.clone(),
                    file: format!("{}.tar", self.project.replace(['/', '\\', ' '], "-")),
                    packing: Packing::None,
                    is_encrypted: false,
                    replace: false,
                }))
                .window("the backup → Export")
                .note(format!(
                    "{}, proven: {}.",
                    bytes_words(self.newest.size_bytes),
                    level(self.newest.level)
                )),
        ];
        self.section("files", "Scenario A: the files are needed", &self.lost_at_most()).steps(steps)
    }
}

/// A moment as the command line takes it.
fn iso(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
