//! Names at the support desk.

use std::borrow::Cow;

use doorward_domain::staff::Role;

use crate::words::Words;

impl Words {
    /// The name of a role.
    pub fn role(&self, role: Role) -> Cow<'static, str> {
        self.text(match role {
            Role::Agent => "desk-role-agent",
            Role::Approver => "desk-role-approver",
            Role::Auditor => "desk-role-auditor",
            Role::Compliance => "desk-role-compliance",
        })
    }
}
