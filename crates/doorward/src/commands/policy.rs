//! `doorward policy …`: the policy of jurisdictions, looked at and unblocked.

use std::net::IpAddr;
use std::path::Path;

use doorward_app::App;
use doorward_app::failure::Failure;
use doorward_app::jurisdiction::{Because, BlockLine, Explained, Judged, LiftRefused, Lifted};
use doorward_domain::action::Action;
use doorward_domain::country::{Country, Place, Whereabouts};
use doorward_domain::id::{AccountId, StaffId};
use doorward_domain::jurisdiction::Row;
use doorward_domain::time::Timestamp;

use crate::admin::{Answer, Ask};
use crate::arguments::{PolicyCommand, SettingsArguments};
use crate::commands::account::{ask_or_do, moment};
use crate::outcome::{Exit, Stopped, chain};
use crate::{policy_file, say};

/// Reads a file, or asks the running server.
pub(crate) fn run(settings: &SettingsArguments, command: PolicyCommand) -> Result<(), Stopped> {
    match command {
        PolicyCommand::Check { file } => check(&file),
        PolicyCommand::Explain { ip, residence, at } => {
            let at_us = at.as_deref().map(date).transpose()?.map(Timestamp::as_micros);
            ask_or_do(settings, Ask::PolicyExplain { ip, residence, at_us })
        }
        PolicyCommand::Blocked => ask_or_do(settings, Ask::PolicyBlocked),
        PolicyCommand::Lift { what, staff } => ask_or_do(settings, Ask::PolicyLift { what, staff }),
        PolicyCommand::CallBack { account, staff, reason } => {
            ask_or_do(settings, Ask::PolicyCallBack { account, staff, reason })
        }
    }
}

fn check(file: &Path) -> Result<(), Stopped> {
    let policy = policy_file::read(file).map_err(|lines| Stopped { exit: Exit::Configuration, lines })?;
    for (row, schedule) in policy.rows() {
        let steps: Vec<String> = schedule
            .steps()
            .iter()
            .map(|(from, mode)| match from.as_micros() {
                0 => mode.name().to_owned(),
                _ => format!("{} from {}", mode.name(), moment(*from)),
            })
            .collect();
        say(&format!("{:<12} {}", row.name(), steps.join(", ")));
    }
    say(&format!("the audit log names it: {}", policy.statement()));
    say("the policy is fine; what has no row of its own is open");
    Ok(())
}

/// `2026-12-01` or `2026-12-01T12:00:00Z`.
fn date(given: &str) -> Result<Timestamp, Stopped> {
    let wrong = |why: &str| Stopped::new(Exit::Refused, format!("--at {given}: {why}"));
    let datetime = given.parse().map_err(|_| wrong("takes a date, such as 2026-12-01"))?;
    policy_file::moment(&datetime).map_err(wrong)
}

/// Answers what concerns the policy; gives anything else back.
pub(crate) async fn perform(app: &App, default_country: Option<&str>, ask: Ask) -> Result<Answer, Ask> {
    let done = match ask {
        Ask::PolicyExplain { ip, residence, at_us } => explain(app, ip, residence.as_deref(), at_us).await,
        Ask::PolicyBlocked => blocked(app).await,
        Ask::PolicyLift { what, staff } => lift(app, default_country, &what, &staff).await,
        Ask::PolicyCallBack { account, staff, reason } => {
            call_back(app, default_country, &account, &staff, &reason).await
        }
        other => return Err(other),
    };
    Ok(match done {
        Ok(lines) => Answer::Done { lines },
        Err(Failure::Refused(why)) => Answer::Refused { why },
        Err(Failure::Fault(fault)) => {
            tracing::error!(what = %fault.what, source = ?fault.source, "an operator's command failed");
            Answer::Fault { what: chain(&fault) }
        }
    })
}

type Lines = Result<Vec<String>, Failure<String>>;

fn refused(why: impl Into<String>) -> Failure<String> {
    Failure::Refused(why.into())
}

async fn explain(app: &App, ip: Option<IpAddr>, residence: Option<&str>, at_us: Option<i64>) -> Lines {
    let residence = match residence {
        Some(code) => Some(Country::parse(code).ok_or_else(|| {
            refused(format!("{code} is no country; write its two capital letters, such as DE"))
        })?),
        None => None,
    };
    if ip.is_none() && residence.is_none() {
        return Err(refused("give an address (--ip), a residence (--residence) or both"));
    }
    // Without a server nobody has read yet what is blocked.
    app.read_blocks().await?;
    let at = at_us.map_or_else(|| app.now(), Timestamp::from_micros);
    Ok(explained(&app.explain(ip, residence, at), at))
}

