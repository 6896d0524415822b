//! The human check at the door: issued without a write, judged before anything costs, spent in the database.
//!
//! Everything that is not exactly right is refused, a database that does not answer included; towards the visitor
//! all refusals look alike (captcha design, *Trust*).

use doorward_captcha::memory::MemoryHard;
use doorward_captcha::{Challenge, Purpose, Rung as ChallengeRung, Spend, Submission, Way};
use doorward_domain::human_check::HumanCheckRefused;
use doorward_domain::identifier::{Identifier, IdentifierKind};
use doorward_domain::risk::Rung;
use doorward_domain::time::Timestamp;
use doorward_store::Tx;
use doorward_store::human_check::spend_nonce;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::failure::{Failure, Fault};
use crate::hash_pool::Lane;
use crate::visit::Visit;

pub use doorward_captcha::{Challenge as HumanChallenge, Purpose as HumanCheckPurpose, Way as HumanCheckWay};

/// The four fields of a form as they came.
#[derive(Debug, Clone, Default)]
pub struct HumanAnswer {
    /// `human_check_token`
    pub token: String,
    /// `human_check_answer`
    pub answer: String,
    /// `human_check_work`
    pub work: String,
    /// `human_check_proof`
    pub proof: String,
}

/// An answer after the cheap judgement: what is still to be spent and to be proved.
#[derive(Debug)]
pub(crate) struct JudgedAnswer {
    /// To be spent whatever the judgement, so that a wrong try costs the challenge.
    pub(crate) spend: Option<Spend>,
    /// Whether all that could be judged without database and pool was right.
    pub(crate) is_right: bool,
    /// The rung that was answered, 0 to 2.
    rung: u8,
    /// Whether the way without a puzzle was gone, which has a budget of its own.
    pub(crate) is_without_puzzle: bool,
    /// To be verified on the pool after the nonce was spent.
    pub(crate) memory_hard: Option<MemoryHard>,
}

impl JudgedAnswer {
    /// Whether the challenge that was answered is as hard as the one that is owed by now.
    pub(crate) fn reaches(&self, demanded: Rung) -> bool {
        self.rung >= challenge_rung(demanded).number()
    }
}

/// What stands before the first code of a flow that anybody may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Gate {
    /// A human check was passed, or the operator began it.
    #[default]
    HumanCheck,
    /// No script ran, so that the code itself is the check; sent under budgets of its own (decision 0006).
    CodeAlone,
}

impl App {
    /// A challenge for this browser; `None` when it has no pre-session cookie or the rung asks for no answer at all.
    ///
    /// Nothing is written: the answer is sealed in the token.
    pub fn issue_challenge(
        &self,
        visit: &Visit,
        purpose: Purpose,
        rung: Rung,
        way: Way,
    ) -> Option<Challenge> {
        let binding = visit.browser.as_ref()?.hash();
        let seed = self.random.bytes();
        let now = self.now().as_micros();
        Some(self.human_checks.issue(challenge_rung(rung), way, binding.as_bytes(), purpose, now, seed))
    }

    /// Judges what can be judged without a database: seal, binding, age, answer, proof of work.
    pub(crate) fn judge_answer(
        &self,
        visit: &Visit,
        purpose: Purpose,
        answer: &HumanAnswer,
        now: Timestamp,
    ) -> JudgedAnswer {
        let refused = |spend| JudgedAnswer {
            spend,
            is_right: false,
            rung: 0,
            is_without_puzzle: false,
            memory_hard: None,
        };
        let Some(browser) = &visit.browser else { return refused(None) };
        let submission = Submission {
            token: &answer.token,
            answer: &answer.answer,
            work: &answer.work,
            proof: &answer.proof,
        };
        let judged =
            self.human_checks.judge(&submission, browser.hash().as_bytes(), purpose, now.as_micros());
        let reason = match judged {
            Ok(judged) => {
                return JudgedAnswer {
                    spend: Some(judged.spend),
                    is_right: true,
                    rung: judged.rung.number(),
                    is_without_puzzle: judged.way == Way::WithoutPuzzle,
                    memory_hard: judged.memory_hard,
                };
            }
            Err(refused) => refused,
        };
        metrics::counter!("doorward_human_check_total", "outcome" => format!("{:?}", reason.reason))
            .increment(1);
        refused(reason.spend)
    }

