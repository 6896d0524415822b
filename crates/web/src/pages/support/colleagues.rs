//! `/support/staff`: who else works here. Nothing can be changed from a browser.

use super::at_desk;
use crate::answer::Answer;
use crate::call::Call;
use crate::refusal::Trouble;
use crate::view::Moment;
use crate::view::support::{Colleague, StaffPage};

/// `GET /support/staff`
pub(crate) async fn list(call: &mut Call) -> Result<Answer, Trouble> {
    let (frame, desk) = at_desk(call)?;
    let own = call.staff()?.member.id;
    let staff = call.app().list_staff().await?;
    let staff = staff.into_iter().map(|one| Colleague {
        is_you: one.id == own,
        role: frame.words.role(one.role).into_owned(),
        enrolled: one.enrolled_at.map(|at| Moment::of_micros(at.as_micros(), &frame.words)),
        name: one.name,
    });
    let staff = staff.collect();
    call.show(&StaffPage { frame, desk, staff })
}
