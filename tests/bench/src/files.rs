//! A tree of files as people have them: many small, few large, half of them compressed already.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use anyhow::Result;

use crate::measure::files_below;
use crate::random::{Random, Words};

/// At full size.
pub(crate) const FILES: u64 = 20_000;
const PER_DIRECTORY: u64 = 100;
const BYTES_MIN: f64 = 1024.0;
const BYTES_MAX: f64 = 480.0 * 1024.0;
/// What is written over at the beginning of a changed file.
const CHANGED_BYTES: usize = 4096;

/// Makes the tree.
pub(crate) fn make(directory: &Path, files: u64) -> Result<()> {
    let (mut random, words) = (Random::new(77), Words::new());
    for number in 0..files {
        let folder = directory.join(format!("{:03}", number / PER_DIRECTORY));
        if number % PER_DIRECTORY == 0 {
            fs::create_dir_all(&folder)?;
        }
        let bytes = size(&mut random);
        let content =
            if random.below(5) < 3 { noise(&mut random, bytes) } else { prose(&mut random, &words, bytes) };
        fs::write(folder.join(format!("{number:05}")), content)?;
    }
    Ok(())
}

/// Changes one file of a hundred.
pub(crate) fn change(directory: &Path, round: u64) -> Result<()> {
    let mut random = Random::new(9000 + round);
    for (path, _) in files_below(directory)? {
        if random.below(100) == 0 {
            let mut file = File::options().write(true).open(path)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(&noise(&mut random, CHANGED_BYTES))?;
        }
    }
    Ok(())
}

/// As many from 1 to 2 KiB as from 240 to 480.
fn size(random: &mut Random) -> usize {
    let share = f64::from(u32::try_from(random.below(1 << 30)).unwrap_or_default()) / f64::from(1 << 30);
    let bytes = BYTES_MIN * (BYTES_MAX / BYTES_MIN).powf(share);
    // Between the two, so neither negative nor too large.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two positive constants"
    )]
    let bytes = bytes as usize;
    bytes
}

fn noise(random: &mut Random, bytes: usize) -> Vec<u8> {
    let mut content: Vec<u8> = (0..bytes.div_ceil(8)).flat_map(|_| random.bits().to_le_bytes()).collect();
    content.truncate(bytes);
    content
}

fn prose(random: &mut Random, words: &Words, bytes: usize) -> Vec<u8> {
    let mut text = String::new();
    words.text(random, bytes as u64, &mut text);
    text.into_bytes()
}
