//! `/support…`: the desk of staff. One file per thing that is done there.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod cases;
pub(crate) mod colleagues;
pub(crate) mod door;
pub(crate) mod enrol;
pub(crate) mod requests;

use doorward_app::staff::{AtDesk, DeskRefused};

use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::Frame;
use crate::view::support::Desk;

/// Who stands at the desk, as pages show it.
pub(crate) fn desk_of(frame: &Frame, at: &AtDesk) -> Desk {
    Desk { name: at.member.name.clone(), role: frame.words.role(at.member.role).into_owned() }
}

/// The frame of a page at the desk, and who stands there.
fn at_desk(call: &Call) -> Result<(Frame, Desk), Trouble> {
    let frame = call.frame();
    let desk = desk_of(&frame, call.staff()?);
    Ok((frame, desk))
}

/// The sentence for a refused act; `None` for one that the page cannot answer: the role does not include it. What
/// was one too many is told with its wait, where it was asked for.
const fn sentence_key(refused: DeskRefused) -> Option<&'static str> {
    Some(match refused {
        DeskRefused::Role { .. } | DeskRefused::Throttled { .. } => return None,
        DeskRefused::OwnAccount => "desk-refused-own-account",
        DeskRefused::NoAccount => "desk-refused-no-account",
        DeskRefused::Text => "desk-refused-text-needed",
        DeskRefused::FrozenAlready => "desk-refused-frozen-already",
        DeskRefused::NotFrozenByStaff => "desk-refused-not-frozen-by-staff",
        DeskRefused::AskedAlready => "desk-refused-asked-already",
        DeskRefused::NoRequest => "desk-refused-no-request",
        DeskRefused::SamePerson => "desk-refused-same-person",
        DeskRefused::WrongRoles => "desk-refused-wrong-roles",
        DeskRefused::PolicyBlocks => "desk-refused-policy-blocks",
        DeskRefused::NotBlocked => "desk-refused-not-blocked",
        DeskRefused::NotLetOut => "desk-refused-not-let-out",
    })
}

/// The sentence for a refused act, or the trouble that ends the request.
fn sentence(frame: &Frame, refused: DeskRefused) -> Result<String, Trouble> {
    sentence_key(refused).map(|key| frame.text(key).into_owned()).ok_or(Trouble::Role)
}

/// What was just done, when a page of ours led here.
fn done(call: &Call, frame: &Frame) -> Option<String> {
    let key = match call.done_here()? {
        "freeze" => "desk-done-freeze",
        "end-sessions" => "desk-done-end-sessions",
        "note" => "desk-done-note",
        "lift" => "desk-done-lift",
        "agreed" => "desk-done-agreed",
        "ask-block" => "desk-done-ask-block",
        "block-lifted" => "desk-done-block-lifted",
        "block-again" => "desk-done-block-again",
        "approve" => "desk-done-approve",
        "refuse" => "desk-done-refuse",
        "declined" => "desk-done-declined",
        _ => return None,
    };
    Some(frame.text(key).into_owned())
}
