//! Layers around a content: compression and encryption, taken off one after another.

use std::io::{self, BufReader, Cursor, Read};

use super::detect::{self, HEAD_BYTES, Magic};
use super::limits::{Budget, Counted};
use super::openssl::{self, Decrypted, Derivation};
use super::{BundleError, age};
use base::secret::Secret;

/// Memory of an xz decoder; `xz -9` needs 65 MiB.
const XZ_MEMORY_MAX: u64 = 256 * 1024 * 1024;
const BUFFER_BYTES: usize = 128 * 1024;

/// A layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// `openssl enc -aes-256-cbc`, with the derivation that opened it, once it was opened.
    Openssl(Option<Derivation>),
    /// `age`, with a passphrase.
    Age,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// tar.
    Tar,
}

impl Layer {
    /// In words.
    pub fn words(self) -> String {
        match self {
            Self::Openssl(None) => "AES-256-CBC (openssl enc)".into(),
            Self::Openssl(Some(derivation)) => {
                format!("AES-256-CBC (openssl enc), key made by {}", derivation.words())
            }
            Self::Age => "age, with a passphrase".into(),
            Self::Gzip => "gzip".into(),
            Self::Zstd => "zstd".into(),
            Self::Bzip2 => "bzip2".into(),
            Self::Xz => "xz".into(),
            Self::Tar => "tar".into(),
        }
    }
}

/// A content, and what was taken off to come to it.
pub(super) struct Peeled<'r> {
    pub(super) layers: Vec<Layer>,
    pub(super) magic: Magic,
    /// The first bytes, which `content` gives again.
    pub(super) head: Vec<u8>,
    pub(super) content: Box<dyn Read + 'r>,
}

/// Takes layers off.
pub(super) struct Peeler<'w> {
    pub(super) budget: &'w Budget<'w>,
    pub(super) passphrase: Option<&'w Secret>,
}

impl<'w> Peeler<'w> {
    /// Takes off what is around the content of `reader`; `seen` is told of each layer before it is opened.
    pub(super) fn peel<'r>(
        &self,
        reader: Box<dyn Read + 'r>,
        place: &str,
        depth: &mut usize,
        seen: &mut dyn FnMut(Layer),
    ) -> Result<Peeled<'r>, BundleError>
    where
        'w: 'r,
    {
        let mut layers = Vec::new();
        let mut reader = reader;
        loop {
            let (head, whole) = peek(reader, place)?;
            let magic = Magic::of(&head);
            let Some(layer) = of_magic(magic) else {
                return Ok(Peeled { layers, magic, head, content: whole });
            };
            *depth += 1;
            if *depth > self.budget.limits.depth_max {
                let what = format!("more than {} layers within one another", self.budget.limits.depth_max);
                return Err(BundleError::TooLarge { place: place.to_owned(), what });
            }
            let (layer, inner) = self.open(layer, whole, place, seen)?;
            layers.push(layer);
            reader = Box::new(Counted { inner, budget: self.budget, place: place.to_owned() });
        }
    }

    fn open<'r>(
        &self,
        layer: Layer,
        inner: Box<dyn Read + 'r>,
        place: &str,
        seen: &mut dyn FnMut(Layer),
    ) -> Result<(Layer, Box<dyn Read + 'r>), BundleError>
    where
        'w: 'r,
    {
        if !matches!(layer, Layer::Openssl(_)) {
            seen(layer);
        }
        let failed = |error| BundleError::of_read(place, &layer.words(), error);
        let opened: Box<dyn Read + 'r> = match layer {
            Layer::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(inner))),
            Layer::Zstd => Box::new(zstd::Decoder::with_buffer(buffered(inner)).map_err(failed)?),
            Layer::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered(inner))),
            Layer::Xz => {
                let stream =
                    liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY_MAX, liblzma::stream::CONCATENATED);
                let stream = stream.map_err(|error| failed(error.into()))?;
                Box::new(liblzma::bufread::XzDecoder::new_stream(buffered(inner), stream))
            }
            Layer::Age => age::open(inner, self.passphrase, place)?,
            Layer::Openssl(_) => {
                let opened = self.decrypt(inner, place, seen)?;
                return Ok(opened);
            }
            Layer::Tar => inner,
        };
        Ok((layer, opened))
    }

    /// Tries the ways of making a key, and takes the one after which something known comes out.
    fn decrypt<'r>(
        &self,
        mut inner: Box<dyn Read + 'r>,
        place: &str,
        seen: &mut dyn FnMut(Layer),
    ) -> Result<(Layer, Box<dyn Read + 'r>), BundleError> {
        let Some(passphrase) = self.passphrase else {
            seen(Layer::Openssl(None));
            return Err(BundleError::PassphraseNeeded { place: place.to_owned() });
        };
        let failed = |error| BundleError::of_read(place, "its salt", error);
        let cut = || BundleError::Truncated { place: place.to_owned(), what: "its salt".into() };
        let salt = openssl::salt(&mut inner).map_err(failed)?.ok_or_else(cut)?;
        let (first, inner) = peek(inner, place)?;
        let is_all = first.len() < HEAD_BYTES;
        for derivation in Derivation::ALL {
            let Some(text) = openssl::peek(derivation, passphrase, &salt, &first, is_all) else { continue };
            if Magic::of(&text).is_telling(&text) {
                let layer = Layer::Openssl(Some(derivation));
                seen(layer);
                return Ok((layer, Box::new(Decrypted::new(inner, derivation, passphrase, &salt, place))));
            }
        }
        seen(Layer::Openssl(None));
        if is_all && !first.len().is_multiple_of(openssl::BLOCK_BYTES) {
            return Err(BundleError::Truncated {
                place: place.to_owned(),
                what: "an encrypted block".into(),
            });
        }
        Err(BundleError::WrongPassphrase { place: place.to_owned() })
    }
}

fn of_magic(magic: Magic) -> Option<Layer> {
    match magic {
        Magic::Openssl => Some(Layer::Openssl(None)),
        Magic::Age => Some(Layer::Age),
        Magic::Gzip => Some(Layer::Gzip),
        Magic::Zstd => Some(Layer::Zstd),
        Magic::Bzip2 => Some(Layer::Bzip2),
        Magic::Xz => Some(Layer::Xz),
        _ => None,
    }
}

fn buffered<'r>(inner: Box<dyn Read + 'r>) -> BufReader<Box<dyn Read + 'r>> {
    BufReader::with_capacity(BUFFER_BYTES, inner)
}

/// The first bytes of a stream, and the stream with them.
fn peek<'r>(
    mut reader: Box<dyn Read + 'r>,
    place: &str,
) -> Result<(Vec<u8>, Box<dyn Read + 'r>), BundleError> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let read = reader.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head);
    read.map_err(|error| BundleError::of_read(place, "its first bytes", error))?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(reader))))
}

/// What a content is that cannot be opened, in words.
pub(super) fn unsupported(magic: Magic, head: &[u8]) -> Option<String> {
    match magic {
        Magic::Zip => Some("a ZIP archive; no platform makes backups of this kind".into()),
        Magic::Lz4 => Some("compressed by LZ4; unpack it with `lz4 -d` first".into()),
        Magic::AgeArmoured => Some("age in letters (armoured); make it plain with `age -d` first".into()),
        Magic::Empty | Magic::Unknown => Some(detect::words(head)),
        _ => None,
    }
}

/// Reads the rest of a stream, so that what is checked at its end is checked.
pub(super) fn drain(reader: &mut dyn Read) -> io::Result<u64> {
    io::copy(reader, &mut io::sink())
}
