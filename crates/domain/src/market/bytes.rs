//! Bytes written and read in one way: little-endian numbers of fixed width, nothing optional, nothing left over.

/// Bytes that are not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not of this format")]
pub struct Malformed;

/// Takes bytes one after another: a buffer, or a hash of what would stand in one.
pub trait Sink {
    /// Appends these bytes.
    fn put(&mut self, bytes: &[u8]);

    /// One byte.
    #[inline]
    fn put_u8(&mut self, number: u8) {
        self.put(&[number]);
    }

    /// Two bytes.
    #[inline]
    fn put_u16(&mut self, number: u16) {
        self.put(&number.to_le_bytes());
    }

    /// Four bytes.
    #[inline]
    fn put_u32(&mut self, number: u32) {
        self.put(&number.to_le_bytes());
    }

    /// Eight bytes.
    #[inline]
    fn put_u64(&mut self, number: u64) {
        self.put(&number.to_le_bytes());
    }

    /// Eight bytes.
    #[inline]
    fn put_i64(&mut self, number: i64) {
        self.put(&number.to_le_bytes());
    }

    /// Sixteen bytes.
    #[inline]
    fn put_u128(&mut self, number: u128) {
        self.put(&number.to_le_bytes());
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Reads from the front; every read says when there is too little.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(&'a [u8]);

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident: $number:ty)+) => {$(
        $(#[$doc])*
        #[inline]
        pub fn $name(&mut self) -> Result<$number, Malformed> {
            Ok(<$number>::from_le_bytes(self.array()?))
        }
    )+};
}

impl<'a> Reader<'a> {
    /// Reads these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `length` bytes.
    #[inline]
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*taken)
    }

    numbers! {
        /// One byte.
        u8: u8
        /// Two bytes.
        u16: u16
        /// Four bytes.
        u32: u32
        /// Eight bytes.
        u64: u64
        /// Eight bytes.
        i64: i64
        /// Sixteen bytes.
        u128: u128
    }

    /// A count of things that are each at least `least_bytes` long, so that no count asks for more memory than was read.
    pub fn count(&mut self, least_bytes: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.u64()?).map_err(|_| Malformed)?;
        let fits = count.checked_mul(least_bytes.max(1)).is_some_and(|bytes| bytes <= self.0.len());
        if fits { Ok(count) } else { Err(Malformed) }
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.0.len()
    }

    /// Says that nothing is left over.
    pub const fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}
