//! `doorward check`: everything that is wrong, before anything starts. Changes nothing.

use crate::arguments::SettingsArguments;
use crate::configuration::{self, Configuration};
use crate::folder;
use crate::listener::tls::Certificate;
use crate::logging;
use crate::outcome::{Exit, Stopped};
use crate::say;

/// Looks at the configuration, then at the files it names, then at the folder, the key and the database.
pub(crate) fn run(settings: &SettingsArguments) -> Result<(), Stopped> {
    let configuration = configuration::load(settings)?;
    let wrong = file_problems(&configuration);
    if !wrong.is_empty() {
        return Err(Stopped { exit: Exit::Configuration, lines: wrong });
    }
    say("the configuration is fine");
    Ok(())
}

/// What is wrong with the files that the configuration names, one line each.
pub(crate) fn file_problems(configuration: &Configuration) -> Vec<String> {
    let mut wrong = Vec::new();
    if let (Some(chain), Some(key)) = (&configuration.listen.certificate, &configuration.listen.private_key) {
        wrong.extend(Certificate::read(chain, key).err());
    }
    let secrets = [
        ("database.url_file", &configuration.database.url_file),
        ("mail.smtp_password_file", &configuration.mail.smtp_password_file),
        ("sms.secret_file", &configuration.sms.secret_file),
    ];
    for (setting, path) in secrets {
        if let Some(path) = path {
            wrong.extend(folder::read_secret(setting, path).err());
        }
    }
    if let Some(path) = &configuration.password_blocklist
        && let Err(error) = std::fs::File::open(path)
    {
        wrong.push(format!("password.blocklist: {} cannot be read: {error}", path.display()));
    }
    wrong.extend(logging::problem(&configuration.log));
    wrong
}
