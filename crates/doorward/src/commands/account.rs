//! `doorward account …` and `doorward outbox …`: through the running server or, when none runs, with the folder's lock.

use std::sync::Arc;

use doorward_app::app::App;
use doorward_app::audit::CheckpointPlace;
use doorward_app::failure::Failure;
use doorward_app::identity::{IdentityFailed, IdentityShown};
use doorward_app::staff::account::{AccountLine, AccountView, StaffRefused};
use doorward_app::staff::outbox::DeadLine;
use doorward_domain::account::AccountStatus;
use doorward_domain::erasure::{ErasureObstacle, ErasureRefused};
use doorward_domain::identity::{IdentityRecord, IdentityRefused};
use doorward_domain::time::Timestamp;

use crate::admin::{Answer, Ask, client};
use crate::arguments::{AccountCommand, IdentityCommand, OutboxCommand, SettingsArguments};
use crate::commands::policy;
use crate::commands::serve::{prepare, runtime};
use crate::commands::staff;
use crate::commands::{books, market};
use crate::configuration;
use crate::folder::Folder;
use crate::foundation::{self, Foundation};
use crate::outcome::{Exit, Stopped, chain};
use crate::{engine, say, wiring};

/// Asks, and prints the answer.
pub(crate) fn run(settings: &SettingsArguments, command: AccountCommand) -> Result<(), Stopped> {
    ask_or_do(settings, ask_of(command))
}

/// `doorward outbox …`.
pub(crate) fn run_outbox(settings: &SettingsArguments, command: OutboxCommand) -> Result<(), Stopped> {
    let ask = match command {
        OutboxCommand::Dead { limit } => Ask::OutboxDead { limit },
        OutboxCommand::Resend { message } => Ask::OutboxResend { message },
    };
    ask_or_do(settings, ask)
}

/// Asks the running server or, when none runs, does it here; prints what came of it.
pub(crate) fn ask_or_do(settings: &SettingsArguments, ask: Ask) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    prepare(&configuration)?;
    let answer = runtime()?.block_on(async {
        if Folder::is_held(&configuration.data.folder) {
            return client::ask(&configuration.data.folder, &ask).await;
        }
        let Foundation { folder: _folder, db, keys } = foundation::lay(&configuration).await?;
        let url = configuration
            .site
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", configuration.listen.address));
        let market =
            if ask.needs_market() { engine::for_one_command(&configuration, &db).await? } else { None };
        let matching = market.as_ref().map(|(matching, ..)| matching.clone());
        let app = wiring::app(&configuration, db.clone(), keys, &url, matching)?;
        if let Some((matching, history, _)) = &market {
            app.begin_history(history.clone());
            // What was decided while no engine ran is older than this command.
            let opened = app.open_market(matching).await;
            opened.map_err(|fault| Stopped::fault("opening the market", &fault))?;
        }
        let place = Arc::new(wiring::checkpoint_place(&configuration)?);
        let answer = perform(app, configuration.site.default_country.clone(), place, ask).await;
        if let Some((_, history, keeping)) = market {
            history.close().await;
            keeping.end().await;
        }
        db.close().await;
        Ok(answer)
    })?;
    match answer {
        Answer::Done { lines } => {
            lines.iter().for_each(|line| say(line));
            Ok(())
        }
        Answer::Differs { lines } => Err(Stopped { exit: Exit::Differs, lines }),
        Answer::NotCompared { lines } => Err(Stopped { exit: Exit::NotCompared, lines }),
        Answer::Refused { why } => Err(Stopped::new(Exit::Refused, why)),
        Answer::Fault { what } => Err(Stopped::new(Exit::Fault, what)),
    }
}

