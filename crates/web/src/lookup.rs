//! From a path to its lines in the table.

use std::collections::HashMap;

use http::Method;

use crate::routes::Route;

/// The lines of one path, by method, with their place in the table.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Lines {
    get: Option<(usize, &'static Route)>,
    post: Option<(usize, &'static Route)>,
}

impl Lines {
    /// The line that answers this method. A HEAD is a GET whose body stays at home.
    pub(crate) fn of(&self, method: &Method) -> Option<(usize, &'static Route)> {
        match *method {
            Method::GET | Method::HEAD => self.get,
            Method::POST => self.post,
            _ => None,
        }
    }

    /// Any of them: lines of one path belong to the same part of the house.
    pub(crate) fn any(&self) -> Option<&'static Route> {
        self.get.or(self.post).map(|(_, route)| route)
    }

    /// For the `Allow` of a 405.
    pub(crate) fn allowed(&self) -> &'static str {
        match (self.get.is_some(), self.post.is_some()) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            (false, _) => "POST",
        }
    }
}

/// All paths. A pattern has named parts, `/help/{topic}` or `/markets/{market}/stream`; what stands there is the rest.
#[derive(Debug)]
pub(crate) struct Lookup {
    whole: HashMap<&'static str, Lines>,
    patterns: Vec<Pattern>,
}

/// What stands around the named parts of a path.
#[derive(Debug)]
struct Pattern {
    beginning: &'static str,
    end: &'static str,
    lines: Lines,
}

impl Lookup {
    pub(crate) fn of(routes: &'static [Route]) -> Lookup {
        let mut lookup = Lookup { whole: HashMap::new(), patterns: Vec::new() };
        for line in routes.iter().enumerate() {
            let lines = match line.1.path.split_once('{') {
                None => lookup.whole.entry(line.1.path).or_default(),
                Some((beginning, rest)) => {
                    let end = rest.rsplit_once('}').map_or("", |(_, end)| end);
                    let is_known = |known: &Pattern| known.beginning == beginning && known.end == end;
                    let at = lookup.patterns.iter().position(is_known).unwrap_or_else(|| {
                        // Those with an end come first: the others would take what stands there for a named part.
                        let at = if end.is_empty() { lookup.patterns.len() } else { 0 };
                        lookup.patterns.insert(at, Pattern { beginning, end, lines: Lines::default() });
                        at
                    });
                    &mut lookup.patterns[at].lines
                }
            };
            let place = if line.1.method == Method::POST { &mut lines.post } else { &mut lines.get };
            *place = Some(line);
        }
        lookup
    }

    /// The lines of a path and what stands in its named parts.
    pub(crate) fn find<'path>(&self, path: &'path str) -> Option<(Lines, &'path str)> {
        if let Some(lines) = self.whole.get(path) {
            return Some((*lines, ""));
        }
        let (lines, rest) = self
            .patterns
            .iter()
            .find_map(|it| Some((&it.lines, path.strip_prefix(it.beginning)?.strip_suffix(it.end)?)))?;
        (!rest.is_empty()).then_some((*lines, rest))
    }
}
