//! What a load does next: of all that can be done now, whatever the most work waits for.

use super::builds::Build;

/// One piece of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// The rows of a table.
    Load(usize),
    /// Sequences and large objects, when all rows are in.
    Rest,
    /// An index or a constraint.
    Build(usize),
    /// What is left of the last section.
    Finish,
    /// A table's rows against the dump.
    Compare(usize),
}

/// A table whose rows are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared {
    /// Bytes of its rows.
    pub(super) bytes: u64,
    /// Its place among those that are filled.
    pub(super) table: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waits,
    Runs,
    Done,
}

/// Who is at a table.
#[derive(Debug, Clone, Copy, Default)]
struct Users {
    is_loaded: bool,
    readers: usize,
    is_locked: bool,
}

/// The state of a load.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    builds: &'a [Build],
    compared: &'a [Compared],
    tables: Vec<Users>,
    stages: Vec<Stage>,
    /// What has to be done from the beginning of a build to the end of all that needs it.
    ranks: Vec<u64>,
    /// Tables to load, the most urgent at the end.
    loads: Vec<(u64, usize)>,
    loads_left: usize,
    rest: Stage,
    builds_left: usize,
    finish: Stage,
    /// Tables to compare, the largest at the end.
    comparisons: Vec<usize>,
}

impl<'a> Schedule<'a> {
    /// A load of tables with rows of `bytes` each.
    pub(super) fn new(bytes: &[u64], builds: &'a [Build], compared: &'a [Compared]) -> Self {
        let ranks = ranks(builds);
        let mut loads: Vec<(u64, usize)> = bytes.iter().copied().zip(0..).collect();
        for (build, rank) in builds.iter().zip(&ranks) {
            for table in &build.tables {
                let after = bytes[*table].saturating_add(*rank);
                loads[*table].0 = loads[*table].0.max(after);
            }
        }
        loads.sort_unstable();
        let mut comparisons: Vec<usize> = (0..compared.len()).collect();
        comparisons.sort_by_key(|at| compared[*at].bytes);
        Self {
            builds,
            compared,
            tables: vec![Users::default(); bytes.len()],
            stages: vec![Stage::Waits; builds.len()],
            ranks,
            loads_left: loads.len(),
            loads,
            rest: Stage::Waits,
            builds_left: builds.len(),
            finish: Stage::Waits,
            comparisons,
        }
    }

    /// The next task, which runs from now on; none when everything waits for what runs, or is done.
    pub(super) fn next(&mut self) -> Option<Task> {
        if self.rest == Stage::Waits && self.loads_left == 0 {
            self.rest = Stage::Runs;
            return Some(Task::Rest);
        }
        let build = (0..self.builds.len()).filter(|at| self.can_build(*at)).max_by_key(|at| self.ranks[*at]);
        let load = self.loads.last().copied();
        if let Some(at) = build.filter(|at| load.is_none_or(|(rank, _)| self.ranks[*at] >= rank)) {
            self.stages[at] = Stage::Runs;
            for table in &self.builds[at].tables {
                let users = &mut self.tables[*table];
                users.readers += 1;
                users.is_locked = self.builds[at].is_exclusive;
            }
            return Some(Task::Build(at));
        }
        if let Some((_, at)) = self.loads.pop() {
            return Some(Task::Load(at));
        }
        if self.rest == Stage::Done && self.builds_left == 0 && self.finish == Stage::Waits {
            self.finish = Stage::Runs;
            return Some(Task::Finish);
        }
        self.comparison()
    }

    /// Rows are compared when all are in: then the progress of one has not to be told from the other's.
    fn comparison(&mut self) -> Option<Task> {
        if self.rest != Stage::Done {
            return None;
        }
        let is_free = |at: &usize| {
            let table = self.compared[*at].table;
            !table.is_some_and(|table| self.tables[table].is_locked)
        };
        let place = self.comparisons.iter().rposition(is_free)?;
        let at = self.comparisons.remove(place);
        if let Some(table) = self.compared[at].table {
            self.tables[table].readers += 1;
        }
        Some(Task::Compare(at))
    }

    fn can_build(&self, at: usize) -> bool {
        let build = &self.builds[at];
        let is_free = |users: &Users| {
            users.is_loaded && !users.is_locked && (users.readers == 0 || !build.is_exclusive)
        };
        self.stages[at] == Stage::Waits
            && build.after.iter().all(|before| self.stages[*before] == Stage::Done)
            && build.tables.iter().all(|table| is_free(&self.tables[*table]))
    }

    /// A task ended well.
    pub(super) fn done(&mut self, task: Task) {
        match task {
            Task::Load(at) => {
                self.tables[at].is_loaded = true;
                self.loads_left -= 1;
            }
            Task::Rest => self.rest = Stage::Done,
            Task::Build(at) => {
                self.stages[at] = Stage::Done;
                self.builds_left -= 1;
                for table in &self.builds[at].tables {
                    self.release(*table);
                }
            }
            Task::Finish => self.finish = Stage::Done,
            Task::Compare(at) => {
                if let Some(table) = self.compared[at].table {
                    self.release(table);
                }
            }
        }
    }

    fn release(&mut self, table: usize) {
        self.tables[table].readers -= 1;
        self.tables[table].is_locked = false;
    }
}

fn ranks(builds: &[Build]) -> Vec<u64> {
    let mut ranks: Vec<u64> = builds.iter().map(|build| build.cost).collect();
    // What comes before stands further ahead.
    for at in (0..builds.len()).rev() {
        for before in &builds[at].after {
            ranks[*before] = ranks[*before].max(builds[*before].cost.saturating_add(ranks[at]));
        }
    }
    ranks
}
