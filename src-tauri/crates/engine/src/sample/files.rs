//! What the sample shop has beside its database: uploaded files and its configuration. The same on every computer.

use std::io;

use camino::Utf8Path;

use base::disk;

/// The folder of what was uploaded, below that of the sample.
pub const UPLOADS: &str = "uploads";
/// The folder that its configuration is in.
pub const APP: &str = "app";
/// Files of [`UPLOADS`].
pub const FILES: u64 = PRODUCTS + RECEIPTS;
/// Files of [`APP`].
pub const CONFIGURATION: u64 = 3;
/// The table of its logs, and the column with the time of a row.
pub const LOG: (&str, &str, &str) = ("public", "events", "at");

const PRODUCTS: u64 = 48;
const RECEIPTS: u64 = 36;

const ENV: &str = "# The sample shop: nothing of this opens anything.\n\
    DATABASE_URL=postgresql://shop_app@db:5432/tidewater_shop\n\
    REDIS_URL=redis://cache:6379\nSITE_URL=https://tidewater.example\nPAYMENT_KEY=sample-key-of-nobody\n";
const COMPOSE: &str = "services:\n  db:\n    image: postgres:17\n    volumes: [db:/var/lib/postgresql/data]\n  \
    app:\n    image: tidewater/shop:2026.9\n    env_file: .env\n    ports: ['3000:3000']\n  \
    cache:\n    image: redis:7\nvolumes:\n  db:\n";
const GATEWAY: &str = "_format_version: '2.1'\nservices:\n  - name: shop\n    url: http://app:3000\n    \
    routes:\n      - name: all\n        paths: [/]\n";

/// Writes them below a folder.
///
/// # Errors
/// What the system says.
pub fn write(below: &Utf8Path) -> io::Result<()> {
    let uploads = below.join(UPLOADS);
    for number in 1..=PRODUCTS {
        let path = uploads.join(format!("products/{number:04}.svg"));
        disk::write_private(&path, picture(number).as_bytes())?;
    }
    for number in 1..=RECEIPTS {
        let path = uploads.join(format!("receipts/2026-{:02}/{number:05}.txt", 1 + number % 9));
        let text = format!("Tidewater Outfitters\nReceipt {number:05}\nOrder {}\nThank you.\n", number * 317);
        disk::write_private(&path, text.as_bytes())?;
    }
    let app = below.join(APP);
    for (name, text) in [(".env", ENV), ("docker-compose.yml", COMPOSE), ("kong.yml", GATEWAY)] {
        disk::write_private(&app.join(name), text.as_bytes())?;
    }
    Ok(())
}

/// A product, as far as a few lines show it.
fn picture(number: u64) -> String {
    let (hue, size) = (number * 47 % 360, 40 + number * 13 % 60);
    let wave = |wave: u64| {
        let (at, light) = (30 + wave * 30 + number * wave % 17, 30 + wave * 8);
        format!("<path d='M0 {at}q60 -{size} 120 0t120 0' fill='none' stroke='hsl({hue} 40% {light}%)'/>")
    };
    let waves = [0, 1, 2, 3, 4, 5].map(wave).concat();
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 240 240'><title>Product {number}</title>\
         <rect width='240' height='240' fill='hsl({hue} 45% 92%)'/>{waves}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &Utf8Path) -> u64 {
        folder
            .read_dir_utf8()
            .unwrap()
            .flatten()
            .fold(0, |sum, entry| sum + if entry.path().is_dir() { count(entry.path()) } else { 1 })
    }

    #[test]
    fn it_has_as_many_files_as_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let below = Utf8Path::from_path(folder.path()).unwrap();
        write(below).unwrap();
        assert_eq!((count(&below.join(UPLOADS)), count(&below.join(APP))), (FILES, CONFIGURATION));
    }
}
