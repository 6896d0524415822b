//! A closed list whose members have a stable name for storage, metrics and logs.

/// Declares an enum without data and gives it `ALL`, `name()` and `from_name()`.
///
/// The names are what stores and dashboards keep: they never change once released.
macro_rules! named {
    ($(#[$outer:meta])* pub enum $type:ident { $($(#[$inner:meta])* $member:ident = $name:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type { $($(#[$inner])* $member),+ }

        impl $type {
            /// Every member, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The stable name that stores, metrics and logs use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $name),+ }
            }

            /// The member with this stable name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$member),)+ _ => None }
            }
        }
    };
}

pub(crate) use named;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::{
        account, action, audit, device, hold, human_check, identifier, jurisdiction, notice, passkey, phrase,
        protection, reset, risk, session, sign_in, sign_up, staff, step_up, support_case, throttle,
        trading_password,
    };

    fn check<T: Copy + PartialEq + std::fmt::Debug>(
        all: &[T],
        name: impl Fn(T) -> &'static str,
        from_name: impl Fn(&str) -> Option<T>,
    ) {
        let names: BTreeSet<_> = all.iter().map(|member| name(*member)).collect();
        assert_eq!(names.len(), all.len(), "two members of {all:?} share a name");
        for member in all {
            assert_eq!(from_name(name(*member)), Some(*member));
        }
        assert_eq!(from_name(""), None);
    }

    #[test]
    fn every_stored_name_leads_back_to_its_one_member() {
        macro_rules! check_all {
            ($($list:path),+ $(,)?) => {{
                $({
                    use $list as List;
                    check(List::ALL, List::name, List::from_name);
                })+
            }};
        }
        check_all!(
            account::AccountStatus,
            action::Action,
            audit::ActivityGroup,
            audit::AuditKind,
            device::DeviceEndReason,
            hold::SecurityEventKind,
            human_check::HumanCheckPurpose,
            identifier::IdentifierKind,
            identifier::change::IdentifierChangeKind,
            identifier::change::IdentifierChangeStep,
            jurisdiction::Mode,
            notice::Channel,
            notice::CodePurpose,
            notice::NoticeKind,
            passkey::CeremonyRefused,
            phrase::PhrasePlace,
            protection::DelayedChange,
            protection::ProtectionEvent,
            passkey::PasskeyNews,
            reset::ResetStep,
            risk::RiskReason,
            risk::Rung,
            session::SessionEndReason,
            sign_in::SignInStep,
            sign_up::SignUpStep,
            staff::PairAct,
            staff::Role,
            staff::StaffAct,
            staff::StaffChange,
            staff::StaffSessionEnd,
            step_up::Factor,
            step_up::StepUpPurpose,
            support_case::CaseEnd,
            support_case::CaseOpenedBy,
            support_case::CaseStep,
            support_case::CaseVote,
            support_case::EvidenceKind,
            throttle::FailureScope,
            throttle::RateScope,
            trading_password::WeakDigits,
        );
    }
}
