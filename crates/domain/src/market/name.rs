//! What an asset may be called.

/// Most characters of an asset's name.
const NAME_CHARACTERS: usize = 60;

/// Whether this may be an asset's symbol, as in `BTC`: 2 to 10 capital letters and digits, a letter first.
pub fn is_asset_symbol(symbol: &str) -> bool {
    let allowed = symbol.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (2..=10).contains(&symbol.len())
        && allowed
        && symbol.starts_with(|first: char| first.is_ascii_uppercase())
}

/// Whether this may be an asset's name, as in `Bitcoin`: 1 to 60 characters, none of them for control, no space around them.
pub fn is_asset_name(name: &str) -> bool {
    (1..=NAME_CHARACTERS).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_and_names_are_plain() {
        for good in ["BTC", "EUR", "E2", "ABCDEFGHIJ"] {
            assert!(is_asset_symbol(good), "{good}");
        }
        for bad in ["", "B", "btc", "1BTC", "B-C", "ABCDEFGHIJK", "Ä1"] {
            assert!(!is_asset_symbol(bad), "{bad}");
        }
        assert!(is_asset_name("Bitcoin") && is_asset_name("Crédit d\u{2019}or"));
        for bad in ["", " x", "a\nb", &"x".repeat(61)] {
            assert!(!is_asset_name(bad), "{bad}");
        }
    }
}
