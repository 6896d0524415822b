//! Facts that several pages show: moments, entries, sessions, devices, holds, factors.

use doorward_wording::Words;

/// A point in time: exact for the machine, readable without script; script writes it in the reader's own zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339 in UTC.
    pub iso: String,
    /// Written out in UTC, with the zone named.
    pub text: String,
}

impl Moment {
    /// The moment so many microseconds after the Unix epoch, in the reader's language.
    pub fn of_micros(micros: i64, words: &Words) -> Self {
        Self { iso: doorward_wording::iso_moment(micros), text: words.moment(micros) }
    }
}

/// One thing that happened: a line of the review.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Identifies the line in the *This was me* form; empty when the line asks nothing.
    pub id: String,
    /// What happened, a whole sentence or a noun phrase from `wording`.
    pub what: String,
    /// When.
    pub when: Moment,
    /// Browser and system; empty when not known.
    pub device: String,
    /// IP address; empty when not known.
    pub address: String,
    /// Country by registration of the address, when known.
    pub place: Option<String>,
    /// Did not succeed: marked in words and colour.
    pub failed: bool,
    /// Done by the operator's staff: nobody can say of it that it was they.
    pub by_staff: bool,
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionLine {
    /// What the *End* form sends as `session`.
    pub id: String,
    /// Browser and system.
    pub device: String,
    /// IP address.
    pub address: String,
    /// Country, when known.
    pub place: Option<String>,
    /// When it began.
    pub began: Moment,
    /// When it was last used.
    pub last_seen: Moment,
    /// The session that looks at this page.
    pub current: bool,
}

/// One trusted device.
#[derive(Clone, Debug)]
pub struct DeviceLine {
    /// What the *Forget* form sends as `device`.
    pub id: String,
    /// Browser and system.
    pub device: String,
    /// Trusted until.
    pub until: Moment,
    /// Last full sign-in.
    pub last_entry: Moment,
    /// The browser that looks at this page.
    pub current: bool,
}

/// A time in which nothing can leave the account.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Why, from `wording`.
    pub reason: String,
    /// When it lifts by itself.
    pub until: Moment,
    /// Time left, written out.
    pub left: String,
    /// Share of the hold that has passed, 0 to 100.
    pub passed_percent: u8,
}

/// One way to prove who somebody is.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Its name, from `wording`.
    pub name: String,
    /// Its state in one sentence.
    pub state: String,
    /// Where it is changed.
    pub href: String,
    /// What the link says.
    pub action: String,
    /// Needs attention.
    pub weak: bool,
}

/// One thing to do for a safer account.
#[derive(Clone, Debug)]
pub struct ToDo {
    /// What and why, one sentence.
    pub text: String,
    /// Where to do it.
    pub href: String,
    /// The verb of the link.
    pub action: String,
}

#[cfg(test)]
pub(crate) mod sample {
    //! The same afternoon in every sample.

    use super::*;

    pub(crate) fn moment(words: &Words, minutes_ago: i64) -> Moment {
        Moment::of_micros((1_795_406_400 - minutes_ago * 60) * 1_000_000, words)
    }

    pub(crate) fn fact(words: &Words, id: &str, what: &str, minutes_ago: i64, failed: bool) -> Fact {
        Fact {
            id: id.to_owned(),
            what: what.to_owned(),
            when: moment(words, minutes_ago),
            device: "Firefox 145, Linux".to_owned(),
            address: "203.0.113.24".to_owned(),
            place: Some("Portugal".to_owned()),
            failed,
            by_staff: false,
        }
    }

    pub(crate) fn sessions(words: &Words) -> Vec<SessionLine> {
        let line = |id: &str, device: &str, address: &str, ago: i64, current| SessionLine {
            id: id.to_owned(),
            device: device.to_owned(),
            address: address.to_owned(),
            place: Some("Portugal".to_owned()),
            began: moment(words, ago),
            last_seen: moment(words, ago / 60),
            current,
        };
        vec![
            line("s1", "Firefox 145, Linux", "203.0.113.24", 4, true),
            line("s2", "Safari 19, iPhone", "2001:db8:85a3:8d3:1319:8a2e:370:7348", 380, false),
        ]
    }

    pub(crate) fn devices(words: &Words) -> Vec<DeviceLine> {
        let line = |id: &str, device: &str, ago: i64, current| DeviceLine {
            id: id.to_owned(),
            device: device.to_owned(),
            until: moment(words, ago - 90 * 24 * 60),
            last_entry: moment(words, ago),
            current,
        };
        vec![line("d1", "Firefox 145, Linux", 4, true), line("d2", "Safari 19, iPhone", 380, false)]
    }

    pub(crate) fn holds(words: &Words) -> Vec<Hold> {
        vec![Hold {
            reason: words.text("event-password-changed").into_owned(),
            until: moment(words, -1_330),
            left: words.span(1_330 * 60),
            passed_percent: 8,
        }]
    }

    pub(crate) fn factors(words: &Words) -> Vec<Factor> {
        let factor = |name: &str, state: String, href: &str, action: &str, weak| Factor {
            name: words.text(name).into_owned(),
            state,
            href: href.to_owned(),
            action: words.text(action).into_owned(),
            weak,
        };
        let changed = words.text_of("security-changed-at", "when", moment(words, 90_000).text);
        let left = words.text_of("security-recovery-codes-left", "count", 2);
        vec![
            factor("security-password", changed.clone(), "/security/password", "security-change", false),
            factor("security-authenticator", changed, "/security/authenticator", "security-replace", false),
            factor("security-recovery-codes", left, "/security/recovery-codes", "security-renew", true),
        ]
    }

    pub(crate) fn to_do(words: &Words) -> Vec<ToDo> {
        vec![ToDo {
            text: words.text_of("security-todo-recovery-codes", "count", 2),
            href: "/security/recovery-codes".to_owned(),
            action: words.text("security-renew").into_owned(),
        }]
    }
}