fn ask_of(command: AccountCommand) -> Ask {
    match command {
        AccountCommand::List { limit, after } => Ask::AccountList { limit, after },
        AccountCommand::Show { account } => Ask::AccountShow { account },
        AccountCommand::EndSessions { account: Some(account), .. } => Ask::EndSessions { account },
        AccountCommand::EndSessions { account: None, .. } => Ask::EndAllSessions,
        AccountCommand::ResetLink { account } => Ask::ResetLink { account },
        AccountCommand::Freeze { account } => Ask::Freeze { account },
        AccountCommand::Unfreeze { account } => Ask::Unfreeze { account },
        AccountCommand::PhoneReassigned { number } => Ask::PhoneReassigned { number },
        AccountCommand::Identity(IdentityCommand::Set { account, record }) => {
            Ask::IdentitySet { account, record }
        }
        AccountCommand::Identity(IdentityCommand::Show { account }) => Ask::IdentityShow { account },
        AccountCommand::Identity(IdentityCommand::Remove { account }) => Ask::IdentityRemove { account },
        AccountCommand::Export { account } => Ask::AccountExport { account },
        AccountCommand::Erase { account, cancel: false } => Ask::AccountErase { account },
        AccountCommand::Erase { account, cancel: true } => Ask::AccountKeep { account },
    }
}

/// Does what an operator asks. `country` is that of phone numbers without a country code.
pub(crate) async fn perform(
    app: App,
    country: Option<String>,
    place: Arc<CheckpointPlace>,
    ask: Ask,
) -> Answer {
    let ask = match staff::perform(&app, ask).await {
        Ok(answer) => return answer,
        Err(ask) => ask,
    };
    let ask = match books::perform(&app, ask).await {
        Ok(answer) => return answer,
        Err(ask) => ask,
    };
    let ask = match policy::perform(&app, country.as_deref(), ask).await {
        Ok(answer) => return answer,
        Err(ask) => ask,
    };
    let ask = match market::perform(&app, ask).await {
        Ok(answer) => return answer,
        Err(ask) => ask,
    };
    match answer(&app, country.as_deref(), &place, ask).await {
        Ok(lines) => Answer::Done { lines },
        Err(Failure::Refused(refused)) => Answer::Refused { why: words(refused).to_owned() },
        Err(Failure::Fault(fault)) => {
            tracing::error!(what = %fault.what, source = ?fault.source, "an operator's command failed");
            Answer::Fault { what: chain(&fault) }
        }
    }
}

