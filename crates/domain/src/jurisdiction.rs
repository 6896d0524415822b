//! Where a customer is and what may be done from there (entry rules 7).

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::action::Action;
use crate::country::{Country, Place, Whereabouts};
use crate::named::named;
use crate::time::Timestamp;

named! {
    /// What a country's rules leave open, from the mildest to the strictest: the order is that of strictness.
    pub enum Mode {
        /// Everything.
        Open = "open",
        /// Nothing new: no deposits, purchases, keys or accounts.
        Closing = "closing",
        /// Assets may leave and orders may be cancelled.
        WithdrawOnly = "withdraw-only",
        /// Sanctions: looking, and nothing else.
        Blocked = "blocked",
    }
}

impl Mode {
    /// The table of entry rules 7.
    pub const fn allows(self, action: Action) -> bool {
        match action {
            Action::View | Action::SignIn => true,
            Action::ChangeSecurity | Action::Withdraw | Action::CancelOrder => !matches!(self, Self::Blocked),
            Action::Sell => matches!(self, Self::Open | Self::Closing),
            Action::Deposit | Action::Buy | Action::CreateApiKey | Action::SignUp => {
                matches!(self, Self::Open)
            }
        }
    }

    /// The stricter of two.
    #[must_use]
    pub fn strictest(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A row of the policy: whom a schedule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// This country.
    Country(Country),
    /// Every country that has no row of its own.
    Default,
    /// Addresses whose country the data do not tell.
    Unknown,
    /// Networks that hide their users, besides the row of their country.
    Anonymising,
    /// This machine and networks that the Internet does not reach.
    Local,
}

impl Row {
    /// The stable name: a country's code, or the word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Country(country) => country.code(),
            Self::Default => "default",
            Self::Unknown => "unknown",
            Self::Anonymising => "anonymising",
            Self::Local => "local",
        }
    }

    /// The row with this stable name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::Default),
            "unknown" => Some(Self::Unknown),
            "anonymising" => Some(Self::Anonymising),
            "local" => Some(Self::Local),
            code => Country::parse(code).map(Self::Country),
        }
    }
}

/// Modes with the moments from which they hold. Before the first everything is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule(Vec<(Timestamp, Mode)>);

impl Schedule {
    /// The schedule of these steps, each later than the one before; `None` when they are not in order.
    pub fn new(steps: Vec<(Timestamp, Mode)>) -> Option<Self> {
        steps.windows(2).all(|pair| pair[0].0 < pair[1].0).then_some(Self(steps))
    }

    /// The mode in force and since when; without a moment it has always been so, as a step at the beginning of time says.
    pub fn at(&self, now: Timestamp) -> (Mode, Option<Timestamp>) {
        let begun = self.0.iter().rev().find(|(from, _)| *from <= now);
        begun.map_or((Mode::Open, None), |(from, mode)| (*mode, (from.as_micros() > 0).then_some(*from)))
    }

    /// The next change, if one is announced.
    pub fn next(&self, now: Timestamp) -> Option<(Timestamp, Mode)> {
        self.0.iter().find(|(from, _)| now < *from).copied()
    }

    /// All steps, the earliest first.
    pub fn steps(&self) -> &[(Timestamp, Mode)] {
        &self.0
    }
}

/// The rows that are blocked and not lifted, with the moment of their block. They are kept apart from the policy file,
/// so that a file which merely drops *blocked* lifts nothing (entry rules 7: by two staff only).
pub type Blocks = BTreeMap<Row, Timestamp>;

/// The operator's policy: a schedule for each row. A row that is not named is open for ever.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JurisdictionPolicy {
    rows: BTreeMap<Row, Schedule>,
}

/// Why a mode holds for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// The verified residence of the account.
    Residence(Country),
    /// The country of the address.
    Country(Country),
    /// The data do not tell the country of the address.
    Unknown,
    /// The address belongs to a network that hides its users.
    Anonymising,
    /// The address is of this machine or of a network that the Internet does not reach.
    Local,
}

impl Because {
    /// A stable word for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Residence(_) => "residence",
            Self::Country(_) => "country",
            Self::Unknown => "unknown",
            Self::Anonymising => "anonymising",
            Self::Local => "local",
        }
    }

    /// The country it names.
    pub const fn country(self) -> Option<Country> {
        match self {
            Self::Residence(country) | Self::Country(country) => Some(country),
            Self::Unknown | Self::Anonymising | Self::Local => None,
        }
    }
}

