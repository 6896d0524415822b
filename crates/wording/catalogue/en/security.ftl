security-title = Security
security-back = Back to Security
security-factors = How you prove who you are
security-sessions = Open sessions
security-devices = Trusted devices
security-devices-hint = From a trusted device you enter without the code by mail. Forget those you no longer use.
security-password = Password
security-authenticator = Authenticator app
security-recovery-codes = Recovery codes
security-changed-at = Set on { $when }.
security-recovery-codes-left = { $count ->
    [0] None left.
    [one] One left.
   *[other] { $count } left.
}
security-change = Change
security-replace = Replace
security-renew = Renew
security-todo-recovery-codes = { $count ->
    [0] You have no recovery codes left. Without one, a lost phone keeps you out.
    [one] You have one recovery code left. Make new ones before it is used up.
   *[other] You have { $count } recovery codes left. Make new ones before they are used up.
}
security-done-password = Your password is changed. All other sessions have ended.
security-done-authenticator = Your new authenticator app is connected. The old one no longer works.
security-done-recovery-codes = Your new recovery codes are in force. The old ones no longer work.
security-done-session = The session has ended.
security-done-sessions = All other sessions have ended.
security-done-device = The device is forgotten. The next entry from it asks for a code.

change-password-title = Change your password
change-password-effect = All other sessions end. You stay signed in here.
change-password-forgot = I do not know the current one

replace-title = Replace your authenticator app
replace-lead = First prove the present app, or use a recovery code. The old app works until the new one is confirmed.
replace-new-heading = Connect the new app
replace-new-lead = The old app stops working when you confirm the new one.
replace-keep-old = Keep the old app

renew-title = Make new recovery codes
renew-lead = { $count ->
    [0] You have none left.
    [one] You have one left. It stops working when new ones are made.
   *[other] You have { $count } left. They stop working when new ones are made.
}

freeze-title = Freeze your account?
freeze-effect = Every session and every sign-in under way ends, on all devices. Nothing can leave the account.
freeze-back = You open it again yourself: with your password, your second factor and a code that we send to you.
freeze-not = No, leave it as it is
freeze-done-title = Your account is frozen
freeze-done-text = Every session has ended. Nobody can enter, and nothing can leave.

signed-out-title = You are signed out
signed-out-text = This session has ended. On a shared device, close the browser window as well.
security-authenticator-disabled = Disabled after too many wrong codes. Connect the app anew.
