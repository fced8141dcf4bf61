// "n" begins a new contact, from wherever no text is being written.

const isWriting = (target) => target.closest("input, textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
  if (event.key !== "n" || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const link = document.getElementById("again") ?? document.getElementById("new-contact");
  location.assign(link?.href ?? "/agent/contacts/new");
});