/// What holds for a request, since when, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The mode.
    pub mode: Mode,
    /// Since when; `None` when it has always been so.
    pub since: Option<Timestamp>,
    /// The rule that decided.
    pub because: Because,
}

impl Judged {
    /// The row of the rule that decided.
    pub const fn row(&self) -> Row {
        match self.because {
            Because::Residence(country) | Because::Country(country) => Row::Country(country),
            Because::Unknown => Row::Unknown,
            Because::Anonymising => Row::Anonymising,
            Because::Local => Row::Local,
        }
    }
}

impl JurisdictionPolicy {
    /// A policy of these rows.
    pub fn new(rows: BTreeMap<Row, Schedule>) -> Self {
        Self { rows }
    }

    /// All named rows.
    pub fn rows(&self) -> impl Iterator<Item = (Row, &Schedule)> {
        self.rows.iter().map(|(row, schedule)| (*row, schedule))
    }

    /// Whether the policy has a row of this name.
    pub fn names(&self, row: Row) -> bool {
        self.rows.contains_key(&row)
    }

    /// The row that is written for this one: a country without a row of its own has the default's.
    fn named(&self, row: Row) -> Row {
        match row {
            Row::Country(_) if !self.rows.contains_key(&row) => Row::Default,
            other => other,
        }
    }

    /// The mode of one row now and since when, blocks that were not lifted included.
    pub fn of_row(&self, row: Row, blocks: &Blocks, now: Timestamp) -> (Mode, Option<Timestamp>) {
        let named = self.named(row);
        let written = self.rows.get(&named).map_or((Mode::Open, None), |schedule| schedule.at(now));
        match blocks.get(&row).or_else(|| blocks.get(&named)) {
            Some(since) if written.0 < Mode::Blocked => (Mode::Blocked, Some(*since)),
            _ => written,
        }
    }

    /// The same for an account that two members of staff let out at this time: what is left of a block that stood by
    /// then is *withdraw-only*. They knew of no later one, which is two other people's decision again (entry rules 7).
    fn of_row_for(
        &self,
        row: Row,
        blocks: &Blocks,
        let_out: Option<Timestamp>,
        now: Timestamp,
    ) -> (Mode, Option<Timestamp>) {
        let (mode, since) = self.of_row(row, blocks, now);
        let named = self.named(row);
        let recorded = blocks.get(&row).or_else(|| blocks.get(&named));
        match (mode, recorded, let_out) {
            (Mode::Blocked, Some(begun), Some(let_out)) if *begun <= let_out => (Mode::WithdrawOnly, since),
            _ => (mode, since),
        }
    }

    /// The next announced change of a row.
    pub fn next_of_row(&self, row: Row, now: Timestamp) -> Option<(Timestamp, Mode)> {
        let named = self.named(row);
        self.rows.get(&named)?.next(now)
    }

    /// The rows that the policy itself blocks now: they enter the record of blocks.
    pub fn blocked(&self, now: Timestamp) -> Blocks {
        let blocked = |(row, schedule): (&Row, &Schedule)| match schedule.at(now) {
            (Mode::Blocked, since) => Some((*row, since.unwrap_or(now))),
            _ => None,
        };
        self.rows.iter().filter_map(blocked).collect()
    }

    /// The countries that a blocked default covers now: they enter the record of blocks too, so that a row of a country's
    /// own, written later, lifts nothing. Empty while the default is not blocked.
    pub fn covered_by_blocked_default(&self, now: Timestamp) -> Blocks {
        let Some((Mode::Blocked, since)) = self.rows.get(&Row::Default).map(|schedule| schedule.at(now))
        else {
            return Blocks::new();
        };
        let rows = Country::all().map(Row::Country).filter(|row| !self.rows.contains_key(row));
        rows.map(|row| (row, since.unwrap_or(now))).collect()
    }

    /// Whether the policy itself blocks this row now, by the row's own schedule or by the default.
    pub fn blocks_row(&self, row: Row, now: Timestamp) -> bool {
        self.of_row(row, &Blocks::new(), now).0 == Mode::Blocked
    }

    /// The next announced change of what holds for the residents of a country.
    pub fn next_of_residence(&self, residence: Country, now: Timestamp) -> Option<(Timestamp, Mode)> {
        self.next_of_row(Row::Country(residence), now)
    }