async fn answer(
    app: &App,
    country: Option<&str>,
    place: &CheckpointPlace,
    ask: Ask,
) -> Result<Vec<String>, Failure<StaffRefused>> {
    let find = async |account: String| app.find_account_for_staff(&account, country).await;
    Ok(match ask {
        Ask::AccountList { limit, after } => {
            let after = match after {
                Some(account) => Some(find(account).await?),
                None => None,
            };
            app.list_accounts(after, i64::from(limit)).await?.iter().map(line).collect()
        }
        Ask::AccountShow { account } => view(&app.show_account(find(account).await?).await?),
        Ask::EndSessions { account } => {
            let ended = app.end_sessions_by_staff(find(account).await?).await?;
            vec![format!("{ended} sessions ended")]
        }
        Ask::EndAllSessions => {
            let ended = app.end_all_sessions_by_staff().await?;
            vec![format!("{ended} sessions ended, of all accounts")]
        }
        Ask::ResetLink { account } => {
            app.send_reset_link(find(account).await?).await?;
            vec!["a link for a new password is on its way to the account's verified mail address".to_owned()]
        }
        Ask::Freeze { account } => {
            app.freeze_by_staff(find(account).await?).await?;
            vec!["frozen: its sessions have ended and nobody can enter it".to_owned()]
        }
        // Answered before.
        Ask::PolicyExplain { .. } | Ask::PolicyBlocked | Ask::PolicyLift { .. } => Vec::new(),
        Ask::Reconcile | Ask::Backup { .. } => Vec::new(),
        Ask::OutboxDead { limit } => {
            app.list_dead_messages(i64::from(limit)).await?.iter().map(dead_line).collect()
        }
        Ask::OutboxResend { message } => {
            app.resend_dead_message(&message).await?;
            vec!["it is tried again from the beginning".to_owned()]
        }
        Ask::PhoneReassigned { number } => {
            app.report_reassigned_number(&number, country).await?;
            vec!["reported: the number starts no reset until its owner proves it again".to_owned()]
        }
        Ask::IdentitySet { account, record } => {
            let account = find(account).await?;
            app.write_identity(account, &record_of(&record), &record.document_number).await.map_err(told)?;
            vec!["written".to_owned()]
        }
        Ask::IdentityShow { account } => {
            let shown = app.show_identity(find(account).await?).await.map_err(told)?;
            identity(&shown)
        }
        Ask::IdentityRemove { account } => {
            app.remove_identity(find(account).await?).await.map_err(told)?;
            vec!["removed".to_owned()]
        }
        Ask::Unfreeze { account } => {
            let hold = app.unfreeze_by_operator(find(account).await?).await?;
            vec![match hold {
                Some(until) => format!("unfrozen; nothing leaves the account until {}", moment(until)),
                None => "unfrozen".to_owned(),
            }]
        }
        Ask::AccountExport { account } => {
            let copy = app.export_data_by_staff(find(account).await?).await?;
            String::from_utf8_lossy(&copy.bytes).lines().map(str::to_owned).collect()
        }
        Ask::AccountErase { account } => {
            let asked = app.ask_erasure_by_staff(find(account).await?).await;
            let due_at = asked.map_err(|failure| failure.map_refused(StaffRefused::Erasure))?;
            vec![format!(
                "the account will be erased on {}; its owner is told how to call it off",
                moment(due_at)
            )]
        }
        Ask::AccountKeep { account } => {
            let kept = app.cancel_erasure_by_staff(find(account).await?).await?;
            vec![if kept { "the erasure is called off" } else { "no erasure was under way" }.to_owned()]
        }
        Ask::AuditCheckpoint => {
            let (note, _) = app.send_checkpoint(place).await?;
            note.to_string().lines().map(str::to_owned).collect()
        }
        // Answered before.
        Ask::StaffAdd { .. }
        | Ask::StaffInvite { .. }
        | Ask::StaffRole { .. }
        | Ask::StaffRemove { .. }
        | Ask::StaffList
        | Ask::AssetList
        | Ask::AssetAdd { .. }
        | Ask::MarketList
        | Ask::MarketOpen { .. }
        | Ask::MarketHalt { .. }
        | Ask::MarketResume { .. }
        | Ask::PolicyCallBack { .. } => Vec::new(),
    })
}

fn record_of(typed: &crate::admin::Identity) -> IdentityRecord {
    IdentityRecord {
        name: typed.name.clone(),
        birth_date: typed.birth_date.clone(),
        residence: typed.residence.clone(),
        level: typed.level.clone(),
        source: typed.source.clone(),
    }
}

fn told(failure: Failure<IdentityFailed>) -> Failure<StaffRefused> {
    failure.map_refused(StaffRefused::Identity)
}

fn identity(shown: &IdentityShown) -> Vec<String> {
    let record = &shown.record;
    vec![
        format!("name            {}", record.name),
        format!("birth date      {}", record.birth_date),
        format!("residence       {}", record.residence),
        format!("level           {}", record.level),
        format!("source          {}", record.source),
        format!("recorded        {}", moment(shown.recorded_at)),
    ]
}

