# Kopien des Hauses und die Bücher des Marktes, wie das Protokoll sie nennt.

event-backup-made = Eine Sicherung wurde angelegt
event-books-agreed = Die Bücher des Marktes wurden geprüft und stimmen
event-books-differed = Die Bücher des Marktes wurden geprüft und stimmen nicht
