event-entry = Entry
event-wrong-password = Wrong password
event-password-changed = Password changed
