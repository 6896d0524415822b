//! What is wrong with a request before anybody looked at its meaning. Each reason has one status and one code.

use http::StatusCode;

/// Why a request is refused at the surface. Nothing was changed when one of these is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadInput {
    /// The address holds a broken escape, text that is not UTF-8, a NUL character, or one parameter twice.
    Address,
    /// The address with its parameters is longer than [`crate::guard::form::ADDRESS_BYTES_MAX`].
    AddressTooLong,
    /// The body is no `application/x-www-form-urlencoded`.
    ContentType,
    /// The body is longer than [`crate::guard::form::BODY_BYTES_MAX`].
    TooLarge,
    /// The body did not arrive within [`crate::guard::form::BODY_TIME_MAX`], or its sender went away.
    TooSlow,
    /// The body is no list of fields, or an escape in it is broken.
    Malformed,
    /// The text of a field is not UTF-8.
    NotUtf8,
    /// A field holds the NUL character.
    NulCharacter,
    /// One field came twice.
    TwiceGiven,
    /// A field that this form does not have.
    UnknownField,
    /// A field that this form always sends is not there.
    MissingField,
    /// Another site, or no site that says so, asks to change something here.
    CrossSite,
    /// The form's token is not the one this browser was given.
    FormToken,
    /// The request names another host than the one this door stands at.
    Host,
}

impl BadInput {
    /// The status that says whose mistake it is, and of which kind.
    pub fn status(self) -> StatusCode {
        match self {
            BadInput::Address
            | BadInput::Malformed
            | BadInput::NotUtf8
            | BadInput::NulCharacter
            | BadInput::TwiceGiven
            | BadInput::UnknownField
            | BadInput::MissingField => StatusCode::BAD_REQUEST,
            BadInput::AddressTooLong => StatusCode::URI_TOO_LONG,
            BadInput::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            BadInput::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BadInput::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BadInput::CrossSite | BadInput::FormToken => StatusCode::FORBIDDEN,
            BadInput::Host => StatusCode::MISDIRECTED_REQUEST,
        }
    }

    /// A fixed name for logs and for answers in JSON.
    pub fn code(self) -> &'static str {
        match self {
            BadInput::Address => "address_malformed",
            BadInput::AddressTooLong => "address_too_long",
            BadInput::ContentType => "content_type",
            BadInput::TooLarge => "body_too_large",
            BadInput::TooSlow => "body_too_slow",
            BadInput::Malformed => "body_malformed",
            BadInput::NotUtf8 => "not_utf8",
            BadInput::NulCharacter => "nul_character",
            BadInput::TwiceGiven => "field_twice",
            BadInput::UnknownField => "field_unknown",
            BadInput::MissingField => "field_missing",
            BadInput::CrossSite => "cross_site",
            BadInput::FormToken => "form_token",
            BadInput::Host => "host",
        }
    }
}
