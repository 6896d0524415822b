//! What a refusal becomes.

/// One sentence for a person, and the form field it stands beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What happened and what to do next.
    pub summary: String,
    /// The `name` of the field it concerns; none when it concerns the whole form.
    pub field: Option<&'static str>,
}

impl Sentence {
    /// A sentence about one field.
    pub fn at(field: &'static str, summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), field: Some(field) }
    }

    /// A sentence about the whole form.
    pub fn whole(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), field: None }
    }
}
