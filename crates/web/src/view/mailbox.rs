//! The local mailbox of a machine that sends no mail.

use askama::Template;

use super::{Frame, Moment};

/// `/mailbox`
#[derive(Template, Debug)]
#[template(path = "mailbox/list.html")]
pub struct MailboxPage {
    /// The frame.
    pub frame: Frame,
    /// Newest first.
    pub messages: Vec<MailLine>,
    /// Where the files lie.
    pub folder: String,
}

/// One message in the list.
#[derive(Clone, Debug)]
pub struct MailLine {
    /// The address of its page.
    pub href: String,
    /// Recipient.
    pub to: String,
    /// Subject, or the beginning of a short message.
    pub subject: String,
    /// When it was put there.
    pub when: Moment,
}

/// One message.
#[derive(Template, Debug)]
#[template(path = "mailbox/mail.html")]
pub struct MailPage {
    /// The frame.
    pub frame: Frame,
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// When it was put there.
    pub when: Moment,
    /// The text body; addresses of this site become links.
    pub body: String,
}

/// A piece of a mail's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Whether it is an address of this site, to be shown as a link.
    pub is_link: bool,
}

impl MailPage {
    /// The body cut into text and links. Only addresses of this very site become links.
    pub fn pieces(&self) -> Vec<Piece> {
        let start = format!("{}/", self.frame.origin);
        let mut pieces = Vec::new();
        let mut rest = self.body.as_str();
        while let Some(at) = rest.find(&start) {
            let (before, from) = rest.split_at(at);
            let end = from.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(from.len());
            let (link, after) = from.split_at(end);
            pieces.push(Piece { text: before.to_owned(), is_link: false });
            pieces.push(Piece { text: link.to_owned(), is_link: true });
            rest = after;
        }
        pieces.push(Piece { text: rest.to_owned(), is_link: false });
        pieces
    }
}

#[cfg(test)]
pub(crate) mod sample {
    use super::super::facts::sample::moment;
    use super::*;

    impl MailboxPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            let line = |href: &str, subject: &str, ago: i64| MailLine {
                href: href.to_owned(),
                to: "ada@example.org".to_owned(),
                subject: subject.to_owned(),
                when: moment(&frame.words, ago),
            };
            let messages = vec![
                line("/mailbox/2", "Your Doorward code", 1),
                line("/mailbox/1", "Password changed on your account", 110),
            ];
            Self { messages, folder: "./data/mailbox".to_owned(), frame }
        }
    }

    impl MailPage {
        pub(crate) fn sample(frame: Frame) -> Self {
            Self {
                to: "ada@example.org".to_owned(),
                subject: "Set a new password".to_owned(),
                when: moment(&frame.words, 1),
                body: "Somebody asked for a new password.\n\nOpen this page to go on:\n\
                       http://localhost:8080/forgot-password/link?token=sample\n\nElse do nothing."
                    .to_owned(),
                frame,
            }
        }
    }

    #[test]
    fn only_addresses_of_this_site_become_links() {
        let mut page = MailPage::sample(Frame::sample("en", "/mailbox/1", super::super::Visitor::Stranger));
        page.body = "a http://localhost:8080/x?y=1 b http://localhost:8080.evil.test/z".to_owned();
        let links: Vec<_> = page.pieces().into_iter().filter(|p| p.is_link).map(|p| p.text).collect();
        assert_eq!(links, ["http://localhost:8080/x?y=1"]);
    }
}
