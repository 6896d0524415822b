//! Who is at the door: what every use case may know about the request, and nothing of HTTP.

use std::net::IpAddr;

use doorward_domain::language::Language;
use doorward_domain::token::Token;

/// Longest user agent that is kept, in bytes.
pub const USER_AGENT_BYTES: usize = 256;

/// One request at the door, as the web's guard understood it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The address that the request came from, forwarded addresses already judged.
    pub network: IpAddr,
    /// What the browser says it is; at most [`USER_AGENT_BYTES`], without control characters.
    pub user_agent: String,
    /// The language of the pages.
    pub language: Language,
    /// Whether the person chose that language, and not the browser.
    pub language_is_chosen: bool,
    /// The secret that ties flows to this browser before anybody has signed in.
    pub browser: Option<Token>,
    /// What earlier entries left in this browser, newest first.
    pub device_tokens: Vec<Token>,
    /// Whether the browser runs script; without it the human check is replaced by a code to the channel.
    pub script: bool,
}

impl Visit {
    /// A user agent as it is kept: cut to [`USER_AGENT_BYTES`] at a character's edge, control characters gone.
    pub fn clean_user_agent(sent: &str) -> String {
        let mut kept = String::with_capacity(sent.len().min(USER_AGENT_BYTES));
        for character in sent.chars().filter(|character| !character.is_control()) {
            if kept.len() + character.len_utf8() > USER_AGENT_BYTES {
                break;
            }
            kept.push(character);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_at_a_characters_edge_and_keeps_no_control_characters() {
        assert_eq!(Visit::clean_user_agent("Fire\u{1b}[31mfox\r\n/1"), "Fire[31mfox/1");
        let long = format!("{}é", "a".repeat(255));
        assert_eq!(Visit::clean_user_agent(&long), "a".repeat(255));
        assert_eq!(Visit::clean_user_agent(&"é".repeat(200)).len(), USER_AGENT_BYTES);
    }
}
