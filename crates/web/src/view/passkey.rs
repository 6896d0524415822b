//! A customer's passkeys.

use askama::Template;

use super::{Frame, Moment, Problems};

/// One passkey.
#[derive(Clone, Debug)]
pub struct PasskeyLine {
    /// What the forms send as `passkey`.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Kept on several devices; else bound to one.
    pub synced: bool,
    /// Disabled after too many failures.
    pub disabled: bool,
    /// When it was added.
    pub added: Moment,
    /// When it was last used.
    pub last_used: Option<Moment>,
}

/// `/security/passkeys`
#[derive(Template, Debug)]
#[template(path = "passkey/list.html")]
pub struct PasskeysPage {
    /// The frame.
    pub frame: Frame,
    /// A sentence about what was just changed, when something was.
    pub notice: Option<String>,
    /// `name`, or the whole page.
    pub problems: Problems,
    /// Whether browsers make passkeys for this site at all.
    pub possible: bool,
    /// The oldest first.
    pub passkeys: Vec<PasskeyLine>,
    /// Only they open the account.
    pub only: bool,
}

/// `/security/passkeys/add`: a name and the factor that allows it.
#[derive(Template, Debug)]
#[template(path = "passkey/add.html")]
pub struct AddPasskeyPage {
    /// The frame.
    pub frame: Frame,
    /// `name`, `code`, or the whole form.
    pub problems: Problems,
    /// The name, echoed or proposed.
    pub name: String,
    /// Length of the hold that follows, written out.
    pub hold: Option<String>,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/passkeys/new`: the browser makes it.
#[derive(Template, Debug)]
#[template(path = "passkey/new.html")]
pub struct NewPasskeyPage {
    /// The frame.
    pub frame: Frame,
    /// The whole form.
    pub problems: Problems,
    /// What it will be called.
    pub name: String,
}

/// `/security/passkeys/remove`: a factor allows it.
#[derive(Template, Debug)]
#[template(path = "passkey/remove.html")]
pub struct RemovePasskeyPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Which one.
    pub passkey: PasskeyLine,
    /// Length of the hold that follows, written out.
    pub hold: Option<String>,
    /// The clock diagnosis, a whole sentence from `wording`.
    pub clock: Option<String>,
}

/// `/security/passkeys/only`: on or off.
#[derive(Template, Debug)]
#[template(path = "passkey/only.html")]
pub struct PasskeysOnlyPage {
    /// The frame.
    pub frame: Frame,
    /// `code`, or the whole form.
    pub problems: Problems,
    /// Length of the hold that follows, written out.
    pub hold: Option<String>,
    /// It is on.
    pub on: bool,
    /// There are two passkeys that work.
    pub enough: bool,
    /// The customer's identity was checked: without it nothing brings back who loses every passkey.
    pub identified: bool,
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::moment;
    use super::*;

    fn lines(frame: &Frame) -> Vec<PasskeyLine> {
        let line = |id: &str, name: &str, synced, disabled, ago: Option<i64>| PasskeyLine {
            id: id.to_owned(),
            name: name.to_owned(),
            synced,
            disabled,
            added: moment(&frame.words, 40_000),
            last_used: ago.map(|ago| moment(&frame.words, ago)),
        };
        vec![
            line("p1", "Phone", true, false, Some(20)),
            line("p2", "Blue security key", false, false, None),
            line("p3", "Old key", false, true, Some(30_000)),
        ]
    }

    impl PasskeysPage {
        pub(crate) fn sample(frame: Frame, only: bool) -> Self {
            let passkeys = lines(&frame);
            let notice = Some(frame.text("passkey-added-done").into_owned());
            Self { frame, notice, problems: Problems::none(), possible: true, passkeys, only }
        }

        pub(crate) fn sample_empty(frame: Frame) -> Self {
            let passkeys = Vec::new();
            Self { frame, notice: None, problems: Problems::none(), possible: false, passkeys, only: false }
        }
    }

    impl AddPasskeyPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let hold = Some(frame.words.span(86_400));
            Self { frame, problems: Problems::none(), name: "Phone".to_owned(), hold, clock: None }
        }
    }

    impl NewPasskeyPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self { frame, problems: Problems::none(), name: "Phone".to_owned() }
        }
    }

    impl RemovePasskeyPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let hold = Some(frame.words.span(86_400));
            let passkey = lines(&frame).remove(0);
            Self { frame, problems: Problems::none(), passkey, hold, clock: None }
        }
    }

    impl PasskeysOnlyPage {
        pub(crate) fn sample(frame: Frame, on: bool) -> Self {
            let hold = Some(frame.words.span(86_400));
            Self { frame, problems: Problems::none(), hold, on, enough: true, identified: on }
        }
    }
}
