//! Facts that only people know: whom to call, and where the recovery kit is.

use crate::engine::Engine;
use base::Code;
use base::failure::{Failure, Retry};
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::{Catalog, ContactRecord};
use ledger::event::Topic;

/// More people than anybody calls.
const CONTACTS_MAX: usize = 50;
/// What fits on a line of paper.
const FIELD_CHARACTERS_MAX: usize = 200;
/// The setting in which the place of the kit is kept: a vault has one kit, whichever project is asked for.
const KIT_PLACE: &str = "recovery_kit_place";

/// Who is called, and where the kit lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contacts {
    /// In the order in which they are called.
    pub people: Vec<ContactRecord>,
    /// Where the recovery kit lies, as a person wrote it.
    pub kit_place: Option<String>,
}

impl Engine {
    /// Who is called for a project, and where the kit lies.
    ///
    /// # Errors
    /// `project_not_found`.
    #[crate::boxed]
    pub async fn contacts(&self, project: &str) -> Result<Contacts, Failure> {
        let project = self.profile.project(project).await?;
        let people = self.profile.catalog.contacts(&project.id).await?;
        Ok(Contacts { people, kit_place: self.kit_place().await? })
    }

    /// Puts a list of people in the place of the one that a project has.
    ///
    /// # Errors
    /// `project_not_found`; `invalid_request` for one without a name or without a way to reach them.
    #[crate::boxed]
    pub async fn set_contacts(&self, project: &str, people: Vec<ContactRecord>) -> Result<Contacts, Failure> {
        let project = self.profile.project(project).await?;
        if people.len() > CONTACTS_MAX {
            return Err(Failure::invalid(
                format!("{} contacts", people.len()),
                format!("Give at most {CONTACTS_MAX}."),
            ));
        }
        let people = people.into_iter().map(checked).collect::<Result<Vec<_>, _>>()?;
        if people != self.profile.catalog.contacts(&project.id).await? {
            let names: Vec<&str> = people.iter().map(|one| one.name.as_str()).collect();
            let details = Details::none()
                .with("contacts", Fact::Count(people.len() as u64))
                .with("names", Fact::Name(&names.join(", ")));
            let mut writing =
                self.profile.audit.begin(Act::ContactsSet, &Subject::project(&project), details).await?;
            Catalog::set_contacts_on(writing.connection(), &project.id, &people).await?;
            writing.commit().await?;
            self.profile.jobs.changed(&[Topic::Projects]);
        }
        Ok(Contacts { people, kit_place: self.kit_place().await? })
    }

    /// Notes where the recovery kit lies; absent takes the note away.
    ///
    /// # Errors
    /// `invalid_request` for what looks like the key itself.
    #[crate::boxed]
    pub async fn set_kit_place(&self, place: Option<&str>) -> Result<(), Failure> {
        let place = field("the place of the kit", place.unwrap_or_default())?;
        refuse_key(&place)?;
        if place == self.kit_place().await?.unwrap_or_default() {
            return Ok(());
        }
        let details = Details::none().with("place", Fact::Reason(&place));
        let mut writing = self.profile.audit.begin(Act::KitPlaceSet, &Subject::profile(), details).await?;
        Catalog::set_setting(writing.connection(), KIT_PLACE, &place).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Projects]);
        Ok(())
    }

    pub(super) async fn kit_place(&self) -> Result<Option<String>, Failure> {
        let place = self.profile.catalog.setting(KIT_PLACE).await?;
        Ok(place.filter(|place| !place.is_empty()))
    }
}

fn checked(contact: ContactRecord) -> Result<ContactRecord, Failure> {
    let ContactRecord { role, name, phone, email, note } = contact;
    let contact = ContactRecord {
        role: field("a role", &role)?,
        name: field("a name", &name)?,
        phone: field("a telephone number", &phone)?,
        email: field("an e-mail address", &email)?,
        note: field("a note", &note)?,
    };
    for text in [&contact.role, &contact.name, &contact.note] {
        refuse_key(text)?;
    }
    if contact.name.is_empty() {
        return Err(Failure::invalid("a contact without a name", "Say who is called."));
    }
    if contact.phone.is_empty() && contact.email.is_empty() {
        return Err(Failure::invalid(
            format!("{} cannot be reached", contact.name),
            "Give a telephone number or an e-mail address.",
        ));
    }
    if !contact.email.is_empty() && !contact.email.contains('@') {
        return Err(Failure::invalid(
            format!("{:?} is no e-mail address", contact.email),
            "Give one with an @, or none.",
        ));
    }
    Ok(contact)
}

/// One line, trimmed, of a length that paper has room for.
fn field(what: &str, text: &str) -> Result<String, Failure> {
    let text = text.trim();
    if text.chars().any(char::is_control) || text.chars().count() > FIELD_CHARACTERS_MAX {
        return Err(Failure::invalid(
            format!("{what} of more than one line, or of more than {FIELD_CHARACTERS_MAX} characters"),
            "Give one line.",
        ));
    }
    Ok(text.to_owned())
}

/// The key has eight groups of four characters; nobody is to write it where everybody looks.
fn refuse_key(text: &str) -> Result<(), Failure> {
    let is_group = |group: &str| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let words = text.split(|c: char| c.is_whitespace() || ",;:()".contains(c));
    if words.into_iter().any(|word| word.split('-').count() >= 8 && word.split('-').all(is_group)) {
        return Err(Failure::new(
            Code::InvalidRequest,
            "this looks like the key of the vault",
            "Say where the kit lies, not what is on it: a recovery plan is printed and handed on.",
        )
        .retry(Retry::Never));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str, phone: &str, email: &str) -> ContactRecord {
        let text = |text: &str| text.to_owned();
        ContactRecord {
            role: text("admin"),
            name: text(name),
            phone: text(phone),
            email: text(email),
            note: text(""),
        }
    }

    #[test]
    fn a_contact_has_a_name_and_a_way_to_be_reached() {
        assert_eq!(checked(contact(" Ana ", "+49 1", "")).unwrap().name, "Ana");
        for wrong in
            [contact("", "1", ""), contact("Ana", "", ""), contact("Ana", "", "x"), contact("A\nb", "1", "")]
        {
            assert_eq!(checked(wrong).unwrap_err().code, Code::InvalidRequest);
        }
    }

    #[test]
    fn a_key_is_not_taken_for_its_place() {
        refuse_key("in the safe, second shelf; copy with the notary").unwrap();
        refuse_key("the key: 7QK4-M2RX-AAAA-BBBB-CCCC-DDDD-EEEE-FFFF").unwrap_err();
    }
}
