//! The vault's key as people read and type it.
//!
//! 160 random bits in eight groups of four, in an alphabet without the letters and digits that are
//! taken for one another (Crockford's base 32: no I, L, O, U).

use ring::rand::{SecureRandom, SystemRandom};

use base::secret::Secret;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUP: usize = 4;

/// Groups of a key.
pub const KEY_GROUPS: usize = 8;

/// A new key, or nothing when the system gives no random numbers.
pub fn generate_key() -> Option<Secret> {
    let mut bytes = [0_u8; KEY_GROUPS * GROUP];
    SystemRandom::new().fill(&mut bytes).ok()?;
    // 256 is a multiple of 32: the remainder is uniform.
    let letters: Vec<u8> = bytes.iter().map(|byte| ALPHABET[usize::from(byte % 32)]).collect();
    let text: Vec<&str> = letters.chunks(GROUP).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Some(Secret::new(text.join("-")))
}

/// The groups of a key.
pub fn group_key(key: &Secret) -> Vec<String> {
    key.expose().split('-').map(str::to_owned).collect()
}

/// A typed key as the vault knows it: upper case, in groups, look-alikes put right. Text that is not
/// of our form is left as it is, since a vault may have come from another program with its own password.
pub fn normalise_key(typed: &str) -> Secret {
    let letters: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let is_ours = letters.len() == KEY_GROUPS * GROUP && letters.bytes().all(|b| ALPHABET.contains(&b));
    if !is_ours {
        return Secret::new(typed.trim());
    }
    let groups: Vec<&str> =
        letters.as_bytes().chunks(GROUP).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    Secret::new(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_ways_people_type_it() {
        let key = generate_key().unwrap();
        assert_eq!(group_key(&key).len(), KEY_GROUPS);
        let typed = key.expose().to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(normalise_key(&typed), key);
    }

    #[test]
    fn a_password_of_another_program_is_left_alone() {
        assert_eq!(normalise_key(" correct horse-battery ").expose(), "correct horse-battery");
    }
}
