//! Checkpoints of the audit log: origin, size and root in a signed note, after the C2SP documents *tlog-checkpoint* and
//! *signed-note*. Whoever keeps one can tell later that nothing before it was changed.
//!
//! Signing and checking a signature is cryptography and stands in `app`; here is the text.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::merkle::Hash;

/// The signature type of Ed25519 in a signed note.
const ED25519: u8 = 1;
/// What begins a line of signature: a dash and a space.
const DASH: &str = "\u{2014} ";

/// Why a text is no checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACheckpoint {
    /// Not the three lines, an empty one, and signatures.
    #[error("it is no signed note of three lines and a signature")]
    Form,
    /// The size is no plain number.
    #[error("its second line is no size")]
    Size,
    /// The root is no hash in base64.
    #[error("its third line is no hash")]
    Root,
}

/// What a tree was at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root hash over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: three lines, each with its line end.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    /// Reads that text. Lines after the third are extensions, which the signature covers and nothing here reads.
    ///
    /// # Errors
    /// It is no such text.
    pub fn parse(text: &str) -> Result<Self, NotACheckpoint> {
        let mut lines = text.strip_suffix('\n').ok_or(NotACheckpoint::Form)?.split('\n');
        let mut next = || lines.next().filter(|line| !line.is_empty()).ok_or(NotACheckpoint::Form);
        let (origin, size, root) = (next()?, next()?, next()?);
        if lines.any(str::is_empty) {
            return Err(NotACheckpoint::Form);
        }
        let is_plain =
            size.bytes().all(|digit| digit.is_ascii_digit()) && (size == "0" || !size.starts_with('0'));
        let size = size.parse().ok().filter(|_| is_plain).ok_or(NotACheckpoint::Size)?;
        let root = BASE64.decode(root.as_bytes()).ok().and_then(|root| root.try_into().ok());
        Ok(Self { origin: origin.to_owned(), size, root: root.ok_or(NotACheckpoint::Root)? })
    }
}

/// The key with which checkpoints are checked, as operators hand it on: `name+hash+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// The name that signatures carry.
    pub name: String,
    /// The Ed25519 public key.
    pub public: [u8; 32],
}

/// A text that is no verifier key for Ed25519.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no verifier key: write it as name+hash+key")]
pub struct NotAVerifierKey;

impl VerifierKey {
    /// Four bytes by which a signature names its key.
    pub fn id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.public)
            .finalize();
        let mut id = [0; 4];
        id.copy_from_slice(&digest[..4]);
        id
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ED25519][..], &self.public].concat();
        write!(f, "{}+{}+{}", self.name, HEXLOWER.encode(&self.id()), BASE64.encode(&key))
    }
}

impl FromStr for VerifierKey {
    type Err = NotAVerifierKey;

    fn from_str(text: &str) -> Result<Self, NotAVerifierKey> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotAVerifierKey);
        };
        let key = BASE64.decode(key.as_bytes()).map_err(|_| NotAVerifierKey)?;
        let public = match key.split_first() {
            Some((&ED25519, public)) => public.try_into().map_err(|_| NotAVerifierKey)?,
            _ => return Err(NotAVerifierKey),
        };
        let read = Self { name: name.to_owned(), public };
        let is_whole =
            !name.is_empty() && !name.contains(char::is_whitespace) && HEXLOWER.encode(&read.id()) == id;
        if is_whole { Ok(read) } else { Err(NotAVerifierKey) }
    }
}

/// A checkpoint with its signatures, as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    /// The text that is signed.
    pub text: String,
    /// Who signed it: name, key id and signature.
    pub signatures: Vec<NoteSignature>,
}

/// One line of signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The signer's name.
    pub name: String,
    /// Which of its keys.
    pub key_id: [u8; 4],
    /// The signature.
    pub signature: Vec<u8>,
}