fn identity_words(failed: IdentityFailed) -> &'static str {
    match failed {
        IdentityFailed::NoAccount => "there is no such account",
        IdentityFailed::NoRecord => "the account has no identity record",
        IdentityFailed::Blocked => {
            "the rules of its residence block the account: two members of staff let it out first, at the desk or by \
             `doorward policy lift`"
        }
        IdentityFailed::Refused(IdentityRefused::Length) => {
            "name, level and source take 1 to 200 characters each"
        }
        IdentityFailed::Refused(IdentityRefused::NotADate) => "the birth date looks like 1990-02-28",
        IdentityFailed::Refused(IdentityRefused::NotACountry) => {
            "the residence is two capital letters of a country, such as DE"
        }
        IdentityFailed::Refused(IdentityRefused::NoDocumentNumber) => {
            "the document number has at least one letter or digit"
        }
    }
}

/// One account in one line, with fixed places for scripts: id, status, opened, entries, identifier.
fn line(account: &AccountLine) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{}",
        account.id,
        status(account.status),
        moment(account.created_at),
        account.entries,
        account.identifier_masked.as_deref().unwrap_or("-"),
    )
}

fn view(view: &AccountView) -> Vec<String> {
    let account = &view.account;
    let mut lines = vec![
        format!("account         {}", account.id),
        format!("status          {}", status(account.status)),
        format!("opened          {}", moment(account.created_at)),
        format!("language        {}", account.language.tag()),
    ];
    lines.extend(view.identifiers_masked.iter().map(|identifier| format!("identifier      {identifier}")));
    if let Some((since, by)) = &view.frozen {
        lines.push(format!("frozen          {} by {by}", moment(*since)));
    }
    lines.push(format!("sessions        {}", view.sessions));
    lines.push(format!("devices         {}", view.devices));
    lines
        .push(format!("authenticator   {}", if view.totp_usable { "usable" } else { "none that is usable" }));
    lines.push(format!("recovery codes  {} left", view.recovery_codes_left));
    if let Some(until) = view.hold_until {
        lines.push(format!("hold            until {}", moment(until)));
    }
    lines
}

fn status(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Open => "open",
        AccountStatus::Frozen => "frozen",
    }
}

pub(crate) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.as_micros()).map_or_else(|_| "-".to_owned(), |at| format!("{at:.0}"))
}

fn dead_line(message: &DeadLine) -> String {
    format!(
        "{}\t{}\t{}\t{}\t{} attempts\t{}",
        message.id,
        moment(message.created_at),
        message.channel.name(),
        message.kind.name(),
        message.attempts,
        message.last_error.as_deref().unwrap_or("no answer")
    )
}

fn words(refused: StaffRefused) -> &'static str {
    match refused {
        StaffRefused::NoAccount => "there is no such account",
        StaffRefused::NoMailAddress => "the account has no mail address, and a link is never sent by SMS",
        StaffRefused::PasskeysOnly => {
            "the account is entered by passkeys only: it has no password to set anew"
        }
        StaffRefused::FrozenAlready => "the account is frozen already",
        StaffRefused::NotFrozen => "the account is not frozen",
        StaffRefused::NoDeadMessage => {
            "no message with this id is dead and can still be sent: content that is worthless by now, such as an \
             expired code, is erased"
        }
        StaffRefused::Identity(failed) => identity_words(failed),
        StaffRefused::NeedsTwoStaff => {
            "staff have frozen the account: two different members of staff lift that, at the support desk"
        }
        StaffRefused::Erasure(ErasureRefused::UnderWay { .. }) => "the account is going to be erased already",
        StaffRefused::Erasure(ErasureRefused::Proof(_)) => "there is no such account",
        StaffRefused::Erasure(ErasureRefused::Obstacle(obstacle)) => match obstacle {
            ErasureObstacle::Assets => "the account holds assets, or held some",
            ErasureObstacle::Held { .. } => "a hold runs: ask again when it has lifted",
            ErasureObstacle::OpenCase => "a lost-factor case is open",
            ErasureObstacle::SettingsLocked => "the owner's settings lock is on",
            ErasureObstacle::Frozen => "the account is frozen",
            ErasureObstacle::Blocked => {
                "the rules of its residence block the account, and nobody has let it out"
            }
        },
    }
}
