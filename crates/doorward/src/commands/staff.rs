//! `doorward staff …`: who works at the support desk. Only here, at the machine itself, are roles given and taken.

use doorward_app::app::App;
use doorward_app::failure::Failure;
use doorward_app::staff::members::{Invitation, StaffChangeRefused, StaffLine};
use doorward_domain::language::Language;
use doorward_domain::staff::Role;

use crate::admin::{Answer, Ask};
use crate::arguments::{SettingsArguments, StaffCommand};
use crate::commands::account::{ask_or_do, moment};
use crate::outcome::{Stopped, chain};

/// Asks, and prints the answer.
pub(crate) fn run(settings: &SettingsArguments, command: StaffCommand) -> Result<(), Stopped> {
    ask_or_do(
        settings,
        match command {
            StaffCommand::Add { name, mail, role, language } => {
                Ask::StaffAdd { name, mail, role: role.name().to_owned(), language }
            }
            StaffCommand::Invite { name } => Ask::StaffInvite { name },
            StaffCommand::Role { name, role } => Ask::StaffRole { name, role: role.name().to_owned() },
            StaffCommand::Remove { name } => Ask::StaffRemove { name },
            StaffCommand::List => Ask::StaffList,
        },
    )
}

/// Does what is asked of staff; gives back what is not about staff.
pub(crate) async fn perform(app: &App, ask: Ask) -> Result<Answer, Ask> {
    let done = match ask {
        Ask::StaffAdd { name, mail, role, language } => add(app, &name, &mail, &role, &language).await,
        Ask::StaffInvite { name } => {
            app.invite_staff_anew(&name).await.map(|invitation| link(app, &invitation))
        }
        Ask::StaffRole { name, role } => match Role::from_name(&role) {
            Some(role) => app
                .change_staff_role(&name, role)
                .await
                .map(|()| vec![format!("the role is {} now; the session has ended", role.name())]),
            None => return Ok(no_role()),
        },
        Ask::StaffRemove { name } => {
            let removed = app.remove_staff(&name).await;
            removed.map(|()| vec!["removed: session, passkeys and links have ended".to_owned()])
        }
        Ask::StaffList => list(app).await,
        other => return Err(other),
    };
    Ok(match done {
        Ok(lines) => Answer::Done { lines },
        Err(Failure::Refused(refused)) => Answer::Refused { why: words(refused).to_owned() },
        Err(Failure::Fault(fault)) => {
            tracing::error!(what = %fault.what, source = ?fault.source, "an operator's command failed");
            Answer::Fault { what: chain(&fault) }
        }
    })
}

async fn add(
    app: &App,
    name: &str,
    mail: &str,
    role: &str,
    language: &str,
) -> Result<Vec<String>, Failure<StaffChangeRefused>> {
    // The command line takes only roles and languages that there are.
    let role = Role::from_name(role).ok_or(Failure::Refused(StaffChangeRefused::NoStaff))?;
    let language = Language::from_name(language).unwrap_or(Language::English);
    let invitation = app.add_staff(name, mail, role, language).await?;
    Ok(link(app, &invitation))
}

async fn list(app: &App) -> Result<Vec<String>, Failure<StaffChangeRefused>> {
    let staff = app.list_staff().await?;
    let state = app.desk_state().await?;
    let mut lines: Vec<String> = staff.iter().map(line).collect();
    if !state.cases_open() {
        lines.push(format!(
            "cases stay closed: they take two enrolled approvers, and there are {}",
            state.approvers
        ));
    }
    Ok(lines)
}

/// One member in one line, with fixed places for scripts: name, role, enrolled, mail address, id.
fn line(one: &StaffLine) -> String {
    let enrolled =
        one.enrolled_at.map_or_else(|| "invited".to_owned(), |at| format!("enrolled {}", moment(at)));
    format!("{}\t{}\t{enrolled}\t{}\t{}", one.name, one.role.name(), one.mail_masked, one.id)
}

/// The link, shown once and to nobody else.
fn link(app: &App, invitation: &Invitation) -> Vec<String> {
    vec![
        format!("{}/support/enrol?token={}", app.desk_url(), invitation.token.encode()),
        format!("opens once, until {}; hand it over in person", moment(invitation.expires_at)),
    ]
}

fn no_role() -> Answer {
    Answer::Refused { why: "a role is agent, approver, auditor or compliance".to_owned() }
}

fn words(refused: StaffChangeRefused) -> &'static str {
    match refused {
        StaffChangeRefused::Name => "a name is 1 to 64 letters, digits, spaces and .-'",
        StaffChangeRefused::Mail => "that is no mail address",
        StaffChangeRefused::Taken => "that name was used before, or the mail address is a colleague's",
        StaffChangeRefused::NoStaff => "nobody of that name works here",
        StaffChangeRefused::SameRole => "that is their role already",
    }
}