impl SignedNote {
    /// A note with the one signature of this key.
    pub fn of(text: String, key: &VerifierKey, signature: &[u8]) -> Self {
        let one = NoteSignature { name: key.name.clone(), key_id: key.id(), signature: signature.to_vec() };
        Self { text, signatures: vec![one] }
    }

    /// Reads a note.
    ///
    /// # Errors
    /// It has no such form.
    pub fn parse(note: &str) -> Result<Self, NotACheckpoint> {
        let form = NotACheckpoint::Form;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(form)?;
        let lines = lines.strip_suffix('\n').ok_or(form)?;
        let read = |line: &str| {
            let (name, blob) = line.strip_prefix(DASH)?.split_once(' ')?;
            let blob = BASE64.decode(blob.as_bytes()).ok()?;
            let (key_id, signature) = blob.split_first_chunk::<4>()?;
            Some(NoteSignature { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
        };
        let signatures = lines.split('\n').map(read).collect::<Option<Vec<_>>>().ok_or(form)?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// The signatures that claim to be of this key.
    pub fn signatures_of(&self, key: &VerifierKey) -> impl Iterator<Item = &[u8]> {
        let (name, id) = (key.name.clone(), key.id());
        let own = self.signatures.iter().filter(move |one| one.name == name && one.key_id == id);
        own.map(|one| one.signature.as_slice())
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for one in &self.signatures {
            let blob = [&one.key_id[..], &one.signature].concat();
            writeln!(f, "{DASH}{} {}", one.name, BASE64.encode(&blob))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "entry.example/audit".into(), size: 20_852_163, root: [5; 32] }
    }

    #[test]
    fn a_checkpoint_reads_back_and_nothing_else_does() {
        let text = checkpoint().text();
        assert_eq!(text, format!("entry.example/audit\n20852163\n{}\n", BASE64.encode(&[5; 32])));
        assert_eq!(Checkpoint::parse(&text), Ok(checkpoint()));
        assert_eq!(Checkpoint::parse(&format!("{text}an extension\n")), Ok(checkpoint()));
        for (wrong, why) in [
            ("", NotACheckpoint::Form),
            ("a\n1\n", NotACheckpoint::Form),
            (&text.replace("2085", "02085"), NotACheckpoint::Size),
            (&text.replace("2085", "+2085"), NotACheckpoint::Size),
            (&text.replace('=', ""), NotACheckpoint::Root),
            (&text.replacen('\n', "\n\n", 1), NotACheckpoint::Form),
            (text.trim_end(), NotACheckpoint::Form),
        ] {
            assert_eq!(Checkpoint::parse(wrong), Err(why), "{wrong:?}");
        }
    }

    #[test]
    fn a_note_reads_back_with_its_signatures() {
        let key = VerifierKey { name: "entry.example/audit".into(), public: [9; 32] };
        let note = SignedNote::of(checkpoint().text(), &key, &[1; 64]);
        let text = note.to_string();
        assert!(text.contains("\n\n\u{2014} entry.example/audit "), "{text}");
        let read = SignedNote::parse(&text).expect("a note");
        assert_eq!(read, note);
        assert_eq!(read.signatures_of(&key).collect::<Vec<_>>(), [&[1; 64][..]]);
        let other = VerifierKey { public: [8; 32], ..key };
        assert_eq!(read.signatures_of(&other).count(), 0);
        assert!(SignedNote::parse(text.trim_end()).is_err());
        assert!(SignedNote::parse(&text.replace('\u{2014}', "-")).is_err());
    }

    #[test]
    fn a_key_is_named_as_the_notes_of_others_name_theirs() {
        // The key of the example in the C2SP document on signed notes.
        let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let key: VerifierKey = text.parse().expect("a key");
        assert_eq!(key.name, "PeterNeumann");
        assert_eq!(key.to_string(), text);
        for wrong in ["", "a+b+c", &text.replace("c74f", "c74e"), &text.replace("+AR", "+BR")] {
            assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
        }
    }
}
