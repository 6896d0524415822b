event-entry = Eintritt
event-wrong-password = Falsches Passwort
event-password-changed = Passwort geändert
