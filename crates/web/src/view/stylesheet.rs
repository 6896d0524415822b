//! The one stylesheet, put together from its parts when the program is built.

/// Served as `doorward.css` from the assets folder. The order of layers stands in `tokens.css`; addresses inside are
/// relative to the assets folder.
pub const STYLESHEET: &str = concat!(
    include_str!("../../assets/css/tokens.css"),
    include_str!("../../assets/css/reset.css"),
    include_str!("../../assets/css/base.css"),
    include_str!("../../assets/css/layout.css"),
    include_str!("../../assets/css/components/button.css"),
    include_str!("../../assets/css/components/field.css"),
    include_str!("../../assets/css/components/problems.css"),
    include_str!("../../assets/css/components/notice.css"),
    include_str!("../../assets/css/components/facts.css"),
    include_str!("../../assets/css/components/choices.css"),
    include_str!("../../assets/css/components/checks.css"),
    include_str!("../../assets/css/components/hold.css"),
    include_str!("../../assets/css/components/restriction.css"),
    include_str!("../../assets/css/components/strength.css"),
    include_str!("../../assets/css/components/passkey.css"),
    include_str!("../../assets/css/components/enrolment.css"),
    include_str!("../../assets/css/components/recovery-codes.css"),
    include_str!("../../assets/css/components/human-check.css"),
    include_str!("../../assets/css/components/home.css"),
    include_str!("../../assets/css/components/mail.css"),
    include_str!("../../assets/css/components/desk.css"),
    include_str!("../../assets/css/components/market.css"),
    include_str!("../../assets/css/print.css"),
);