    /// Verifies the memory-hard proof of a judged and spent answer on the hash pool.
    pub(crate) async fn verify_proof(&self, lane: Lane, proof: Option<MemoryHard>) -> Result<bool, Fault> {
        let proved = match proof {
            Some(proof) => self.hash_pool.run(lane, move |_| proof.verify()).await?,
            None => true,
        };
        let outcome = if proved { "passed" } else { "Proof" };
        metrics::counter!("doorward_human_check_total", "outcome" => outcome).increment(1);
        Ok(proved)
    }

    /// Judges an answer, spends its nonce and verifies its proof: the whole human check of a form that has no other
    /// write to join.
    ///
    /// # Errors
    /// [`HumanCheckRefused::NotPassed`] for everything that is not exactly right; a fault when the nonce could not be spent.
    pub async fn pass_human_check(
        &self,
        visit: &Visit,
        purpose: Purpose,
        answer: &HumanAnswer,
        demanded: Rung,
    ) -> Result<(), Failure<HumanCheckRefused>> {
        let now = self.now();
        let judged = self.judge_answer(visit, purpose, answer, now);
        let Some(spend) = judged.spend else { return Err(Failure::Refused(HumanCheckRefused::NotPassed)) };
        let first = self
            .db
            .write("spending a human check", move |tx| {
                Box::pin(async move { spend_answer(tx, Some(spend)).await.map_err(Fault::from) })
            })
            .await?;
        let is_right = judged.is_right && judged.reaches(demanded);
        if !(first && is_right && self.verify_proof(Lane::Unknown, judged.memory_hard).await?) {
            return Err(Failure::Refused(HumanCheckRefused::NotPassed));
        }
        Ok(())
    }

    /// Lets a form on to its code: by its human check, or, where no field of one came with it because no script ran,
    /// by the code alone, which then goes by mail only. A check that came and is wrong never falls back to that.
    ///
    /// # Errors
    /// [`HumanCheckRefused::NotPassed`], or [`HumanCheckRefused::NeededForSms`] for a number without a check.
    pub(crate) async fn pass_gate(
        &self,
        visit: &Visit,
        purpose: Purpose,
        answer: Option<&HumanAnswer>,
        to: &Identifier,
    ) -> Result<Gate, Failure<HumanCheckRefused>> {
        let Some(answer) = answer else {
            let refused = match (&visit.browser, to.kind()) {
                (None, _) => HumanCheckRefused::NotPassed,
                (Some(_), IdentifierKind::Phone) => HumanCheckRefused::NeededForSms,
                (Some(_), IdentifierKind::Email) => return Ok(Gate::CodeAlone),
            };
            return Err(Failure::Refused(refused));
        };
        // As for a sign-in, the queue counts when a challenge is issued and not when it is judged.
        let demanded = self.visitor_rung(visit, 0).await?;
        self.pass_human_check(visit, purpose, answer, demanded).await.map(|()| Gate::HumanCheck)
    }
}

/// Spends the nonce of a judged answer; false when somebody has spent it before, or when there is none.
pub(crate) async fn spend_answer(
    tx: &mut Tx,
    spend: Option<Spend>,
) -> Result<bool, doorward_store::StoreFault> {
    let Some(Spend { nonce, expires_at_micros }) = spend else { return Ok(false) };
    spend_nonce(tx, &nonce, Timestamp::from_micros(expires_at_micros)).await
}

/// What a challenge of this rung shows. Where the rule is to wait, whoever proves the channel instead still owes the
/// hardest challenge.
const fn challenge_rung(rung: Rung) -> ChallengeRung {
    match rung {
        Rung::Invisible => ChallengeRung::Invisible,
        Rung::Slider => ChallengeRung::Slider,
        Rung::HarderSlider | Rung::Wait => ChallengeRung::HarderSlider,
    }
}
