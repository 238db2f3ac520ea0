//! The document from its first brace to its last.

use std::io::Read;

use super::columns::{Cell, Row};
use super::json::Json;
use super::{Building, OrganisationFile, OrganisationRows, TABLES_MAX};
use crate::{BundleError, Limits};

/// Reads a document.
pub(super) struct Document<'r> {
    json: Json<'r>,
    rows: &'r mut dyn OrganisationRows,
    file: OrganisationFile,
    has_tables: bool,
}

impl<'r> Document<'r> {
    pub(super) fn new(
        reader: &'r mut dyn Read,
        place: &str,
        limits: &Limits,
        rows: &'r mut dyn OrganisationRows,
    ) -> Self {
        let json = Json::new(reader, place, limits.item_bytes_max);
        Self { json, rows, file: OrganisationFile::default(), has_tables: false }
    }

    pub(super) fn read(mut self) -> Result<OrganisationFile, BundleError> {
        self.json.expect(b'{')?;
        if !self.json.is_empty(b'}')? {
            loop {
                self.json.begin_item();
                let key = self.json.key()?;
                self.member(&key)?;
                if !self.json.more(b'}')? {
                    break;
                }
            }
        }
        self.json.begin_item();
        if self.json.blanks()?.is_some() {
            return Err(self.json.bad("something stands behind the document"));
        }
        if !self.has_tables {
            return Err(self.json.bad("it has no tables"));
        }
        Ok(self.file)
    }

    fn member(&mut self, key: &str) -> Result<(), BundleError> {
        if key == "tables" {
            if self.has_tables {
                return Err(self.json.bad("its tables stand there twice"));
            }
            self.has_tables = true;
            return self.tables();
        }
        let text = self.text()?;
        let file = &mut self.file;
        match key {
            "backup_id" => file.backup_id = text,
            "organization_id" => file.organization_id = text,
            "created_at" => file.created_at = text,
            "created_by" => file.created_by = text,
            "version" => file.version = text,
            _ => {}
        }
        Ok(())
    }

    /// A value as text: that of a text, nothing for null, else as it stands there.
    fn text(&mut self) -> Result<Option<String>, BundleError> {
        if self.json.blanks()? == Some(b'"') {
            return self.json.string().map(Some);
        }
        let mut raw = String::new();
        self.json.raw(&mut raw, 0)?;
        Ok(Some(raw).filter(|raw| raw != "null"))
    }

    fn tables(&mut self) -> Result<(), BundleError> {
        self.json.expect(b'{')?;
        if self.json.is_empty(b'}')? {
            return Ok(());
        }
        loop {
            self.json.begin_item();
            let name = self.json.key()?;
            if self.file.tables.iter().any(|table| table.name == name) {
                return Err(self.json.bad("a table stands there twice"));
            }
            if self.file.tables.len() >= TABLES_MAX {
                return Err(self.json.bad("it has more tables than any backup"));
            }
            self.table(name)?;
            if !self.json.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn table(&mut self, name: String) -> Result<(), BundleError> {
        self.rows.table(&name)?;
        let mut building = Building::new(name);
        self.json.expect(b'{')?;
        let mut has_data = false;
        if !self.json.is_empty(b'}')? {
            loop {
                self.json.begin_item();
                let key = self.json.key()?;
                if key == "data" && std::mem::replace(&mut has_data, true) {
                    return Err(self.json.bad("the rows of a table stand there twice"));
                }
                self.table_member(&key, &mut building)?;
                if !self.json.more(b'}')? {
                    break;
                }
            }
        }
        let table = building.finish();
        self.rows.end(&table)?;
        self.file.tables.push(table);
        Ok(())
    }

    fn table_member(&mut self, key: &str, building: &mut Building) -> Result<(), BundleError> {
        if key == "data" && self.json.blanks()? == Some(b'[') {
            return self.data(building);
        }
        let text = self.text()?;
        match key {
            "data" if text.is_some() => return Err(self.json.bad("the rows of a table are no array")),
            "record_count" => {
                building.table.record_count = text.as_deref().and_then(|text| text.parse().ok());
            }
            "skipped" => building.table.is_skipped = text.is_some_and(|text| text != "false"),
            "error" => building.table.error = text.filter(|text| text != "false"),
            _ => {}
        }
        Ok(())
    }

    fn data(&mut self, building: &mut Building) -> Result<(), BundleError> {
        self.json.expect(b'[')?;
        if self.json.is_empty(b']')? {
            return Ok(());
        }
        loop {
            self.json.begin_item();
            let start = self.json.seen;
            let row = self.row()?;
            let bytes = self.json.seen - start;
            building.add(&row, bytes).map_err(|what| self.json.bad(what))?;
            self.rows.row(&row)?;
            if !self.json.more(b']')? {
                return Ok(());
            }
        }
    }

    fn row(&mut self) -> Result<Row, BundleError> {
        let mut row = Row::default();
        self.json.expect(b'{')?;
        if self.json.is_empty(b'}')? {
            return Ok(row);
        }
        loop {
            let name = self.json.key()?;
            if row.cells.iter().any(|(known, _)| *known == name) {
                return Err(self.json.bad("a column stands twice in a row"));
            }
            if row.cells.len() >= 1600 {
                return Err(self.json.bad("a row has more columns than Postgres takes"));
            }
            let cell = match self.json.blanks()? {
                Some(b'"') => Cell::Text(self.json.string()?),
                Some(b'{' | b'[') => {
                    let mut raw = String::new();
                    self.json.raw(&mut raw, 1)?;
                    Cell::Json(raw)
                }
                _ => match self.json.bare()?.as_str() {
                    "null" => Cell::Null,
                    "true" => Cell::Bool(true),
                    "false" => Cell::Bool(false),
                    number => Cell::Number(number.to_owned()),
                },
            };
            row.cells.push((name, cell));
            if !self.json.more(b'}')? {
                return Ok(row);
            }
        }
    }
}
