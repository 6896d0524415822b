//! What a browser of the bench does: a whole sign-in over HTTP, page by page, with the human check solved.

use std::io;
use std::time::{Duration, Instant};

use doorward_captcha::memory::Memory;
use doorward_captcha::solver;
use doorward_captcha::work::Work;
use doorward_domain::totp::{DIGITS, hotp, step_of};

use crate::client::{Answer, Browser};
use crate::population::{Customer, PASSWORD, keys, now};
use crate::visitors::work_out;

/// The public host of the measured server.
pub const HOST: &str = "door.example";

/// After so long a server may have closed a connection on which nothing was asked.
const RESTED: Duration = Duration::from_secs(4);

/// Why a sign-in did not end in a session.
#[derive(Debug)]
pub enum Stopped {
    /// Refused because the server has no capacity: status and the time that the refusal took.
    Refused(u16, Duration),
    /// Something else than expected came.
    Broken(String),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

/// A browser of a known device of this customer.
pub async fn open(address: &str, number: usize, customer: &Customer) -> io::Result<Browser> {
    let mut browser = Browser::open(address, HOST).await?;
    browser.forwarded_for = crate::population::address_of(number);
    browser.set_cookie("__Host-device", &customer.device.encode());
    Ok(browser)
}

/// A browser on the password page with the human check solved: one POST from spending a hash.
pub struct Prepared {
    browser: Browser,
    csrf: String,
    check: Check,
}

/// Walks to the password page and solves the human check.
pub async fn prepare(address: &str, number: usize, customer: &Customer) -> Result<Prepared, Stopped> {
    let mut browser = open(address, number, customer).await?;
    let (csrf, check) = walk_to_password(&mut browser, customer).await?;
    Ok(Prepared { browser, csrf, check })
}

/// Gives the password and says how long the answer took.
pub async fn give_password(mut prepared: Prepared) -> Result<Duration, Stopped> {
    // The server has closed the connection meanwhile, as nothing was asked on it.
    prepared.browser.reconnect().await?;
    post_password(&mut prepared.browser, &prepared.csrf, &prepared.check).await
}

async fn walk_to_password(browser: &mut Browser, customer: &Customer) -> Result<(String, Check), Stopped> {
    let page = expect(browser.get("/sign-in").await?, 200, "the first page")?;
    let csrf = field(&page, "csrf")?;
    let fields = [("csrf", csrf.as_str()), ("identifier", &customer.identifier)];
    expect(browser.post("/sign-in", &fields).await?, 303, "the identifier")?;
    let page = expect(browser.get("/sign-in/password").await?, 200, "the password page")?;
    let csrf = field(&page, "csrf")?;
    let begun = Instant::now();
    let check = human_check(browser).await?;
    if begun.elapsed() > RESTED {
        // A machine that does much else lets the proof wait for long, and the server does not.
        browser.reconnect().await?;
    }
    Ok((csrf, check))
}

async fn post_password(browser: &mut Browser, csrf: &str, check: &Check) -> Result<Duration, Stopped> {
    let fields = [
        ("csrf", csrf),
        ("password", PASSWORD),
        ("human_check_token", &check.token),
        ("human_check_answer", &check.answer),
        ("human_check_work", &check.work),
        ("human_check_proof", &check.proof),
    ];
    let asked_at = Instant::now();
    let answer = browser.post("/sign-in/password", &fields).await?;
    let took = asked_at.elapsed();
    if matches!(answer.status, 429 | 503) {
        return Err(Stopped::Refused(answer.status, took));
    }
    expect(answer, 303, "the password")?;
    Ok(took)
}

/// Walks all six steps.
pub async fn sign_in(browser: &mut Browser, customer: &Customer) -> Result<(), Stopped> {
    let (csrf, check) = walk_to_password(browser, customer).await?;
    post_password(browser, &csrf, &check).await?;
    let page = expect(browser.get("/sign-in/code").await?, 200, "the code page")?;
    let csrf = field(&page, "csrf")?;
    let step = u64::try_from(step_of(now())).expect("after 1970");
    let code = format!("{:06}", hotp(customer.secret.as_bytes(), step, DIGITS));
    expect(browser.post("/sign-in/code", &[("csrf", &csrf), ("code", &code)]).await?, 303, "the code")?;
    let page = expect(browser.get("/sign-in/access").await?, 200, "the last page")?;
    let csrf = field(&page, "csrf")?;
    let entered = expect(browser.post("/sign-in/access", &[("csrf", &csrf)]).await?, 303, "the button")?;
    if browser.cookies.iter().any(|(name, value)| name == "__Host-session" && !value.is_empty()) {
        Ok(())
    } else {
        Err(Stopped::Broken(format!("no session came with the answer: {:?}", entered.header("location"))))
    }
}

/// Enters by a passkey: `sign` answers the options with what the form carries.
pub async fn sign_in_by_passkey(
    browser: &mut Browser,
    sign: impl Fn(&str, &str) -> String,
) -> Result<(), Stopped> {
    let page = expect(browser.get("/sign-in").await?, 200, "the first page")?;
    let csrf = field(&page, "csrf")?;
    let asked = [("csrf", csrf.as_str()), ("for", "sign-in")];
    let asked = expect(browser.post("/sign-in/passkey/options", &asked).await?, 200, "the options")?;
    let body = String::from_utf8_lossy(&asked.body).into_owned();
    let told: serde_json::Value =
        serde_json::from_str(&body).map_err(|error| Stopped::Broken(error.to_string()))?;
    let answer = sign(&told["options"].to_string(), told["state"].as_str().unwrap_or_default());
    let fields = [("csrf", csrf.as_str()), ("answer", answer.as_str())];
    expect(browser.post("/sign-in/passkey", &fields).await?, 303, "the passkey")?;
    let page = expect(browser.get("/sign-in/access").await?, 200, "the last page")?;
    let csrf = field(&page, "csrf")?;
    expect(browser.post("/sign-in/access", &[("csrf", &csrf)]).await?, 303, "the button")?;
    Ok(())
}

struct Check {
    token: String,
    answer: String,
    work: String,
    proof: String,
}

/// Fetches a challenge and solves it: the proof of work by search, the slider with the installation's own key.
async fn human_check(browser: &mut Browser) -> Result<Check, Stopped> {
    let challenge = browser.get("/human-check?purpose=sign-in&way=picture").await?;
    let header = |name: &str| challenge.header(name).unwrap_or_default().to_owned();
    let (token, work) = (header("human-check-token"), header("human-check-work"));
    let number = |name: &str| {
        work.split(' ').find_map(|part| part.strip_prefix(name)).and_then(|text| text.parse().ok())
    };
    let (Some(puzzles), Some(bits)) = (number("puzzles="), number("bits=")) else {
        return Err(Stopped::Broken(format!("no challenge came, but status {}", challenge.status)));
    };
    let answer = solver::reveal_field(keys().human_checks(), &token, now().as_micros())
        .ok_or_else(|| Stopped::Broken("the challenge does not open with the installation's key".into()))?;
    let memory = challenge.header("human-check-memory").and_then(memory_of);
    let solved = token.clone();
    let (work, proof) = work_out(move || {
        let work = solver::solve_work(&solved, Work { puzzles, bits });
        (work, memory.map_or_else(String::new, |memory| solver::solve_memory(&solved, memory)))
    })
    .await;
    // Nobody drags a slider faster than this, and the server says so too.
    tokio::time::sleep(Duration::from_millis(420)).await;
    Ok(Check { token, answer, work, proof })
}

/// Reads `kib=16384 passes=1 proofs=1 tries=9`, which a busy server asks for.
fn memory_of(text: &str) -> Option<Memory> {
    let number = |name: &str| text.split(' ').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    Some(Memory {
        kib: number("kib")?.parse().ok()?,
        passes: number("passes")?.parse().ok()?,
        proofs: number("proofs")?.parse().ok()?,
        tries: number("tries")?.parse().ok()?,
    })
}

fn expect(answer: Answer, status: u16, what: &str) -> Result<Answer, Stopped> {
    if answer.status == status {
        return Ok(answer);
    }
    let body = String::from_utf8_lossy(&answer.body);
    let error = body.find("error").map_or("", |at| &body[at..(at + 300).min(body.len())]);
    Err(Stopped::Broken(format!("{what} answered {} {error}", answer.status)))
}

/// The value of a hidden field.
fn field(page: &Answer, name: &str) -> Result<String, Stopped> {
    let body = String::from_utf8_lossy(&page.body);
    let marker = format!("name=\"{name}\" value=\"");
    let at = body.find(&marker).ok_or_else(|| Stopped::Broken(format!("a page without {name}")))?;
    let rest = &body[at + marker.len()..];
    Ok(rest[..rest.find('"').unwrap_or(0)].to_owned())
}