    /// A line that names this policy among all others: how many rows, and the SHA-256 of them as text, one line a row
    /// (`name mode@microseconds …`). What a file says in another order, or beside its rows, changes nothing.
    pub fn statement(&self) -> String {
        let mut hash = Sha256::new();
        for (row, schedule) in &self.rows {
            hash.update(row.name());
            for (from, mode) in schedule.steps() {
                hash.update(format!(" {}@{}", mode.name(), from.as_micros()));
            }
            hash.update("\n");
        }
        format!("rows {} sha256 {}", self.rows.len(), HEXLOWER.encode(&hash.finalize()))
    }

    /// What holds for an account by its verified residence alone.
    pub fn judge_residence(&self, residence: Country, blocks: &Blocks, now: Timestamp) -> Judged {
        self.judge_residence_for(residence, blocks, None, now)
    }

    /// The same for an account that two members of staff let out of its block at this time.
    pub fn judge_residence_for(
        &self,
        residence: Country,
        blocks: &Blocks,
        let_out: Option<Timestamp>,
        now: Timestamp,
    ) -> Judged {
        let (mode, since) = self.of_row_for(Row::Country(residence), blocks, let_out, now);
        Judged { mode, since, because: Because::Residence(residence) }
    }

    /// The strictest of the address's rules and the residence's; of equals the residence's, which moves least.
    pub fn judge(
        &self,
        place: &Place,
        residence: Option<Country>,
        blocks: &Blocks,
        now: Timestamp,
    ) -> Judged {
        self.judge_for(place, residence, blocks, None, now)
    }

    /// The same for an account that two members of staff let out of its block at this time.
    pub fn judge_for(
        &self,
        place: &Place,
        residence: Option<Country>,
        blocks: &Blocks,
        let_out: Option<Timestamp>,
        now: Timestamp,
    ) -> Judged {
        let of = |row: Row, because: Because| {
            let (mode, since) = self.of_row_for(row, blocks, let_out, now);
            Judged { mode, since, because }
        };
        let mut judged = match place.at {
            Whereabouts::Local => of(Row::Local, Because::Local),
            Whereabouts::In(country) => of(Row::Country(country), Because::Country(country)),
            Whereabouts::Unknown => of(Row::Unknown, Because::Unknown),
            Whereabouts::Lost => self.strictest_anywhere(blocks, let_out, now),
        };
        if place.anonymising {
            let anonymising = of(Row::Anonymising, Because::Anonymising);
            if anonymising.mode > judged.mode {
                judged = anonymising;
            }
        }
        match residence.map(|residence| self.judge_residence_for(residence, blocks, let_out, now)) {
            Some(theirs) if theirs.mode >= judged.mode => theirs,
            _ => judged,
        }
    }

    /// What holds for an address that might be anywhere: the strictest of all rows but that of local networks.
    fn strictest_anywhere(&self, blocks: &Blocks, let_out: Option<Timestamp>, now: Timestamp) -> Judged {
        let rows = self.rows.keys().chain(blocks.keys()).copied().filter(|row| *row != Row::Local);
        let (mode, since) = rows
            .chain([Row::Unknown])
            .map(|row| self.of_row_for(row, blocks, let_out, now))
            .max_by_key(|(mode, _)| *mode)
            .unwrap_or((Mode::Open, None));
        Judged { mode, since, because: Because::Unknown }
    }
}

#[cfg(test)]
mod rows;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_leaves_open_what_the_table_says() {
        use Action::*;
        for (mode, refused) in [
            (Mode::Open, &[][..]),
            (Mode::Closing, &[Deposit, Buy, CreateApiKey, SignUp]),
            (Mode::WithdrawOnly, &[Deposit, Buy, CreateApiKey, SignUp, Sell]),
            (
                Mode::Blocked,
                &[Deposit, Buy, CreateApiKey, SignUp, Sell, CancelOrder, Withdraw, ChangeSecurity],
            ),
        ] {
            for action in Action::ALL {
                assert_eq!(mode.allows(*action), !refused.contains(action), "{mode:?} {action:?}");
            }
        }
    }

    #[test]
    fn the_stricter_mode_never_allows_more() {
        for (milder, stricter) in Mode::ALL.iter().zip(&Mode::ALL[1..]) {
            assert_eq!(milder.strictest(*stricter), *stricter);
            for action in Action::ALL {
                assert!(milder.allows(*action) || !stricter.allows(*action), "{action:?}");
            }
        }
    }
}