fn explained(it: &Explained, at: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("at             {}", moment(at))];
    if let Some(place) = &it.place {
        lines.push(format!("address        {}", place_text(place)));
    }
    for (label, judged) in [("by address", it.by_address), ("by residence", it.by_residence)] {
        lines.extend(judged.map(|judged| format!("{label:<14} {}", judged_text(&judged))));
    }
    lines.push(format!("in force       {}", judged_text(&it.judged)));
    let names = |allowed: bool| {
        let list: Vec<&str> = Action::ALL
            .iter()
            .filter(|action| it.judged.mode.allows(**action) == allowed)
            .map(|action| action.name())
            .collect();
        if list.is_empty() { "nothing".to_owned() } else { list.join(", ") }
    };
    lines.push(format!("open           {}", names(true)));
    lines.push(format!("refused        {}", names(false)));
    for (row, from, mode) in &it.next {
        lines.push(format!("announced      {}: {} from {}", row.name(), mode.name(), moment(*from)));
    }
    lines
}

fn place_text(place: &Place) -> String {
    let mut text = match place.at {
        Whereabouts::Local => "local".to_owned(),
        Whereabouts::In(country) => country.code().to_owned(),
        Whereabouts::Unknown => "unknown".to_owned(),
        Whereabouts::Lost => "unknown: the country data are lost".to_owned(),
    };
    if let Some(month) = place.month {
        text.push_str(&format!(" (data of {:04}-{:02})", month.year, month.month));
    }
    for (holds, word) in [(place.anonymising, ", anonymising"), (place.hosting, ", hosting")] {
        text.push_str(if holds { word } else { "" });
    }
    text
}

fn judged_text(judged: &Judged) -> String {
    let rule = match judged.because {
        Because::Residence(country) => format!("residence {country}"),
        Because::Country(country) => format!("country {country}"),
        Because::Unknown => "unknown country".to_owned(),
        Because::Anonymising => "anonymising network".to_owned(),
        Because::Local => "local network".to_owned(),
    };
    let since = judged.since.map_or(String::new(), |since| format!(", since {}", moment(since)));
    format!("{} ({rule}{since})", judged.mode.name())
}

async fn blocked(app: &App) -> Lines {
    let blocks = app.list_blocks().await?;
    if blocks.is_empty() {
        return Ok(vec!["nothing is blocked".to_owned()]);
    }
    let line = |block: &BlockLine| {
        let by = if block.by_policy {
            "by the policy in force".to_owned()
        } else {
            match block.approved {
                Some((staff, at)) => {
                    format!("dropped from the policy; {staff} approved its lift on {}", moment(at))
                }
                None if block.by_default => {
                    "blocked with the default before it had a row of its own; waits for two approvals"
                        .to_owned()
                }
                None => "dropped from the policy; waits for two approvals".to_owned(),
            }
        };
        format!("{}\tsince {}\t{by}", block.row.name(), moment(block.since))
    };
    Ok(blocks.iter().map(line).collect())
}

async fn lift(app: &App, default_country: Option<&str>, what: &str, staff: &str) -> Lines {
    let staff = staff_id(staff)?;
    let lifted = match Row::from_name(what) {
        Some(row) => app.approve_lift(row, staff).await,
        None => match find_account(app, default_country, what).await {
            Ok(account) => app.approve_account_lift(account, staff).await,
            Err(failure) => Err(failure),
        },
    };
    match lifted {
        Ok(Lifted::Waiting) => {
            Ok(vec![format!("approved; {what} is lifted once a second member of staff approves")])
        }
        Ok(Lifted::Lifted) => Ok(vec![format!("{what} is lifted")]),
        Err(failure) => Err(failure.map_refused(|why| words(why).to_owned())),
    }
}

async fn call_back(
    app: &App,
    default_country: Option<&str>,
    account: &str,
    staff: &str,
    reason: &str,
) -> Lines {
    let staff = staff_id(staff)?;
    let called = match find_account(app, default_country, account).await {
        Ok(account) => app.call_back(account, staff, reason).await,
        Err(failure) => Err(failure),
    };
    match called {
        Ok(()) => Ok(vec![format!("{account} is back in the block; its owner is told")]),
        Err(failure) => Err(failure.map_refused(|why| words(why).to_owned())),
    }
}

fn staff_id(staff: &str) -> Result<StaffId, Failure<String>> {
    staff
        .parse()
        .map_err(|_| refused("--staff takes the id of a member of staff; doorward staff list prints them"))
}

async fn find_account(
    app: &App,
    default_country: Option<&str>,
    typed: &str,
) -> Result<AccountId, Failure<LiftRefused>> {
    let found = app.find_account_for_staff(typed, default_country).await;
    found.map_err(|failure| failure.map_refused(|_| LiftRefused::NoAccount))
}

fn words(refused: LiftRefused) -> &'static str {
    match refused {
        LiftRefused::PolicyBlocks => "the policy in force still blocks it: change the policy file first",
        LiftRefused::NotStaff => {
            "that id is of nobody who is enrolled as an approver or for compliance; doorward staff list prints ids"
        }
        LiftRefused::OwnAccount => "that account is their own: somebody else must decide about it",
        LiftRefused::NotLetOut => "the account was not let out of a block",
        LiftRefused::Text => "--reason takes 1 to 1,000 characters",
        LiftRefused::SamePerson => {
            "this member of staff has approved already; another one must approve as well"
        }
        LiftRefused::NotBlocked => "nothing is blocked there",
        LiftRefused::NoAccount => "there is no such country, network or account",
    }
}
