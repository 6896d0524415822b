//! Rust source taken apart: code here, string literals there, comments gone.

/// One line's worth of code, or one string literal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it begins, counted from one.
    pub(super) line: usize,
    pub(super) text: String,
}

/// The code of each line without comments and literals, and the string literals.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) code: Vec<Piece>,
    pub(super) strings: Vec<Piece>,
}

/// Takes Rust source apart. Good enough for code that compiles; it decides nothing else.
pub(super) fn take_apart(text: &str) -> Parts {
    let letters: Vec<char> = text.chars().collect();
    let (mut parts, mut code, mut line, mut at) = (Parts::default(), String::new(), 1, 0);
    while let Some(&letter) = letters.get(at) {
        let rest = &letters[at..];
        if letter == '\n' {
            parts.code.push(Piece { line, text: std::mem::take(&mut code) });
            line += 1;
            at += 1;
            continue;
        }
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|letter| *letter == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['r', ..] if !ends_in_word(&code) && raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            ['"', ..] => string(rest),
            ['\'', '\\', ..] => {
                3 + rest[3..].iter().position(|letter| *letter == '\'').map_or(0, |end| end + 1)
            }
            ['\'', _, '\'', ..] => 3,
            _ => {
                code.push(letter);
                1
            }
        };
        let taken: String = rest[..length].iter().collect();
        if length > 1 {
            if matches!(letter, '"' | 'r') {
                parts.strings.push(Piece { line, text: taken.clone() });
            }
            let ends = taken.matches('\n').count();
            if ends > 0 {
                parts.code.push(Piece { line, text: std::mem::take(&mut code) });
                line += ends;
            }
            code.push(' ');
        }
        at += length;
    }
    parts.code.push(Piece { line, text: code });
    parts
}

fn ends_in_word(code: &str) -> bool {
    code.chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
}

/// Comments lie inside each other in Rust.
fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn string(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of `r"…"`, `r#"…"#` and so on; `None` when it is none.
fn raw_string(rest: &[char]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|letter| **letter == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let body = 2 + hashes;
    let length = rest[body..].windows(end.len()).position(|window| window == end);
    Some(length.map_or(rest.len(), |length| body + length + end.len()))
}

/// Whether `word` stands in the code on its own.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|found| found == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_strings_and_comments_are_told_apart() {
        let text = "let a = \"one // two\"; // three\nlet b = r#\"four\n\"five\"\"#; /* six /* seven */ */ let c = 'd';\n\
                    let e = '\"'; f('\\'') // g\nfn h<'a>(i: &'a str) {}";
        let parts = take_apart(text);
        let strings: Vec<_> = parts.strings.iter().map(|piece| (piece.line, piece.text.as_str())).collect();
        assert_eq!(strings, [(1, "\"one // two\""), (2, "r#\"four\n\"five\"\"#")]);
        let code = |line| {
            let of_line = parts.code.iter().filter(|piece| piece.line == line);
            of_line.map(|piece| piece.text.trim()).collect::<Vec<_>>().join(" ")
        };
        assert!(code(1).starts_with("let a =") && !code(1).contains("three"));
        assert!(code(3).contains("let c =") && !code(3).contains("six"));
        assert!(code(4).starts_with("let e =") && !code(4).contains('g'));
        assert_eq!(code(5), "fn h<'a>(i: &'a str) {}");
    }

    #[test]
    fn a_word_is_found_on_its_own_only() {
        assert!(has_word("x: f64,", "f64"));
        assert!(!has_word("x_f64: i64", "f64"));
    }
}
