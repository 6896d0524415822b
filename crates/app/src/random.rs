//! Randomness, as an argument.

use doorward_domain::token::Token;

/// Gives bytes that nobody can foresee. The program uses [`SystemRandom`]; tests use a seed.
pub trait Random: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Random + '_ {
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A new secret for a cookie or a link.
    pub fn token(&self) -> Token {
        Token::from_random(self.bytes())
    }

    /// A whole number of 64 random bits.
    pub fn number(&self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }
}

/// The generator of the operating system, through aws-lc.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) {
        // Without randomness no secret can be made; to go on would be worse than to stop.
        aws_lc_rs::rand::fill(buffer).expect("the operating system gives randomness");
    }
}
